"""`invoke copy`: the figures in one SQLite file to explore and to hand on, without anything that is nobody's business.

Only what COPIED names goes in: no visitor hashes, no staff, no tokens, no addresses, no salts; a table or column that
comes later stays out until somebody adds it here. Works from SQLite and from PostgreSQL; docs/datasette.yaml asks the
copy questions.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from tracker.store import Store

BATCH = 5_000

COPIED = {
    "sharers": "id text primary key, parent text, kind text, name text, generation integer, created_at integer",
    "visits": (
        "id text primary key, sharer text, episode text, channel text, variant integer, at integer, verdict text, "
        "rule text, seen_at integer, source text"
    ),
    "shares": (
        "id text primary key, sharer text, visit_id text, episode text, channel text, variant integer, at integer"
    ),
    "gifts": (
        "provider text, account text, payment text, entry text, kind text, amount integer, currency text, "
        "visit_id text, livemode integer, at integer, primary key (provider, account, payment, entry)"
    ),
    "conversions": "id text primary key, sharer text, visit_id text, kind text, reference text, at integer",
    "departures": "id text primary key, visit_id text, target text, at integer",
    "films": "visit_id text, episode text, quartile integer, at integer, primary key (visit_id, episode)",
    "totals": (
        "sharer text, day text, episode text, channel text, visits integer, confirmed integer, shares integer, "
        "gifts integer, amount integer, primary key (day, sharer, episode, channel)"
    ),
    "branches": (
        "sharer text primary key, parent text, children integer, depth integer, sharers integer, confirmed integer, "
        "gifts integer, amount integer"
    ),
    "reaches": (
        "day text, what text, name text, variant integer, relays integer, confirmed integer, gifts integer, "
        "amount integer, primary key (day, what, name, variant)"
    ),
    "uncounted": "sharer text, day text, verdict text, visits integer, primary key (sharer, day, verdict)",
    "origins": "sharer text primary key, sort text, code text, made_at integer",
    "text_tests": "episode text primary key, variants integer, since integer",
    "text_results": (
        "reward text, episode text, block integer, variant integer, shares integer, people integer, won integer, "
        "brought integer, primary key (reward, episode, block, variant)"
    ),
    "text_weights": "episode text, since integer, weights text, primary key (episode, since)",
    "stopped_texts": "episode text, variant integer, at integer, primary key (episode, variant)",
}
INDEXES = (
    *("sharers (parent)", "visits (sharer)", "visits (at)", "shares (sharer)", "shares (at)", "conversions (sharer)"),
    *("conversions (kind, reference)", "totals (sharer)", "gifts (visit_id)"),
)


def columns_of(table: str) -> list[str]:
    """The names of a copied table's columns."""
    parts = COPIED[table].partition(", primary key (")[0].split(", ")
    return [part.split()[0] for part in parts]


def copy_database(store: Store, target: Path) -> Iterator[tuple[str, int]]:
    """Write the copy beside `target`, and put it there once it is whole: (table, rows) of each table as it is done."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(unfinished)) as copy:
        copy.execute("pragma journal_mode = off")
        copy.execute("pragma synchronous = off")
        for table, definition in COPIED.items():
            copy.execute(f"create table {table} ({definition})")
            yield table, fill(copy, store, table)
        for index in INDEXES:
            copy.execute(f"create index {index.replace(' (', '_').translate({44: '', 41: '', 32: '_'})} on {index}")
        copy.execute("analyze")
        copy.commit()
    os.replace(unfinished, target)


def fill(copy: sqlite3.Connection, store: Store, table: str) -> int:
    """Copy the rows of one table; how many there were."""
    names = columns_of(table)
    rows = store.stream(f"select {', '.join(names)} from {table}")  # noqa: S608 - names of our own
    marks = ", ".join(f":{name}" for name in names)
    count = 0
    while batch := list(islice(rows, BATCH)):
        copy.executemany(f"insert into {table} values ({marks})", batch)  # noqa: S608 - names of our own
        count += len(batch)
    return count
