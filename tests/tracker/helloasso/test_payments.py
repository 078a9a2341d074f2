"""POST /hooks/helloasso: payments count once, refunds come off, whatever the order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any

import pytest
from pydantic import SecretStr

from tests.conftest import Person
from tests.gifts import HELLOASSO_KEY, recorded
from tests.tracker.helloasso.conftest import Rows, Told
from tracker.services import Services

SUM = "select coalesce(sum(gifts), 0) as gifts, coalesce(sum(amount), 0) as amount from totals"


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


def test_no_donor_is_stored_and_hidden_amounts_are_marked(told: Told, kit: Services, rows: Rows) -> None:
    message = recorded("helloasso/payment_form")
    message["data"]["order"] |= {"isAnonymous": True, "isAmountHidden": True}
    told(message)
    assert rows("select amount_hidden from gifts") == [{"amount_hidden": 1}]
    for table in ("gifts", "told", "notices", "bodies", "conversions"):
        text = str(kit.store.query(f"select * from {table}"))
        assert not any(word in text for word in ("Donnegrand", "example.org", "rue du Repas", "1984")), table
