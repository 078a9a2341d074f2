"""Whole branches: what each sharer's link and all links below it brought, for all sharers at once.

Added up again in the background, in one pass from the leaves to the roots, at most every minute and only if something
changed: so these figures carry the time at which they were true. One branch, now: tracker.sharers.branch_of.

`python -m tracker.branches` tells which rows of the table should change, as JSON: the server lets it add up large
trees, since in its own process visitors would wait for the interpreter's lock.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from settings import SettingsError, load
from tracker.refreshed import PAUSE, put_refreshed, read_refreshed
from tracker.store import Row, Store, StoreError, open_store

AT_LEAST = 3600  # seconds after which figures are made again even if nothing seems to have changed
LARGE = 5_000  # sharers; fewer are added up within some hundredths of a second
BATCH = 500  # rows written in one transaction, so that visitors who come meanwhile hardly wait
COLUMNS = ("sharer", "parent", "children", "depth", "sharers", "confirmed", "gifts", "amount")

Branch = tuple[Any, ...]  # the values of COLUMNS; `parent` is "" for who came without a link
Sums = tuple[int, ...]  # the sharers of a branch, its root included; their confirmed visitors, gifts, amount


def refresh_branches(store: Store, now: int, database: str = "") -> bool:
    """Make the table `branches` again if it is time and something changed; one process at a time. Whether it was.

    With the store's address in `database`, a large tree is added up by a process of its own.
    """
    sharers, state = describe(store)
    with store.atomic() as writing:
        made = read_refreshed(writing, "branches")
        if made and not due(made, state, now):
            return False
        put_refreshed(writing, "branches", now, state)
    apart = database and sharers > LARGE
    write_branches(store, ask_for_changes(database) if apart else find_changes(store))
    note_whole(store, now)
    return True


def due(made: Row, state: str, now: int) -> bool:
    age: int = now - made["at"]
    return age < 0 or age >= AT_LEAST or (age >= PAUSE and str(made["state"]) != state)


def describe(store: Store) -> tuple[int, str]:
    """How many sharers there are, and a text that changes when branches do.

    Squares, so that it also changes when a visitor or a gift is credited to somebody else; in wide numbers, since
    PostgreSQL's usual ones end at the square of 46,340.
    """
    (row,) = store.query(
        """
        select (select count(*) from sharers) as sharers, coalesce(sum(confirmed), 0) as confirmed,
          coalesce(sum(cast(confirmed as bigint) * confirmed + cast(gifts as bigint) * gifts), 0) as squares,
          coalesce(sum(amount), 0) as amount
        from standings where span = 'ever'
        """
    )
    return row["sharers"], " ".join(str(row[name]) for name in ("sharers", "confirmed", "squares", "amount"))


def find_changes(store: Store) -> Iterator[Branch]:
    """Rows that are not what they should be: mostly those above whoever was followed in the last minute."""
    parents = {row["id"]: row["parent"] for row in store.query("select id, parent from sharers")}
    own = store.query("select sharer, confirmed, gifts, amount from standings where span = 'ever'")
    sums = sum_branches(parents, {row["sharer"]: (1, row["confirmed"], row["gifts"], row["amount"]) for row in own})
    children, depths = shape_branches(parents)
    kept = {
        row["sharer"]: tuple(row.values())
        for row in store.query(f"select {', '.join(COLUMNS)} from branches")  # noqa: S608 - names of our own
    }
    branches = ((id_, parents[id_] or "", children[id_], depths[id_], *values) for id_, values in sums.items())
    return (branch for branch in branches if kept.get(branch[0]) != branch)


def ask_for_changes(database: str) -> Iterator[Branch]:
    """The same from a process of its own, a row at a time. Raises StoreError if it fails."""
    yield from map(tuple, map(json.loads, tell_apart("tracker.branches", database)))


def tell_apart(module: str, database: str, *words: str) -> Iterator[str]:
    """Lines that the `main` of a module says in a process of its own. Raises StoreError if it fails."""
    root = str(Path(__file__).resolve().parents[1])
    process = subprocess.Popen(
        [sys.executable, "-c", f"from {module} import main; main()", *words],  # -m would warn: it is imported already
        env={**os.environ, "TRACKER_DATABASE": database, "PYTHONPATH": root},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process, process.stdout as lines:  # type: ignore[union-attr]
        yield from lines
    if process.returncode:
        raise StoreError("Whole branches could not be added up.")


def sum_branches(parents: Mapping[str, str | None], own: Mapping[str, Sums]) -> dict[str, Sums]:
    """The sums of every branch. A ring, which only a damaged database can hold, is one branch for all who form it."""
    sums = {id_: own.get(id_, (1, 0, 0, 0)) for id_ in parents}
    waiting = Counter(parent for parent in parents.values() if parent in sums)
    ready = [id_ for id_ in parents if not waiting[id_]]
    while ready:
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


def shape_branches(parents: Mapping[str, str | None]) -> tuple[Counter[str | None], dict[str, int]]:
    """How many children each has, and how many generations are below each. A ring counts for none."""
    children = Counter(parent for parent in parents.values() if parent in parents)
    depths = dict.fromkeys(parents, 0)
    waiting = children.copy()
    ready = [id_ for id_ in parents if not waiting[id_]]
    while ready:
        id_ = ready.pop()
        parent = parents[id_]
        if parent is not None and parent in depths:
            depths[parent] = max(depths[parent], depths[id_] + 1)
            waiting[parent] -= 1
            if not waiting[parent]:
                ready.append(parent)
    return children, depths


def add(one: Sums, other: Sums) -> Sums:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3]


def write_branches(store: Store, changes: Iterator[Branch]) -> None:
    while rows := list(islice(changes, BATCH)):
        with store.atomic() as writing:
            writing.insert(
                "branches",
                COLUMNS,
                rows,
                "on conflict (sharer) do update set "
                + ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name != "sharer"),
            )


def note_whole(store: Store, now: int) -> None:
    """Keep what all branches are together, so that nobody who opens the tree has to add up its thousands of roots."""
    (row,) = store.query(
        """
        select count(*) as children, coalesce(max(depth) + 1, 0) as depth, coalesce(sum(sharers), 0) as sharers,
          coalesce(sum(confirmed), 0) as confirmed, coalesce(sum(gifts), 0) as gifts, coalesce(sum(amount), 0) as amount
        from branches where parent = ''
        """
    )
    with store.atomic() as writing:
        put_refreshed(writing, "tree", now, json.dumps(row))


def read_whole(store: Store) -> tuple[Row, int] | None:
    """What all branches were together, in the names of COLUMNS, and at which moment; None before the first time."""
    made = read_refreshed(store, "tree")
    return (json.loads(made["state"]), made["at"]) if made else None


def branches_made_at(store: Store) -> int | None:
    """The moment whose figures `branches` has; None before the first time."""
    made = read_refreshed(store, "branches")
    return made["at"] if made else None


def main() -> None:
    """Tell what should change, and leave the writing to the server: it has the one queue of writes."""
    os.nice(10)
    try:
        store = open_store(load().tracker_database)
        for branch in find_changes(store):
            sys.stdout.write(json.dumps(branch) + "\n")
        store.close()
    except (SettingsError, StoreError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
