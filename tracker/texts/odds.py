"""What figures say of share texts: how often each wins, how likely each is the best, and when that may be said aloud.

A trial is one person who passes an episode on with a text, for the first time; it is won, or it is not (see
`tracker.texts.results`). So a text's rate of winning has a Beta posterior, whose prior is uniform: Beta(1 + won,
1 + lost). Visitors come in clusters (one message to a group of forty brings them all), so they are never trials.

Nobody's impatience may make a winner. `evidence` is a test martingale: under the hypothesis that a text is no better
than another it is at most 1 on average, however often one looks and however the texts were dealt out meanwhile, so that
it ever reaches 1/p with a probability of at most p (Ville's inequality). It compares texts only with others of the same
hours: given how many trials were won there altogether, those of one text follow the hypergeometric law of Fisher's
exact test, whatever the rate was in these hours. So a slack Sunday on which one text was dealt more often proves
nothing. See Shafer, https://doi.org/10.1111/rssa.12647, and Grünwald et al., https://doi.org/10.1093/jrsssb/qkae011
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from math import exp, lgamma, log, prod, sqrt
from typing import NamedTuple

MISTAKES = 0.05  # of all tests, at most so many ever name a winner that is not the best
FLOOR = 0.1  # of those who come, at least so many get each text that still runs (less if there are many texts)
STEPS = 400  # of the grid on which posteriors are added up
TILTS = tuple(0.06 * 1.35**step for step in range(11))  # logarithms of odds ratios between two texts: 6 % to 230 % more
NEEDED = 1500  # trials of each text for a difference of 20 %, if trials are won and lost alike: see people_needed


class Tally(NamedTuple):
    """Trials of one text: how many people passed it on, and how many of these trials were won."""

    people: int
    won: int


Blocks = Sequence[Mapping[int, Tally]]  # for each stretch of hours, the tally of each variant that was passed on then


def add_up(blocks: Blocks, variants: Iterable[int]) -> dict[int, Tally]:
    """Each variant's tally over all blocks."""
    sums = dict.fromkeys(variants, Tally(0, 0))
    for block in blocks:
        for variant in sums.keys() & block.keys():
            people, won = block[variant]
            sums[variant] = Tally(sums[variant].people + people, sums[variant].won + won)
    return sums


@lru_cache(maxsize=4096)
def spread_posterior(tally: Tally, low: float, high: float) -> tuple[float, ...]:
    """How the posterior lies on the middles of STEPS equal steps between two rates; its sum is 1."""
    won, lost = tally.won, tally.people - tally.won
    rates = [low + (high - low) * (step + 0.5) / STEPS for step in range(STEPS)]
    heights = [won * log(rate) + lost * log(1 - rate) for rate in rates]
    top = max(heights)
    parts = [exp(height - top) for height in heights]
    whole = sum(parts)
    return tuple(part / whole for part in parts)


def reach(tally: Tally) -> tuple[float, float]:
    """The rates between which the posterior lies, as far as any figure shows."""
    won, lost = tally.won + 1, tally.people - tally.won + 1
    middle = won / (won + lost)
    width = 8 * sqrt(middle * (1 - middle) / (won + lost + 1))
    return max(middle - width, 0.0), min(middle + width, 1.0)


def interval(tally: Tally, sure: float = 0.95) -> tuple[float, float]:
    """The rates between which the true one lies with this probability."""
    low, high = reach(tally)
    below = list(accumulate(spread_posterior(tally, low, high)))
    cuts = (1 - sure) / 2, (1 + sure) / 2
    ends = [sum(part < cut for part in below) for cut in cuts]
    return low + (high - low) * ends[0] / STEPS, low + (high - low) * min(ends[1] + 1, STEPS) / STEPS


def chances_of_best(tallies: Mapping[int, Tally]) -> dict[int, float]:
    """Each variant's probability of having the highest rate. Their sum is 1."""
    reaches = [reach(tally) for tally in tallies.values()]
    low, high = min(ends[0] for ends in reaches), max(ends[1] for ends in reaches)
    parts = {variant: spread_posterior(tally, low, high) for variant, tally in tallies.items()}
    # Half of its own step lies below: draws that fall into the same step are split evenly.
    below = {
        variant: [whole - part / 2 for whole, part in zip(accumulate(spread), spread, strict=True)]
        for variant, spread in parts.items()
    }
    chances = {
        variant: sum(
            part * prod(below[other][step] for other in parts if other != variant) for step, part in enumerate(spread)
        )
        for variant, spread in parts.items()
    }
    whole = sum(chances.values())
    return {variant: chance / whole for variant, chance in chances.items()}


def deal(tallies: Mapping[int, Tally]) -> dict[int, float]:
    """Which part of those who come gets each variant: Thompson sampling, with a floor. The sum is 1.

    To draw a rate from each posterior and take the variant of the highest is to take each with its probability of
    being the best; so these probabilities are worked out once, and visits only draw among them.
    """
    floor = min(FLOOR, 0.5 / len(tallies))
    chances = chances_of_best(tallies)
    return {variant: floor + (1 - floor * len(chances)) * chance for variant, chance in chances.items()}


def find_winner(blocks: Blocks, running: Sequence[int], variants: int) -> int | None:
    """The variant of which may be said that it is better than all others that run; None while it is too early.

    Of all tests, at most MISTAKES ever have a winner here that is none, even if somebody looks at every moment. Take
    the text that is truly best, or one of those that are: each of the others is held better than it with a probability
    of at most MISTAKES / variants; so is, if several are best, it itself better than another of these.
    """
    if len(running) < 2:
        return None
    wanted = log(variants / MISTAKES)
    tallies = add_up(blocks, running)
    best = max(running, key=lambda variant: (tallies[variant].won + 1) / (tallies[variant].people + 2))
    rivals = [variant for variant in running if variant != best]
    return best if all(evidence(blocks, best, rival) >= wanted for rival in rivals) else None


def evidence(blocks: Blocks, variant: int, rival: int) -> float:
    """The logarithm of the evidence that a variant is better than a rival: 3.0 are odds of twenty to one."""
    sums = [0.0] * len(TILTS)
    for block in blocks:
        if variant in block and rival in block:
            for place, factor in enumerate(weigh_block(block[variant], block[rival])):
                sums[place] += factor
    return add_logs(sums) - log(len(TILTS))


@lru_cache(maxsize=100_000)
def weigh_block(one: Tally, other: Tally) -> tuple[float, ...]:
    """For each tilt, the logarithm of how much likelier these hours are if the odds of the one are better by it.

    Given the trials and all that were won, those of the one that were won are X, hypergeometric if there is no
    difference, and tilted by exp(tilt * X) if there is one.
    """
    all_won = one.won + other.won
    fewest, most = max(0, all_won - other.people), min(one.people, all_won)
    if fewest == most:
        return (0.0,) * len(TILTS)
    heights = [log_choose(one.people, won) + log_choose(other.people, all_won - won) for won in range(fewest, most + 1)]
    whole = log_choose(one.people + other.people, all_won)
    return tuple(
        tilt * one.won - add_logs([height + tilt * won for won, height in enumerate(heights, fewest)]) + whole
        for tilt in TILTS
    )


def log_choose(of: int, some: int) -> float:
    return lgamma(of + 1) - lgamma(some + 1) - lgamma(of - some + 1)


def add_logs(logs: Sequence[float]) -> float:
    """The logarithm of a sum, of the logarithms of its parts."""
    top = max(logs)
    return top + log(sum(exp(each - top) for each in logs))


def people_needed(tally: Tally) -> int:
    """About how many trials each text needs until a difference of 20 % at this rate shows, in four tests out of five.

    Measured by `invoke bench variants`; rare successes need more.
    """
    rate = (tally.won + 1) / (tally.people + 2)
    return round(NEEDED * (1 - rate) / rate / 100 + 0.5) * 100
