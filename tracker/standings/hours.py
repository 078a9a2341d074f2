"""The campaign's hours, so that a launch day has a curve, and today is held against yesterday at the same hour.

Kept in the transaction of what they count, like totals, but without sharers: some rows for each hour. Links that were
followed without a page being seen cost nothing here: they are no measure of hours.
"""

from __future__ import annotations

from collections.abc import Mapping

from tracker.standings.adding import upsert
from tracker.standings.recounting import set_right
from tracker.store import Row, Store, Writing

MEASURES = ("confirmed", "shares", "gifts", "amount", "brought")
KEY = ("day", "hour", "episode", "channel")

HourKey = tuple[str, int, str, str]  # day, hour of the campaign's clock, episode, channel; "" where there is none


def add_to_hours(writing: Writing, sums: Mapping[HourKey, list[int]]) -> None:
    """Add these, in the order of MEASURES; `brought` are the confirmed who came by somebody's link."""
    upsert(writing, "hours", KEY, MEASURES, sums)


def recount_hours(writing: Writing, counted: Mapping[HourKey, list[int]]) -> list[Row]:
    """Make hours what they should be, and tell where they differed, as tracker.totals.recount does."""
    return [
        {**row, "sharer": "*", "day": f"{row['day']} {row['hour']:02}h"}
        for row in set_right(writing, "hours", KEY, MEASURES, counted)
    ]


def sum_hours(store: Store, day: str, episode: str = "", channel: str = "") -> list[Row]:
    """{"hour", measures} of a day, the hours in which something happened, in order."""
    sums = ", ".join(f"sum({name}) as {name}" for name in MEASURES)
    conditions = "".join(
        f" and {name} = :{name}" for name, value in (("episode", episode), ("channel", channel)) if value
    )
    return store.query(
        f"select hour, {sums} from hours where day = :day{conditions} group by hour order by hour",  # noqa: S608
        day=day,
        **{name: value for name, value in (("episode", episode), ("channel", channel)) if value},
    )
