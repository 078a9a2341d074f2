"""The same on a running server, over the network, from many threads at once: see tests/gifts/served.py."""

from __future__ import annotations

import base64
import json
import random
import socket
import time
from contextlib import suppress
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as property_settings
from hypothesis import strategies as st

from tests.gifts import encoded, helloasso_headers, recorded, stripe_headers
from tests.gifts.served import PUBLISHED, Platform, Server, at_once
from tests.tracker.test_gifts_ledger import LIVES, WAYS, live
from tracker.gifts.notices import Notice

WHEN = ("first", "renewal")


@pytest.fixture
def database() -> str:
    """These tests have databases of their own; see `gift_server`."""
    return ""


def test_fifty_at_once_from_several_threads_count_once(gift_server: Server) -> None:
    Platform.known["501"] = recorded("helloasso/payment_form", id=501)["data"]
    told = [
        *[(gift_server.stripe, "session_completed", "pi_50")] * 50,
        *[(gift_server.stripe, "charge_refunded_1000", "pi_50")] * 50,
        *[(lambda: gift_server.helloasso("payment_form", 501, **{"X-Forwarded-For": PUBLISHED}),)] * 50,
        *[(lambda: gift_server.generic("gift", payment="g_50", amount=700),)] * 50,
    ]
    random.Random(5).shuffle(told)
    answers = at_once(*told)
    assert {status for status, _told in answers} == {200}
    assert sum(told["status"] == "recorded" for _status, told in answers) == 4
    assert [gift_server.left(each) for each in ("pi_50", "501", "g_50")] == [2000, 2000, 700]


def test_every_order_of_stripes_events(gift_server: Server) -> None:
    events = ("session_completed", "charge_refunded_1000", "refund_created_1000", "dispute_lost", "dispute_reinstated")
    orders = list(permutations(events))

    def tell(n: int, order: tuple[str, ...]) -> None:
        for name in order:
            assert gift_server.stripe(name, f"pi_order_{n}")[0] == 200

    at_once(*[(tell, n, order) for n, order in enumerate(orders)])
    assert {gift_server.left(f"pi_order_{n}") for n in range(len(orders))} == {2000}


def month(name: str, number: int, **changes: Any) -> dict[str, Any]:
    """An event about a monthly gift, with numbers of its own."""
    text = json.dumps(recorded(f"stripe/{name}", **changes))
    for part in ("Monthly", "First000", "Second00", "Month001", "Month002"):
        text = text.replace(part, f"{part}_{number}")
    return dict(json.loads(text))


def test_every_order_of_a_monthly_gifts_events(gift_server: Server) -> None:
    """Its beginning, two bills and two payments: two gifts, credited to whoever brought the first day."""
    ana = gift_server.arrive()
    visit = gift_server.arrive(brought_by=ana["link"])["visit"][:16]
    names = ("session_subscription", *(f"{what}_{when}" for what in ("invoice", "invoice_payment") for when in WHEN))
    orders = list(permutations(names))

    def tell(n: int, order: tuple[str, ...]) -> None:
        for name in order:
            changes = {"client_reference_id": visit} if name == "session_subscription" else {}
            assert gift_server.stripe_event(month(name, n, **changes))[0] == 200

    at_once(*[(tell, n, order) for n, order in enumerate(orders)])
    for n in range(len(orders)):
        for payment in ("pi_3TbG44JEe0yY0QKrMonth001", "pi_3TmG44JEe0yY0QKrMonth002"):
            assert gift_server.left(f"{payment}_{n}") == 1000
    credits = gift_server.store.query(
        "select sharer, means, count(*) as n from conversions where visit_id = :visit group by 1, 2", visit=visit
    )
    assert credits == [{"sharer": ana["link"][:16], "means": "link", "n": 2 * len(orders)}]


def test_a_monthly_gift_told_by_many_at_once_counts_once(gift_server: Server) -> None:
    names = ("session_subscription", "invoice_first", "invoice_payment_first")
    told = [(gift_server.stripe_event, month(name, 777)) for name in names] * 50
    random.Random(7).shuffle(told)
    assert {status for status, _told in at_once(*told)} == {200}
    assert gift_server.left("pi_3TbG44JEe0yY0QKrMonth001_777") == 1000


def test_every_order_of_helloassos_payments_as_asked_back(gift_server: Server) -> None:
    """Its API tells how a payment stands when it is asked: here, in an order of its own for each payment."""
    names = ("payment_form", "payment_refunded_part", "payment_contested", "payment_won_back", "order")

    def tell(number: int, order: tuple[str, ...]) -> None:
        for name in order:
            if name != "order":
                Platform.known[str(number)] = recorded(f"helloasso/{name}", id=number)["data"]
            status, told = gift_server.helloasso(name, number, **{"X-Forwarded-For": PUBLISHED})
            assert status == 200
            assert told["status"] in ("ignored", "recorded", "known")
        assert gift_server.left(str(number)) == 1500, order

    at_once(*[(tell, 9000 + n, order) for n, order in enumerate(permutations(names))])
    assert Platform.tokens <= 4  # one for each process of each of the two servers


def test_an_orders_answer_is_asked_back_before_it_is_believed(gift_server: Server) -> None:
    ana = gift_server.arrive()
    visit = gift_server.arrive(brought_by=ana["link"])["visit"][:16]
    claim = recorded("helloasso/order_custom_field", id=4711)
    claim["data"]["items"][0]["customFields"][0]["answer"] = visit
    said = {"X-Forwarded-For": PUBLISHED}
    Platform.orders.clear()
    assert gift_server.post("helloasso", encoded(claim), said)[1]["error"] == "not_found"
    Platform.orders["4711"] = claim["data"]
    Platform.known["4712"] = recorded("helloasso/payment_form", id=4712)["data"]
    Platform.known["4712"]["order"]["id"] = 4711
    assert gift_server.helloasso("payment_form", 4712, **said) == (200, {"status": "recorded"})
    assert gift_server.post("helloasso", encoded(claim), said) == (200, {"status": "recorded"})
    assert gift_server.store.query("select sharer from conversions where visit_id = :v", v=visit) == [
        {"sharer": ana["link"][:16]}
    ]


def test_forged_addresses_and_claims(gift_server: Server) -> None:
    Platform.known["777"] = recorded("helloasso/payment_form", id=777)["data"]
    for forged in ("", "203.0.113.9", f"{PUBLISHED}, 203.0.113.9", "::1", "x" * 3000):
        status, told = gift_server.helloasso("payment_form", 777, **{"X-Forwarded-For": forged})
        assert (status, told["error"]) == (403, "unknown_sender")
    claim = encoded(recorded("helloasso/payment_form", id=777, amount=99_000_00))
    assert gift_server.post("helloasso", claim, {"X-Forwarded-For": f"9.9.9.9, {PUBLISHED}"})[0] == 200
    assert gift_server.left("777") == 2000
    assert gift_server.helloasso("payment_form", 778, **{"X-Forwarded-For": PUBLISHED})[1]["error"] == "not_found"


def test_without_a_proxy_nobody_can_claim_an_address(open_server: Server) -> None:
    for forged in (PUBLISHED, f"{PUBLISHED}, 127.0.0.1", f"127.0.0.1, {PUBLISHED}"):
        status, told = open_server.helloasso("payment_form", 888, **{"X-Forwarded-For": forged})
        assert (status, told["error"]) == (403, "unknown_sender")
    assert open_server.left("888") == 0


def test_helloassos_signature_is_believed_and_nothing_else(partner_server: Server) -> None:
    message = recorded("helloasso/payment_form", id=601)
    body = encoded(message)
    for headers in (
        {},
        {"X-Forwarded-For": PUBLISHED},
        {"x-ha-signature": ""},
        {"x-ha-signature": "0" * 64},
        helloasso_headers(body, "another key"),
        helloasso_headers(body + b" "),
    ):
        status, told = partner_server.post("helloasso", body, headers)
        assert (status, told["error"]) == (401, "bad_signature")
    assert partner_server.left("601") == 0
    told = at_once(*[(partner_server.signed_helloasso, message)] * 50)
    assert sorted(answer["status"] for _status, answer in told) == ["known"] * 49 + ["recorded"]
    assert partner_server.signed_helloasso(recorded("helloasso/order")) == (200, {"status": "ignored"})
    assert partner_server.left("601") == 2000


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"amount": 0}, "amount_not_positive"),
        ({"amount": -2000}, "amount_not_positive"),
        ({"amount": 10**14}, "absurd_amount"),
        ({"amount": 20.5}, "bad_amount"),
        ({"id": {}}, "bad_id"),
    ],
)
def test_what_is_signed_must_still_be_a_gift(partner_server: Server, changes: dict[str, Any], name: str) -> None:
    status, told = partner_server.signed_helloasso(recorded("helloasso/payment_form", **{"id": 602, **changes}))
    assert (status, told["error"]) == (422, name)
    assert partner_server.left("602") == 0


def test_a_sandbox_payment_is_kept_apart(partner_server: Server) -> None:
    address = "https://www.helloasso-sandbox.com/associations/x/formulaires/3/paiement-attestation/1/603"
    message = recorded("helloasso/payment_form", id=603, paymentReceiptUrl=address)
    assert partner_server.signed_helloasso(message)[1] == {"status": "recorded"}
    rows = partner_server.store.query("select livemode from gifts where payment = '603'")
    assert rows == [{"livemode": 0}]


@pytest.mark.parametrize("visit", [None, "", "A" * 16, "é" * 16, 12, {"a": 1}, ["x"]])
def test_metadata_of_any_shape_is_no_reason_to_refuse(partner_server: Server, visit: Any) -> None:
    number = 6100 + len(str(visit))
    for metadata in (visit, {"visit_id": visit}):
        told = recorded("helloasso/payment_checkout", id=number) | {"metadata": metadata}
        assert partner_server.signed_helloasso(told)[0] == 200
    assert partner_server.left(str(number)) == 2000


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"amount": 0}, "amount_not_positive"),
        ({"amount": -1}, "amount_not_positive"),
        ({"amount": 10**14}, "absurd_amount"),
        ({"amount": "3000"}, "bad_amount"),
        ({"amount": 30.5}, "bad_amount"),
        ({"currency": "USD"}, "wrong_currency"),
        ({"currency": None}, "bad_currency"),
        ({"payment": None}, "bad_payment"),
        ({"at": "soon"}, "bad_at"),
    ],
)
def test_what_the_generic_hook_refuses(gift_server: Server, changes: dict[str, Any], name: str) -> None:
    status, told = gift_server.generic("gift", **{"payment": "g_wrong", "amount": 3000, **changes})
    assert (status, told["error"]) == (422, name)
    assert gift_server.left("g_wrong") == 0


def test_the_generic_hooks_signature_its_time_and_its_test_payments(gift_server: Server) -> None:
    gift = {"payment": "g_signed", "amount": 3000}
    for forged, name in (({"secret": "whsec_" + "A" * 32}, "bad_signature"), ({"late": 301}, "stale_time")):
        assert gift_server.generic("gift", **gift, **forged)[1]["error"] == name
    assert gift_server.generic("gift", **gift, late=-301)[1]["error"] == "stale_time"
    assert gift_server.generic("gift", **gift, livemode=False) == (200, {"status": "recorded"})
    assert [gift_server.generic("gift", **gift)[1]["status"] for _ in range(3)] == ["recorded", "known", "known"]
    assert gift_server.generic("gift", **gift | {"amount": 4000})[1] == {"status": "differs"}
    assert gift_server.generic("newsletter", payment="x") == (200, {"status": "ignored"})
    for n, visit in enumerate((None, "", "A" * 16, "é" * 16, 12, {"a": 1})):
        assert gift_server.generic("gift", payment=f"g_ref_{n}", amount=1, visit_id=visit)[0] == 200
    rows = gift_server.store.query(
        "select livemode, sum(amount) as n from gifts where payment = 'g_signed' group by 1 order by 1"
    )
    assert rows == [{"livemode": 0, "n": 3000}, {"livemode": 1, "n": 3000}]


def test_forged_stale_and_replayed_signatures(gift_server: Server) -> None:
    body = encoded(recorded("stripe/session_completed", payment_intent="pi_forged"))
    for headers in (
        {},
        stripe_headers(body, "whsec_another"),
        stripe_headers(body, at=time.time() - 301),
        stripe_headers(body + b" "),
        {"Stripe-Signature": "t=1,v1=" + "0" * 64},
    ):
        assert gift_server.post("stripe", body, headers)[0] in (400, 401)
    assert gift_server.post("generic", b'{"type":"gift"}', {"webhook-id": "m"})[0] == 401
    assert gift_server.left("pi_forged") == 0
    headers = stripe_headers(body)
    assert [gift_server.post("stripe", body, headers)[1] for _ in range(3)] == [{"status": "recorded"}] + [
        {"status": "known"}
    ] * 2
    assert gift_server.left("pi_forged") == 3000


@pytest.mark.parametrize("provider", ["stripe", "generic", "helloasso"])
def test_cut_off_and_malformed_bodies_and_megabytes(gift_server: Server, provider: str) -> None:
    whole = encoded(recorded("stripe/session_completed", payment_intent="pi_cut"))
    for body in (b"", b"{", whole[:-40], b"\xff" * 50, b"[" * 60_000, b"null"):
        headers = {"X-Forwarded-For": PUBLISHED, **(stripe_headers(body) if provider == "stripe" else {})}
        for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x"):
            status, told = gift_server.post(provider, body, {**headers, "Content-Type": kind})
            assert status in (400, 401), told
            assert told["error"] in ("malformed_body", "bad_signature")
    big = b"x" * 3_000_000
    with suppress(ConnectionError):  # refused while it was still being sent, which is as good
        assert gift_server.post(provider, big, {"X-Forwarded-For": PUBLISHED})[0] == 413
    assert gift_server.left("pi_cut") == 0


def test_a_body_cut_off_on_the_way_is_nothing(gift_server: Server) -> None:
    body = encoded(recorded("stripe/session_completed", payment_intent="pi_short"))
    head = "".join(f"{name}: {value}\r\n" for name, value in stripe_headers(body).items())
    with socket.create_connection(("127.0.0.1", gift_server.port), timeout=5) as raw:
        raw.sendall(f"POST /hooks/stripe HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode())
        raw.sendall(body[:-1])
    assert gift_server.stripe("session_completed", "pi_after")[0] == 200
    assert gift_server.left("pi_short") == 0


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
def test_wrong_currencies_and_amounts(gift_server: Server, changes: dict[str, Any], name: str) -> None:
    status, told = gift_server.stripe("session_completed", "pi_wrong", **changes)
    assert (status, told["error"]) == (422, name)
    assert gift_server.left("pi_wrong") == 0


def test_null_and_unknown_references(gift_server: Server) -> None:
    for n, reference in enumerate([None, "", "A" * 16, "é" * 16, "x" * 5000, {"a": 1}]):
        answer = gift_server.stripe("session_completed", f"pi_ref_{n}", client_reference_id=reference)
        assert answer == (200, {"status": "recorded"})
        assert gift_server.left(f"pi_ref_{n}") == 3000


def test_a_test_event_in_live_is_kept_apart(gift_server: Server) -> None:
    event = recorded("stripe/session_completed", payment_intent="pi_test")
    event["livemode"] = False
    body = encoded(event)
    assert gift_server.post("stripe", body, stripe_headers(body))[1] == {"status": "recorded"}
    rows = gift_server.store.query("select livemode from gifts where payment = 'pi_test'")
    assert rows == [{"livemode": 0}]


@pytest.mark.parametrize("refunds", [[1000], [1000, 2000], [2000, 1500], [3000, 3000]])
def test_partial_refunds_up_to_and_beyond_the_amount(gift_server: Server, refunds: list[int]) -> None:
    """Beyond the amount the ledger stands below zero, as the platform's own account does."""
    payment = f"beyond_{'_'.join(map(str, refunds))}"
    for n, amount in enumerate(refunds):
        assert gift_server.generic("refund", payment=payment, refund=f"r{n}", amount=amount)[0] == 200
    assert gift_server.generic("gift", payment=payment, amount=3000)[0] == 200
    assert gift_server.left(payment) == 3000 - sum(refunds)


@pytest.mark.parametrize("refunds", [[1000], [1000, 2000], [2000, 1500], [3000, 3000]])
@pytest.mark.parametrize("way", ["numbered", "in all", "both"])
def test_stripes_refunds_up_to_and_beyond_the_amount(gift_server: Server, refunds: list[int], way: str) -> None:
    payment, so_far = f"pi_beyond_{way}_{'_'.join(map(str, refunds))}", 0
    for n, amount in enumerate(refunds):
        so_far += amount
        if way != "in all":
            event = recorded(
                "stripe/refund_created_1000", payment_intent=payment, id=f"re_{way}_{so_far}", amount=amount, created=n
            )
            assert gift_server.stripe_event(event)[0] == 200
        if way != "numbered":
            event = recorded("stripe/charge_refunded_1000", payment_intent=payment, amount_refunded=so_far)
            assert gift_server.stripe_event(event | {"created": n})[0] == 200
    assert gift_server.stripe("session_completed", payment)[0] == 200
    assert gift_server.left(payment) == 3000 - sum(refunds)


@pytest.mark.parametrize("refunds", [[500], [500, 1500], [1500, 1500]])
def test_helloassos_refunds_up_to_and_beyond_the_amount(partner_server: Server, refunds: list[int]) -> None:
    number = 7000 + sum(refunds)
    operations = [{"id": number * 10 + n, "amount": amount, "status": "Processed"} for n, amount in enumerate(refunds)]
    for known in range(len(refunds) + 1):
        told = recorded("helloasso/payment_form", id=number, refundOperations=operations[:known])
        assert partner_server.signed_helloasso(told)[0] == 200
    assert partner_server.left(str(number)) == 2000 - sum(refunds)


def as_stripe(notices: list[Notice]) -> dict[str, Any]:
    """The event by which Stripe tells of what happened."""
    last = notices[-1]
    number = f"{last.payment}_{last.entry.partition(':')[2]}"
    name, changes = {
        "gift": ("session_completed", {"amount_total": last.amount}),
        "refund": ("refund_created_1000", {"id": f"re_{number}", "amount": last.amount}),
        "refund_failed": ("refund_failed_2000", {"id": f"re_{number}", "amount": last.amount}),
        "refunded": ("charge_refunded_1000", {"amount_refunded": last.amount}),
        "dispute": ("dispute_created", {"id": f"du_{number}", "amount": last.amount}),
        "dispute_won": ("dispute_reinstated", {"id": f"du_{number}", "amount": last.amount}),
    }[last.kind]
    event = recorded(f"stripe/{name}", payment_intent=last.payment, created=notices[0].at, **changes)
    return event | {"created": last.at, "livemode": last.livemode}


SERVED_LIVES = st.lists(st.tuples(st.integers(1, 5000), LIVES, WAYS, st.booleans()), min_size=1, max_size=3)


def test_drawn_histories_as_stripe_tells_them_equal_the_model(gift_server: Server) -> None:
    """The property of test_gifts_ledger.py in short, over the network: any order, told by many at once, and twice."""
    runs = iter(range(1000))

    @property_settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(histories=SERVED_LIVES, seed=st.integers(0, 2**32))
    def holds(histories: list[Any], seed: int) -> None:
        run, chance = next(runs), random.Random(seed)
        model, events = {}, []
        for number, (gift, life, way, livemode) in enumerate(histories):
            payment = f"pi_drawn_{run}_{number}"
            model[payment], told = live(payment, gift, life, way, livemode)
            events += [as_stripe(notices) for notices in told]
        events += chance.choices(events, k=len(events))
        chance.shuffle(events)
        answers = at_once(*[(gift_server.stripe_event, event) for event in events])
        assert {status for status, _told in answers} == {200}
        assert {payment: gift_server.left(payment) for payment in model} == model

    holds()


@pytest.mark.parametrize("seed", range(3))
def test_random_histories_told_at_once_in_random_order_equal_the_model(gift_server: Server, seed: int) -> None:
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
        return gift_server.generic(kind, payment=notice.payment, refund=number, amount=notice.amount, at=notice.at)

    answers = at_once(*[(tell, notice) for notice in told])
    assert {status for status, _told in answers} == {200}
    assert {payment: gift_server.left(payment) for payment in model} == model


def test_everything_is_receipted(gift_server: Server) -> None:
    gift_server.stripe("session_completed", "pi_receipt")
    for _ in range(200):
        if rows := gift_server.store.query("select extract, body_hash from notices where payment = 'pi_receipt'"):
            break
        time.sleep(0.02)  # receipts of what is recorded anyway are written in the background
    assert json.loads(rows[0]["extract"])["amount_total"] == 3000
    verdicts = {row["verdict"] for row in gift_server.store.query("select distinct verdict from notices")}
    assert verdicts >= {"recorded"}


DONOR = (b"bo@example.org", b"Donnegrand", b"rue du Repas", b"1984-05-15", b"192.0.2.1")
NAMELESS = ("form", "invoice_payment_", "refund_")  # what these begin with names nobody


def everything_kept(server: Server) -> bytes:
    """All that the database holds: its files, or on PostgreSQL every table's every row."""
    server.store.flush()
    files = sorted(server.folder.glob("tracker.db*"))
    if files:
        return b"".join(file.read_bytes() for file in files)
    tables = server.store.query("select tablename as name from pg_tables where schemaname = current_schema()")
    rows = [server.store.query(f"select * from {row['name']}") for row in tables]
    return repr(rows).encode()


def test_no_donor_is_anywhere_in_the_database_nor_in_the_log(gift_server: Server, partner_server: Server) -> None:
    """Each recorded notification names Bo: name, e-mail, address, birthday. All are told; nothing of Bo is kept."""
    folder = Path(__file__).resolve().parents[1] / "gifts"
    for file in sorted(folder.glob("*/*.json")):
        assert any(each in file.read_bytes() for each in DONOR) or file.stem.startswith(NAMELESS), file.stem
        message = json.loads(file.read_text(encoding="utf-8"))
        if file.parent.name == "stripe":
            assert gift_server.stripe_event(message)[0] == 200
        else:
            assert partner_server.signed_helloasso(message)[0] == 200
    # What is refused is written before it is answered, and all that came before it with it.
    gift_server.generic("gift", payment="g_donor", amount=0, email="bo@example.org", name="Bo Donnegrand")
    wrong = recorded("stripe/session_completed", currency="usd", payment_intent="pi_usd")
    assert gift_server.stripe_event(wrong)[0] == 422
    assert partner_server.signed_helloasso(recorded("helloasso/payment_form", amount=0))[0] == 422
    for server in (gift_server, partner_server):
        kept = everything_kept(server) + (server.folder / "log.txt").read_bytes()
        assert b"refund" in kept
        assert [each for each in DONOR if each in kept] == []


def test_what_could_not_be_read_is_kept_whole_and_nothing_else(partner_server: Server) -> None:
    """Only there a donor may be named, for thirty days: docs/privacy.md says so."""
    unread = recorded("helloasso/payment_form", id=604, amount="vingt euros")
    assert partner_server.signed_helloasso(unread)[1]["error"] == "bad_amount"
    (row,) = partner_server.store.query(
        "select body, detail, extract from bodies join notices on notices.id = bodies.notice "
        "where verdict = 'bad_amount' order by bodies.at desc, notice desc limit 1"
    )
    assert b"bo@example.org" in base64.b64decode(row["body"])
    assert not any(each.decode() in f"{row['detail']}{row['extract']}" for each in DONOR)
