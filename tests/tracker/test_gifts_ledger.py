"""The ledger against a model: random histories of gifts, refunds and disputes, in random order, told several times."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import settings as property_settings
from hypothesis import strategies as st

from tests.conftest import Person
from tracker.gifts import record_notice
from tracker.gifts.ledger import sum_refunds
from tracker.gifts.notices import Notice
from tracker.gifts.recording import record_notices
from tracker.services import Services
from tracker.totals import recount

BEGIN = 1_790_000_000

# One payment's life: what happens to it, one thing each ten seconds.
LIVES = st.lists(
    st.one_of(
        st.tuples(st.just("refund"), st.integers(1, 4000)),
        st.tuples(st.just("refund_comes_back"), st.integers(0, 3)),
        st.tuples(st.just("dispute"), st.integers(1, 4000)),
        st.tuples(st.just("dispute_won"), st.integers(0, 3)),
    ),
    max_size=7,
)
WAYS = st.sampled_from(["numbered", "in all", "both"])


def live(
    number: str, gift: int, life: list[tuple[str, int]], way: str, livemode: bool
) -> tuple[int, list[list[Notice]]]:
    """What the platform has of this payment at the end, and the notifications that it sent about it."""
    now, refunds, disputes = BEGIN, [], []
    back: set[int] = set()
    won: set[int] = set()
    payment = f"{number}"

    def note(kind: str, entry: str, amount: int, at: int | None = None) -> Notice:
        return Notice(kind, payment, entry, amount, "EUR", livemode=livemode, at=now if at is None else at)

    told = [[note("gift", "gift", gift)]]
    for deed, value in life:
        now += 10
        if deed == "refund":
            refunds.append((now, value))
            if way != "in all":
                told.append([note("refund", f"refund:{len(refunds) - 1}", value)])
            if way != "numbered":
                standing = sum(amount for n, (_at, amount) in enumerate(refunds) if n not in back)
                told.append([note("refunded", f"refunded:{standing}@{now}", standing)])
        elif deed == "refund_comes_back" and value < len(refunds) and value not in back:
            back.add(value)
            made_at, amount = refunds[value]
            told.append(
                [
                    note("refund", f"refund:{value}", amount, made_at),
                    note("refund_failed", f"refund_failed:{value}", amount),
                ]
            )
        elif deed == "dispute":
            disputes.append(value)
            told.append([note("dispute", f"dispute:{len(disputes) - 1}", value)])
        elif deed == "dispute_won" and value < len(disputes) and value not in won:
            won.add(value)
            told.append(
                [
                    note("dispute", f"dispute:{value}", disputes[value]),
                    note("dispute_won", f"dispute_won:{value}", disputes[value]),
                ]
            )
    left = gift - sum(amount for n, (_at, amount) in enumerate(refunds) if n not in back)
    return left - sum(amount for n, amount in enumerate(disputes) if n not in won), told


HISTORIES = st.lists(st.tuples(st.integers(1, 5000), LIVES, WAYS, st.booleans(), st.booleans()), min_size=1, max_size=4)


def test_the_ledger_equals_the_platform_whatever_the_order(
    kit: Services, ana: Person, bo: Person, rows: Callable[..., Any]
) -> None:
    visit = kit.links.read("visit", bo.follow(ana.arrive()["link"]))
    runs = iter(range(10_000))

    @property_settings(
        max_examples=60, deadline=None, derandomize=False, suppress_health_check=list(HealthCheck), database=None
    )
    @given(histories=HISTORIES, seed=st.integers(0, 2**32))
    def holds(histories: list[Any], seed: int) -> None:
        run, chance = next(runs), random.Random(seed)
        model, told = {}, []
        for number, (gift, life, way, livemode, linked) in enumerate(histories):
            payment = f"{run}-{number}"
            model[payment], notices = live(payment, gift, life, way, livemode)
            told += [(each, visit if linked else None) for each in notices]
        told += chance.choices(told, k=len(told))
        chance.shuffle(told)
        for notices, whose in told:
            record_notices(kit, "generic", [with_visit(notice, whose) for notice in notices])
        for payment, left in model.items():
            (row,) = kit.store.query("select sum(amount) as amount from gifts where payment = :p", p=payment)
            assert int(row["amount"]) == left, payment
        assert recount(kit.store, kit.campaign.timezone) == []

    holds()
    live_sum = rows("select coalesce(sum(amount), 0) as amount from gifts where livemode = 1")
    assert live_sum == rows("select coalesce(sum(amount), 0) as amount from totals")


def with_visit(notice: Notice, visit: str | None) -> Notice:
    return Notice(**{name: getattr(notice, name) for name in Notice.__slots__} | {"visit_id": visit})


def fact(kind: str, amount: int, at: int) -> dict[str, Any]:
    return {"kind": kind, "amount": amount, "at": at}


def test_sums_told_in_all_know_of_what_came_back() -> None:
    facts = [
        fact("refunded", 1000, 10),
        fact("refund", 1000, 10),
        fact("refund_failed", 1000, 20),
        fact("refunded", 500, 30),
    ]
    assert sum_refunds(facts) == 500
    assert sum_refunds(facts[:1]) == 1000
    assert sum_refunds(facts[:3]) == 0
    assert sum_refunds([]) == 0


def test_a_known_gift_with_another_amount_is_told_to_staff(kit: Services) -> None:
    first = Notice("gift", "p1", "gift", 3000, "EUR")
    assert record_notice(kit, "generic", first) == "recorded"
    assert record_notice(kit, "generic", first) == "known"
    assert record_notice(kit, "generic", Notice("gift", "p1", "gift", 4000, "EUR")) == "differs"
    assert kit.store.query("select sum(amount) as amount from gifts") == [{"amount": 3000}]
