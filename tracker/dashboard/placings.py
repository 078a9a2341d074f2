"""Channels, episodes and texts, ranked by what came that way, or by that and all that came of it; whole branches."""

from __future__ import annotations

import time
from typing import Any

from tracker.between import Days, rank_between
from tracker.branches import branches_made_at
from tracker.dashboard.period import Period
from tracker.leaderboard import BranchBy, Scope, rank_branches
from tracker.store import Row, Store
from tracker.virality.figures import read_journeys
from tracker.virality.reach import REACH, What, read_reaches

RANKED = {"channels": ("channel",), "episodes": ("episode",), "placements": ("channel", "variant")}
RANK_BY = ("confirmed", "shares", "recruits", "gifts", "amount", "came_back")


def rank_ways(store: Store, scope: Scope, what: str, by: str = "confirmed") -> list[Row]:
    """What came that way itself: {the columns of RANKED, measures of journeys}, best first."""
    return best_first(read_journeys(store, scope, *RANKED[what]), by)


def rank_whole_ways(store: Store, scope: Scope, what: str, by: str = "confirmed") -> list[Row]:
    """That and all that came of it: {the columns of RANKED, REACH, "direct"}; `direct` are the confirmed who came that
    way themselves. The whole campaign's, whatever the scope's episode and channel."""
    direct = {key_of(row, what): row["confirmed"] for row in read_journeys(store, scope, *RANKED[what])}
    rows = []
    for key, reach in read_whole(store, scope, what).items():
        rows.append({**dict(zip(RANKED[what], key, strict=True)), **reach, "direct": direct.get(key, 0)})
    return best_first(rows, by)


def rank_whole_branches(
    store: Store, period: Period, by: BranchBy, limit: int, offset: int = 0
) -> tuple[list[Row], int | None]:
    """Sharers by what their whole branch brought in a period, and whose moment's figures these are (None: none yet)."""
    if period.key == "all":
        return rank_branches(store, limit, offset, by), branches_made_at(store)
    days = Days(period.since.isoformat(), period.until.isoformat(), period.since_at, period.until_at)
    return rank_between(store, days, by, limit, offset, int(time.time()))


def with_whole(store: Store, scope: Scope, what: str, rows: list[Row]) -> list[Row]:
    """The same rows with WHOLE."""
    found = read_whole(store, scope, what)
    nothing = dict.fromkeys(REACH, 0)
    return [
        {**row, **{f"whole_{name}": value for name, value in found.get(key_of(row, what), nothing).items()}}
        for row in rows
    ]


def read_whole(store: Store, scope: Scope, what: str) -> dict[tuple[Any, ...], Row]:
    """REACH by the values of RANKED's columns."""
    kind: What = "channel" if what == "channels" else "episode" if what == "episodes" else "placement"
    return {
        (row["name"], row["variant"])[: len(RANKED[what])]: {name: int(row[name]) for name in REACH}
        for row in read_reaches(store, scope, kind)
    }


def key_of(row: Row, what: str) -> tuple[Any, ...]:
    return tuple(row[column] for column in RANKED[what])


def best_first(rows: list[Row], by: str) -> list[Row]:
    return sorted(rows, key=lambda row: -int(row.get(by) or 0))
