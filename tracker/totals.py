"""Totals: what each sharer set in motion, by day, episode and channel; kept in the transaction of what they count.

The day is the campaign's own (its time zone). `recount` makes them again from the rows, and finds them equal.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tracker.standings import MEASURES as MEASURES
from tracker.standings import (
    SETTLES,
    SKEW,
    HourKey,
    Key,
    add_to_hours,
    add_to_standings,
    recount_hours,
    recount_standings,
    set_right,
)
from tracker.store import Row, Store, Writing

KEY = ("sharer", "day", "episode", "channel")
QUARTER = 900  # seconds: every time zone's midnight lies on a quarter of an hour


class Change(NamedTuple):
    """Something to add to (or take off) one sharer's totals, at a time in seconds since 1970."""

    sharer: str | None
    at: int
    episode: str | None
    channel: str | None
    visits: int = 0
    confirmed: int = 0
    shares: int = 0
    gifts: int = 0
    amount: int = 0


@lru_cache(maxsize=4096)
def day_of_quarter(quarter: int, timezone: ZoneInfo) -> str:
    return datetime.fromtimestamp(quarter * QUARTER, timezone).date().isoformat()


def day_of(at: int, timezone: ZoneInfo) -> str:
    """The campaign's day, as 2026-11-22."""
    return day_of_quarter(at // QUARTER, timezone)


def begin_of(day: str, timezone: ZoneInfo) -> int:
    """The moment at which a campaign's day such as 2026-11-22 begins, in seconds since 1970."""
    return int(datetime.fromisoformat(day).replace(tzinfo=timezone).timestamp())


@lru_cache(maxsize=4096)
def hour_of_quarter(quarter: int, timezone: ZoneInfo) -> int:
    return datetime.fromtimestamp(quarter * QUARTER, timezone).hour


def sum_changes_by_hour(changes: Iterable[Change], timezone: ZoneInfo) -> dict[HourKey, list[int]]:
    """The same by hours, in the order of the measures of tracker.standings.hours."""
    sums: dict[HourKey, list[int]] = defaultdict(lambda: [0] * 5)
    for sharer, at, episode, channel, _, confirmed, shares, gifts, amount in changes:
        if confirmed or shares or gifts or amount:
            quarter = at // QUARTER
            day, hour = day_of_quarter(quarter, timezone), hour_of_quarter(quarter, timezone)
            kept = sums[day, hour, episode or "", channel or ""]
            for place, value in enumerate((confirmed, shares, gifts, amount, confirmed if sharer else 0)):
                kept[place] += value
    return {key: values for key, values in sums.items() if any(values)}


def sum_changes(changes: Iterable[Change], timezone: ZoneInfo) -> dict[Key, list[int]]:
    """Changes added up by key, in the order of MEASURES; nothing for keys whose sum is zero throughout."""
    sums: dict[Key, list[int]] = defaultdict(lambda: [0] * len(MEASURES))
    for change in changes:
        sharer, at, episode, channel, *measures = change
        kept = sums[sharer or "", day_of(at, timezone), episode or "", channel or ""]
        for place, value in enumerate(measures):
            kept[place] += value
    return {key: values for key, values in sums.items() if any(values)}


def add_to_totals(writing: Writing, changes: Iterable[Change], timezone: ZoneInfo) -> None:
    """Add the changes at the end of the transaction, together with all others that were made in it."""
    writing.at_end(write_changes, ((change, timezone) for change in changes))


def write_changes(writing: Writing, told: list[tuple[Change, ZoneInfo]]) -> None:
    """Add the changes in one statement; rows in one order, so that two processes never wait for each other."""
    changes, timezone = [change for change, _ in told], told[0][1]
    sums = sum_changes(changes, timezone)
    writing.insert(
        "totals",
        (*KEY, *MEASURES),
        [(*key, *sums[key]) for key in sorted(sums)],
        "on conflict (day, sharer, episode, channel) do update set "
        + ", ".join(f"{each} = totals.{each} + excluded.{each}" for each in MEASURES),
    )
    add_to_standings(writing, sums, fresh=day_of(int(time.time()) - SETTLES + SKEW, timezone))
    add_to_hours(writing, sum_changes_by_hour(changes, timezone))


COUNTED_VISITS = """
    select sharer, at / 900 as quarter, episode, channel, count(*) as visits, count(seen_at) as confirmed
    from visits where verdict = 'human' group by 1, 2, 3, 4
"""

COUNTED_SHARES = (
    "select sharer, at / 900 as quarter, episode, channel, count(*) as shares from shares group by 1, 2, 3, 4"
)

# A payment counts with what is left of it, on the day of its gift: a refund takes off what the gift had added.
COUNTED_GIFTS = """
    select conversions.sharer as sharer, gift.at / 900 as quarter, visits.episode as episode, visits.channel as channel,
      sum(case when net.amount > 0 then 1 else 0 end) as gifts, sum(net.amount) as amount
    from gifts as gift
    join (
      select provider, account, payment, sum(amount) as amount from gifts where livemode = 1
      group by provider, account, payment
    ) as net on net.provider = gift.provider and net.account = gift.account and net.payment = gift.payment
    left join conversions on conversions.kind = 'gift'
      and conversions.reference = gift.provider || ':' || gift.account || ':' || gift.payment
    left join visits on visits.id = coalesce(gift.visit_id, conversions.visit_id)
    where gift.kind = 'gift' and gift.livemode = 1
    group by 1, 2, 3, 4
"""


def read_changes(source: Store | Writing) -> Iterable[Change]:
    """What the rows say that there was to add, by quarters of an hour."""
    for sql in (COUNTED_VISITS, COUNTED_SHARES, COUNTED_GIFTS):
        for row in source.query(sql):
            measures = {name: row[name] for name in MEASURES if name in row}
            yield Change(row["sharer"], row["quarter"] * QUARTER, row["episode"], row["channel"], **measures)


def count_again(source: Store | Writing, timezone: ZoneInfo) -> dict[Key, list[int]]:
    """Totals as the rows say they should be."""
    return sum_changes(read_changes(source), timezone)


def recount(store: Store, timezone: ZoneInfo) -> list[Row]:
    """Make totals again from the rows, and standings from totals, in one transaction.

    Returns what differed: {"sharer", "day", "episode", "channel", "kept": [...], "counted": [...]} in the order of
    MEASURES. An empty list is the proof that counting as we go is right. For standings, `day` is a span of days such
    as 2026-11-16..2026-11-22; for sums of the whole campaign, `sharer` is "*".
    """
    with store.atomic() as writing:
        different = set_right(writing, "totals", KEY, MEASURES, count_again(writing, timezone))
        different += recount_standings(writing)
        different += recount_hours(writing, sum_changes_by_hour(read_changes(writing), timezone))
    return different
