"""Every table that staff may take away: its columns, where its rows come from, and by what they may be ranked.

What they look like as CSV and as JSON is tracker.takeaway.forms.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tracker.dashboard import records
from tracker.dashboard.overview import STEPS
from tracker.dashboard.period import Period
from tracker.dashboard.placings import RANK_BY, best_first, rank_ways, rank_whole_branches, with_whole
from tracker.films import count_stops
from tracker.leaderboard import BRANCH_BY, rank_sharers, sum_by
from tracker.origins.report import compare_media, list_origins
from tracker.services import Services
from tracker.sharers import file_code
from tracker.standings import HOURLY
from tracker.store import Row
from tracker.texts.desk import report_texts
from tracker.totals import MEASURES
from tracker.uncounted import with_uncounted
from tracker.virality.days import GENERATION, JOURNEY, STOP
from tracker.virality.figures import Spread, read_generations, read_journeys, read_parts, whole
from tracker.virality.reach import WHOLE

EVERYBODY = 1_000_000_000
AT_ONCE = 1000  # sharers whose refused visits are looked up together


@dataclass(frozen=True)
class Asked:
    """What else an address asks for: by which column rows are ranked, below which sharer they are ("": unsaid)."""

    by: str = ""
    below: str = ""


Reader = Callable[[Services, Period, Asked], Iterable[Row]]


@dataclass(frozen=True)
class Table:
    """A table that can be taken away: its columns, how its rows are read, and how many there will be.

    `count` is None where `read` gives all rows at once; `by` has the columns that its rows can be ranked by.
    """

    columns: tuple[str, ...]
    read: Reader
    count: Callable[[Services, Period, Asked], int] | None = None
    by: tuple[str, ...] = ()

    def open(self, kit: Services, period: Period, asked: Asked) -> tuple[Iterable[Row], int]:
        """The rows, and how many they are going to be (some more may be written meanwhile)."""
        if asked.by not in self.by:
            asked = Asked("", asked.below)
        if self.count is not None:
            return self.read(kit, period, asked), self.count(kit, period, asked)
        rows = list(self.read(kit, period, asked))
        return rows, len(rows)


def read_sharers(kit: Services, period: Period, asked: Asked) -> Iterable[Row]:
    by: Any = asked.by or "confirmed"
    ranks = iter(rank_sharers(kit.store, period.scope, by, limit=EVERYBODY))
    rank = 0
    while rows := list(islice(ranks, AT_ONCE)):
        for row in with_uncounted(kit.store, period.scope, rows):
            rank += 1
            yield {**row, "rank": rank, "code": file_code(row["sharer"])}


def read_ways(what: str, column: str) -> Reader:
    """Channels or episodes: measures as they stand now; from the background, who else came, and all that came of it."""

    def read(kit: Services, period: Period, asked: Asked) -> Iterable[Row]:
        others = {row[column]: row for row in rank_ways(kit.store, period.scope, what)}
        sums: Any = sum_by(kit.store, period.scope, column)  # type: ignore[arg-type]
        rows = [
            {**row, **{name: others.get(row[column], {}).get(name, 0) for name in ("recruits", "came_back", "refused")}}
            for row in sums
        ]
        return best_first(with_whole(kit.store, period.scope, what, rows), asked.by or "confirmed")

    return read


def read_placements(kit: Services, period: Period, asked: Asked) -> Iterable[Row]:
    rows = rank_ways(kit.store, period.scope, "placements")
    return best_first(with_whole(kit.store, period.scope, "placements", rows), asked.by or "confirmed")


def read_branches(kit: Services, period: Period, asked: Asked) -> Iterable[Row]:
    """Of days that were never asked for, a large tree has none at first, and is asked for by that."""
    by: Any = asked.by or "confirmed"
    ranks, _made_at = rank_whole_branches(kit.store, period, by, EVERYBODY)
    return ({**row, "rank": rank, "code": file_code(row["sharer"])} for rank, row in enumerate(ranks, start=1))


def one_by_one(columns: tuple[str, ...], sql: str, table: str = "") -> Table:
    """A table of records, oldest first; of one episode or channel if it has them."""

    def ask(period: Period) -> tuple[str, dict[str, Any]]:
        return records.filtered(sql, table, period) if table else (sql, dict(records.within(period)))

    def read(kit: Services, period: Period, _asked: Asked) -> Iterable[Row]:
        text, params = ask(period)
        return kit.store.stream(f"{text} order by at", **params)

    def count(kit: Services, period: Period, _asked: Asked) -> int:
        text, params = ask(period)
        (row,) = kit.store.query(f"select count(*) as count from ({text}) as asked", **params)  # noqa: S608
        return int(row["count"])

    return Table(columns, read, count)


BELOW = """
    with recursive below (id) as (
      select id from sharers where id = :below
      union
      select sharers.id from sharers join below on sharers.parent = below.id
    )
"""
TREE = """
    select branches.sharer as sharer, sharers.kind as kind, sharers.name as name, pseudonyms.name as pseudonym,
      sharers.parent as parent, sharers.generation as generation, sharers.created_at as created_at,
      branches.children as children, branches.depth as depth, branches.sharers - 1 as relays,
      branches.confirmed as confirmed, branches.gifts as gifts, branches.amount as amount
    from branches
    join sharers on sharers.id = branches.sharer
    left join pseudonyms on pseudonyms.sharer = branches.sharer and pseudonyms.state = 'approved'
"""
TREE_BY = ("confirmed", "relays", "gifts", "amount", "depth")


def read_tree(kit: Services, _period: Period, asked: Asked) -> Iterable[Row]:
    """All branches since the beginning, or those below one sharer, as tracker.branches added them up."""
    sql = f"{BELOW}{TREE} where branches.sharer in (select id from below)" if asked.below else TREE  # noqa: S608
    order = f"{asked.by} desc, " if asked.by else ""
    rows = kit.store.stream(f"{sql} order by {order}branches.sharer", **below(asked))
    return ({**row, "code": file_code(row["sharer"])} for row in rows)


def count_tree(kit: Services, _period: Period, asked: Asked) -> int:
    sql = "select count(*) as count from branches"
    if asked.below:
        sql = f"{BELOW}{sql} where sharer in (select id from below)"  # noqa: S608
    return int(kit.store.query(sql, **below(asked))[0]["count"])


def below(asked: Asked) -> dict[str, str]:
    return {"below": asked.below} if asked.below else {}


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


def read_origin_rows(kit: Services, period: Period, _asked: Asked) -> Iterable[Row]:
    return list_origins(kit.store, period.scope, int(time.time()))


def read_media(kit: Services, period: Period, asked: Asked) -> Iterable[Row]:
    return compare_media(list(read_origin_rows(kit, period, asked)))


def read_texts(kit: Services, _period: Period, _asked: Asked) -> Iterable[Row]:
    """Each text under test since its test began, with how sure its rate is; `state` says what became of it."""
    first, *others = kit.campaign.languages
    for report in report_texts(kit):
        for each in report.figures:
            states = {report.winner: "winner", report.leader: "leads"}
            yield {
                "episode": report.episode,
                "variant": each.variant,
                "text": each.texts.get(first, ""),
                "translations": " / ".join(each.texts[other] for other in others if other in each.texts),
                **{name: round(getattr(each, name), 4) for name in ("rate", "low", "high", "best", "dealt")},
                **{name: getattr(each, name) for name in ("people", "shares", "visitors", "gifts", "waiting")},
                "state": "stopped" if each.stopped else states.get(each.variant, "runs"),
            }


def read_hours(kit: Services, period: Period, _asked: Asked) -> Iterable[Row]:
    where, params = period.scope.where()
    sums = ", ".join(f"sum({name}) as {name}" for name in HOURLY)
    sql = f"select day, hour, {sums} from hours where {where} group by day, hour order by day, hour"  # noqa: S608
    return kit.store.query(sql, **params)


def read_funnel(kit: Services, period: Period, _asked: Asked) -> Iterable[Row]:
    (journey,) = read_journeys(kit.store, period.scope)
    return [{"step": name, "visits": int(journey[name])} for name in STEPS]


UNCOUNTED = ("came_back", "refused")
WAYS = (*MEASURES, "recruits", *UNCOUNTED, *WHOLE)
WAYS_BY = tuple(dict.fromkeys((*MEASURES, *RANK_BY, *WHOLE)))

TABLES = {
    "sharers": Table(
        ("rank", "sharer", "code", "kind", "name", "pseudonym", "generation", *MEASURES, *UNCOUNTED),
        read_sharers,
        by=MEASURES,
    ),
    "branches": Table(
        ("rank", "sharer", "code", "kind", "name", "pseudonym", "generation", "relays", *BRANCH_BY),
        read_branches,
        by=BRANCH_BY,
    ),
    "channels": Table(("channel", *WAYS), read_ways("channels", "channel"), by=WAYS_BY),
    "episodes": Table(("episode", *WAYS), read_ways("episodes", "episode"), by=WAYS_BY),
    "placements": Table(("channel", "variant", *WAYS), read_placements, by=WAYS_BY),
    "days": Table(("day", *MEASURES), lambda kit, period, _: sum_by(kit.store, period.scope, "day")),
    "hours": Table(("day", "hour", *HOURLY), read_hours),
    "funnel": Table(("step", "visits"), read_funnel),
    "stops": Table(
        ("episode", *STOP),
        lambda kit, period, _: count_stops(kit.store, period.scope.since, period.scope.until, period.episode),
    ),
    "virality": Table(("what", "name", *GENERATION, *FACTORS), read_virality),
    "generations": Table(("generation", *GENERATION, *FACTORS), read_generation_rows),
    "journeys": Table(
        ("episode", "channel", "variant", *JOURNEY),
        lambda kit, period, _: read_journeys(kit.store, period.scope, "episode", "channel", "variant"),
    ),
    "texts": Table(
        (
            *("episode", "variant", "text", "translations", "rate", "low", "high", "best", "dealt"),
            *("people", "shares", "visitors", "gifts", "waiting", "state"),
        ),
        read_texts,
    ),
    "origins": Table(("sharer", "name", "sort", "medium", "code", "created_at", *MEASURES, *WHOLE), read_origin_rows),
    "media": Table(("medium", "origins", *MEASURES, *WHOLE), read_media),
    "tree": Table(
        (
            *("sharer", "code", "kind", "name", "pseudonym", "parent", "generation", "created_at"),
            *("children", "depth", "relays", "confirmed", "gifts", "amount"),
        ),
        read_tree,
        count_tree,
        TREE_BY,
    ),
    "gifts": one_by_one(
        (
            *("at", "kind", "amount", "currency", "livemode", "provider", "account", "payment", "visit_id"),
            *("sharer", "name", "pseudonym", "episode", "channel"),
        ),
        records.GIFTS,
        "visits",
    ),
    "conversions": one_by_one(("at", "kind", "reference", "sharer", "name", "visit_id", "means"), records.CONVERSIONS),
    "notices": one_by_one(("at", "provider", "verdict", "detail", "payment"), records.NOTICES),
    "verdicts": Table(
        ("verdict", "rule", "visits", "seen"), lambda kit, period, _: records.count_verdicts(kit.store, period)
    ),
    "floods": one_by_one(("at", "sharer", "name", "count"), records.FLOODS),
    "shares": one_by_one(("at", "id", "sharer", "episode", "channel", "variant"), records.SHARES, "shares"),
    "visits": one_by_one(
        ("at", "id", "sharer", "episode", "channel", "variant", "verdict", "rule", "seen_at", "source"),
        records.VISITS,
        "visits",
    ),
}
