"""The curve of a period: hour by hour if it is one day, day by day, or week by week if it is long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from tracker.charts import Chart, Series
from tracker.dashboard.period import LONGEST_CHART, Period
from tracker.leaderboard import sum_hourly_by
from tracker.pages import format_day, number
from tracker.pages import gettext as _
from tracker.standings import HOURLY, sum_hours
from tracker.store import Row, Store


@dataclass(frozen=True)
class Column:
    """An hour, a day, or a week: its name in the table, a short one for the chart, and what happened in it."""

    name: str
    short: str
    confirmed: int
    shares: int
    gifts: int
    amount: int
    brought: int


@dataclass(frozen=True)
class Curve:
    unit: str  # hour, day, week
    columns: tuple[Column, ...]

    @property
    def is_empty(self) -> bool:
        return not any(column.confirmed or column.gifts for column in self.columns)

    @property
    def title(self) -> str:
        return {"hour": _("Heure après heure"), "day": _("Jour après jour"), "week": _("Semaine après semaine")}[
            self.unit
        ]

    def chart(self) -> Chart:
        """Confirmed visitors, those whom somebody brought below, the others on top; a mark where somebody gave."""
        return Chart(
            kind="stack",
            title=_("Visiteurs confirmés. %(how)s. Les chiffres sont dans le tableau qui suit.") % {"how": self.title},
            labels=tuple(column.short for column in self.columns),
            series=(
                Series(_("amenés par un lien"), tuple(column.brought for column in self.columns)),
                Series(_("venus d’eux-mêmes"), tuple(column.confirmed - column.brought for column in self.columns)),
            ),
            marks=frozenset(place for place, column in enumerate(self.columns) if column.gifts > 0),
            spell=number,
        )


def read_curve(store: Store, period: Period, short_day: Callable[[date], str]) -> Curve:
    """`short_day` writes a day for the chart, such as "22 nov."."""
    if len(period.days) == 1:
        rows = {row["hour"]: row for row in sum_hours(store, period.since.isoformat(), period.episode, period.channel)}
        hours = (
            gather(_("%(hour)s h") % {"hour": hour}, f"{hour} h", [rows[hour]] if hour in rows else [])
            for hour in range(24)
        )
        return Curve("hour", tuple(hours))
    length = 1 if len(period.days) <= LONGEST_CHART else 7
    by_start: dict[date, list[Row]] = {start: [] for start in period.days[::length]}
    for row in sum_hourly_by(store, period.scope, "day"):
        days = (date.fromisoformat(row["day"]) - period.since).days
        by_start[period.since + timedelta(days=days - days % length)].append(row)
    columns = (gather(format_day(start), short_day(start), rows) for start, rows in by_start.items())
    return Curve("day" if length == 1 else "week", tuple(columns))


def gather(name: str, short: str, rows: list[Row]) -> Column:
    return Column(name, short, **{measure: int(sum(row[measure] for row in rows)) for measure in HOURLY})
