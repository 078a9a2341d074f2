"""Who and what makes it spread: figures over any range of the campaign's days, never scanning visits.

A day is text such as 2026-11-22, in the campaign's own time zone; `Scope` says which days, episode and channel count.
`ranking` puts sharers in order, `sums` adds up. The usual ranges, for all episodes and channels, are read from
`standings`; any other is added up from `totals`.
"""

from __future__ import annotations

from tracker.leaderboard.ranking import LONGEST_READ, in_order, rank_branches, rank_sharers, ranked_at
from tracker.leaderboard.scope import BRANCH_BY, FIRST_DAY, SUMS, BranchBy, By, Scope
from tracker.leaderboard.sums import (
    count_new_sharers,
    list_children,
    sum_all,
    sum_by,
    sum_hourly,
    sum_hourly_by,
    sum_sharer,
    sum_sharer_by_day,
)

__all__ = [
    "BRANCH_BY",
    "FIRST_DAY",
    "LONGEST_READ",
    "SUMS",
    "BranchBy",
    "By",
    "Scope",
    "count_new_sharers",
    "in_order",
    "list_children",
    "rank_branches",
    "rank_sharers",
    "ranked_at",
    "sum_all",
    "sum_by",
    "sum_hourly",
    "sum_hourly_by",
    "sum_sharer",
    "sum_sharer_by_day",
]
