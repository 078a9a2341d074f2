"""What a week was: from Monday to Sunday in the campaign's own zone, beside the week before."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tracker.choices import counting_since
from tracker.dashboard.period import Period, midnight
from tracker.leaderboard import count_new_sharers, rank_sharers, sum_all, sum_by
from tracker.services import Services
from tracker.store import Row

WEEK = re.compile(r"(\d{4})-W(\d\d)", re.ASCII)
TOP = 5


class UnknownWeek(ValueError):
    """That is no week; the text says how one is written."""


@dataclass(frozen=True)
class Report:
    """A week's figures; `before` are the same of the week before, None if nothing counted then."""

    week: str
    since: date
    until: date
    sums: Row
    before: Row | None
    days: list[Row]
    sharers: list[Row]
    channels: list[Row]
    episodes: list[Row]

    @property
    def is_empty(self) -> bool:
        return not (self.sums["confirmed"] or self.sums["gifts"] or self.sums["shares"])


def name_week(monday: date) -> str:
    """2026-W47, as ISO 8601 names it."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02}"


def monday_of(now: float, kit: Services) -> date:
    """The Monday of the week in which this moment lies."""
    today = datetime.fromtimestamp(now, kit.campaign.timezone).date()
    return today - timedelta(days=today.weekday())


def last_week(now: float, kit: Services) -> str:
    """The newest week that is over."""
    return name_week(monday_of(now, kit) - timedelta(days=7))


def read_week(name: str) -> date:
    """The Monday of a week such as 2026-W47. Raises UnknownWeek."""
    found = WEEK.fullmatch(name)
    try:
        if not found:
            raise ValueError
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        _ = monday - timedelta(days=14), monday + timedelta(days=14)  # what is at hand must be days, too
    except (ValueError, OverflowError):
        raise UnknownWeek(f"A week is written as 2026-W47, not as {name[:20]!r}.") from None
    return monday


def period_of(kit: Services, monday: date) -> Period:
    """The week's days; none before the day from which figures count."""
    since, until = monday, monday + timedelta(days=6)
    start = counting_since(kit.store)
    if start and since < date.fromisoformat(start):
        since = date.fromisoformat(start)
    ends = midnight(until + timedelta(days=1), kit.campaign)
    return Period("custom", since, until, midnight(since, kit.campaign), ends, "", "", since > monday)


def sum_week(kit: Services, period: Period) -> Row:
    """The measures of totals, `brought` (by somebody's link) and `new_sharers`."""
    new = count_new_sharers(kit.store, period.scope, period.since_at, period.until_at)
    return {**sum_all(kit.store, period.scope), "new_sharers": new}


def read_report(kit: Services, week: str) -> Report:
    """The report of a week such as 2026-W47. Raises UnknownWeek."""
    monday = read_week(week)
    period, past = period_of(kit, monday), period_of(kit, monday - timedelta(days=7))
    before = sum_week(kit, past)
    return Report(
        week=week,
        since=monday,
        until=monday + timedelta(days=6),
        sums=sum_week(kit, period),
        before=before if before["confirmed"] or before["gifts"] else None,
        days=sum_by(kit.store, period.scope, "day"),
        sharers=rank_sharers(kit.store, period.scope, limit=TOP),
        channels=sum_by(kit.store, period.scope, "channel")[:TOP],
        episodes=sum_by(kit.store, period.scope, "episode")[:TOP],
    )
