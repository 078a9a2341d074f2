"""The demo's story: plausible, whole, and the same each time."""

from __future__ import annotations

from collections.abc import Callable

from tracker.demo import fill
from tracker.services import Services
from tracker.store import Row
from tracker.totals import recount


def test_the_demo_shows_every_verdict_and_adds_up(kit: Services, rows: Callable[..., list[Row]]) -> None:
    told = fill(kit.store, kit.campaign, sharers=300)
    assert told["sharers"] >= 300
    assert {row["verdict"] for row in rows("select distinct verdict from visits")} == {
        "human",
        "bot",
        "preview",
        "prefetch",
        "repeat",
        "returning",
        "self",
        "staff",
        "throttled",
    }
    assert rows("select max(generation) as n from sharers")[0]["n"] >= 4
    assert rows("select count(*) as n from conversions")[0]["n"] > 10
    assert recount(kit.store, kit.campaign.timezone) == []
