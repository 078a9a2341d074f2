"""Sharers: whoever's link brings people, and the tree that they form. An identity's parent never changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from hashlib import blake2b

from tracker.links import new_id
from tracker.store import Row, Store, Writing, listed

COLUMNS = ("id", "parent", "kind", "name", "generation", "created_at")
CODE = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without look-alikes: people read these codes to each other


def ensure_sharers(writing: Writing, ids: Collection[str], now: int) -> None:
    """Make these visits sharers where they are none yet, and those above them; few statements for many at once."""
    if not ids:
        return
    unknown = sorted(set(ids) - read_generations(writing, ids).keys())
    if not unknown:
        return
    marks, params = listed(unknown)
    visits = writing.query(f"select id, sharer from visits where id in ({marks})", **params)  # noqa: S608
    parents: dict[str, str | None] = dict.fromkeys(unknown) | {row["id"]: row["sharer"] for row in visits}
    above = read_generations(writing, {parent for parent in parents.values() if parent})
    rows = []
    for id_, parent in parents.items():
        if parent is None or parent in above:
            rows.append((id_, parent, "visit", None, above[parent] + 1 if parent else 1, now))
    writing.insert("sharers", COLUMNS, rows, "on conflict (id) do nothing")
    for id_ in sorted(parents.keys() - {row[0] for row in rows}):
        ensure_sharer(writing, id_, now)


def read_generations(writing: Writing, ids: Collection[str]) -> dict[str, int]:
    """The generation of each of these that is a sharer."""
    if not ids:
        return {}
    marks, params = listed(ids)
    rows = writing.query(f"select id, generation from sharers where id in ({marks})", **params)  # noqa: S608
    return {row["id"]: row["generation"] for row in rows}


def ensure_sharer(writing: Writing, id_: str, now: int) -> None:
    """Make this visit a sharer if it is none yet, and those above it; whoever came without a link is generation 1."""
    parents: dict[str, str | None] = {}
    generations: dict[str, int] = {}
    above: str | None = id_
    while above is not None and above not in parents:
        known = writing.query("select generation from sharers where id = :id", id=above)
        if known:
            generations[above] = known[0]["generation"]
            break
        visit = writing.query("select sharer from visits where id = :id", id=above)
        parents[above] = visit[0]["sharer"] if visit else None
        above = parents[above]
    else:
        if above is not None:  # a ring, which only a damaged database can hold: cut it at its oldest link
            path = list(parents)
            parents[min(path[path.index(above) :])] = None
    rows = [
        (child, parents[child], "visit", None, generation, now)
        for child, generation in count_generations(parents, generations).items()
    ]
    writing.insert("sharers", COLUMNS, rows, "on conflict (id) do nothing")


def count_generations(parents: Mapping[str, str | None], known: Mapping[str, int]) -> dict[str, int]:
    """The generation of each of these, parents first; `known` are those of parents who are sharers already."""
    generations: dict[str, int] = {}
    for id_ in parents:
        climb = [id_]
        while climb:
            parent = parents[climb[-1]]
            if parent is None or parent in known:
                generations[climb.pop()] = known[parent] + 1 if parent is not None else 1
            elif parent in generations:
                generations[climb.pop()] = generations[parent] + 1
            else:
                climb.append(parent)
    return generations


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
    """The sharer and all above them, nearest first. A ring, which only a damaged database can hold, is walked once."""
    path = store.query(
        """
        with recursive above (id, parent) as (
          select id, parent from sharers where id = :id
          union
          select sharers.id, sharers.parent from sharers join above on sharers.id = above.parent
        )
        select id, parent, kind, name, generation, created_at from sharers where id in (select id from above)
        """,
        id=id_,
    )
    rows, ordered, next_id = {row["id"]: row for row in path}, [], id_
    while next_id in rows:
        ordered.append(rows.pop(next_id))
        next_id = ordered[-1]["parent"]
    return ordered


def branch_of(store: Store, id_: str, since_day: str = "") -> Row:
    """Figures of everything below a sharer, themselves included: {"sharers", "depth", and the measures of totals}.

    The measures count from `since_day` on (such as 2026-11-22; "": all of them).
    """
    (row,) = store.query(
        """
        with recursive branch (id, generation) as (
          select id, generation from sharers where id = :id
          union
          select sharers.id, sharers.generation from sharers join branch on sharers.parent = branch.id
        )
        select (select count(*) from branch) as sharers,
          coalesce((select max(generation) - min(generation) from branch), 0) as depth,
          coalesce(sum(visits), 0) as visits, coalesce(sum(confirmed), 0) as confirmed,
          coalesce(sum(shares), 0) as shares, coalesce(sum(gifts), 0) as gifts, coalesce(sum(amount), 0) as amount
        from totals where sharer in (select id from branch) and day >= :since
        """,
        id=id_,
        since=since_day,
    )
    return row


@lru_cache(maxsize=4096)
def file_code(id_: str) -> str:
    """A short stable name for a sharer who has none, such as 7F3KQ."""
    number = int.from_bytes(blake2b(id_.encode(), digest_size=8).digest(), "big")
    letters = ""
    for _ in range(5):
        number, place = divmod(number, len(CODE))
        letters += CODE[place]
    return letters
