"""Whole branches: what each sharer's link and all links below it brought, for all sharers at once.

Added up again in the background, in one pass from the leaves to the roots, at most every minute and only if something
changed: so these figures carry the time at which they were true. One branch, now: tracker.sharers.branch_of.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping

from tracker.store import Row, Store

PAUSE = 60  # seconds between two refreshments
AT_LEAST = 3600  # seconds after which figures are made again even if nothing seems to have changed
PAGE = 2000  # rows read at once
BREATH = 0.002  # seconds between two pages
BATCH = 500  # rows written in one transaction, so that visitors who come meanwhile hardly wait
COLUMNS = ("sharer", "sharers", "confirmed", "gifts", "amount")

Sums = tuple[int, ...]  # the sharers of a branch, its root included; their confirmed visitors, gifts, amount


def refresh_branches(store: Store, now: int) -> bool:
    """Make the table `branches` again if it is time and something changed; one process at a time. Whether it was."""
    state = describe(store)
    with store.atomic() as writing:
        made = writing.query("select at, state from refreshed where what = 'branches'")
        if made and not due(made[0], state, now):
            return False
        writing.insert(
            "refreshed",
            ("what", "at", "state"),
            [("branches", now, state)],
            "on conflict (what) do update set at = excluded.at, state = excluded.state",
        )
    write_branches(store, sum_branches(*read_tree(store)))
    return True


def due(made: Row, state: str, now: int) -> bool:
    age: int = now - made["at"]
    return age < 0 or age >= AT_LEAST or (age >= PAUSE and str(made["state"]) != state)


def describe(store: Store) -> str:
    """A text that changes when branches do; squares, so that it does when a visitor is credited to somebody else."""
    (row,) = store.query(
        """
        select (select count(*) from sharers) as sharers, coalesce(sum(confirmed), 0) as confirmed,
          coalesce(sum(confirmed * confirmed + gifts * gifts), 0) as squares, coalesce(sum(amount), 0) as amount
        from standings where span = 'ever'
        """
    )
    return " ".join(str(row[name]) for name in ("sharers", "confirmed", "squares", "amount"))


def read_tree(store: Store) -> tuple[dict[str, str | None], dict[str, Sums]]:
    """Each sharer's parent, and what their own links brought since the day from which staff count."""
    parents = {
        row["id"]: row["parent"] for row in read_slowly(store, "select id, parent from sharers where true", "id")
    }
    standings = "select sharer, confirmed, gifts, amount from standings where span = 'ever'"
    own: dict[str, Sums] = {
        row["sharer"]: (1, row["confirmed"], row["gifts"], row["amount"])
        for row in read_slowly(store, standings, "sharer")
    }
    return parents, own


def read_slowly(store: Store, sql: str, key: str) -> Iterator[Row]:
    """All rows, some at a time, with pauses: visitors who come meanwhile share this process, and come first."""
    after: str | None = ""
    while after is not None:
        rows = store.query(f"{sql} and {key} > :after order by {key} limit :page", after=after, page=PAGE)
        yield from rows
        after = rows[-1][key] if len(rows) == PAGE else None
        if after is not None:
            time.sleep(BREATH)


def sum_branches(parents: Mapping[str, str | None], own: Mapping[str, Sums]) -> dict[str, Sums]:
    """The sums of every branch. A ring, which only a damaged database can hold, is one branch for all who form it."""
    sums = {id_: own.get(id_, (1, 0, 0, 0)) for id_ in parents}
    waiting = Counter(parent for parent in parents.values() if parent in sums)
    ready = [id_ for id_ in parents if not waiting[id_]]
    for count in range(len(sums)):
        if not ready:
            break
        if count % PAGE == PAGE - 1:
            time.sleep(BREATH)
        id_ = ready.pop()
        parent = parents[id_]
        if parent in sums:
            sums[parent] = add(sums[parent], sums[id_])
            waiting[parent] -= 1
            if not waiting[parent]:
                ready.append(parent)
    in_rings = {id_ for id_, children in waiting.items() if children and id_ is not None}
    while in_rings:
        ring = [in_rings.pop()]
        while (above := parents[ring[-1]]) in in_rings:
            in_rings.remove(above)
            ring.append(above)
        whole = sums[ring[0]]
        for id_ in ring[1:]:
            whole = add(whole, sums[id_])
        sums.update(dict.fromkeys(ring, whole))
    return sums


def add(one: Sums, other: Sums) -> Sums:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3]


def write_branches(store: Store, sums: Mapping[str, Sums]) -> None:
    """Write the rows that changed: mostly those above whoever was followed in the last minute."""
    sql = f"select {', '.join(COLUMNS)} from branches where true"  # noqa: S608 - names of our own
    kept = {
        row["sharer"]: (row["sharers"], row["confirmed"], row["gifts"], row["amount"])
        for row in read_slowly(store, sql, "sharer")
    }
    changed = [(id_, *values) for id_, values in sums.items() if kept.get(id_) != values]
    for start in range(0, len(changed), BATCH):
        with store.atomic() as writing:
            writing.insert(
                "branches",
                COLUMNS,
                changed[start : start + BATCH],
                "on conflict (sharer) do update set "
                + ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name != "sharer"),
            )


def branches_made_at(store: Store) -> int | None:
    """The moment whose figures `branches` has; None before the first time."""
    rows = store.query("select at from refreshed where what = 'branches'")
    return rows[0]["at"] if rows else None
