"""Sharers: whoever's link brings people, and the tree that they form. An identity's parent never changes."""

from __future__ import annotations

from collections.abc import Collection

from tracker.links import new_id
from tracker.store import Row, Store, Writing

COLUMNS = ("id", "parent", "kind", "name", "generation", "created_at")


def ensure_sharers(writing: Writing, ids: Collection[str], now: int) -> None:
    """Make these visits sharers where they are none yet; one look for those that are."""
    if not ids:
        return
    marks = {f"id{place}": id_ for place, id_ in enumerate(ids)}
    names = ", ".join(f":{name}" for name in marks)
    known = writing.query(f"select id from sharers where id in ({names})", **marks)  # noqa: S608 - names of our own
    for id_ in sorted(set(ids) - {row["id"] for row in known}):
        ensure_sharer(writing, id_, now)


def ensure_sharer(writing: Writing, id_: str, now: int) -> None:
    """Make this visit a sharer if it is none yet, and those above it; whoever came without a link is generation 1."""
    chain: dict[str, str | None] = {}
    generation = 0
    above: str | None = id_
    while above is not None and above not in chain:
        known = writing.query("select generation from sharers where id = :id", id=above)
        if known:
            generation = known[0]["generation"]
            break
        visit = writing.query("select sharer from visits where id = :id", id=above)
        chain[above] = visit[0]["sharer"] if visit else None
        above = chain[above]
    else:
        if above is not None:  # a ring, which only a damaged database can hold: cut it at its oldest link
            chain[min(chain)] = None
    rows = [
        (child, parent, "visit", None, generation + steps, now)
        for steps, (child, parent) in enumerate(reversed(chain.items()), start=1)
    ]
    writing.insert("sharers", COLUMNS, rows, "on conflict (id) do nothing")


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
          select sharers.id, sharers.parent, sharers.kind, sharers.name, sharers.generation, sharers.created_at,
            steps + 1
          from sharers join path on sharers.id = path.parent where steps < 10000
        )
        select id, parent, kind, name, generation, created_at from path order by steps
        """,
        id=id_,
    )


def branch_of(store: Store, id_: str, since_day: str = "") -> Row:
    """Figures of everything below a sharer, themselves included: {"sharers", "depth", and the measures of totals}.

    The measures count from `since_day` on (such as 2026-11-22; "": all of them).
    """
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
        from totals where sharer in (select id from branch) and day >= :since
        """,
        id=id_,
        since=since_day,
    )
    return row
