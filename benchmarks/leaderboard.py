"""What the leaderboard costs with millions of visits behind it: `python -m benchmarks.leaderboard --visits 10000000`.

Fills a database in a temporary folder straight through its driver, with visits, shares, gifts and the totals that go
with them; then lets the tracker's own functions stand the spans up, and times them: rankings, sums, the turn of a day,
whole branches, bytes for each visit, and the CPU of a whole redirect beside a small database's (benchmarks.growth).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from benchmarks.growth import LINKS, cpu_of_redirects
from benchmarks.servers import HERE
from tracker.branches import refresh_branches
from tracker.leaderboard import Scope, count_new_sharers, rank_branches, rank_sharers, sum_all, sum_by
from tracker.links import new_id
from tracker.standings import HOURLY, LENGTHS, MEASURES, keep_current, refresh_followers
from tracker.store import Store, Writing, open_store
from tracker.totals import recount

TIMEZONE = ZoneInfo("UTC")
DAYS = 100
DAY = 86_400
VISITS_OF_A_SHARER = 50
EPISODES = [f"episode-{number}" for number in range(1, 11)]
CHANNELS = ["wa", "wa", "wa", "em", "cp"]
SMALL = 10_000
BOTH = ("large", "small")
RESULTS = HERE / "benchmarks" / "results" / "leaderboard.json"

VISIT = (
    "id",
    "sharer",
    "episode",
    "channel",
    "variant",
    "at",
    "verdict",
    "rule",
    "seen_at",
    "visitor",
    "rules",
    "findings",
)
SHARER = ("id", "parent", "kind", "generation", "created_at")
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
            heap.sharers.append((id_, above, "visit", generations[-1], at))
            followed = parent if parent is not None else followed
            place += 1
        sharer = ids[followed]
        counts, seen = chance.random() < 0.8, chance.random() < 0.6
        heap.visits.append(
            (
                *(id_, sharer, episode, channel, 1, at, "human" if counts else "preview", "" if counts else "card"),
                *(at + 5 if counts and seen else None, chance.getrandbits(62), 1, "" if counts else "card-crawler"),
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


def milliseconds(do: Callable[[], Any], times: int = 15) -> float:
    """The median of several times, the first one left out."""
    do()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        do()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def once(do: Callable[[], Any]) -> float:
    """Seconds that it takes the first time."""
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def longest_pause(store: Store, do: Callable[[], Any]) -> tuple[float, float]:
    """Seconds in all, and those of the longest transaction, in which others wait."""
    atomic, pauses = store.atomic, [0.0]

    @contextmanager
    def watched() -> Iterator[Writing]:
        with atomic() as writing:
            began = time.perf_counter()
            yield writing
        pauses.append(time.perf_counter() - began)

    store.atomic = watched  # type: ignore[method-assign]
    taken = once(do)
    store.atomic = atomic  # type: ignore[method-assign]
    return taken, max(pauses)


def bytes_of(store: Store, database: str, visits: int) -> dict[str, float]:
    """Bytes on disk for each visit: its row with its indexes, and all tables together."""
    if database.startswith("postgresql"):
        sql = "select pg_total_relation_size('visits') as visits, pg_database_size(current_database()) as all_tables"
        (row,) = store.query(sql)
        return {name: row[name] / visits for name in row}
    raw = sqlite3.connect(database)
    raw.execute("pragma wal_checkpoint(truncate)")
    raw.close()
    try:
        (row,) = store.query(
            "select sum(pgsize) as size from dbstat where name like 'visits%' or name like '%_visits_%'"
        )
        size = row["size"]
    except Exception:  # noqa: BLE001 - this SQLite was built without dbstat
        size = 0
    return {"visits": size / visits, "all_tables": Path(database).stat().st_size / visits}


def measure(database: str, small: str, visits: int, check: bool) -> dict[str, Any]:
    """All figures of one database."""
    now = int(time.time())
    today = now - now % DAY
    say = lambda text: print(text, flush=True)  # noqa: E731
    told: dict[str, Any] = {"visits": visits, "sharers": visits // VISITS_OF_A_SHARER, "days": DAYS}
    say(f"... {once(lambda: fill(database, visits, told['sharers'], today)):.0f} s to fill")
    fill(small, SMALL, LINKS, today)
    store, little = open_store(database), open_store(small)
    keep_current(little, TIMEZONE, now)
    told["stand_up_s"], told["stand_up_pause_s"] = longest_pause(store, lambda: keep_current(store, TIMEZONE, now))
    told["followers_s"], told["followers_pause_s"] = longest_pause(store, lambda: refresh_followers(store, now))
    told["branches_s"], told["branches_pause_s"] = longest_pause(store, lambda: refresh_branches(store, now))
    told["bytes"] = bytes_of(store, database, visits)
    day = datetime.fromtimestamp(now, UTC).date()
    first = (day - timedelta(days=DAYS - 1)).isoformat()
    scopes = {
        name: Scope((day - timedelta(days=days - 1)).isoformat(), day.isoformat()) for name, days in LENGTHS.items()
    }
    scopes["ever"] = Scope(first, day.isoformat())
    told["rank_ms"] = {
        name: {by: milliseconds(lambda: rank_sharers(store, scope, by, 100)) for by in MEASURES}  # noqa: B023
        for name, scope in scopes.items()
    }
    told["page_50_ms"] = milliseconds(lambda: rank_sharers(store, scopes["ever"], "confirmed", 101, offset=5000))
    told["from_totals_ms"] = milliseconds(lambda: rank_sharers(store, scopes["30"], "confirmed", 1001), 1)
    told["sums_ms"] = {
        name: {
            "all": milliseconds(lambda: sum_all(store, scope), 5),  # noqa: B023
            **{by: milliseconds(lambda: sum_by(store, scope, by), 5) for by in ("day", "episode", "channel")},  # type: ignore[arg-type]  # noqa: B023
            "new sharers": milliseconds(
                lambda: count_new_sharers(store, scope, midnight(scope.since), today + DAY),  # noqa: B023
                5,
            ),
        }
        for name, scope in scopes.items()
    }
    told["rank_branches_ms"] = milliseconds(lambda: rank_branches(store, 100))
    turns = [{f"{SMALL:,}": cpu_of_redirects(small), f"{visits:,}": cpu_of_redirects(database)} for _ in range(3)]
    told["cpu_us"] = {size: statistics.median(turn[size] for turn in turns) for size in turns[0]}
    told["cpu_ratio"] = told["cpu_us"][f"{visits:,}"] / told["cpu_us"][f"{SMALL:,}"]
    if check:
        told["recount_differences"] = len(recount(store, TIMEZONE))
    told["turn_of_the_day_s"], told["turn_of_the_day_pause_s"] = longest_pause(
        store, lambda: keep_current(store, TIMEZONE, today + DAY + 5)
    )
    told["settling_s"], told["settling_pause_s"] = longest_pause(
        store, lambda: keep_current(store, TIMEZONE, today + DAY + 1000)
    )
    told["branches_again_s"] = once(lambda: refresh_branches(store, now + 120))
    store.close()
    little.close()
    return told


def midnight(day: str) -> int:
    parsed = date.fromisoformat(day)
    return int(datetime(parsed.year, parsed.month, parsed.day, tzinfo=UTC).timestamp())


def show(name: str, told: dict[str, Any]) -> str:
    lines = [f"{name}: {told['visits']:,} visits, {told['sharers']:,} sharers, {told['days']} days", ""]
    for title, table in (("top 100, ms", told["rank_ms"]), ("sums, ms", told["sums_ms"])):
        columns = list(next(iter(table.values())))
        lines.append(f"{title:16}" + "".join(f"{column:>13}" for column in columns))
        lines += [f"{row:16}" + "".join(f"{table[row][column]:13.1f}" for column in columns) for row in table]
        lines.append("")
    for key, unit in (
        ("page_50_ms", "ms"),
        ("from_totals_ms", "ms"),
        ("rank_branches_ms", "ms"),
        ("stand_up_s", "s"),
        ("followers_s", "s"),
        ("turn_of_the_day_s", "s"),
        ("settling_s", "s"),
        ("branches_s", "s"),
        ("branches_again_s", "s"),
        ("cpu_ratio", ""),
        ("recount_differences", ""),
    ):
        if f"{key.removesuffix('_s')}_pause_s" in told:
            pause = told[f"{key.removesuffix('_s')}_pause_s"]
            lines.append(f"{key[:-2].replace('_', ' '):26}{told[key]:10.2f} s, longest transaction {pause:.2f} s")
        elif key in told:
            lines.append(f"{key.rpartition('_')[0].replace('_', ' '):26}{told[key]:10.2f} {unit}")
    lines.append(
        "CPU of a redirect, µs: " + ", ".join(f"{told['cpu_us'][size]:.1f} at {size}" for size in told["cpu_us"])
    )
    lines.append("bytes for each visit: " + ", ".join(f"{value:.0f} {name}" for name, value in told["bytes"].items()))
    return "\n".join(lines)


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


def main() -> None:
    reader = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    reader.add_argument("--visits", type=int, default=1_000_000)
    reader.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    reader.add_argument("--recount", action="store_true", help="count all again too: slow, and equal")
    options = reader.parse_args()
    results = {"machine": platform.machine(), "python": platform.python_version(), "cpus": os.cpu_count()}
    for kind in options.database or ["sqlite", "postgresql"]:
        folder = Path(tempfile.mkdtemp(prefix="ricochet-bench-"))
        try:
            with databases(kind, folder) as (large, small):
                results[kind] = measure(large, small, options.visits, options.recount)
        finally:
            shutil.rmtree(folder)
        print(show(kind, results[kind]), flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
