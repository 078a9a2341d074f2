"""HelloAsso: POST /hooks/helloasso, known by signature, by address or by asking back; payments counted once."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from settings import Settings
from tests.conftest import Person
from tests.gifts import HELLOASSO_KEY, encoded, helloasso_headers, recorded
from tracker.errors import Refused
from tracker.gifts import FETCH, helloasso
from tracker.services import Services
from tracker.store import Row
from tracker.totals import recount

Rows = Callable[..., list[Row]]
Told = Callable[..., Any]

SUM = "select coalesce(sum(gifts), 0) as gifts, coalesce(sum(amount), 0) as amount from totals"
PUBLISHED = "51.138.206.200"


@pytest.fixture
def ways() -> dict[str, Any]:
    """How this tracker knows HelloAsso's notifications: settings that a test may change before it asks for `app`."""
    return {"hook_helloasso_key": SecretStr(HELLOASSO_KEY)}


@pytest.fixture
def settings(settings: Settings, ways: dict[str, Any]) -> Settings:
    return settings.model_copy(update=ways)


@pytest.fixture
def told(client: FlaskClient) -> Told:
    def send(name: str | dict[str, Any], key: str = HELLOASSO_KEY, **changes: Any) -> Any:
        body = encoded(recorded(f"helloasso/{name}", **changes) if isinstance(name, str) else name)
        return client.post("/hooks/helloasso", data=body, headers=helloasso_headers(body, key))

    return send


@pytest.fixture(autouse=True)
def always_equal(kit: Services) -> Any:
    """Whatever a test did: totals equal what can be counted from the ledger."""
    yield
    assert recount(kit.store, kit.campaign.timezone) == []


def test_an_order_and_its_payment_are_one_gift(told: Told, rows: Rows) -> None:
    for name, status in (("order", "ignored"), ("payment_form", "recorded"), ("form", "ignored")):
        assert told(name).json == {"status": status}
    assert rows("select provider, account, payment, amount, currency, livemode from gifts") == [
        {
            "provider": "helloasso",
            "account": "",
            "payment": "13790",
            "amount": 2000,
            "currency": "EUR",
            "livemode": 1,
        }
    ]
    assert rows(SUM) == [{"gifts": 1, "amount": 2000}]


@pytest.mark.parametrize("place", ["root", "data", "custom_field"])
def test_the_visit_comes_back_in_metadata_or_in_a_custom_field(
    told: Told, ana: Person, bo: Person, kit: Services, rows: Rows, place: str
) -> None:
    visit = kit.links.read("visit", bo.follow(ana.arrive()["link"]))
    message = recorded("helloasso/payment_custom_field" if place == "custom_field" else "helloasso/payment_checkout")
    if place == "custom_field":
        message["data"]["items"][0]["customFields"][0]["answer"] = f" {visit} "
    else:
        message.pop("metadata")
        (message if place == "root" else message["data"])["metadata"] = {"visit_id": visit, "panier": 12}
    assert told(message).json == {"status": "recorded"}
    assert [row["visit_id"] for row in rows("select visit_id from conversions")] == [visit]


def test_an_instalment_counts_with_what_was_paid(told: Told, rows: Rows) -> None:
    """Its item tells the whole of 60, of which this payment is the first 20."""
    assert told("payment_checkout", installmentNumber=1).json == {"status": "recorded"}
    assert told("payment_checkout", id=15223, installmentNumber=2).json == {"status": "recorded"}
    assert rows(SUM) == [{"gifts": 2, "amount": 4000}]


@pytest.mark.parametrize(
    "state", ["Pending", "WaitingBankValidation", "Refused", "Registered", "Unknown", "Error", "?"]
)
def test_only_authorized_payments_count(told: Told, rows: Rows, state: str) -> None:
    assert told("payment_waiting", state=state).json == {"status": "not_paid_yet"}
    assert rows("select * from gifts") == []


EVENTS = ("payment_waiting", "payment_form", "payment_refunded_part", "payment_refunded")


@pytest.mark.parametrize("order", list(permutations(EVENTS))[::2])
def test_refunds_come_off_in_every_order(told: Told, rows: Rows, order: tuple[str, ...]) -> None:
    for name in order:
        assert told(name).status_code == 200
        told(name)
    assert rows("select sum(amount) as amount from gifts") == [{"amount": 0}]
    assert rows(SUM) == [{"gifts": 0, "amount": 0}]


def test_refunded_without_a_list_of_refunds_takes_the_whole_back(told: Told, rows: Rows) -> None:
    told("payment_form")
    told("payment_refunded", refundOperations=[])
    assert rows(SUM) == [{"gifts": 0, "amount": 0}]


def test_a_refund_that_came_to_nothing_takes_nothing(told: Told, rows: Rows) -> None:
    told("payment_refunded_part")
    message = recorded("helloasso/payment_refunded_part")
    message["data"]["refundOperations"][0]["status"] = "Error"
    told(message)
    assert rows(SUM) == [{"gifts": 1, "amount": 2000}]


@pytest.mark.parametrize("order", list(permutations(("payment_form", "payment_contested", "payment_won_back"))))
def test_contested_then_won_back(told: Told, rows: Rows, order: tuple[str, ...]) -> None:
    for name in order:
        assert told(name).status_code == 200
    assert rows("select sum(amount) as amount from gifts") == [{"amount": 2000}]
    assert rows(SUM) == [{"gifts": 1, "amount": 2000}]


@pytest.mark.parametrize("name", ["payment_contested", "payment_canceled"])
@pytest.mark.parametrize("first", [True, False])
def test_contested_and_canceled_take_the_gift_back(told: Told, rows: Rows, name: str, first: bool) -> None:
    for each in ("payment_form", name) if first else (name, "payment_form"):
        told(each)
    assert rows(SUM) == [{"gifts": 0, "amount": 0}]
    assert {row["kind"] for row in rows("select kind from gifts")} == {
        "gift",
        "dispute" if name == "payment_contested" else "reversal",
    }


def test_memberships_and_tickets_are_no_gifts_unless_staff_say_so(told: Told, rows: Rows) -> None:
    assert told("payment_membership").json == {"status": "another_form"}
    assert rows("select * from gifts") == []


@pytest.mark.parametrize("ways", [{"hook_helloasso_key": SecretStr(HELLOASSO_KEY), "helloasso_forms": ["3"]}])
def test_only_named_forms_count_if_there_are_any(told: Told) -> None:
    assert told("payment_form").json == {"status": "recorded"}
    assert told("payment_checkout").json == {"status": "another_form"}


def test_a_sandbox_payment_is_kept_apart(told: Told, rows: Rows) -> None:
    address = (
        "https://www.helloasso-sandbox.com/associations/les-couverts/formulaires/3/paiement-attestation/20499/13790"
    )
    assert told("payment_form", paymentReceiptUrl=address).json == {"status": "recorded"}
    assert rows(SUM) == [{"gifts": 0, "amount": 0}]
    assert rows("select livemode from gifts") == [{"livemode": 0}]


def test_fifty_at_once_count_once(told: Told, rows: Rows) -> None:
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(told, ["payment_form", "order"] * 25))
    assert [answer.status_code for answer in answers] == [200] * 50
    assert sum(answer.json["status"] == "recorded" for answer in answers) == 1
    assert rows(SUM) == [{"gifts": 1, "amount": 2000}]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"amount": 0}, "amount_not_positive"),
        ({"amount": -1}, "amount_not_positive"),
        ({"amount": 10**12}, "absurd_amount"),
        ({"amount": "20,00"}, "bad_amount"),
        ({"amount": None}, "bad_amount"),
        ({"id": None}, "bad_id"),
        ({"date": "hier"}, "bad_date"),
        ({"refundOperations": "none"}, "bad_refundOperations"),
        ({"refundOperations": [{"id": 1}]}, "bad_amount"),
    ],
)
def test_what_cannot_be_a_gift_is_refused_by_name(told: Told, rows: Rows, changes: dict[str, Any], name: str) -> None:
    answer = told("payment_form", **changes)
    assert (answer.status_code, answer.json["error"]) == (422, name)
    assert rows("select * from gifts") == []


def test_forged_signatures_and_cut_bodies(told: Told, client: FlaskClient, rows: Rows) -> None:
    assert told("payment_form", key="another").status_code == 401
    body = encoded(recorded("helloasso/payment_form"))
    assert client.post("/hooks/helloasso", data=body).json["error"] == "bad_signature"
    headers = helloasso_headers(body)
    assert client.post("/hooks/helloasso", data=body[:-9], headers=headers).status_code == 401
    for cut in (b"", b"{", b"[1]", body[: len(body) // 2], b"\xff\xfe"):
        answer = client.post("/hooks/helloasso", data=cut, headers=helloasso_headers(cut))
        assert (answer.status_code, answer.json["error"]) == (400, "malformed_body")
    upper = {"X-HA-SIGNATURE": headers["x-ha-signature"].upper(), "Content-Type": "text/plain"}
    assert client.post("/hooks/helloasso", data=body, headers=upper).json == {"status": "recorded"}
    assert rows("select count(*) as n from gifts") == [{"n": 1}]


def test_no_donor_is_stored_and_hidden_amounts_are_marked(told: Told, kit: Services, rows: Rows) -> None:
    message = recorded("helloasso/payment_form")
    message["data"]["order"] |= {"isAnonymous": True, "isAmountHidden": True}
    told(message)
    assert rows("select amount_hidden from gifts") == [{"amount_hidden": 1}]
    for table in ("gifts", "told", "notices", "bodies", "conversions"):
        text = str(kit.store.query(f"select * from {table}"))
        assert not any(word in text for word in ("Donnegrand", "example.org", "rue du Repas", "1984")), table


def from_address(client: FlaskClient, name: str, address: str, **headers: str) -> Any:
    body = encoded(recorded(f"helloasso/{name}"))
    return client.post("/hooks/helloasso", data=body, headers=headers, environ_base={"REMOTE_ADDR": address})


@pytest.mark.parametrize("ways", [{"hook_helloasso_addresses": [PUBLISHED]}])
def test_without_proxies_the_address_is_the_connections_own(client: FlaskClient, rows: Rows) -> None:
    forged = from_address(client, "payment_form", "203.0.113.9", **{"X-Forwarded-For": PUBLISHED})
    assert (forged.status_code, forged.json["error"]) == (403, "unknown_sender")
    assert from_address(client, "payment_form", PUBLISHED).json == {"status": "recorded"}
    assert [row["verdict"] for row in rows("select verdict from notices order by id")] == ["unknown_sender", "recorded"]


@pytest.mark.parametrize("ways", [{"hook_helloasso_addresses": [PUBLISHED], "trusted_proxies": 1}])
def test_behind_a_proxy_only_its_own_word_counts(client: FlaskClient) -> None:
    proxy = "10.0.0.1"
    for forged in (f"{PUBLISHED}, 203.0.113.9", "203.0.113.9", ""):
        assert from_address(client, "payment_form", proxy, **{"X-Forwarded-For": forged}).status_code == 403
    assert (
        from_address(client, "payment_form", proxy, **{"X-Forwarded-For": f"1.2.3.4, {PUBLISHED}"}).status_code == 200
    )


@pytest.fixture
def asked(app: Flask) -> list[Any]:
    """HelloAsso's API, as far as the tracker knows: what it was asked for."""
    helloasso.tokens.__init__()  # type: ignore[misc]
    questions: list[Any] = []

    def fetch(address: str, headers: Any = None, form: Any = None) -> dict[str, Any]:
        questions.append((address, headers, form))
        if address.endswith("/oauth2/token"):
            return {"access_token": "a token", "token_type": "bearer", "expires_in": 1799}
        if not address.endswith("/13790"):
            raise Refused("not_found", "The platform knows of no such payment.", 404)
        detail: dict[str, Any] = recorded("helloasso/payment_form")["data"]
        return detail

    app.config[FETCH] = fetch
    return questions


CLIENT = {"helloasso_client_id": "us", "helloasso_client_secret": SecretStr("a secret")}


@pytest.mark.parametrize("ways", [CLIENT])
def test_a_ping_is_confirmed_by_asking_back(
    client: FlaskClient, asked: list[Any], rows: Rows, bo: Person, ana: Person
) -> None:
    """What a stranger claims of a payment counts for nothing: neither amount nor visit."""
    visit = bo.follow(ana.arrive()["link"])
    forged = recorded("helloasso/payment_form", amount=999_00)
    forged["metadata"] = {"visit_id": str(visit)[:16]}
    for body in (encoded(forged), encoded(recorded("helloasso/payment_form"))):
        assert client.post("/hooks/helloasso", data=body).status_code == 200
    assert rows("select amount, visit_id from gifts") == [{"amount": 2000, "visit_id": None}]
    assert [address for address, _headers, _form in asked] == [
        "https://api.helloasso.com/oauth2/token",
        *["https://api.helloasso.com/v5/payments/13790"] * 2,
    ]
    assert asked[0][2] == {"grant_type": "client_credentials", "client_id": "us", "client_secret": "a secret"}
    assert asked[1][1] == {"Authorization": "Bearer a token"}


@pytest.mark.parametrize("ways", [CLIENT])
@pytest.mark.parametrize(
    ("changes", "name"), [({"id": 1}, "not_found"), ({"id": "../13790"}, "bad_id"), ({"id": None}, "bad_id")]
)
def test_a_ping_about_nothing_is_refused(
    client: FlaskClient, asked: list[Any], rows: Rows, changes: dict[str, Any], name: str
) -> None:
    body = encoded(recorded("helloasso/payment_form", **changes))
    assert client.post("/hooks/helloasso", data=body).json["error"] == name
    assert rows("select * from gifts") == []


@pytest.mark.parametrize("ways", [{**CLIENT, "hook_helloasso_addresses": ["127.0.0.1"]}])
def test_metadata_from_a_known_address_is_believed(
    client: FlaskClient, asked: list[Any], rows: Rows, kit: Services, bo: Person, ana: Person
) -> None:
    visit = kit.links.read("visit", bo.follow(ana.arrive()["link"]))
    body = encoded({**recorded("helloasso/payment_form"), "metadata": {"visit_id": visit}})
    assert client.post("/hooks/helloasso", data=body).json == {"status": "recorded"}
    assert rows("select visit_id from conversions") == [{"visit_id": visit}]


@pytest.mark.parametrize("ways", [CLIENT])
def test_an_api_that_does_not_answer_lets_the_platform_tell_again(app: Flask, client: FlaskClient, rows: Rows) -> None:
    def fetch(*_args: Any, **_more: Any) -> dict[str, Any]:
        raise Refused("platform_unreachable", "The platform's API did not answer.", 503)

    helloasso.tokens.__init__()  # type: ignore[misc]
    app.config[FETCH] = fetch
    answer = client.post("/hooks/helloasso", data=json.dumps(recorded("helloasso/payment_form")))
    assert (answer.status_code, answer.json["error"]) == (503, "platform_unreachable")
    assert rows("select * from gifts") == []


@pytest.mark.parametrize("ways", [{}])
def test_without_any_way_to_know_it_the_hook_is_not_there(client: FlaskClient) -> None:
    assert client.post("/hooks/helloasso", data=b"{}").status_code == 404
