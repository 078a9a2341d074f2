"""Which days each span has, now and as it was kept; which span has the days that somebody asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tracker.store import Store, Writing

MEASURES = ("visits", "confirmed", "shares", "gifts", "amount")
LENGTHS = {"today": 1, "7": 7, "30": 30}  # span: days, today included; "ever" has them all
SETTLES = 900  # seconds after midnight when the day before is settled: nobody's clock still writes visits on it
SKEW = 300  # seconds by which the clocks of several hosts may differ

Key = tuple[str, str, str, str]  # sharer, day, episode, channel; "" where there is none


@dataclass(frozen=True)
class Span:
    """The days that a span stands for, such as 2026-11-22; `since` is "" from the beginning on."""

    name: str
    since: str = ""
    until: str = ""
    settled: str = ""


def next_day(day: str, days: int = 1) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def spans_at(now: float, timezone: ZoneInfo, count_from: str = "") -> list[Span]:
    """The spans as they should be at this moment."""
    today = datetime.fromtimestamp(now, timezone).date().isoformat()
    settled = next_day(datetime.fromtimestamp(now - SETTLES, timezone).date().isoformat(), -1)
    begins = {name: max(next_day(today, 1 - days), count_from) for name, days in LENGTHS.items()}
    return [Span(name, since, today, settled) for name, since in {**begins, "ever": count_from}.items()]


def read_spans(source: Store | Writing) -> dict[str, Span]:
    """The spans that stand, by name; none before `keep_current` ran for the first time."""
    rows = source.query("select span, since, until, settled from spans")
    return {row["span"]: Span(row["span"], row["since"], row["until"], row["settled"]) for row in rows}


def newest_settled(source: Store | Writing) -> str:
    """The newest day in `sums`; "" while there is none. Days after it are read from totals."""
    (row,) = source.query("select max(day) as day from sums")
    return row["day"] or ""


def find_span(store: Store, since: str, until: str) -> Span | None:
    """The span that has the same days with figures as these, or None."""
    rows = store.query(
        """
        select span, since, until, settled, (select min(day) from totals) as first,
          (select max(day) from totals) as last
        from spans
        """
    )
    for row in rows:
        first, last = row["first"] or "", row["last"] or ""
        begins_alike = since == row["since"] or max(since, row["since"]) <= first
        ends_alike = until == row["until"] or min(until, row["until"]) >= last
        if begins_alike and ends_alike:
            return Span(row["span"], row["since"], row["until"], row["settled"])
    return None
