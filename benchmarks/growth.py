"""What a followed link costs in processor time, whole, as the database grows: through the door (tracker.front), from
headers in to headers out, its transaction on disk. Only the HTTP server around it is left out, and the background."""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.load import PEOPLE
from benchmarks.servers import CAMPAIGN, KEY
from settings import load
from tracker import create_app
from tracker.front import Front
from tracker.services import EXTENSION, Services
from tracker.site import Site
from tracker.store import Store

TOGETHER = 32  # visitors at once, as under load
TURNS = 200
ROUNDS = 4  # the first of which warms up
LINKS = 1000  # that are followed, as many of a large database as of a small one

Message = MutableMapping[str, Any]


def cpu_of_redirects(database: str) -> float:
    """Microseconds of processor time for each recorded redirect: ours, and that of PostgreSQL's process."""
    with TemporaryDirectory() as folder:
        Path(folder, "campaign.json").write_text(json.dumps(CAMPAIGN), encoding="utf-8")
        settings = load(_env_file=None, output=folder, tracker_database=database, tracker_secrets=[KEY])
        app = create_app(settings)
        kit: Services = app.extensions[EXTENSION]
        ids = [row["id"] for row in kit.store.query("select id from sharers order by id")]
        tokens = [kit.links.issue("link", id_) for id_ in random.Random(3).sample(ids, min(LINKS, len(ids)))]
        backend = find_backend(kit.store)
        try:
            return asyncio.run(follow_links(Front(app, Site(settings.output), threads=2), tokens, backend))
        finally:
            kit.store.close()


async def follow_links(front: Front, tokens: Sequence[str], backend: int) -> float:
    chance = random.Random(time.time_ns())
    rounds = []
    for _ in range(ROUNDS):
        scopes = [ask(chance, tokens) for _ in range(TURNS * TOGETHER)]
        before = time.process_time() + cpu_of_process(backend)
        for first in range(0, len(scopes), TOGETHER):
            answers = await asyncio.gather(*(visit(front, scope) for scope in scopes[first : first + TOGETHER]))
            if set(answers) != {302}:
                raise RuntimeError(f"not all were led on: {answers}")
        rounds.append((time.process_time() + cpu_of_process(backend) - before) / len(scopes) * 1e6)
    return statistics.median(rounds[1:])


def ask(chance: random.Random, tokens: Sequence[str]) -> Message:
    """A request as granian tells of it."""
    person = chance.randrange(PEOPLE)
    agent = (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        f"Chrome/{100 + person % 50}.0.{person // 50}.0 Safari/537.36"
    )
    path = f"/r/episode-{chance.randint(1, 10)}/wa/{chance.choice(tokens)}"
    return {
        "type": "http",
        "method": "GET",
        "raw_path": path.encode(),
        "path": path,
        "query_string": b"",
        "client": ("127.0.0.1", 40000),
        "headers": [(b"host", b"127.0.0.1:8000"), (b"user-agent", agent.encode())],
    }


async def visit(front: Callable[..., Awaitable[None]], scope: Message) -> int:
    """The status of the answer."""
    said: list[Message] = []

    async def send(message: Message) -> None:
        said.append(message)

    await front(scope, None, send)
    return int(said[0]["status"])


def find_backend(store: Store) -> int:
    """The process of PostgreSQL that writes for this store; 0 for SQLite, which has none."""
    if getattr(store, "dialect", "") != "postgresql":
        return 0
    with store.atomic() as writing:
        return int(writing.query("select pg_backend_pid() as pid")[0]["pid"])


def cpu_of_process(pid: int) -> float:
    """Seconds of processor time that this process has used; 0 for none."""
    if not pid:
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100
