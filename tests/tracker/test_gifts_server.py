"""The same on a running server, over the network, from many threads at once: `python -m tracker` on both databases.

HelloAsso's API is a stand-in on this machine. Every test has payments of its own, so that they share one server.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import permutations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from standardwebhooks.webhooks import Webhook

from tests.conftest import CAMPAIGN, HOOK_SECRET, KEY
from tests.databases import Postgres
from tests.gifts import STRIPE_SECRET, encoded, recorded, stripe_headers
from tests.tracker.test_gifts_ledger import live
from tracker.store import Store, open_store
from tracker.totals import recount

HERE = Path(__file__).resolve().parents[2]
PUBLISHED = "51.138.206.200"


class Platform(BaseHTTPRequestHandler):
    """HelloAsso's API, as far as it is documented; it knows the payments in `known`."""

    known: dict[str, dict[str, Any]] = {}  # noqa: RUF012 - shared by all requests on purpose
    tokens = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        Platform.tokens += 1
        self.answer(200, {"access_token": "t", "token_type": "bearer", "expires_in": 1799})

    def do_GET(self) -> None:
        payment = Platform.known.get(self.path.rpartition("/")[2])
        right = self.path.startswith("/v5/payments/") and self.headers["Authorization"] == "Bearer t"
        self.answer(200 if payment and right else 404, payment or {})

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
    process: subprocess.Popen[bytes]

    def post(self, provider: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """One notification, over a connection of its own."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("POST", f"/hooks/{provider}", body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")

    def stripe(self, name: str, payment: str, **changes: Any) -> tuple[int, dict[str, Any]]:
        body = encoded(recorded(f"stripe/{name}", payment_intent=payment, **changes))
        return self.post("stripe", body, stripe_headers(body))

    def helloasso(self, name: str, number: int, **headers: str) -> tuple[int, dict[str, Any]]:
        body = encoded(recorded(f"helloasso/{name}", id=number))
        return self.post("helloasso", body, {"Content-Type": "application/json", **headers})

    def generic(self, type_: str, **data: Any) -> tuple[int, dict[str, Any]]:
        body, now = json.dumps({"type": type_, "data": {"currency": "EUR", **data}}), datetime.now(UTC)
        signature = Webhook(HOOK_SECRET).sign("m", now, body)
        headers = {"webhook-id": "m", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
        return self.post("generic", body.encode(), headers)

    def left(self, payment: str) -> int:
        (row,) = self.store.query("select coalesce(sum(amount), 0) as n from gifts where payment = :p", p=payment)
        return int(row["n"])


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "campaign.json").write_text(json.dumps(CAMPAIGN), encoding="utf-8")
    if request.param == "sqlite":
        database, workers = str(folder / "tracker.db"), 1
    else:
        postgres: Postgres = request.getfixturevalue("postgres")
        database, workers = postgres.make_database("gifts_server"), 2
    platform = ThreadingHTTPServer(("127.0.0.1", 0), Platform)
    threading.Thread(target=platform.serve_forever, daemon=True).start()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
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
        "HELLOASSO_CLIENT_ID": "us",
        "HELLOASSO_CLIENT_SECRET": "secret",
        "HELLOASSO_API": f"http://127.0.0.1:{platform.server_address[1]}",
    }
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "tracker"], cwd=HERE, env=environment, stdout=log, stderr=log)
    try:
        wait_for(port, process, folder)
        store = open_store(database)
        yield Server(port, store, process)
        timezone = ZoneInfo(CAMPAIGN["site"]["timezone"])
        assert recount(store, timezone) == []
        store.close()
    finally:
        process.terminate()
        process.wait(20)
        platform.shutdown()
        platform.server_close()


def wait_for(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        assert process.poll() is None, (folder / "log.txt").read_text()
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                return
        assert time.monotonic() < deadline, "the server doesn't listen"
        time.sleep(0.05)  # the only way to learn that a process listens is to knock


@pytest.fixture
def database() -> str:
    """These tests have a database of their own; see `server`."""
    return ""


def at_once(*calls: Any) -> list[tuple[int, dict[str, Any]]]:
    with ThreadPoolExecutor(16) as pool:
        return [future.result() for future in [pool.submit(*call) for call in calls]]


def test_fifty_at_once_from_several_threads_count_once(server: Server) -> None:
    Platform.known["501"] = recorded("helloasso/payment_form", id=501)["data"]
    told = [
        *[(server.stripe, "session_completed", "pi_50")] * 50,
        *[(server.stripe, "charge_refunded_1000", "pi_50")] * 50,
        *[(lambda: server.helloasso("payment_form", 501, **{"X-Forwarded-For": PUBLISHED}),)] * 50,
        *[(lambda: server.generic("gift", payment="g_50", amount=700),)] * 50,
    ]
    random.Random(5).shuffle(told)
    answers = at_once(*told)
    assert {status for status, _told in answers} == {200}
    assert sum(told["status"] == "recorded" for _status, told in answers) == 4
    assert [server.left(each) for each in ("pi_50", "501", "g_50")] == [2000, 2000, 700]


def test_every_order_of_stripes_events(server: Server) -> None:
    events = ("session_completed", "charge_refunded_1000", "refund_created_1000", "dispute_lost", "dispute_reinstated")
    orders = list(permutations(events))
    for n, order in enumerate(orders):
        for name in order:
            assert server.stripe(name, f"pi_order_{n}")[0] == 200
    assert {server.left(f"pi_order_{n}") for n in range(len(orders))} == {2000}


def test_every_order_of_helloassos_payments_as_asked_back(server: Server) -> None:
    """Its API tells how a payment stands when it is asked: here, in an order of its own for each payment."""
    names = ("payment_form", "payment_refunded_part", "payment_contested", "payment_won_back", "order")
    for n, order in enumerate(permutations(names)):
        number = 9000 + n
        for name in order:
            if name != "order":
                Platform.known[str(number)] = recorded(f"helloasso/{name}", id=number)["data"]
            status, told = server.helloasso(name, number, **{"X-Forwarded-For": PUBLISHED})
            assert status == 200
            assert told["status"] in ("ignored", "recorded", "known")
        assert server.left(str(number)) == 1500, order
    assert Platform.tokens <= 4  # one for each process and each of the two servers that these tests start


def test_forged_addresses_and_claims(server: Server) -> None:
    Platform.known["777"] = recorded("helloasso/payment_form", id=777)["data"]
    for forged in ("", "203.0.113.9", f"{PUBLISHED}, 203.0.113.9", "::1", "x" * 3000):
        status, told = server.helloasso("payment_form", 777, **{"X-Forwarded-For": forged})
        assert (status, told["error"]) == (403, "unknown_sender")
    claim = encoded(recorded("helloasso/payment_form", id=777, amount=99_000_00))
    assert server.post("helloasso", claim, {"X-Forwarded-For": f"9.9.9.9, {PUBLISHED}"})[0] == 200
    assert server.left("777") == 2000
    assert server.helloasso("payment_form", 778, **{"X-Forwarded-For": PUBLISHED})[1]["error"] == "not_found"


def test_forged_stale_and_replayed_signatures(server: Server) -> None:
    body = encoded(recorded("stripe/session_completed", payment_intent="pi_forged"))
    for headers in (
        {},
        stripe_headers(body, "whsec_another"),
        stripe_headers(body, at=time.time() - 301),
        stripe_headers(body + b" "),
        {"Stripe-Signature": "t=1,v1=" + "0" * 64},
    ):
        assert server.post("stripe", body, headers)[0] in (400, 401)
    assert server.post("generic", b'{"type":"gift"}', {"webhook-id": "m"})[0] == 401
    assert server.left("pi_forged") == 0
    headers = stripe_headers(body)
    assert [server.post("stripe", body, headers)[1] for _ in range(3)] == [{"status": "recorded"}] + [
        {"status": "known"}
    ] * 2
    assert server.left("pi_forged") == 3000


@pytest.mark.parametrize("provider", ["stripe", "generic", "helloasso"])
def test_cut_off_and_malformed_bodies_and_megabytes(server: Server, provider: str) -> None:
    whole = encoded(recorded("stripe/session_completed", payment_intent="pi_cut"))
    for body in (b"", b"{", whole[:-40], b"\xff" * 50, b"[" * 60_000, b"null"):
        headers = {"X-Forwarded-For": PUBLISHED, **(stripe_headers(body) if provider == "stripe" else {})}
        for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x"):
            status, told = server.post(provider, body, {**headers, "Content-Type": kind})
            assert status in (400, 401), told
            assert told["error"] in ("malformed_body", "bad_signature")
    big = b"x" * 3_000_000
    with suppress(ConnectionError):  # refused while it was still being sent, which is as good
        assert server.post(provider, big, {"X-Forwarded-For": PUBLISHED})[0] == 413
    assert server.left("pi_cut") == 0


def test_a_body_cut_off_on_the_way_is_nothing(server: Server) -> None:
    body = encoded(recorded("stripe/session_completed", payment_intent="pi_short"))
    head = "".join(f"{name}: {value}\r\n" for name, value in stripe_headers(body).items())
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
        raw.sendall(f"POST /hooks/stripe HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode())
        raw.sendall(body[:-1])
    assert server.stripe("session_completed", "pi_after")[0] == 200
    assert server.left("pi_short") == 0


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"amount_total": 0}, "amount_not_positive"),
        ({"amount_total": -1}, "amount_not_positive"),
        ({"amount_total": 10**14}, "absurd_amount"),
        ({"amount_total": 1e3}, "bad_amount_total"),
        ({"currency": "jpy"}, "wrong_currency"),
    ],
)
def test_wrong_currencies_and_amounts(server: Server, changes: dict[str, Any], name: str) -> None:
    status, told = server.stripe("session_completed", "pi_wrong", **changes)
    assert (status, told["error"]) == (422, name)
    assert server.left("pi_wrong") == 0


def test_null_and_unknown_references(server: Server) -> None:
    for n, reference in enumerate([None, "", "A" * 16, "é" * 16, "x" * 5000, {"a": 1}]):
        answer = server.stripe("session_completed", f"pi_ref_{n}", client_reference_id=reference)
        assert answer == (200, {"status": "recorded"})
        assert server.left(f"pi_ref_{n}") == 3000


def test_a_test_event_in_live_is_kept_apart(server: Server) -> None:
    event = recorded("stripe/session_completed", payment_intent="pi_test")
    event["livemode"] = False
    body = encoded(event)
    assert server.post("stripe", body, stripe_headers(body))[1] == {"status": "recorded"}
    rows = server.store.query("select livemode from gifts where payment = 'pi_test'")
    assert rows == [{"livemode": 0}]


@pytest.mark.parametrize("refunds", [[1000], [1000, 2000], [2000, 1500], [3000, 3000]])
def test_partial_refunds_up_to_and_beyond_the_amount(server: Server, refunds: list[int]) -> None:
    """Beyond the amount the ledger stands below zero, as the platform's own account does."""
    payment = f"beyond_{'_'.join(map(str, refunds))}"
    for n, amount in enumerate(refunds):
        assert server.generic("refund", payment=payment, refund=f"r{n}", amount=amount)[0] == 200
    assert server.generic("gift", payment=payment, amount=3000)[0] == 200
    assert server.left(payment) == 3000 - sum(refunds)


@pytest.mark.parametrize("seed", range(3))
def test_random_histories_told_at_once_in_random_order_equal_the_model(server: Server, seed: int) -> None:
    chance = random.Random(seed)
    model, told = {}, []
    for number in range(12):
        life = [
            (chance.choice(["refund", "refund", "dispute"]), chance.randrange(1, 3000))
            for _ in range(chance.randrange(5))
        ]
        payment = f"random_{seed}_{number}"
        model[payment], notices = live(payment, chance.randrange(1, 5000), life, "numbered", True)
        told += [notice for each in notices for notice in each]
    told += chance.choices(told, k=len(told))
    chance.shuffle(told)

    def tell(notice: Any) -> tuple[int, dict[str, Any]]:
        # The generic hook knows of refunds alone: a dispute is one, with a number of its own.
        number = f"d{notice.entry}" if notice.kind == "dispute" else notice.entry
        kind = "gift" if notice.kind == "gift" else "refund"
        return server.generic(kind, payment=notice.payment, refund=number, amount=notice.amount, at=notice.at)

    answers = at_once(*[(tell, notice) for notice in told])
    assert {status for status, _told in answers} == {200}
    assert {payment: server.left(payment) for payment in model} == model


def test_everything_is_receipted(server: Server) -> None:
    server.stripe("session_completed", "pi_receipt")
    for _ in range(200):
        if rows := server.store.query("select extract, body_hash from notices where payment = 'pi_receipt'"):
            break
        time.sleep(0.02)  # receipts of what is recorded anyway are written in the background
    assert json.loads(rows[0]["extract"])["amount_total"] == 3000
    verdicts = {row["verdict"] for row in server.store.query("select distinct verdict from notices")}
    assert verdicts >= {"recorded"}
