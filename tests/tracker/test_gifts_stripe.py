"""Stripe: POST /hooks/stripe with events as Stripe documents them, in every order, forged, cut and repeated."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any

import pytest
from flask.testing import FlaskClient

from settings import Settings
from tests.conftest import Person
from tests.gifts import STRIPE_SECRET, encoded, recorded, stripe_headers
from tracker.services import Services
from tracker.store import Row
from tracker.totals import recount

Rows = Callable[..., list[Row]]
Told = Callable[..., Any]

SUM = "select coalesce(sum(gifts), 0) as gifts, coalesce(sum(amount), 0) as amount from totals"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"hook_stripe_secret": settings.hook_generic_secret.__class__(STRIPE_SECRET)})


@pytest.fixture
def told(client: FlaskClient) -> Told:
    """Send a recorded event, signed; `changes` go into its object."""

    def send(name: str | dict[str, Any], secret: str = STRIPE_SECRET, at: float | None = None, **changes: Any) -> Any:
        body = encoded(recorded(f"stripe/{name}", **changes) if isinstance(name, str) else name)
        return client.post("/hooks/stripe", data=body, headers=stripe_headers(body, secret, at))

    return send


@pytest.fixture(autouse=True)
def always_equal(kit: Services) -> Any:
    """Whatever a test did: totals equal what can be counted from the ledger."""
    yield
    assert recount(kit.store, kit.campaign.timezone) == []


def test_a_paid_session_is_a_gift_credited_by_its_reference(
    told: Told, ana: Person, bo: Person, kit: Services, rows: Rows
) -> None:
    anas = ana.arrive()
    visit = kit.links.read("visit", bo.follow(anas["link"]))
    answer = told("session_completed", client_reference_id=visit)
    assert (answer.status_code, answer.json) == (200, {"status": "recorded"})
    assert rows("select sharer, visit_id from conversions") == [
        {"sharer": kit.links.read("link", anas["link"]), "visit_id": visit}
    ]
    assert rows("select payment, amount, currency, livemode from gifts") == [
        {"payment": "pi_3TbG44JEe0yY0QKr0OnHpigY", "amount": 3000, "currency": "EUR", "livemode": 1}
    ]


def test_a_direct_debit_counts_once_it_was_paid(told: Told, rows: Rows) -> None:
    assert told("session_completed_unpaid").json == {"status": "not_paid_yet"}
    assert rows(SUM) == [{"gifts": 0, "amount": 0}]
    assert told("session_paid_later").json == {"status": "recorded"}
    assert told("session_completed").json == {"status": "known"}
    assert rows(SUM) == [{"gifts": 1, "amount": 3000}]


@pytest.mark.parametrize("reference", [None, "", "AAAAAAAAAAAAAAAA", "x" * 200, "<script>", 12, {"a": 1}])
def test_null_and_unknown_references_leave_a_gift_uncredited(told: Told, rows: Rows, reference: Any) -> None:
    assert told("session_completed", client_reference_id=reference).json == {"status": "recorded"}
    assert rows("select * from conversions") == []
    assert rows(SUM) == [{"gifts": 1, "amount": 3000}]


REFUNDING = ("session_completed", "charge_refunded_1000", "charge_refunded_3000")


@pytest.mark.parametrize("order", list(permutations(REFUNDING)))
def test_sums_refunded_so_far_come_off_in_every_order(told: Told, rows: Rows, order: tuple[str, ...]) -> None:
    for name in order:
        assert told(name).status_code == 200
        assert told(name).json == {"status": "known"}
    assert rows("select sum(amount) as amount from gifts") == [{"amount": 0}]
    assert rows(SUM) == [{"gifts": 0, "amount": 0}]


BOTH = ("session_completed", "charge_refunded_1000", "refund_created_1000", "refund_created_2000", "refund_failed_2000")


@pytest.mark.parametrize("order", list(permutations(BOTH))[::5])
def test_refunds_told_in_both_ways_and_one_that_came_back(told: Told, rows: Rows, order: tuple[str, ...]) -> None:
    for name in order:
        assert told(name).status_code == 200
    assert rows("select sum(amount) as amount from gifts") == [{"amount": 2000}]
    assert rows(SUM) == [{"gifts": 1, "amount": 2000}]


def test_a_refund_made_after_one_that_came_back(told: Told, rows: Rows) -> None:
    """1000 off, 2000 off, the 2000 come back: then Stripe tells of 1500 refunded in all."""
    for name in (*BOTH, "charge_refunded_3000"):
        told(name)
    later = recorded("stripe/charge_refunded_3000", amount_refunded=1500)
    later["created"] += 60
    told(later)
    assert rows("select sum(amount) as amount from gifts") == [{"amount": 1500}]
    assert rows(SUM) == [{"gifts": 1, "amount": 1500}]


DISPUTE = ("session_completed", "dispute_created", "dispute_withdrawn", "dispute_lost", "dispute_reinstated")


@pytest.mark.parametrize("order", list(permutations(DISPUTE))[::4])
def test_a_dispute_lost_then_won_gives_the_gift_back(told: Told, rows: Rows, order: tuple[str, ...]) -> None:
    for name in order:
        assert told(name).status_code == 200
        told(name)
    assert rows("select sum(amount) as amount, count(*) as n from gifts") == [{"amount": 3000, "n": 3}]
    assert rows(SUM) == [{"gifts": 1, "amount": 3000}]


@pytest.mark.parametrize("name", ["dispute_created", "dispute_withdrawn", "dispute_lost"])
def test_a_dispute_takes_the_money_however_it_is_first_told(told: Told, rows: Rows, name: str) -> None:
    told("session_completed")
    assert told(name).json == {"status": "recorded"}
    assert rows(SUM) == [{"gifts": 0, "amount": 0}]


def test_an_inquiry_takes_nothing(told: Told, rows: Rows) -> None:
    told("session_completed")
    assert told("dispute_inquiry").json == {"status": "only_an_inquiry"}
    assert rows(SUM) == [{"gifts": 1, "amount": 3000}]


def test_refunded_and_disputed_stands_below_zero_as_it_does_at_the_platform(told: Told, rows: Rows) -> None:
    for name in ("session_completed", "charge_refunded_3000", "dispute_created"):
        told(name)
    assert rows("select sum(amount) as amount from gifts") == [{"amount": -3000}]
    assert rows(SUM) == [{"gifts": 0, "amount": -3000}]


def test_fifty_at_once_count_once(told: Told, rows: Rows) -> None:
    names = ["session_completed", "charge_refunded_1000"] * 25
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(told, names))
    assert [answer.status_code for answer in answers] == [200] * 50
    assert sum(answer.json["status"] == "recorded" for answer in answers) == 2
    assert rows(SUM) == [{"gifts": 1, "amount": 2000}]


def test_a_test_event_sent_to_the_live_address_is_kept_apart(told: Told, rows: Rows) -> None:
    for name in ("session_completed", "charge_refunded_1000"):
        event = recorded(f"stripe/{name}")
        event["livemode"] = False
        assert told(event).json == {"status": "recorded"}
    assert rows(SUM) == [{"gifts": 0, "amount": 0}]
    told("session_completed")
    assert rows(SUM) == [{"gifts": 1, "amount": 3000}]
    assert rows("select livemode, sum(amount) as amount from gifts group by livemode order by livemode") == [
        {"livemode": 0, "amount": 2000},
        {"livemode": 1, "amount": 3000},
    ]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"currency": "usd"}, "wrong_currency"),
        ({"amount_total": 0}, "amount_not_positive"),
        ({"amount_total": -5}, "amount_not_positive"),
        ({"amount_total": 10**12}, "absurd_amount"),
        ({"amount_total": "3000"}, "bad_amount_total"),
        ({"currency": None}, "bad_currency"),
        ({"payment_intent": {"id": "pi_1"}}, "bad_payment_intent"),
    ],
)
def test_what_cannot_be_a_gift_is_refused_by_name(told: Told, rows: Rows, changes: dict[str, Any], name: str) -> None:
    answer = told("session_completed", **changes)
    assert (answer.status_code, answer.json["error"]) == (422, name)
    assert rows("select * from gifts") == []
    assert rows("select verdict from notices") == [{"verdict": name}]


def test_forged_stale_and_replayed_signatures(told: Told, client: FlaskClient, rows: Rows, time_machine: Any) -> None:
    assert told("session_completed", secret="whsec_another").json["error"] == "bad_signature"
    stale = told("session_completed", at=time.time() - 301)
    assert (stale.status_code, stale.json["error"]) == (400, "stale_time")
    body = encoded(recorded("stripe/session_completed"))
    headers = stripe_headers(body)
    other = body.replace(b"3000", b"9000")
    assert client.post("/hooks/stripe", data=other, headers=headers).status_code == 401
    for broken in ("", "t=,v1=", "t=abc,v1=00", "v1=00", "t=99999999999999999999,v1=00", "é"):
        answer = client.post("/hooks/stripe", data=body, headers={"Stripe-Signature": broken})
        assert answer.json["error"] in ("bad_signature", "stale_time"), broken
    assert rows("select * from gifts") == []
    assert client.post("/hooks/stripe", data=body, headers=headers).json == {"status": "recorded"}
    assert client.post("/hooks/stripe", data=body, headers=headers).json == {"status": "known"}
    time_machine.move_to(time.time() + 600)
    assert client.post("/hooks/stripe", data=body, headers=headers).json["error"] == "stale_time"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"x"', b'{"type": "x"}', b'{"data": {"object": []}}', b"\xff"]
)
def test_cut_off_and_malformed_bodies(client: FlaskClient, rows: Rows, body: bytes) -> None:
    answer = client.post("/hooks/stripe", data=body, headers=stripe_headers(body))
    assert (answer.status_code, answer.json["error"]) == (400, "malformed_body")
    assert rows("select * from gifts") == []


@pytest.mark.parametrize(
    "kind", ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", ""]
)
def test_the_content_type_does_not_matter_for_what_is_signed(client: FlaskClient, kind: str) -> None:
    body = encoded(recorded("stripe/session_completed"))
    headers = stripe_headers(body) | {"Content-Type": kind}
    assert client.post("/hooks/stripe", data=body, headers=headers).json == {"status": "recorded"}


def test_megabytes_are_refused(client: FlaskClient) -> None:
    body = b"x" * 3_000_000
    assert client.post("/hooks/stripe", data=body, headers=stripe_headers(body)).status_code == 413


def test_other_events_are_not_for_us(told: Told, rows: Rows) -> None:
    event = recorded("stripe/session_completed")
    event["type"] = "invoice.created"
    assert told(event).json == {"status": "ignored"}
    assert rows("select * from gifts") == []


def test_no_donor_is_stored(told: Told, kit: Services, settings: Settings, rows: Rows) -> None:
    for name in (*BOTH, *DISPUTE):
        told(name)
    rows("select 1 as one")
    for table in ("gifts", "told", "notices", "bodies", "conversions"):
        text = str(kit.store.query(f"select * from {table}"))
        assert "Donnegrand" not in text, table
        assert "example.org" not in text, table
    (receipt,) = rows("select extract, body_hash from notices where verdict = 'recorded' order by at, id limit 1")
    assert '"amount_total": 3000' in receipt["extract"]
    assert len(receipt["body_hash"]) == 64
