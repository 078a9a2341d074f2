"""Which days, episode and channel a page is about: read from its address, clipped by the day staff count from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tracker.campaign import Campaign
from tracker.leaderboard import Scope
from tracker.totals import begin_of

PRESETS = {"today": 1, "7": 7, "30": 30}  # key: days, today included
USUAL = "30"
OLDEST = date(2000, 1, 1)
LONGEST_CHART = 92  # days; longer periods are drawn by week


@dataclass(frozen=True)
class Period:
    """A page's scope. `since` and `until` are days, both included; `since_at`..`until_at` the same in seconds."""

    key: str
    since: date
    until: date
    since_at: int
    until_at: int
    episode: str
    channel: str
    clipped: bool  # rehearsals lie in the asked-for days, and were left out

    @property
    def scope(self) -> Scope:
        return Scope(self.since.isoformat(), self.until.isoformat(), self.episode, self.channel)

    @property
    def days(self) -> list[date]:
        return [self.since + timedelta(days=place) for place in range((self.until - self.since).days + 1)]

    def query(self, **changes: str) -> dict[str, str]:
        """The address' query for this period, with changes; what is usual is left out."""
        args = {"range": self.key, "episode": self.episode, "channel": self.channel}
        if changes.get("range", self.key) == "custom":
            args |= {"from": self.since.isoformat(), "to": self.until.isoformat()}
        args |= changes
        if args["range"] == USUAL:
            del args["range"]
        return {name: value for name, value in args.items() if value}


def read_day(text: str | None) -> date | None:
    """A day such as 2026-11-22, or None."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return max(day, OLDEST)


def read_period(args: Mapping[str, Any], campaign: Campaign, now: float, count_from: str, first_day: str) -> Period:
    """The period that an address asks for; the usual one where it asks for nonsense.

    `first_day` is the first with any figures ("": none yet).
    """
    today = datetime.fromtimestamp(now, campaign.timezone).date()
    since, until, key = choose_days(args, today, read_day(first_day) or today)
    start = read_day(count_from)
    clipped = start is not None and since < start
    if clipped and start is not None:
        since = start
    episode, channel = args.get("episode", ""), args.get("channel", "")
    return Period(
        key=key,
        since=since,
        until=until,
        since_at=midnight(since, campaign),
        until_at=midnight(until + timedelta(days=1), campaign),
        episode=episode if episode in campaign.episodes else "",
        channel=channel if channel in campaign.channels else "",
        clipped=clipped,
    )


def choose_days(args: Mapping[str, Any], today: date, first_day: date) -> tuple[date, date, str]:
    key = args.get("range", USUAL)
    since, until = read_day(args.get("from")), read_day(args.get("to"))
    if key == "custom" and since and until:
        since, until = sorted((since, until))
        return min(since, today), min(until, today), "custom"
    if key == "all":
        return min(first_day, today), today, "all"
    key = key if key in PRESETS else USUAL
    return today - timedelta(days=PRESETS[key] - 1), today, key


def midnight(day: date, campaign: Campaign) -> int:
    """The moment at which the campaign's day begins."""
    return begin_of(day.isoformat(), campaign.timezone)
