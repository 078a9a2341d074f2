"""Tables of who and what it spreads by: sharers, whole branches, channels, episodes, texts, named links."""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import islice
from typing import Any

from tracker.dashboard.exports.table import EVERYBODY, Asked, Reader, Table
from tracker.dashboard.period import Period
from tracker.dashboard.placings import RANK_BY, best_first, rank_ways, rank_whole_branches, with_whole
from tracker.leaderboard import BRANCH_BY, rank_sharers, sum_by
from tracker.origins.links import list_links
from tracker.origins.report import compare_media, list_origins
from tracker.services import Services
from tracker.sharers import file_code
from tracker.store import Row
from tracker.texts.desk import report_texts
from tracker.totals import MEASURES
from tracker.uncounted import with_uncounted
from tracker.virality.reach import WHOLE

AT_ONCE = 1000  # sharers whose refused visits are looked up together


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


def read_origin_rows(kit: Services, period: Period, _asked: Asked) -> Iterable[Row]:
    return list_origins(kit.store, period.scope, int(time.time()))


def read_media(kit: Services, period: Period, asked: Asked) -> Iterable[Row]:
    return compare_media(list(read_origin_rows(kit, period, asked)))


def read_texts(kit: Services, period: Period, _asked: Asked) -> Iterable[Row]:
    """Each text under test since its test began, with how sure its rate is; `state` says what became of it."""
    first, *others = kit.campaign.languages
    for report in report_texts(kit):
        if period.episode not in ("", report.episode):
            continue
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


def read_links(kit: Services, _period: Period, asked: Asked) -> Iterable[Row]:
    """Every address of every named link, or of the one that is asked for."""
    for origin in kit.store.query("select id, name from sharers where kind = 'origin' order by name, id"):
        if asked.below in ("", origin["id"]):
            for link in list_links(kit, origin["id"]):
                yield {"sharer": origin["id"], "name": origin["name"], **link._asdict()}


UNCOUNTED = ("came_back", "refused")
WAYS = (*MEASURES, "recruits", *UNCOUNTED, *WHOLE)
WAYS_BY = tuple(dict.fromkeys((*MEASURES, *RANK_BY, *WHOLE)))

RANKS = {
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
}
NAMED = {
    "texts": Table(
        (
            *("episode", "variant", "text", "translations", "rate", "low", "high", "best", "dealt"),
            *("people", "shares", "visitors", "gifts", "waiting", "state"),
        ),
        read_texts,
    ),
    "origins": Table(("sharer", "name", "sort", "medium", "code", "created_at", *MEASURES, *WHOLE), read_origin_rows),
    "media": Table(("medium", "origins", *MEASURES, *WHOLE), read_media),
    "links": Table(("sharer", "name", "title", "episode", "language", "placement", "address"), read_links),
}
