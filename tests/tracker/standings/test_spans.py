"""The usual spans stand ready, and always say what totals say: whatever comes late, falls out or is not to count."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest

from tests.tracker.standings.conftest import MIDNIGHT, add, assert_all_agree, now, scope_of, turn
from tracker.choices import COUNT_FROM, keep_choice
from tracker.dashboard.period import PRESETS
from tracker.leaderboard import rank_sharers
from tracker.services import Services
from tracker.standings import (
    LENGTHS,
    MEASURES,
    find_span,
    read_spans,
    recount_standings,
)
from tracker.standings.moving import move_span
from tracker.standings.spans import spans_at


def test_the_dashboards_presets_are_the_spans_that_stand() -> None:
    assert PRESETS == LENGTHS


def test_spans_stand_for_the_days_that_the_dashboard_asks_for(kit: Services, clock: Any) -> None:
    add(kit, "a" * 16, at=now() - 40 * 86_400, confirmed=1, visits=1)
    for _ in range(3):
        turn(kit)
        for key in (*LENGTHS, "all"):
            scope = scope_of(kit, key)
            span = find_span(kit.store, scope.since, scope.until)
            assert span is not None
            assert span.name == {"all": "ever"}.get(key, key)
        clock.shift(86_400)


def test_a_day_comes_in_and_another_falls_out(kit: Services, clock: Any) -> None:
    add(kit, "a" * 16, confirmed=2, visits=3)
    turn(kit)
    told = []
    for _ in range(31):
        turn(kit)
        told.append([sum(r["confirmed"] for r in rank_sharers(kit.store, scope_of(kit, key))) for key in LENGTHS])
        clock.shift(86_400)
    assert told == [[2 * (day < 1), 2 * (day < 7), 2 * (day < 30)] for day in range(31)]
    assert kit.store.query("select span from standings") == [{"span": "ever"}]


def test_before_the_day_is_turned_the_ranking_is_right_already(kit: Services, clock: Any) -> None:
    add(kit, "a" * 16, confirmed=1, visits=1)
    turn(kit)
    clock.move_to(MIDNIGHT)
    add(kit, "b" * 16, confirmed=1, visits=1)
    assert [row["sharer"][0] for row in rank_sharers(kit.store, scope_of(kit, "today"))] == ["b"]
    assert_all_agree(kit)
    turn(kit)
    assert [row["sharer"][0] for row in rank_sharers(kit.store, scope_of(kit, "today"))] == ["b"]
    assert_all_agree(kit)


def test_what_comes_late_changes_the_day_on_which_it_counts(kit: Services, clock: Any) -> None:
    evening = int(MIDNIGHT.timestamp()) - 5
    turn(kit)
    clock.move_to(MIDNIGHT + timedelta(seconds=1))
    turn(kit)
    add(kit, "a" * 16, at=evening, visits=1)
    assert_all_agree(kit)
    clock.move_to(MIDNIGHT + timedelta(minutes=16))
    turn(kit)
    add(kit, "a" * 16, at=evening, visits=-1, confirmed=0)
    add(kit, "b" * 16, at=evening, visits=1, confirmed=1, gifts=1, amount=500)
    add(kit, "", at=evening, visits=1, confirmed=1)
    assert_all_agree(kit)
    add(kit, "b" * 16, at=evening, gifts=-1, amount=-500)
    assert_all_agree(kit)


def test_rehearsals_are_left_out_of_standings_and_may_come_back(kit: Services, clock: Any) -> None:
    for days in (40, 10, 3, 0):
        add(kit, f"{days:016d}", at=now() - days * 86_400, confirmed=1, visits=1)
    turn(kit)
    for day in ("2026-11-15", "2026-12-24", "2026-11-22", "2026-10-01", ""):
        keep_choice(kit.store, COUNT_FROM, day, "Stef")
        assert_all_agree(kit)
        turn(kit)
        assert_all_agree(kit)
        assert {span.since for span in read_spans(kit.store).values()} >= {day}
    assert len(rank_sharers(kit.store, scope_of(kit, "all"))) == 4


def test_a_span_on_its_way_to_other_days_is_right_at_every_step(kit: Services, clock: Any) -> None:
    for days in (40, 12, 10, 3, 1, 0):
        add(kit, f"{days:016d}", at=now() - days * 86_400, confirmed=1, visits=2)
    steps = 0
    for count_from, hours in (("", 0), ("2026-11-15", 0), ("2026-10-01", 30), ("2026-11-23", 0), ("", 24 * 9)):
        clock.shift(3600 * hours)
        for span in spans_at(now(), kit.campaign.timezone, count_from):
            while move_span(kit.store, span):
                steps += 1
                add(kit, "z" * 16, at=now() - 86_400 * (steps % 12), confirmed=1, visits=1)
                with kit.store.atomic() as writing:
                    assert recount_standings(writing) == []
    assert steps > 40


def test_clocks_of_two_hosts_that_differ_a_little_do_not_move_a_day_to_and_fro(kit: Services, clock: Any) -> None:
    clock.move_to(MIDNIGHT + timedelta(seconds=1))
    turn(kit)
    stood = read_spans(kit.store)
    clock.move_to(MIDNIGHT - timedelta(seconds=1))
    turn(kit)
    assert read_spans(kit.store) == stood
    add(kit, "a" * 16, visits=1, confirmed=1)
    assert_all_agree(kit)


def test_a_clock_that_was_wrong_by_years_is_forgiven(kit: Services, clock: Any) -> None:
    add(kit, "a" * 16, visits=1, confirmed=1)
    clock.shift(86_400 * 4000)
    turn(kit)
    clock.shift(-86_400 * 4000)
    turn(kit)
    add(kit, "a" * 16, visits=1, confirmed=1)
    assert find_span(kit.store, "2026-11-22", "2026-11-22") is not None
    assert_all_agree(kit)


@pytest.mark.parametrize("seed", range(4))
def test_standings_equal_totals_whatever_happens(kit: Services, clock: Any, seed: int) -> None:
    chance = random.Random(seed)
    sharers = ["", *(f"{place:016d}" for place in range(6))]
    for _ in range(60):
        act = chance.random()
        if act < 0.7:
            at = now() - int(chance.expovariate(1 / 86_400)) if chance.random() < 0.4 else now()
            measures = {name: chance.randrange(-1, 4) for name in chance.sample(MEASURES, chance.randrange(1, 4))}
            add(kit, chance.choice(sharers), at, chance.choice(["jai-piscine", ""]), **measures)
        elif act < 0.85:
            turn(kit)
        elif act < 0.97:
            clock.shift(chance.choice([300, 3_600, 40_000, 86_400, 86_400 * 5]))
        else:
            day = (date(2026, 11, 22) + timedelta(days=chance.randrange(-9, 9))).isoformat()
            keep_choice(kit.store, COUNT_FROM, chance.choice(["", day]), "Stef")
    assert_all_agree(kit)
    turn(kit)
    assert_all_agree(kit)


def test_a_recount_mends_standings_and_sums(kit: Services, clock: Any) -> None:
    add(kit, "a" * 16, at=now() - 3 * 86_400, visits=2, confirmed=2)
    turn(kit)
    kit.store.execute("update standings set confirmed = 9 where span = '7'")
    kit.store.execute("update sums set brought = 0")
    with kit.store.atomic() as writing:
        told = [(row["sharer"], row["day"], row["kept"], row["counted"]) for row in recount_standings(writing)]
    assert told == [
        ("a" * 16, "2026-11-16..2026-11-22", [2, 9, 0, 0, 0], [2, 2, 0, 0, 0]),
        ("*", "2026-11-19", [2, 2, 0, 0, 0, 0], [2, 2, 0, 0, 0, 2]),
    ]
    assert_all_agree(kit)
