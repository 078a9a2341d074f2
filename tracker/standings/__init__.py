"""Standings: totals added up beforehand, so that the top of the leaderboard is read, not computed.

A span (today, 7 days, 30 days, ever) covers the days from `since` to `until`, none before the day staff count from. Its
standings are the sums of totals over exactly these days, changed in the transaction that changes totals. When a day
begins, `keep_current` moves each span on: work for the days that come in and fall out, however many there were before.

Visits are counted apart: one follows every link, and would make each of them dearer. A span holds those of days up to
`settled`, which are over; of the newest day or two, readers add them up from totals. The order by visits is made in the
background (`following`). `sums` has the whole campaign's days, without sharers, once they are settled; `hours` its
hours, as they go.
"""

from __future__ import annotations

from tracker.standings.adding import add_to_standings
from tracker.standings.following import FollowerRefresher, followers_made_at, newest_day, refresh_followers
from tracker.standings.hours import MEASURES as HOURLY
from tracker.standings.hours import HourKey, add_to_hours, recount_hours, sum_hours
from tracker.standings.moving import keep_current
from tracker.standings.recounting import recount_standings, set_right
from tracker.standings.spans import (
    LENGTHS,
    MEASURES,
    SETTLES,
    SKEW,
    Key,
    Span,
    find_span,
    newest_settled,
    next_day,
    read_spans,
)

__all__ = [
    "HOURLY",
    "LENGTHS",
    "MEASURES",
    "SETTLES",
    "SKEW",
    "FollowerRefresher",
    "HourKey",
    "Key",
    "Span",
    "add_to_hours",
    "add_to_standings",
    "find_span",
    "followers_made_at",
    "keep_current",
    "newest_day",
    "newest_settled",
    "next_day",
    "read_spans",
    "recount_hours",
    "recount_standings",
    "refresh_followers",
    "set_right",
    "sum_hours",
]
