"""Gifts on a running server, told by many at once, twice and in any order: see tests/gifts/served.py."""

from __future__ import annotations

import json
import random
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as property_settings
from hypothesis import strategies as st

from tests.gifts import recorded
from tests.gifts.served import PUBLISHED, Platform, Server, at_once
from tests.tracker.test_gifts_ledger import LIVES, WAYS, live
from tracker.gifts.notices import Notice

WHEN = ("first", "renewal")


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
