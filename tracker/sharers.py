"""Sharers: whoever's link brings people, and the tree that they form. An identity's parent never changes."""

from __future__ import annotations

from collections.abc import Iterable

from tracker.links import new_id
from tracker.store import Row, Store, Writing

COLUMNS = ("id", "parent", "kind", "name", "generation", "created_at")


def ensure_sharers(writing: Writing, ids: Iterable[str], now: int) -> None:
    """Make those visits sharers that are not yet, with all above them; whoever came without a link is generation 1."""
    parents: dict[str, str | None] = {}
    wanted = set(ids)
    while missing := wanted - parents.keys() - {row["id"] for row in known_sharers(writing, wanted)}:
        found = {row["id"]: row["sharer"] for row in find_visits(writing, missing)}
        for id_ in missing:
            parent = found.get(id_)
            parents[id_] = None if parent == id_ or parent in descendants(parents, id_) else parent
        wanted = {parent for parent in parents.values() if parent} | set(missing)
    if not parents:
        return
    above = {row["id"]: row["generation"] for row in known_sharers(writing, {p for p in parents.values() if p})}
    rows = [
        (id_, parent, "visit", None, generation_of(id_, parents, above), now) for id_, parent in sorted(parents.items())
    ]
    writing.insert("sharers", COLUMNS, rows, "on conflict (id) do nothing")


def known_sharers(writing: Writing, ids: set[str]) -> list[Row]:
    return select_among(writing, "select id, generation from sharers where id in", ids)


def find_visits(writing: Writing, ids: set[str]) -> list[Row]:
    return select_among(writing, "select id, sharer from visits where id in", ids)


def select_among(writing: Writing, sql: str, ids: set[str]) -> list[Row]:
    """Rows of `... in (ids)`."""
    if not ids:
        return []
    params = {f"id{place}": id_ for place, id_ in enumerate(sorted(ids))}
    return writing.query(f"{sql} ({', '.join(':' + name for name in params)})", **params)


def descendants(parents: dict[str, str | None], id_: str) -> set[str]:
    """Ids whose chain of parents, as far as it is known here, leads to this one: none of them may become its parent."""
    below = {id_}
    while more := {child for child, parent in parents.items() if parent in below} - below:
        below |= more
    return below


def generation_of(id_: str, parents: dict[str, str | None], above: dict[str, int]) -> int:
    steps = 0
    while id_ in parents:
        steps += 1
        parent = parents[id_]
        if parent is None:
            return steps
        id_ = parent
    return above.get(id_, 0) + steps


def make_origin(store: Store, name: str, now: int) -> str:
    """A sharer made by staff (a poster, a newsletter, a partner); its id. The same name gives the same origin again."""
    with store.atomic() as writing:
        found = writing.query("select id from sharers where kind = 'origin' and name = :name", name=name)
        if found:
            return str(found[0]["id"])
        id_ = new_id()
        writing.insert("sharers", COLUMNS, [(id_, None, "origin", name, 1, now)])
    return id_


def path_to(store: Store, id_: str) -> list[Row]:
    """The sharer and all above them, nearest first."""
    return store.query(
        """
        with recursive path (id, parent, kind, name, generation, created_at, steps) as (
          select id, parent, kind, name, generation, created_at, 0 from sharers where id = :id
          union all
          select sharers.id, sharers.parent, sharers.kind, sharers.name, sharers.generation, sharers.created_at, steps + 1
          from sharers join path on sharers.id = path.parent where steps < 10000
        )
        select id, parent, kind, name, generation, created_at from path order by steps
        """,
        id=id_,
    )


def branch_of(store: Store, id_: str) -> Row:
    """Figures of everything below a sharer, themselves included: {"sharers", "depth", and the measures of totals}."""
    (row,) = store.query(
        """
        with recursive branch (id, depth) as (
          select id, 0 from sharers where id = :id
          union
          select sharers.id, depth + 1 from sharers join branch on sharers.parent = branch.id where depth < 10000
        )
        select (select count(*) from branch) as sharers, coalesce((select max(depth) from branch), 0) as depth,
          coalesce(sum(visits), 0) as visits, coalesce(sum(confirmed), 0) as confirmed,
          coalesce(sum(shares), 0) as shares, coalesce(sum(gifts), 0) as gifts, coalesce(sum(amount), 0) as amount
        from totals where sharer in (select id from branch)
        """,
        id=id_,
    )
    return row
