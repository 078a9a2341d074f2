"""Tables of how it spreads: days, hours, the funnel, films; the ratio and its factors, and where they lead."""

from __future__ import annotations

from collections.abc import Iterable

from tracker.dashboard.exports.table import Asked, Table
from tracker.dashboard.overview import STEPS
from tracker.dashboard.period import Period
from tracker.films import count_stops
from tracker.leaderboard import sum_by, sum_sharer_by_day
from tracker.services import Services
from tracker.standings import HOURLY
from tracker.store import Row
from tracker.totals import MEASURES
from tracker.virality.days import GENERATION, JOURNEY, STOP
from tracker.virality.figures import Spread, read_generations, read_journeys, read_parts, whole
from tracker.virality.projection import read_outlook


def read_days(kit: Services, period: Period, asked: Asked) -> Iterable[Row]:
    """The campaign's days, or those of one sharer's own link."""
    if asked.below:
        return sum_sharer_by_day(kit.store, asked.below, period.scope)
    return sum_by(kit.store, period.scope, "day")


def read_hours(kit: Services, period: Period, _asked: Asked) -> Iterable[Row]:
    where, params = period.scope.where()
    sums = ", ".join(f"sum({name}) as {name}" for name in HOURLY)
    sql = f"select day, hour, {sums} from hours where {where} group by day, hour order by day, hour"  # noqa: S608
    return kit.store.query(sql, **params)


def read_funnel(kit: Services, period: Period, _asked: Asked) -> Iterable[Row]:
    (journey,) = read_journeys(kit.store, period.scope)
    return [{"step": name, "visits": int(journey[name])} for name in STEPS]


def describe_spread(spread: Spread) -> Row:
    """The ratio, its three factors, and between which two ratios the true one lies, to four decimals."""
    low, high = spread.range or (None, None)
    figures = {
        "shares_each": spread.shares_each,
        "visitors_each": spread.visitors_each,
        "sharers_each": spread.sharers_each,
        "ratio": spread.ratio,
        "low": low,
        "high": high,
    }
    return {name: None if value is None else round(value, 4) for name, value in figures.items()}


FACTORS = ("shares_each", "visitors_each", "sharers_each", "ratio", "low", "high")


def read_generation_rows(kit: Services, period: Period, _asked: Asked) -> Iterable[Row]:
    for each in read_generations(kit.store, period.scope):
        figures = (each.sharers, each.shares, each.visitors, each.recruits)
        yield {"generation": each.key, **dict(zip(GENERATION, figures, strict=True)), **describe_spread(each)}


def read_virality(kit: Services, period: Period, _asked: Asked) -> Iterable[Row]:
    """The whole campaign, then what each channel and each episode adds to its ratio."""
    all_of_them = whole(read_generations(kit.store, period.scope))
    parts = [("campaign", all_of_them)]
    for column in ("channel", "episode"):
        parts += [(column, part) for part in read_parts(kit.store, period.scope, column, all_of_them.sharers)]
    for what, part in parts:
        figures = (part.sharers, part.shares, part.visitors, part.recruits)
        yield {"what": what, "name": part.key, **dict(zip(GENERATION, figures, strict=True)), **describe_spread(part)}


def read_projection(kit: Services, period: Period, asked: Asked) -> Iterable[Row]:
    """What becomes of so many people, generation by generation, if the ratio stays as it is."""
    outlook = read_outlook(asked.more, whole(read_generations(kit.store, period.scope)))
    together = 0.0
    for generation, new in enumerate(outlook.steps, start=1):
        together += new
        yield {
            "people": outlook.people,
            "ratio": outlook.ratio,
            "generation": generation,
            "new_sharers": round(new, 2),
            "together": round(together, 2),
        }


SPREADING = {
    "days": Table(("day", *MEASURES), read_days),
    "hours": Table(("day", "hour", *HOURLY), read_hours),
    "funnel": Table(("step", "visits"), read_funnel),
    "stops": Table(
        ("episode", *STOP),
        lambda kit, period, _: count_stops(kit.store, period.scope.since, period.scope.until, period.episode),
    ),
    "virality": Table(("what", "name", *GENERATION, *FACTORS), read_virality),
    "generations": Table(("generation", *GENERATION, *FACTORS), read_generation_rows),
    "projection": Table(("people", "ratio", "generation", "new_sharers", "together"), read_projection),
    "journeys": Table(
        ("episode", "channel", "variant", *JOURNEY),
        lambda kit, period, _: read_journeys(kit.store, period.scope, "episode", "channel", "variant"),
    ),
}
