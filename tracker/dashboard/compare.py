"""A period's figures beside those of as many days before, up to the same hour of the day where it is not over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from tracker.campaign import Campaign
from tracker.dashboard.period import Period, midnight
from tracker.leaderboard import count_new_sharers, sum_hourly
from tracker.standings import sum_hours
from tracker.store import Store
from tracker.virality.days import days_complete
from tracker.virality.figures import read_journeys

MEASURES = ("confirmed", "brought", "shares", "gifts", "amount")


@dataclass(frozen=True)
class Figures:
    """What happened in some days. `brought` are the confirmed visitors who came by somebody's link."""

    confirmed: int
    brought: int
    shares: int
    gifts: int
    amount: int
    new_sharers: int


def read_figures(store: Store, period: Period, campaign: Campaign, until_at: int | None = None) -> Figures:
    """The period's figures; new sharers up to a moment, if one is given."""
    sums = sum_hourly(store, period.scope)
    new = count_sharers(store, period, campaign, period.until_at if until_at is None else until_at)
    return Figures(**{name: int(sums[name]) for name in MEASURES} | {"new_sharers": new})


def count_sharers(store: Store, period: Period, campaign: Campaign, until_at: int) -> int:
    """New sharers: those of days that were added up before (tracker.virality.days), and the newest one by one."""
    complete = days_complete(store)
    if period.until.isoformat() <= complete:
        complete = (period.until - timedelta(days=1)).isoformat()  # its last day may be asked for up to an hour
    if complete < period.since.isoformat():
        return count_new_sharers(store, period.scope, period.since_at, until_at)
    counted = read_journeys(store, replace(period.scope, until=complete))[0]["began"]
    newest = midnight(date.fromisoformat(complete) + timedelta(days=1), campaign)
    return int(counted) + count_new_sharers(store, period.scope, newest, until_at)


def period_before(period: Period, campaign: Campaign) -> Period:
    """As many days right before."""
    length = timedelta(days=len(period.days))
    since, until = period.since - length, period.until - length
    return replace(
        period,
        since=since,
        until=until,
        since_at=midnight(since, campaign),
        until_at=midnight(until + timedelta(days=1), campaign),
    )


def read_before(store: Store, period: Period, campaign: Campaign, now: float, first_day: str) -> Figures | None:
    """The figures of as many days before; None where the campaign had not begun by then, or had for part of them.

    If the period ends today, whose day is not over, the last day before counts up to the same hour.
    """
    before = period_before(period, campaign)
    if period.key == "all" or not first_day or before.since.isoformat() < first_day:
        return None
    clock = datetime.fromtimestamp(now, campaign.timezone)
    if period.until != clock.date():
        return read_figures(store, before, campaign)
    moment = clock.replace(tzinfo=None) - timedelta(days=len(period.days))
    figures = read_figures(store, before, campaign, int(moment.replace(tzinfo=campaign.timezone).timestamp()))
    later = dict.fromkeys(MEASURES, 0.0)
    for row in sum_hours(store, before.until.isoformat(), period.episode, period.channel):
        for name in MEASURES:
            later[name] += row[name] * part_after(row["hour"], clock, whole=name in ("gifts", "amount"))
    return replace(figures, **{name: round(getattr(figures, name) - later[name]) for name in MEASURES})


def part_after(hour: int, clock: datetime, whole: bool) -> float:
    """Which part of an hour lies after this time of day; if it can't be divided, as an amount can't, all or nothing."""
    if hour != clock.hour:
        return float(hour > clock.hour)
    return float(clock.minute < 30) if whole else 1 - clock.minute / 60
