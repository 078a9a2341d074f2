"""Kill the tracker at random moments under load, start it again, and compare what is on disk with what was answered.

`python -m benchmarks.crash`: twenty kills on SQLite and twenty on PostgreSQL, where some hit the database too. The
tests run a short form of it. Clients write down what each was promised; whatever they were not answered may be on disk
or not, but never twice.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.lives import HOOK_SECRET, Client
from benchmarks.servers import CAMPAIGN, HERE, KEY
from tests.databases import Postgres
from tests.ports import free_port
from tracker.store import Store, open_store
from tracker.totals import recount

FAULTS = {"sqlite": ("tracker",), "postgresql": ("tracker", "database", "both")}


class Server:
    """`python -m tracker` in a process group of its own, at an address that outlives it."""

    def __init__(self, folder: Path, database: str, workers: int) -> None:
        (folder / "campaign.json").write_text(json.dumps(CAMPAIGN), encoding="utf-8")
        self.port = free_port()
        self._log = folder / "server.log"
        self._environment = {
            **os.environ,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "SITE_URL": "",
            "OUTPUT": str(folder),
            "CAMPAIGN": "",
            "TRACKER_DATABASE": database,
            "TRACKER_SECRETS": KEY,
            "TRACKER_WORKERS": str(workers),
            "TRUSTED_PROXIES": "1",
            "HOOK_GENERIC_SECRET": HOOK_SECRET,
            "STOP_WITH_PARENT": str(os.getpid()),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tracker"],
                cwd=HERE,
                env=self._environment,
                start_new_session=True,
                stdout=log,
                stderr=log,
            )
        self.wait_until_well()

    def wait_until_well(self, seconds: float = 60) -> None:
        """Wait for an answer that comes from the database. Raises RuntimeError if none comes."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/t/health")
                well = connection.getresponse().status == 200
                connection.close()
            except (OSError, http.client.HTTPException):
                well = False
            if well:
                return
            if self._process is None or self._process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError(f"The server did not answer; its last words: {self._log.read_text()[-2000:]}")

    def kill(self) -> None:
        """kill -9 for every process of the server, at once."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
            self._process = None


@dataclass
class Findings:
    """What a run found: how much was answered for, and what was wrong (nothing, we hope)."""

    answered: Counter[str] = field(default_factory=Counter)
    untold: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        told = ", ".join(f"{number} {name}" for name, number in self.answered.items())
        faults = ", ".join(f"{number} x {name}" for name, number in self.faults.items()) or "none"
        untold = sum(self.untold.values())
        verdict = "nothing lost, nothing doubled, totals equal the rows" if not self.wrong else "\n".join(self.wrong)
        return f"killed: {faults}; answered: {told}; unanswered: {untold}; {self.seconds:.0f} s: {verdict}"


def check(store: Store, clients: list[Client]) -> Iterator[str]:
    """Everything that differs between the rows and what had been answered when this began."""
    promised = [
        (list(each.visits), list(each.seen), list(each.shares), dict(each.gifts))
        for each in (client.promises for client in clients)
    ]
    visits = {row["id"]: row["seen_at"] for row in store.query("select id, seen_at from visits")}
    shares = Counter((row["visit_id"], row["channel"]) for row in store.query("select visit_id, channel from shares"))
    gifts = {
        (row["payment"], row["entry"]): row["amount"] for row in store.query("select payment, entry, amount from gifts")
    }
    for mine, seen, passed, given in promised:
        yield from (f"the visit {id_} is lost" for id_ in mine if id_ not in visits)
        yield from (f"the visit {id_} is not confirmed" for id_ in seen if visits.get(id_) is None)
        yield from (f"the share {share} is there {shares[share]} times" for share in passed if shares[share] != 1)
        yield from (
            f"the gift {key} is {gifts.get(key)}, not {value}"
            for key, value in given.items()
            if gifts.get(key) != value
        )
    handed_out = Counter(id_ for mine, *_ in promised for id_ in mine)
    yield from (f"the visit {id_} was handed out {times} times" for id_, times in handed_out.items() if times > 1)
    yield from (f"the share {share} is there {times} times" for share, times in shares.items() if times > 1)
    for row in recount(store, ZoneInfo(str(CAMPAIGN["site"]["timezone"]))):  # type: ignore[index]
        yield f"totals differ: {row}"


def check_the_end(store: Store, clients: list[Client]) -> Iterator[str]:
    """What can only be asked once all is quiet: the ledger is exactly what the platform told, however often it did."""
    kept = store.query("select count(*) as gifts, coalesce(sum(amount), 0) as amount from gifts")[0]
    told = {key: value for client in clients for key, value in client.promises.gifts.items()}
    if kept != {"gifts": len(told), "amount": sum(told.values())}:
        yield f"the ledger has {kept}, the platform {len(told)} entries of {sum(told.values())}"
    rows = store.query("select count(*) as n from visits")[0]["n"]
    answered = sum(len(client.promises.visits) for client in clients)
    most = answered + sum(client.promises.untold["visits"] for client in clients)
    if not answered <= rows <= most:
        yield f"there are {rows} visits, but {answered} were answered and {most} asked for"


@contextmanager
def database_for(kind: str, folder: Path, postgres: Postgres | None) -> Iterator[tuple[str, Postgres | None]]:
    """The address of an empty database, and the server under it if it has one."""
    if kind == "sqlite":
        yield str(folder / "tracker.db"), None
    elif postgres is not None:
        yield postgres.make_database("crash"), postgres
    else:
        postgres = Postgres()
        try:
            yield postgres.make_database("crash"), postgres
        finally:
            postgres.stop()


def run(
    kind: str,
    kills: int,
    connections: int = 32,
    workers: int = 1,
    seed: int = 1,
    pause: tuple[float, float] = (0.3, 1.5),
    postgres: Postgres | None = None,
) -> Findings:
    """Drive load on a database of this kind ("sqlite", "postgresql"), and kill something `kills` times.

    `pause` bounds the seconds of load before each kill, and before the end. Without `postgres` it starts a server of
    its own.
    """
    began, chance, findings = time.monotonic(), random.Random(seed), Findings()
    with tempfile.TemporaryDirectory() as name, database_for(kind, Path(name), postgres) as (address, under):
        server = Server(Path(name), address, workers)
        stop = threading.Event()
        links: list[str] = []
        clients = [Client(number, server.port, links, stop, seed) for number in range(connections)]
        try:
            server.start()
            for client in clients:
                client.start()
            for turn in range(kills):
                time.sleep(chance.uniform(*pause))
                fault = FAULTS[kind][turn % len(FAULTS[kind])]
                findings.faults[fault] += 1
                strike(fault, server, under, chance)
                findings.wrong += look(address, clients)
                server.start() if fault != "database" else server.wait_until_well()
            time.sleep(chance.uniform(*pause))
            stop.set()
            for client in clients:
                client.join(30)
            findings.wrong += [f"{client.name} failed: {client.failed!r}" for client in clients if client.failed]
            findings.wrong += [f"{client.name} hangs" for client in clients if client.is_alive()]
            findings.wrong += look(address, clients, at_the_end=True)
        finally:
            stop.set()
            server.kill()
    for each in (client.promises for client in clients):
        findings.answered.update(
            visits=len(each.visits), seen=len(each.seen), shares=len(each.shares), gifts=len(each.gifts)
        )
        findings.untold += each.untold
    findings.seconds = time.monotonic() - began
    return findings


def strike(fault: str, server: Server, postgres: Postgres | None, chance: random.Random) -> None:
    """Kill the tracker, its database, or both; a database stays away for a moment, then comes back."""
    if fault in ("database", "both"):
        assert postgres is not None
        postgres.crash()
    if fault in ("tracker", "both"):
        server.kill()
    if postgres is not None and fault != "tracker":
        time.sleep(chance.uniform(0, 0.5))
        postgres.start()


def look(address: str, clients: list[Client], at_the_end: bool = False) -> list[str]:
    """What is wrong now; as another process would see it."""
    store = open_store(address)
    try:
        wrong = list(check(store, clients))
        return wrong + (list(check_the_end(store, clients)) if at_the_end else [])
    finally:
        store.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crash", description="Kill, restart, compare.")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=sorted(FAULTS), action="append", help="both, if not given")
    options = parser.parse_args()
    failed = False
    for kind in options.database or ("sqlite", "postgresql"):
        workers = 1 if kind == "sqlite" else 2
        findings = run(kind, options.kills, options.connections, workers, options.seed)
        print(f"{kind}, {workers} worker(s), {options.connections} connections: {findings}", flush=True)
        failed = failed or bool(findings.wrong)
    sys.exit(int(failed))


if __name__ == "__main__":
    main()
