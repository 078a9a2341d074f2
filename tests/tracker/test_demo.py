"""The demo's story: plausible, whole, and the same each time."""

from __future__ import annotations

from collections.abc import Callable

from tracker.demo import fill
from tracker.rules import judge_again
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


def test_judging_the_demo_again_by_the_same_rules_changes_nothing(
    kit: Services, rows: Callable[..., list[Row]]
) -> None:
    fill(kit.store, kit.campaign, sharers=80)
    before = rows("select id, verdict from visits order by id")
    kit.store.execute("update visits set rules = 0")
    assert judge_again(kit.store, kit.campaign.timezone) == []
    assert rows("select id, verdict from visits order by id") == before
