"""What results are worth, and when a winner may be named."""

from __future__ import annotations

import math
import random
from collections import Counter

import pytest

from tracker.texts.odds import (
    FLOOR,
    TILTS,
    Tally,
    add_up,
    chances_of_best,
    deal,
    evidence,
    find_winner,
    interval,
    weigh_block,
)


def test_chances_are_those_of_drawing_from_the_posteriors() -> None:
    tallies = {1: Tally(40, 12), 2: Tally(25, 10), 3: Tally(3, 0)}
    chance, draws = random.Random(1), Counter[int]()
    for _ in range(20_000):
        drawn = {v: chance.betavariate(1 + each.won, 1 + each.people - each.won) for v, each in tallies.items()}
        draws[max(drawn, key=drawn.__getitem__)] += 1
    for variant, worked_out in chances_of_best(tallies).items():
        assert worked_out == pytest.approx(draws[variant] / 20_000, abs=0.015)


def test_an_interval_holds_what_it_should() -> None:
    low, high = interval(Tally(40, 12))
    chance = random.Random(2)
    draws = sorted(chance.betavariate(13, 29) for _ in range(20_000))
    assert (low, high) == (pytest.approx(draws[500], abs=0.01), pytest.approx(draws[19_500], abs=0.01))
    assert interval(Tally(0, 0)) == (pytest.approx(0.025, abs=0.004), pytest.approx(0.975, abs=0.004))
    assert interval(Tally(1_000_000, 1_000_000))[0] > 0.99999


def test_each_text_keeps_being_tried() -> None:
    dealt = deal({1: Tally(1000, 900), 2: Tally(1000, 10)})
    assert dealt[2] == pytest.approx(FLOOR, abs=0.001)
    assert sum(dealt.values()) == pytest.approx(1)
    many = deal({variant: Tally(1000, 10 + 100 * (variant == 1)) for variant in range(1, 10)})
    assert min(many.values()) > 0.05
    assert deal({2: Tally(5, 5)}) == {2: pytest.approx(1)}


@pytest.mark.parametrize(("people", "others", "won"), [(9, 4, 6), (30, 70, 25), (1, 50, 2), (8, 8, 0), (200, 150, 90)])
def test_hours_prove_nothing_on_average_if_there_is_no_difference(people: int, others: int, won: int) -> None:
    """The whole of the promise: with equal rates, each factor of the evidence is 1 on average, exactly."""
    whole = math.comb(people + others, won)
    sums = [0.0] * len(TILTS)
    for of_these in range(max(0, won - others), min(people, won) + 1):
        likely = math.comb(people, of_these) * math.comb(others, won - of_these) / whole
        for place, factor in enumerate(weigh_block(Tally(people, of_these), Tally(others, won - of_these))):
            sums[place] += likely * math.exp(factor)
    assert sums == pytest.approx([1.0] * len(TILTS))


def test_a_slack_sunday_proves_nothing() -> None:
    """Text 1 was dealt on good days and text 2 on bad ones; within each, they are alike."""
    good, bad = {1: Tally(900, 540), 2: Tally(100, 60)}, {1: Tally(100, 10), 2: Tally(900, 90)}
    sums = add_up([good, bad] * 5, (1, 2))
    assert sums[1].won > 3 * sums[2].won
    assert find_winner([good, bad] * 5, (1, 2), 2) is None
    assert evidence([good, bad] * 5, 1, 2) < 0


def test_too_early_until_it_is_not() -> None:
    block = {1: Tally(100, 20), 2: Tally(100, 32)}
    named = [find_winner([block] * count, (1, 2), 2) for count in range(20)]
    assert named[1] is None
    assert named[-1] == 2
    assert find_winner([block] * 19, (2,), 2) is None, "without a rival there is nothing to win"


def live(rates: dict[int, float], chance: random.Random, blocks: int, crowd: int) -> int | None:
    """A whole test, looked at after each block; the winner that it ever named."""
    weights, past, waiting = dict.fromkeys(rates, 1.0), [], []
    for _ in range(blocks):
        counts, won = Counter(chance.choices(list(weights), list(weights.values()), k=crowd)), Counter[int]()
        for variant, people in counts.items():
            won[variant] = sum(chance.random() < rates[variant] for _ in range(people))
        waiting.append({variant: Tally(people, won[variant]) for variant, people in counts.items()})
        past += waiting[: len(waiting) - 5]
        del waiting[: len(waiting) - 5]
        if winner := find_winner(past, list(rates), len(rates)):
            return winner
        weights = deal(add_up(past, rates))
    return None


def test_whoever_looks_all_the_time_is_seldom_wrong() -> None:
    """Fifty tests of two texts that are alike, looked at 30 times each. The whole is `invoke bench variants`."""
    chance = random.Random(20)
    assert sum(live({1: 0.3, 2: 0.3}, chance, 30, 60) is not None for _ in range(50)) <= 5


def test_a_text_that_is_a_fifth_better_is_found() -> None:
    chance = random.Random(21)
    found = Counter(live({1: 0.3, 2: 0.36}, chance, 60, 300) for _ in range(8))
    assert found[2] >= 7
    assert found[1] == 0
