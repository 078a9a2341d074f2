"""What figures bear: how far off they may be by chance alone, so that no sentence says more than they do.

Sharers bring others in very unequal numbers: some nobody, some a whole office. As in a growing family tree with
geometrically distributed children, so many new sharers scatter about their mean with a variance of mean * (1 + ratio).
"""

from __future__ import annotations

import math

CERTAIN = 1.96  # standard errors: chance alone goes beyond them once in twenty times
FEWEST = 30  # sharers or recruits, below which nothing is said of a ratio's change
FEWEST_GIFTS = 10


def range_of_ratio(recruits: int, sharers: int) -> tuple[float, float]:
    """The ratio could as well be anything between these two, nineteen times out of twenty. Needs sharers."""
    ratio = recruits / sharers
    if not recruits:
        return 0.0, min(3.0 / sharers, 1.0)  # none among so many: it may be up to three
    spread = math.exp(CERTAIN * math.sqrt((1 + ratio) / recruits))
    return ratio / spread, ratio * spread


def ratio_changed(recruits: int, sharers: int, recruits_before: int, sharers_before: int) -> bool:
    """Whether a ratio changed by more than chance explains."""
    if (
        min(sharers, sharers_before) < FEWEST
        or max(recruits, recruits_before) < FEWEST
        or not recruits * recruits_before
    ):
        return False
    now, before = recruits / sharers, recruits_before / sharers_before
    error = math.sqrt((1 + now) / recruits + (1 + before) / recruits_before)
    return abs(math.log(now / before)) > CERTAIN * error


def count_changed(count: int, before: int, ratio: float = 0.0, fewest: int = FEWEST) -> bool:
    """Whether a count changed by more than chance explains, where each thing draws `ratio` others after it.

    Things that draw others come in heaps: with geometric families, the variance of a count is (1 + r²) / (1 - r)² times
    that of things that come one by one. Where a ratio is beyond 0.8, it is taken for 0.8.
    """
    if max(count, before) < fewest:
        return False
    ratio = min(max(ratio, 0.0), 0.8)
    heap = (1 + ratio**2) / (1 - ratio) ** 2
    return abs(count - before) > CERTAIN * math.sqrt((count + before) * heap)
