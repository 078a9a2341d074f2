"""A running server that platforms tell of gifts: `python -m tracker` on both databases, as `invoke serve` starts it.

HelloAsso's API is a stand-in on this machine. Every test has payments of its own, so that all share one server.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from standardwebhooks.webhooks import Webhook

from tests.conftest import CAMPAIGN, HOOK_SECRET, KEY
from tests.databases import Postgres
from tests.gifts import HELLOASSO_KEY, STRIPE_SECRET, encoded, helloasso_headers, recorded, stripe_headers
from tests.ports import free_port
from tracker.store import Store, open_store
from tracker.totals import recount

HERE = Path(__file__).resolve().parents[2]
PUBLISHED = "51.138.206.200"
Answer = tuple[int, dict[str, Any]]


class Platform(BaseHTTPRequestHandler):
    """HelloAsso's API, as far as it is documented; it knows the payments in `known`, and the orders in `orders`."""

    known: dict[str, dict[str, Any]] = {}  # noqa: RUF012 - shared by all requests on purpose
    orders: dict[str, dict[str, Any]] = {}  # noqa: RUF012
    tokens = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        Platform.tokens += 1
        self.answer(200, {"access_token": "t", "token_type": "bearer", "expires_in": 1799})

    def do_GET(self) -> None:
        what, _slash, number = self.path.removeprefix("/v5/").partition("/")
        found = {"payments": Platform.known, "orders": Platform.orders}.get(what, {}).get(number)
        right = self.headers["Authorization"] == "Bearer t"
        self.answer(200 if found and right else 404, found or {})

    def answer(self, status: int, told: dict[str, Any]) -> None:
        body = encoded(told)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Keeps quiet."""


@dataclass
class Server:
    port: int
    store: Store
    folder: Path

    def ask(self, verb: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Any:
        """(status, headers, body), over a connection of its own."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(verb, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def post(self, provider: str, body: bytes, headers: dict[str, str]) -> Answer:
        status, _headers, told = self.ask("POST", f"/hooks/{provider}", body, headers)
        return status, json.loads(told or b"{}")

    def stripe(self, name: str, payment: str, **changes: Any) -> Answer:
        return self.stripe_event(recorded(f"stripe/{name}", payment_intent=payment, **changes))

    def stripe_event(self, event: dict[str, Any], **signing: Any) -> Answer:
        body = encoded(event)
        return self.post("stripe", body, stripe_headers(body, **signing))

    def helloasso(self, name: str, number: int, **headers: str) -> Answer:
        """A ping; what it claims is asked back of `Platform`."""
        body = encoded(recorded(f"helloasso/{name}", id=number))
        return self.post("helloasso", body, {"Content-Type": "application/json", **headers})

    def signed_helloasso(self, message: dict[str, Any], key: str = HELLOASSO_KEY) -> Answer:
        body = encoded(message)
        return self.post("helloasso", body, helloasso_headers(body, key))

    def generic(self, type_: str, secret: str = HOOK_SECRET, late: int = 0, id_: str = "m", **data: Any) -> Answer:
        body, now = json.dumps({"type": type_, "data": {"currency": "EUR", **data}}), datetime.now(UTC)
        sent = datetime.fromtimestamp(int(now.timestamp()) - late, UTC)
        headers = {
            "webhook-id": id_,
            "webhook-timestamp": str(int(sent.timestamp())),
            "webhook-signature": Webhook(secret).sign(id_, sent, body),
        }
        return self.post("generic", body.encode(), headers)

    def left(self, payment: str) -> int:
        (row,) = self.store.query("select coalesce(sum(amount), 0) as n from gifts where payment = :p", p=payment)
        return int(row["n"])

    def arrive(self, brought_by: str = "") -> dict[str, str]:
        """Somebody comes to an episode, through a link token or by themselves; {"visit", "link"}, tokens."""
        agent = {"User-Agent": f"Mozilla/5.0 (X11; Linux x86_64) Firefox/{time.monotonic_ns() % 10**9}"}
        if brought_by:
            status, headers, _body = self.ask("GET", f"/r/jai-piscine/wa/{brought_by}", headers=agent)
            assert status == 302
            path, told = "/t/seen", {"visit": headers["Location"].partition("#")[2]}
        else:
            path, told = "/t/visits", {"episode": "jai-piscine"}
        status, _headers, body = self.ask("POST", path, encoded(told), {**agent, "Content-Type": "application/json"})
        assert status in (200, 201), body
        return dict(json.loads(body))


@contextmanager
def serve(folder: Path, database: str, workers: int = 1, **settings: str) -> Iterator[Server]:
    """A running server with these settings; at its end totals must equal the ledger."""
    (folder / "campaign.json").write_text(json.dumps(CAMPAIGN), encoding="utf-8")
    port = free_port()
    environment = {
        **os.environ,
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "OUTPUT": str(folder),
        "TRACKER_DATABASE": database,
        "TRACKER_WORKERS": str(workers),
        "TRACKER_SECRETS": KEY,
        "TRUSTED_PROXIES": "1",
        "HOOK_GENERIC_SECRET": HOOK_SECRET,
        "HOOK_STRIPE_SECRET": STRIPE_SECRET,
        "HOOK_HELLOASSO_KEY": "",
        "HOOK_HELLOASSO_ADDRESSES": PUBLISHED,
        "HELLOASSO_CLIENT_ID": "",
        **settings,
    }
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "tracker"], cwd=HERE, env=environment, stdout=log, stderr=log)
    try:
        wait_for(port, process, folder)
        with closing(open_store(database)) as store:
            yield Server(port, store, folder)
            assert recount(store, ZoneInfo(CAMPAIGN["site"]["timezone"])) == []
    finally:
        process.terminate()
        process.wait(20)
    assert "Traceback" not in (folder / "log.txt").read_text(encoding="utf-8", errors="replace")


def wait_for(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        assert process.poll() is None, (folder / "log.txt").read_text()
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                return
        assert time.monotonic() < deadline, "the server doesn't listen"
        time.sleep(0.05)  # the only way to learn that a process listens is to knock


@pytest.fixture(scope="session")
def helloasso_api() -> Iterator[dict[str, str]]:
    """Settings of a server that asks the stand-in for HelloAsso's API."""
    platform = ThreadingHTTPServer(("127.0.0.1", 0), Platform)
    threading.Thread(target=platform.serve_forever, daemon=True).start()
    yield {
        "HELLOASSO_CLIENT_ID": "us",
        "HELLOASSO_CLIENT_SECRET": "secret",
        "HELLOASSO_API": f"http://127.0.0.1:{platform.server_address[1]}",
    }
    platform.shutdown()
    platform.server_close()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def gift_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, helloasso_api: dict[str, str]
) -> Iterator[Server]:
    """Behind one proxy; HelloAsso is known by its address and asked back. On PostgreSQL with two processes."""
    folder = tmp_path_factory.mktemp("gifts")
    if request.param == "sqlite":
        database, workers = str(folder / "tracker.db"), 1
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        database, workers = postgres.make_database("gifts_server"), 2
    with serve(folder, database, workers, **helloasso_api) as server:
        yield server


@pytest.fixture(scope="session")
def partner_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A partner of HelloAsso's, whose notifications are signed; no proxy in front."""
    folder = tmp_path_factory.mktemp("partner")
    with serve(folder, str(folder / "tracker.db"), TRUSTED_PROXIES="0", HOOK_HELLOASSO_KEY=HELLOASSO_KEY) as server:
        yield server


@pytest.fixture(scope="session")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """No proxy in front: HelloAsso's published address must be the connection's own."""
    folder = tmp_path_factory.mktemp("open")
    with serve(folder, str(folder / "tracker.db"), TRUSTED_PROXIES="0") as server:
        yield server


def at_once(*calls: Any) -> list[Any]:
    """Answers to all of these calls (a function and its arguments each), made by many threads."""
    with ThreadPoolExecutor(16) as pool:
        return [future.result() for future in [pool.submit(*call) for call in calls]]
