"""Campaigns of any size: visits, shares, gifts and their totals, written straight through the database's driver."""

from __future__ import annotations

import random
import shutil
import sqlite3
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from tracker.links import new_id
from tracker.sharers import COLUMNS as SHARER
from tracker.standings import HOURLY, MEASURES
from tracker.store import open_store
from tracker.visits.recording import COLUMNS as VISIT

TIMEZONE = ZoneInfo("UTC")
DAYS = 100
DAY = 86_400
VISITS_OF_A_SHARER = 50
EPISODES = [f"episode-{number}" for number in range(1, 11)]
CHANNELS = ["wa", "wa", "wa", "em", "cp"]
BOTH = ("large", "small")

SHARE = ("id", "sharer", "visit_id", "episode", "channel", "variant", "at")
GIFT = (
    *("provider", "account", "payment", "entry", "kind", "amount", "currency", "visit_id", "livemode", "at"),
    "received_at",
)
CONVERSION = ("id", "sharer", "visit_id", "kind", "reference", "at")
TOTAL = ("sharer", "day", "episode", "channel", *MEASURES)
HOUR = ("day", "hour", "episode", "channel", *HOURLY)
FILM = ("visit_id", "episode", "quartile", "at")


@dataclass
class Heap:
    """Rows of one day, on their way into the tables."""

    visits: list[tuple[Any, ...]] = field(default_factory=list)
    sharers: list[tuple[Any, ...]] = field(default_factory=list)
    shares: list[tuple[Any, ...]] = field(default_factory=list)
    gifts: list[tuple[Any, ...]] = field(default_factory=list)
    conversions: list[tuple[Any, ...]] = field(default_factory=list)
    films: list[tuple[Any, ...]] = field(default_factory=list)
    totals: dict[tuple[str, str, str, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * 5))
    hours: dict[tuple[str, int, str, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * 5))

    def tables(self) -> Iterator[tuple[str, Sequence[str], list[tuple[Any, ...]]]]:
        yield "sharers", SHARER, self.sharers
        yield "visits", VISIT, self.visits
        yield "shares", SHARE, self.shares
        yield "gifts", GIFT, self.gifts
        yield "conversions", CONVERSION, self.conversions
        yield "films", FILM, self.films
        yield "hours", HOUR, [(*key, *values) for key, values in sorted(self.hours.items()) if any(values)]
        yield "totals", TOTAL, [(*key, *values) for key, values in sorted(self.totals.items())]


def make_days(visits: int, number: int, chance: random.Random, today: int) -> Iterator[Heap]:
    """A campaign of DAYS days until now: a few of its `number` links bring many, most few. `today` is its midnight."""
    first = today - (DAYS - 1) * DAY
    span = int(time.time()) - first - 60
    begins = [first + place * span // number for place in range(number)]
    ids = [new_id(at) for at in begins]
    generations: list[int] = []
    heap, day_end, place = Heap(), first + DAY, 0
    for count in range(visits):
        at = first + count * span // visits
        if at >= day_end:
            yield heap
            heap, day_end = Heap(), day_end + DAY
        day = datetime.fromtimestamp(at, UTC).date().isoformat()
        episode, channel = chance.choice(EPISODES), chance.choice(CHANNELS)
        followed = int(number * chance.random() ** 3)
        id_ = new_id(at)
        if place < number and count % (visits // number) == 0:
            id_ = ids[place]
            parent = int(place * chance.random()) if place and chance.random() < 0.95 else None
            generations.append(1 if parent is None else generations[parent] + 1)
            above = None if parent is None else ids[parent]
            heap.sharers.append((id_, above, "visit", None, generations[-1], at))
            followed = parent if parent is not None else followed
            place += 1
        sharer = ids[followed]
        counts, seen = chance.random() < 0.8, chance.random() < 0.6
        heap.visits.append(
            (
                *(id_, sharer, episode, channel, 1, at, "human" if counts else "preview", "" if counts else "card"),
                *(at + 5 if counts and seen else None, chance.getrandbits(62), None, None),
                *(1, "" if counts else "card-crawler"),
            )
        )
        if not counts:
            continue
        kept = heap.totals[sharer, day, episode, channel]
        kept[0] += 1
        kept[1] += seen
        hour = heap.hours[day, at % DAY // 3600, episode, channel]
        hour[0] += seen
        hour[4] += seen
        if seen and count % 2:
            heap.films.append((id_, episode, count % 5, at + 9))
        if chance.random() < 0.1:
            heap.shares.append((new_id(at), sharer, id_, episode, channel, 1, at))
            kept[2] += 1
            hour[1] += 1
        if seen and chance.random() < 0.02:
            amount = chance.choice([500, 1000, 2000, 5000])
            payment = f"p{count}"
            heap.gifts.append(("bench", "", payment, payment, "gift", amount, "EUR", id_, 1, at, at))
            heap.conversions.append((new_id(at), sharer, id_, "gift", f"bench::{payment}", at))
            kept[3] += 1
            kept[4] += amount
            hour[2] += 1
            hour[3] += amount
    yield heap


def fill_sqlite(path: Path, heaps: Iterable[Heap]) -> None:
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("pragma synchronous = off")
    raw.execute("pragma cache_size = -1000000")
    indexes = raw.execute("select name, sql from sqlite_master where type = 'index' and sql is not null").fetchall()
    for name, _ in indexes:
        raw.execute(f"drop index {name}")
    for heap in heaps:
        raw.execute("begin")
        for table, columns, rows in heap.tables():
            marks = ", ".join("?" * len(columns))
            raw.executemany(f"insert into {table} ({', '.join(columns)}) values ({marks})", rows)
        raw.execute("commit")
    for _, sql in indexes:
        raw.execute(sql)
    raw.execute("pragma wal_checkpoint(truncate)")
    raw.close()


def fill_postgres(address: str, heaps: Iterable[Heap]) -> None:
    with psycopg.connect(address, autocommit=True) as raw:
        indexes = raw.execute(
            "select indexname, indexdef from pg_indexes where schemaname = 'public' and indexdef like 'CREATE INDEX%'"
        ).fetchall()
        for name, _ in indexes:
            raw.execute(f"drop index {name}")
        for heap in heaps:
            for table, columns, rows in heap.tables():
                with raw.cursor() as cursor, cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin") as copy:
                    for row in rows:
                        copy.write_row(row)
        for _, sql in indexes:
            raw.execute(sql)
        raw.execute("vacuum analyze")


def fill(database: str, visits: int, number: int, today: int) -> None:
    store = open_store(database)
    store.migrate()
    store.close()
    heaps = make_days(visits, number, random.Random(7), today)
    if database.startswith("postgresql"):
        fill_postgres(database, heaps)
    else:
        fill_sqlite(Path(database), heaps)


@contextmanager
def databases(kind: str, folder: Path, kept: bool = False) -> Iterator[tuple[str, str]]:
    """Addresses of a large and a small database; `kept` ones are there again the next time."""
    if kind == "sqlite":
        yield str(folder / "large.db"), str(folder / "small.db")
        return
    from tests.databases import Postgres

    server = Postgres(folder=folder / "postgresql" if kept else None)
    try:
        made = {name for (name,) in server.run("select datname from pg_database")} if kept else set()
        large, small = (server.address(name) if name in made else server.make_database(name) for name in BOTH)
        yield large, small
    finally:
        server.stop()


@contextmanager
def folder_for(kept: Path | None = None) -> Iterator[Path]:
    """A folder that is gone afterwards, or the one to keep."""
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    folder = Path(tempfile.mkdtemp(prefix="ricochet-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
