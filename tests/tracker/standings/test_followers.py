"""The order of the most followed: it stands ready and has an age, while its figures are of now."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from tests.tracker.standings.conftest import MIDNIGHT, add, assert_all_agree, now, scope_of, turn
from tracker.choices import COUNT_FROM, keep_choice
from tracker.leaderboard import rank_sharers, ranked_at
from tracker.services import Services
from tracker.standings import (
    LENGTHS,
    FollowerRefresher,
    recount_standings,
    refresh_followers,
)


def order(kit: Services, key: str) -> str:
    return "".join(row["sharer"][0] for row in rank_sharers(kit.store, scope_of(kit, key), "visits"))


def ages(kit: Services) -> list[int | None]:
    return [ranked_at(kit.store, scope_of(kit, key), "visits") for key in (*LENGTHS, "all")]


def test_the_order_of_the_most_followed_stands_ready_and_has_an_age_while_figures_are_of_now(
    kit: Services, clock: Any
) -> None:
    for sharer, days, visits in (("a", 0, 3), ("b", 0, 2), ("b", 1, 4), ("c", 9, 9)):
        add(kit, sharer * 16, at=now() - days * 86_400, visits=visits)
    turn(kit)
    assert ages(kit) == [None] * 4
    refresh_followers(kit.store, now())
    made_at = now()
    assert ages(kit) == [made_at] * 4
    assert [order(kit, key) for key in (*LENGTHS, "all")] == ["ab", "ba", "cba", "cba"]
    assert_all_agree(kit)
    clock.shift(30)
    add(kit, "a" * 16, visits=10)
    assert ages(kit) == [made_at] * 4
    assert order(kit, "7") == "ba"
    assert [row["visits"] for row in rank_sharers(kit.store, scope_of(kit, "7"), "visits")] == [6, 13]
    refresh_followers(kit.store, now())
    assert order(kit, "7") == "ab"
    assert_all_agree(kit)
    assert ranked_at(kit.store, scope_of(kit, "7"), "confirmed") is None


def test_an_order_of_other_days_is_none(kit: Services, clock: Any) -> None:
    """Not before the day is turned, not while it is not settled, not once rows were taken away."""
    add(kit, "a" * 16, visits=3)
    turn(kit)
    refresh_followers(kit.store, now())
    for moment in (MIDNIGHT, MIDNIGHT + timedelta(minutes=16)):
        clock.move_to(moment)
        add(kit, "b" * 16, visits=1)
        turn(kit)
        assert ages(kit) == [None] * 4
        assert_all_agree(kit)
        refresh_followers(kit.store, now())
        assert ages(kit) == [now()] * 4
        assert_all_agree(kit)
    for day in ("2026-11-23", ""):
        keep_choice(kit.store, COUNT_FROM, day, "Stef")
        turn(kit)
    assert ages(kit)[1:] == [None] * 3
    refresh_followers(kit.store, now())
    kit.store.execute("update standings set visits = visits + 7")
    with kit.store.atomic() as writing:
        assert recount_standings(writing)
    assert ages(kit) == [None] * 4
    assert_all_agree(kit)


@pytest.mark.parametrize("seed", range(2))
def test_the_order_of_the_most_followed_equals_totals_whatever_happened(kit: Services, clock: Any, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(40):
        act = chance.random()
        if act < 0.6:
            at = now() - int(chance.expovariate(1 / 86_400)) if chance.random() < 0.4 else now()
            add(kit, f"{chance.randrange(6):016d}", at, visits=chance.randrange(-1, 4), confirmed=chance.randrange(2))
        elif act < 0.75:
            turn(kit)
        elif act < 0.85:
            refresh_followers(kit.store, now())
        elif act < 0.97:
            clock.shift(chance.choice([300, 3_600, 40_000, 86_400, 86_400 * 5]))
        else:
            keep_choice(kit.store, COUNT_FROM, chance.choice(["", "2026-11-22", "2026-11-25"]), "Stef")
    turn(kit)
    refresh_followers(kit.store, now())
    assert ages(kit) == [now()] * 4
    assert_all_agree(kit)


def test_followers_are_added_up_once_a_minute_and_when_the_day_is_turned(kit: Services, clock: Any) -> None:
    turn(kit)
    refresher = FollowerRefresher()
    assert [refresher.refresh(kit.store, now()) for _ in range(2)] == [True, False]
    clock.move_to(MIDNIGHT)
    turn(kit)
    assert [refresher.refresh(kit.store, now()) for _ in range(2)] == [True, False]
