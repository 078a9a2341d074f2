"""The virality ratio and its three factors, read from days that were added up beforehand (tracker.virality.days).

ratio = shares per sharer * confirmed visitors per share * new sharers per confirmed visitor. Only people count: what
came through a poster's or a newsletter's link is sown, not passed on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from tracker.leaderboard import Scope
from tracker.store import Row, Store
from tracker.virality.days import GENERATION, JOURNEY, seconds_of
from tracker.virality.doubt import range_of_ratio

Column = Literal["episode", "channel"]


@dataclass(frozen=True)
class Spread:
    """How it spread in some days: of a generation, through a channel, by an episode, or altogether (`key` is "").

    `sharers` are those who could pass it on; `recruits`, the new sharers whom their links brought. Through one channel,
    or by one episode, `sharers` are all of them: then ratios add up to the whole one.
    """

    key: Any
    sharers: int
    shares: int
    visitors: int
    recruits: int

    @property
    def ratio(self) -> float | None:
        return divide(self.recruits, self.sharers)

    @property
    def shares_each(self) -> float | None:
        """Shares per sharer."""
        return divide(self.shares, self.sharers)

    @property
    def visitors_each(self) -> float | None:
        """Confirmed visitors per share."""
        return divide(self.visitors, self.shares)

    @property
    def sharers_each(self) -> float | None:
        """New sharers per confirmed visitor."""
        return divide(self.recruits, self.visitors)

    @property
    def range(self) -> tuple[float, float] | None:
        """Between which two ratios the true one lies, nineteen times out of twenty; None without sharers."""
        return range_of_ratio(self.recruits, self.sharers) if self.sharers else None


def divide(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def read_generations(store: Store, scope: Scope) -> list[Spread]:
    """One for each generation that has sharers, the first one first. The whole campaign's, whatever the episode."""
    sums = ", ".join(f"sum({name}) as {name}" for name in GENERATION)
    rows = store.query(
        f"""
        select generation, {sums} from generations where day >= :since and day <= :until
        group by generation order by generation
        """,  # noqa: S608 - names of our own
        since=scope.since,
        until=scope.until,
    )
    return [Spread(row["generation"], row["sharers"], row["shares"], row["confirmed"], row["recruits"]) for row in rows]


def whole(generations: Iterable[Spread]) -> Spread:
    """All of them together."""
    rows = list(generations)
    return Spread(
        "", *(sum(getattr(row, name) for row in rows) for name in ("sharers", "shares", "visitors", "recruits"))
    )


def read_journeys(store: Store, scope: Scope, *columns: str) -> list[Row]:
    """The measures of `journeys` summed by these columns (episode, channel, variant), most confirmed visitors first."""
    where, params = scope.where()
    sums = ", ".join(f"coalesce(sum({name}), 0) as {name}" for name in JOURNEY)
    names = "".join(f"{name}, " for name in columns)
    grouped = f"group by {', '.join(columns)} order by confirmed desc, {', '.join(columns)}" if columns else ""
    return store.query(f"select {names}{sums} from journeys where {where} {grouped}", **params)  # noqa: S608


def read_parts(store: Store, scope: Scope, column: Column, sharers: int) -> list[Spread]:
    """Each channel's or episode's part of the ratio, the largest first. `sharers` are all of these days."""
    parts = [
        Spread(row[column], sharers, row["shares"], row["relayed"], row["recruits"])
        for row in read_journeys(store, scope, column)
    ]
    return sorted(
        (part for part in parts if part.shares or part.visitors), key=lambda part: (-part.recruits, -part.visitors)
    )


def read_cycle(store: Store, scope: Scope) -> float | None:
    """Seconds that half of the recruits took at most, from their sharer's first deed to their own; None without any."""
    rows = store.query(
        "select step, sum(recruits) as recruits from cycles where day >= :since and day <= :until "
        "group by step order by step",
        since=scope.since,
        until=scope.until,
    )
    half, before = sum(row["recruits"] for row in rows) / 2, 0
    for row in rows:
        if before + row["recruits"] >= half:
            return seconds_of(row["step"] + (half - before) / row["recruits"])
        before += row["recruits"]
    return None
