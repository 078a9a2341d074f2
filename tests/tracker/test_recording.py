"""Visits that share a transaction know of each other, as those do that come one after the other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Person
from tracker.links import new_id
from tracker.services import Services
from tracker.shares import Share, write_shares
from tracker.store import Store
from tracker.visits.recording import Arrival, Seen, write_arrivals, write_seen


@pytest.fixture
def arrive(kit: Services) -> Any:
    """Somebody by Ana's link, about to be written; `visitor` and `yesterday` are their hashes."""

    def describe(visitor: int, yesterday: int = -1, sharer: str = "A" * 16, at: int = 1_795_341_600) -> Arrival:
        zone = kit.campaign.timezone
        return Arrival(new_id(), sharer, "jai-piscine", "wa", 1, at, "human", "none", visitor, yesterday, timezone=zone)

    return describe


def write(store: Store, *arrivals: Arrival) -> list[str]:
    with store.atomic() as writing:
        return [arrival.verdict for arrival in write_arrivals(writing, list(arrivals))]


def test_a_double_tap_within_one_transaction_is_one_visitor(kit: Services, arrive: Any) -> None:
    told = write(kit.store, arrive(7), arrive(7), arrive(8), arrive(7, sharer="B" * 16))
    assert told == ["human", "repeat", "human", "human"]
    assert kit.store.query("select sum(visits) as n from totals where sharer = :ana", ana="A" * 16) == [{"n": 2}]


def test_what_is_known_of_one_is_not_said_of_another(kit: Services, arrive: Any) -> None:
    write(kit.store, arrive(7))
    assert write(kit.store, arrive(8), arrive(7)) == ["human", "repeat"]


def test_so_is_one_whose_second_tap_falls_behind_midnight(kit: Services, arrive: Any) -> None:
    assert write(kit.store, arrive(7), arrive(9, yesterday=7)) == ["human", "repeat"]


def test_a_day_after_is_no_repeat_any_more(kit: Services, arrive: Any) -> None:
    begin = 1_795_341_600
    assert write(kit.store, arrive(7, at=begin), arrive(8, at=begin)) == ["human", "human"]
    assert write(kit.store, arrive(17, 7, at=begin + 86_399)) == ["repeat"]
    assert write(kit.store, arrive(18, 8, at=begin + 86_400)) == ["human"]


def test_a_page_told_twice_within_one_transaction_is_confirmed_once(kit: Services, arrive: Any) -> None:
    bo = arrive(7)
    write(kit.store, bo)
    with kit.store.atomic() as writing:
        pages = [Seen(bo.id, new_id(), bo.at + 9, "", visitor, -1, bo.timezone) for visitor in (7, 7, 8)]
        first, again, other = write_seen(writing, pages)
    assert first is not None
    assert again is not None
    assert other is not None
    assert (first.id, again.id, other.sharer) == (bo.id, bo.id, bo.id), "the third came by Bo's private address"
    assert kit.store.query("select sharer, confirmed from totals order by sharer") == [
        {"sharer": sharer, "confirmed": 1} for sharer in sorted(["A" * 16, bo.id])
    ]


def test_of_two_prefetches_seen_within_one_transaction_one_counts(kit: Services, arrive: Any) -> None:
    twice = [arrive(7), arrive(7)]
    for bo in twice:
        bo.verdict, bo.rule, bo.findings = "prefetch", "purpose-header", "prefetch"
    write(kit.store, *twice)
    with kit.store.atomic() as writing:
        pages = [Seen(bo.id, new_id(), bo.at + 9, "", 7, -1, bo.timezone) for bo in (*twice, twice[0])]
        seen = write_seen(writing, pages)
    told = [(visit.id, visit.verdict) for visit in seen if visit]
    assert told == [(twice[0].id, "human"), (twice[1].id, "repeat"), (twice[0].id, "human")]
    assert kit.store.query("select visits, confirmed from totals") == [{"visits": 1, "confirmed": 1}]
    assert kit.store.query("select created_at from sharers") == [{"created_at": twice[0].at + 9}]


def test_one_press_told_twice_within_one_transaction_is_one_share(kit: Services, arrive: Any) -> None:
    bo = arrive(7)
    write(kit.store, bo)
    with kit.store.atomic() as writing:
        presses = [(new_id(), channel) for channel in ("wa", "wa", "em")]
        shares = [Share(id_, bo.id, "jai-piscine", channel, 1, bo.at, bo.timezone) for id_, channel in presses]
        assert write_shares(writing, shares) == [bo.id] * 3
    assert kit.store.query("select channel from shares order by channel") == [{"channel": "em"}, {"channel": "wa"}]


def test_ones_own_link_is_ones_own_over_midnight(ana: Person, rows: Any, time_machine: Any) -> None:
    time_machine.move_to("2026-11-21 23:59:00+00:00", tick=False)
    link = ana.arrive()["link"]
    time_machine.move_to("2026-11-22 00:01:00+00:00", tick=False)
    ana.follow(link)
    assert [row["verdict"] for row in rows("select verdict from visits order by id")] == ["human", "self"]
