"""Where journeys lead: the built site, the real server in front of it, and a donation platform that notes who comes."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from pydantic_core import PydanticUndefined
from standardwebhooks.webhooks import Webhook

from settings import HERE, Settings
from tests.conftest import HOOK_SECRET, KEY
from tracker.links import Links, new_id
from tracker.staff.accounts import add_staff
from tracker.store import open_store

PASSWORD = "quatre mots au hasard"


@contextmanager
def listening(handler: Any, port: int = 0) -> Iterator[int]:
    """A small web server in a thread of its own; its port."""
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.05), daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def open_platform() -> Iterator[Platform]:
    """The stand-in donation platform."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/don"):
                asked.append(self.path)
            body = (
                b"<!doctype html><html lang=fr><title>Dons</title><link rel=icon href='data:,'><h1>Merci d'avance</h1>"
            )
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Keeps quiet."""

    with listening(Handler) as port:
        yield Platform(f"http://127.0.0.1:{port}/don?campagne=excuses", asked)


@dataclass
class Platform:
    """Where people give. `asked` is what it was asked for: path and query, in order."""

    address: str
    asked: list[str]


@dataclass
class Site:
    """The built site, for the address on which it will be served."""

    output: Path
    port: int
    platform: Platform

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def served_alone(self) -> Iterator[None]:
        """The same files from a plain web server that knows of no tracker."""

        class Handler(SimpleHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                """Keeps quiet."""

        with listening(partial(Handler, directory=str(self.output)), self.port):
            yield


@dataclass
class Counter:
    """The real server, as a process of its own, on a fresh database that tests read as its owner would."""

    site: Site
    folder: Path
    since: str = ""
    links: Links = field(default_factory=lambda: Links([KEY]))
    _process: subprocess.Popen[bytes] | None = None

    @property
    def database(self) -> Path:
        return self.folder / "tracker.db"

    def open(self) -> None:
        """Start, and come back once somebody can be served."""
        with (self.folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tracker"], cwd=HERE, env=self.environment(), stdout=log, stderr=log
            )
        deadline = time.monotonic() + 60
        while True:
            assert self._process.poll() is None, (self.folder / "log.txt").read_text()
            with socket.socket() as probe:
                if not probe.connect_ex(("127.0.0.1", self.site.port)):
                    return
            assert time.monotonic() < deadline, "the server doesn't listen"
            time.sleep(0.02)  # the only way to learn that a process listens is to knock

    def close(self) -> None:
        """Stop; nobody answers any more."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def environment(self) -> dict[str, str]:
        """Every setting spelt out, so that no .env of this machine has a say."""
        defaults = {
            name.upper(): "" if each.default in (None, PydanticUndefined) else str(each.default)
            for name, each in Settings.model_fields.items()
        }
        return {
            **os.environ,
            **defaults,
            "PORT": str(self.site.port),
            "SITE_URL": self.site.address,
            "OUTPUT": str(self.site.output),
            "TRACKER_DATABASE": str(self.database),
            "TRACKER_SECRETS": KEY,
            "TRACKER_THREADS": "4",
            "HOOK_GENERIC_SECRET": HOOK_SECRET,
            "STOP_WITH_PARENT": str(os.getpid()),
        }

    def begin(self) -> None:
        """From here on, `visits` and `shares` show what is new."""
        self.since = new_id()

    def rows(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        """Rows of a query, from the file itself."""
        with closing(sqlite3.connect(self.database)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(sql, params)]

    def visits(self) -> list[dict[str, Any]]:
        """Visits since this test began, in their order."""
        return self.rows("select * from visits where id > :since order by id", since=self.since)

    def shares(self) -> list[dict[str, Any]]:
        return self.rows("select * from shares where id > :since order by id", since=self.since)

    def hire(self, name: str, role: str = "marketer") -> None:
        """Give somebody an account, as `invoke staff` does."""
        store = open_store(str(self.database))
        try:
            add_staff(store, name, PASSWORD, role)
        finally:
            store.close()

    def tell_gift(self, visit_id: str, amount: int, payment: str = "pay_1") -> int:
        """What the donation platform notifies, signed as Standard Webhooks says; the answer's status."""
        now = datetime.now(UTC)
        data = {"payment": payment, "amount": amount, "currency": "EUR", "visit_id": visit_id}
        body = json.dumps({"type": "gift", "data": data})
        headers = {
            "content-type": "application/json",
            "webhook-id": f"msg_{payment}",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(HOOK_SECRET).sign(f"msg_{payment}", now, body),
        }
        request = Request(f"{self.site.address}/hooks/generic", body.encode(), headers)
        with urlopen(request, timeout=10) as answer:
            return int(answer.status)


def sort_out(counter: Counter) -> list[tuple[str, str | None, bool]]:
    """Verdict, sharer and whether it is confirmed, of each new visit."""
    return [(row["verdict"], row["sharer"], row["seen_at"] is not None) for row in counter.visits()]
