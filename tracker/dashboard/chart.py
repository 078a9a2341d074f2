"""The curve by day, drawn here as SVG without any inline style, so that it passes the strict policy of our pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from markupsafe import Markup

from tracker.dashboard.period import LONGEST_CHART, Period
from tracker.store import Row

HEIGHT = 100
STEP = 12  # units of width for each bar and the gap after it
BAR = 9


class Bar(NamedTuple):
    """A day, or a week by its first day."""

    day: date
    days: int
    confirmed: int
    shares: int
    gifts: int
    amount: int


def gather_bars(rows: Sequence[Row], period: Period) -> list[Bar]:
    """A bar for each day of the period, those on which nothing happened too; for each week if it is a long one."""
    length = 1 if len(period.days) <= LONGEST_CHART else 7
    starts = period.days[::length]
    sums = {start: [0, 0, 0, 0] for start in starts}
    for row in rows:
        start = starts[(date.fromisoformat(row["day"]) - period.since).days // length]
        for place, name in enumerate(("confirmed", "shares", "gifts", "amount")):
            sums[start][place] += row[name]
    return [Bar(start, min(length, (period.until - start).days + 1), *sums[start]) for start in starts]


def round_up(value: int) -> int:
    """The next round number, for the top of a scale: 1, 2, 5, 10, 20, 50..."""
    unit = 1
    while True:
        for factor in (1, 2, 5):
            if value <= factor * unit:
                return factor * unit
        unit *= 10


def scale_of(bars: Sequence[Bar]) -> int:
    """What the top of the drawing stands for."""
    return round_up(max((bar.confirmed for bar in bars), default=1))


def draw_bars(bars: Sequence[Bar], label: str) -> Markup:
    """Confirmed visitors as bars; days with gifts carry a red stamp at their foot. The words stand in `label`."""
    top = scale_of(bars)
    shapes = [
        Markup('<line class="grid" x1="0" x2="{}" y1="{}" y2="{}"/>').format(len(bars) * STEP, y, y)
        for y in (1, HEIGHT // 2)
    ]
    for place, bar in enumerate(bars):
        height = max(bar.confirmed * HEIGHT / top, 1.5 if bar.confirmed else 0)
        x = place * STEP + (STEP - BAR) / 2
        shapes.append(
            Markup('<rect class="bar{}" x="{:g}" y="{:.2f}" width="{}" height="{:.2f}"/>').format(
                " gave" if bar.gifts > 0 else "", x, HEIGHT - height, BAR, height
            )
        )
        if bar.gifts > 0:
            shapes.append(
                Markup('<rect class="mark" x="{:g}" y="{}" width="{}" height="5"/>').format(x, HEIGHT + 3, BAR)
            )
    return Markup(
        '<svg class="curve" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(max(len(bars), 1) * STEP, HEIGHT + 9, label, Markup("").join(shapes))


def draw_share(value: int, whole: int) -> Markup:
    """A thin bar: this part of the whole. It says nothing that the number beside it does not."""
    width = 0 if whole <= 0 else max(min(value / whole, 1), 0) * 100
    return Markup(
        '<svg class="part" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{:.1f}" height="4"/></svg>'
    ).format(width)
