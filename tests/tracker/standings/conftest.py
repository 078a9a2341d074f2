"""A clock that tests move over midnights, figures put on any day, and what must agree whatever was done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from tracker.choices import COUNT_FROM
from tracker.dashboard.period import read_period
from tracker.leaderboard import LONGEST_READ, Scope, rank_sharers, sum_all, sum_by
from tracker.services import Services
from tracker.standings import (
    LENGTHS,
    MEASURES,
    keep_current,
    recount_standings,
)
from tracker.store import Row
from tracker.totals import Change, add_to_totals

MIDNIGHT = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)  # in Paris


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(MIDNIGHT - timedelta(hours=11), tick=False) as clock:
        yield clock


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def turn(kit: Services) -> None:
    keep_current(kit.store, kit.campaign.timezone, now())


def add(kit: Services, sharer: str, at: int | None = None, episode: str = "jai-piscine", **measures: int) -> None:
    with kit.store.atomic() as writing:
        change = Change(sharer, now() if at is None else at, episode, "wa", **measures)
        add_to_totals(writing, [change], kit.campaign.timezone)


def scope_of(kit: Services, key: str) -> Scope:
    """What the dashboard asks for."""
    (first,) = kit.store.query("select coalesce(min(day), '') as day from totals")
    chosen = kit.store.query("select value from choices where name = :name", name=COUNT_FROM)
    since = chosen[0]["value"] if chosen else ""
    return read_period({"range": key}, kit.campaign, now(), since, first["day"]).scope


def figures(rows: list[Row]) -> list[tuple[Any, ...]]:
    return [(row["sharer"], *(row[name] for name in MEASURES)) for row in rows]


def assert_all_agree(kit: Services) -> None:
    """Every preset, by every measure, says the same when it stands and when it is added up from totals."""
    for key in (*LENGTHS, "all"):
        scope = scope_of(kit, key)
        for by in MEASURES:
            ranked = [rank_sharers(kit.store, scope, by, limit) for limit in (LONGEST_READ, LONGEST_READ + 1)]  # type: ignore[arg-type]
            assert figures(ranked[0]) == figures(ranked[1]), (key, by)
            paged = rank_sharers(kit.store, scope, by, 2, offset=1)  # type: ignore[arg-type]
            assert figures(paged) == figures(ranked[1])[1:3], (key, by)
        inside = "sharer is not null and day >= :since and day <= :until"
        sums = ", ".join(f"coalesce(sum({name}), 0) as {name}" for name in MEASURES)
        days = {"since": scope.since, "until": scope.until}
        (whole,) = kit.store.query(f"select {sums} from totals where {inside}", **days)
        assert {name: sum_all(kit.store, scope)[name] for name in MEASURES} == whole
        for column in ("day", "episode", "channel"):
            told = {row[column]: row["confirmed"] for row in sum_by(kit.store, scope, column)}
            rows = kit.store.query(
                f"select {column}, sum(confirmed) as n from totals where {inside} group by {column}", **days
            )
            assert told == {row[column]: row["n"] for row in rows}
    with kit.store.atomic() as writing:
        assert recount_standings(writing) == []
