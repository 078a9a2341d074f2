"""What the leaderboard costs with millions of visits behind it: `python -m benchmarks.leaderboard --visits 10000000`.

Fills a database (benchmarks.campaigns); then lets the tracker's own functions stand the spans up, and times them:
rankings, sums, the turn of a day, whole branches, bytes for each visit, and the CPU of a whole redirect beside a small
database's (benchmarks.growth).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.campaigns import DAY, DAYS, TIMEZONE, VISITS_OF_A_SHARER, databases, fill, folder_for
from benchmarks.growth import LINKS, cpu_of_redirects
from benchmarks.servers import HERE
from tracker.branches import refresh_branches
from tracker.leaderboard import Scope, count_new_sharers, rank_branches, rank_sharers, sum_all, sum_by
from tracker.standings import LENGTHS, MEASURES, keep_current, refresh_followers
from tracker.store import Store, Writing, open_store
from tracker.totals import recount

SMALL = 10_000
RESULTS = HERE / "benchmarks" / "results" / "leaderboard.json"


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


def main() -> None:
    reader = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    reader.add_argument("--visits", type=int, default=1_000_000)
    reader.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    reader.add_argument("--recount", action="store_true", help="count all again too: slow, and equal")
    options = reader.parse_args()
    results = {"machine": platform.machine(), "python": platform.python_version(), "cpus": os.cpu_count()}
    for kind in options.database or ["sqlite", "postgresql"]:
        with folder_for() as folder, databases(kind, folder) as (large, small):
            results[kind] = measure(large, small, options.visits, options.recount)
        print(show(kind, results[kind]), flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
