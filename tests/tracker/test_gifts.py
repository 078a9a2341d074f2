"""Gifts: POST /hooks/generic, the ledger, and who gets the credit."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from tests.conftest import AGENTS, Person
from tracker.services import Services
from tracker.store import Row

Rows = Callable[..., list[Row]]
Tell = Callable[..., Any]

SUMS = "select sharer, sum(gifts) as gifts, sum(amount) as amount from totals group by sharer having sum(amount) <> 0"


@pytest.fixture
def bos_visit(ana: Person, bo: Person, kit: Services) -> str:
    """The bare id of Bo's visit, whom Ana's link brought."""
    id_ = kit.links.read("visit", bo.follow(ana.arrive()["link"]))
    assert id_ is not None
    return id_


@pytest.fixture
def anas_id(bos_visit: str, kit: Services) -> str:
    return str(kit.store.query("select sharer from visits where id = :id", id=bos_visit)[0]["sharer"])


def test_a_gift_is_credited_to_whoever_brought_the_giver(tell: Tell, bos_visit: str, anas_id: str, rows: Rows) -> None:
    answer = tell(payment="p1", amount=3000, visit_id=bos_visit)
    assert (answer.status_code, answer.json) == (200, {"status": "recorded"})
    assert rows("select sharer, visit_id, kind from conversions") == [
        {"sharer": anas_id, "visit_id": bos_visit, "kind": "gift"}
    ]
    assert rows(SUMS) == [{"sharer": anas_id, "gifts": 1, "amount": 3000}]


def test_a_gift_told_twice_counts_once(tell: Tell, bos_visit: str, rows: Rows) -> None:
    tell(payment="p1", amount=3000, visit_id=bos_visit)
    again = tell(payment="p1", amount=3000, visit_id=bos_visit, id_="msg_2")
    assert (again.status_code, again.json) == (200, {"status": "known"})
    assert rows("select count(*) as n, sum(amount) as amount from gifts") == [{"n": 1, "amount": 3000}]
    assert [row["amount"] for row in rows(SUMS)] == [3000]


def test_a_gift_told_fifty_times_at_once_counts_once(app: Any, tell: Tell, bos_visit: str, rows: Rows) -> None:
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda n: tell(payment="p1", amount=3000, visit_id=bos_visit, id_=f"m{n}"), range(50)))
    assert [answer.status_code for answer in answers] == [200] * 50
    assert sorted(answer.json["status"] for answer in answers) == ["known"] * 49 + ["recorded"]
    assert [row["amount"] for row in rows(SUMS)] == [3000]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_refunds_come_off_in_whatever_order_they_are_told(
    tell: Tell, bos_visit: str, anas_id: str, rows: Rows, order: tuple[int, ...]
) -> None:
    told = [
        lambda: tell("gift", payment="p1", amount=3000, visit_id=bos_visit),
        lambda: tell("refund", payment="p1", refund="r1", amount=1000),
        lambda: tell("refund", payment="p1", refund="r2", amount=500),
    ]
    for place in order:
        assert told[place]().json == {"status": "recorded"}
        assert told[place]().json == {"status": "known"}
    assert rows(SUMS) == [{"sharer": anas_id, "gifts": 1, "amount": 1500}]


@pytest.mark.parametrize("first", ["gift", "refund"])
def test_a_gift_taken_back_whole_counts_no_more(tell: Tell, bos_visit: str, rows: Rows, first: str) -> None:
    messages = [
        ("gift", {"payment": "p1", "amount": 3000, "visit_id": bos_visit}),
        ("refund", {"payment": "p1", "refund": "r1", "amount": 3000}),
    ]
    for kind, data in messages if first == "gift" else messages[::-1]:
        assert tell(kind, **data).status_code == 200
    assert rows(SUMS) == []
    assert rows("select sum(gifts) as n from totals")[0]["n"] == 0


def test_the_same_payment_number_at_two_accounts_is_two_gifts(tell: Tell, rows: Rows) -> None:
    tell(payment="p1", amount=1000, account="a")
    tell(payment="p1", amount=1000, account="b")
    assert rows(SUMS) == [{"sharer": "", "gifts": 2, "amount": 2000}]


@pytest.mark.parametrize("visit", [None, "AAAAAAAAAAAAAAAA", "nonsense", 12, {"a": 1}])
def test_an_unknown_visit_still_records_the_gift_uncredited(tell: Tell, rows: Rows, visit: Any) -> None:
    assert tell(payment="p1", amount=3000, visit_id=visit).status_code == 200
    assert rows("select * from conversions") == []
    assert rows(SUMS) == [{"sharer": "", "gifts": 1, "amount": 3000}]


def test_a_test_payment_is_kept_apart(tell: Tell, bos_visit: str, rows: Rows) -> None:
    assert tell(payment="p1", amount=3000, visit_id=bos_visit, livemode=False).status_code == 200
    assert rows("select livemode, amount from gifts") == [{"livemode": 0, "amount": 3000}]
    assert rows("select * from conversions") == [], "nor does it take the credit of the gift that has its number"
    assert rows(SUMS) == []


def test_a_form_service_may_spell_it_in_its_own_way(tell: Tell, rows: Rows) -> None:
    assert tell(payment="p1", amount=3000, livemode="false", currency="eur").status_code == 200
    assert rows("select livemode, currency from gifts") == [{"livemode": 0, "currency": "EUR"}]


def test_somebody_who_comes_back_by_themselves_and_gives_is_credited_to_who_first_brought_them(
    tell: Tell, ana: Person, bo: Person, kit: Services, rows: Rows
) -> None:
    anas = ana.arrive()
    bos = bo.see(bo.follow(anas["link"]))
    bo.share(bos["visit"])
    later = bo.arrive(known=bos["visit"])
    tell(payment="p1", amount=700, visit_id=kit.links.read("visit", later["visit"]))
    assert rows("select sharer from conversions") == [{"sharer": kit.links.read("link", anas["link"])}]


def test_nobody_is_credited_for_a_gift_of_their_own(tell: Tell, ana: Person, kit: Services, rows: Rows) -> None:
    anas = ana.arrive()
    own = ana.see(ana.follow(anas["link"]), known=anas["visit"])
    tell(payment="p1", amount=700, visit_id=kit.links.read("visit", own["visit"]))
    assert rows("select * from conversions") == []


def test_a_gift_long_after_the_visit_is_nobodys(tell: Tell, bos_visit: str, rows: Rows, time_machine: Any) -> None:
    time_machine.move_to(datetime.now(UTC) + timedelta(days=91))
    tell(payment="p1", amount=700, visit_id=bos_visit)
    assert rows("select * from conversions") == []
    assert [row["amount"] for row in rows(SUMS)] == [700]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ({"payment": "p1", "amount": 0}, "amount_not_positive"),
        ({"payment": "p1", "amount": -5}, "amount_not_positive"),
        ({"payment": "p1", "amount": 10**12}, "absurd_amount"),
        ({"payment": "p1", "amount": 10**30}, "bad_amount"),
        ({"payment": "p1", "amount": 30.5}, "bad_amount"),
        ({"payment": "p1", "amount": "3000"}, "bad_amount"),
        ({"payment": "p1", "amount": True}, "bad_amount"),
        ({"payment": "p1"}, "bad_amount"),
        ({"amount": 3000}, "bad_payment"),
        ({"payment": "", "amount": 3000}, "bad_payment"),
        ({"payment": "p\x00", "amount": 3000}, "bad_payment"),
        ({"payment": "\ud800", "amount": 3000}, "bad_payment"),
        ({"payment": "p" * 201, "amount": 3000}, "bad_payment"),
        ({"payment": "p1", "amount": 3000, "currency": "USD"}, "wrong_currency"),
        ({"payment": "p1", "amount": 3000, "currency": None}, "bad_currency"),
        ({"payment": "p1", "amount": 3000, "at": "yesterday"}, "bad_at"),
        ({"payment": "p1", "amount": 3000, "at": 1_700_000_000_000}, "bad_at"),
        ({"payment": "p1", "amount": 3000, "livemode": "no"}, "bad_livemode"),
    ],
)
def test_what_cannot_be_a_gift_is_refused_by_name_and_told_to_staff(
    tell: Tell, rows: Rows, data: dict[str, Any], name: str
) -> None:
    answer = tell(**data)
    assert 400 <= answer.status_code < 500
    assert answer.json["error"] == name
    assert rows("select * from gifts") == []
    assert [row["verdict"] for row in rows("select verdict from notices")] == [name]


def test_a_refund_must_have_a_number_of_its_own(tell: Tell) -> None:
    assert tell("refund", payment="p1", amount=100).json["error"] == "bad_refund"


def test_other_notifications_are_not_for_us(tell: Tell, rows: Rows) -> None:
    assert tell("subscription", payment="p1").json == {"status": "ignored"}
    assert rows("select * from gifts") == []


def test_forged_and_stale_notifications_are_refused(tell: Tell, client: Any, rows: Rows) -> None:
    assert tell(payment="p1", amount=1, secret="whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").status_code == 401
    now = datetime.now(UTC)
    for off in (timedelta(minutes=6), timedelta(minutes=-6)):
        answer = tell(payment="p1", amount=1, sent_at=now + off)
        assert (answer.status_code, answer.json["error"]) == (400, "stale_time")
    assert client.post("/hooks/generic", data=b"{}").status_code == 401
    assert client.post("/hooks/generic", data=b"\xff" * 99).status_code == 400
    broken = {"webhook-id": "m", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": "v1"}
    assert client.post("/hooks/generic", data=b"{}", headers=broken).status_code == 401
    assert rows("select * from gifts") == []
    assert {row["verdict"] for row in rows("select verdict from notices")} == {
        "bad_signature",
        "stale_time",
        "malformed_body",
    }


def test_a_hook_without_a_secret_is_not_there(client: Any) -> None:
    for provider in ("stripe", "nothing"):
        answer = client.post(f"/hooks/{provider}", data=b"{}")
        assert (answer.status_code, answer.json["error"]) == (404, "unknown_provider")


def test_large_notifications_are_refused_before_they_are_read(client: Any) -> None:
    assert client.post("/hooks/generic", data=b"x" * 400_000).status_code == 413


@pytest.mark.parametrize("secret", ["un secret de WordPress, avec des espaces", "été"])
def test_secrets_of_any_strength_serve_since_platforms_choose_them(secret: str) -> None:
    from standardwebhooks.webhooks import Webhook

    from tracker.gifts.generic import check_signature

    body = json.dumps({"type": "gift", "data": {"payment": "p", "amount": 1, "currency": "EUR"}})
    now = datetime.now(UTC)
    signature = Webhook(secret.encode()).sign("m", now, body)
    headers = {"webhook-id": "m", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    check_signature(secret, headers, body.encode())


def test_agents_of_the_cast_are_people() -> None:
    from tracker.verdicts import HUMAN, judge_agent

    assert {judge_agent(agent) for agent in AGENTS.values()} == {HUMAN}
