"""Whom a running server believes, over the network, and what it refuses by name: see tests/gifts/served.py."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import Any

import pytest

from tests.gifts import encoded, helloasso_headers, recorded, stripe_headers
from tests.gifts.served import PUBLISHED, Platform, Server, at_once


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
