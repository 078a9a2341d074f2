"""Virality: what is known to have happened comes back from the dashboard."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from benchmarks.cascade import Parameters, spread
from tests.tracker.conftest import Member, words_of
from tracker.leaderboard import Scope, rank_sharers
from tracker.services import Services
from tracker.sharers import branch_of
from tracker.standings import keep_current
from tracker.totals import recount
from tracker.virality.days import refresh_days
from tracker.virality.doubt import range_of_ratio
from tracker.virality.figures import read_cycle, read_generations, read_journeys, read_parts, whole
from tracker.virality.projection import project, total

EVER = Scope()
NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)


def count_days(kit: Services) -> int:
    keep_current(kit.store, kit.campaign.timezone, time.time())
    return refresh_days(kit.store, kit.campaign.timezone, time.time())


def test_the_published_table_of_projections_comes_out_exactly() -> None:
    """ShareProgress' training: 5,000 people after 10 generations."""
    assert [total(5000, ratio, 10) for ratio in (0.5, 0.9, 1.1)] == [9990, 32566, 79687]
    assert [round(step) for step in project(5000, 0.5, 4)] == [5000, 2500, 1250, 625]
    assert (total(5000, 1, 10), total(5000, 0, 10)) == (50_000, 5000)


def test_the_page_projects_what_it_is_asked_for(stef: Member) -> None:
    for ratio, people in (("0.5", "9 990"), ("0,9", "32 566"), ("1.1", "79 687")):
        page = words_of(stef.get(f"/staff/virality?people=5000&ratio={ratio}&generations=10"))
        assert f"5 000 passeurs en font {people}." in page
        assert "Le ratio baisse" in page.replace("le ratio", "Le ratio")
    for odd in ("people=x&ratio=nan&generations=1e9", "people=-1&ratio=inf", "ratio=99999999999&generations=30"):
        assert stef.get(f"/staff/virality?{odd}").status_code == 200


def test_a_known_cascade_comes_back_from_the_dashboard(kit: Services, stef: Member) -> None:
    made = Parameters(seeds=700)
    truth = spread(kit.store, made, 3, int(time.time()), kit.campaign.timezone)
    count_days(kit)
    generations = read_generations(kit.store, EVER)
    told = {each.key: (each.sharers, each.shares, each.visitors) for each in generations}
    assert told == {
        generation: (truth.sharers[generation], truth.shares[generation], truth.confirmed[generation])
        for generation in truth.sharers
    }
    assert [each.recruits for each in generations] == [truth.sharers[each.key + 1] for each in generations]
    for each in generations:  # each generation's ratio, and the whole one, within sampling error of what made it
        low, high = range_of_ratio(each.recruits, each.sharers)
        assert each.sharers < 30 or low / 1.5 < made.ratio < high * 1.5
    all_of_them = whole(generations)
    assert all_of_them.range is not None
    assert all_of_them.range[0] < made.ratio < all_of_them.range[1]
    assert all_of_them.shares_each == pytest.approx(made.shares, rel=0.1)
    assert all_of_them.visitors_each == pytest.approx(made.visitors, rel=0.1)
    assert all_of_them.sharers_each == pytest.approx(made.sharing, rel=0.1)
    parts = read_parts(kit.store, EVER, "channel", all_of_them.sharers)
    assert {part.key: part.recruits for part in parts} == truth.recruits
    assert sum(part.ratio or 0 for part in parts) == pytest.approx(all_of_them.ratio)
    best = [(row["sharer"], row["confirmed"]) for row in rank_sharers(kit.store, EVER, limit=10)]
    assert best == sorted(truth.brought.items(), key=lambda each: (-each[1], each[0]))[:10]
    assert read_cycle(kit.store, EVER) == pytest.approx(statistics.median(truth.gaps), rel=0.15)
    page = words_of(stef.get("/staff/virality?range=all"))
    assert f"{all_of_them.recruits} nouveaux passeurs amenés par {all_of_them.sharers} passeurs." in page
    assert "mettez WhatsApp en avant" in words_of(stef.get("/staff/?range=all"))
    assert recount(kit.store, kit.campaign.timezone) == []


def test_the_gift_of_a_chain_is_the_last_links_and_is_set_in_motion_by_all_above(
    ana: Any, bo: Any, cy: Any, tell: Callable[..., Any], kit: Services, stef: Member
) -> None:
    """Ana shares; Bo visits and shares; Cy visits and gives: Bo's directly, Ana's indirectly."""
    me = ana.arrive()
    second = bo.follow(ana.share(me["visit"])["url"].rsplit("/", 1)[1])
    bo.see(second)
    third = cy.follow(bo.share(second)["url"].rsplit("/", 1)[1], placement="em")
    cy.see(third)
    tell(payment="p1", amount=3000, visit_id=third.split(".")[0])
    ana_s, bo_s = (token.split(".")[0] for token in (me["visit"], second))
    own = {row["sharer"]: (row["gifts"], row["amount"]) for row in rank_sharers(kit.store, EVER)}
    assert own == {ana_s: (0, 0), bo_s: (1, 3000)}
    for sharer, gifts in ((ana_s, 1), (bo_s, 1), (third.split(".")[0], 0)):
        assert branch_of(kit.store, sharer)["gifts"] == gifts
    count_days(kit)
    assert [(each.key, each.sharers, each.recruits) for each in read_generations(kit.store, EVER)] == [
        (1, 1, 1),
        (2, 1, 0),
    ]
    (journey,) = [row for row in read_journeys(kit.store, EVER, "channel") if row["gifts"]]
    assert (journey["channel"], journey["gifts"], journey["amount"]) == ("em", 1, 3000)


def test_what_a_poster_brings_is_sown_and_not_passed_on(kit: Services, stef: Member, bo: Any, cy: Any) -> None:
    stef.post("/staff/origins/", name="Affiche")
    (origin,) = kit.store.query("select id from sharers where kind = 'origin'")
    visit = bo.follow(kit.links.issue("link", origin["id"]), placement="qr")
    bo.see(visit)
    cy.see(cy.follow(bo.share(visit)["url"].rsplit("/", 1)[1]))
    count_days(kit)
    spread_ = whole(read_generations(kit.store, EVER))
    assert (spread_.sharers, spread_.visitors, spread_.recruits) == (1, 1, 0)
    told = {row["channel"]: (row["confirmed"], row["relayed"]) for row in read_journeys(kit.store, EVER, "channel")}
    assert told == {"qr": (1, 0), "wa": (1, 1)}


def test_only_days_that_changed_are_added_up_again(kit: Services, ana: Any, bo: Any, tell: Callable[..., Any]) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        visit = bo.follow(ana.arrive()["link"])
        bo.see(visit)
        tell(payment="p1", amount=3000, visit_id=visit.split(".")[0])
        assert count_days(kit) == 1
        assert count_days(kit) == 0
        clock.shift(86_400)
        assert count_days(kit) == 1  # the day is over: once more, for good
        clock.shift(86_400)
        assert count_days(kit) == 0
        tell("refund", payment="p1", refund="r1", amount=3000)
        assert count_days(kit) == 1
        (journey,) = read_journeys(kit.store, EVER)
        assert (journey["gifts"], journey["amount"], journey["confirmed"]) == (0, 0, 2)


def test_the_funnel_counts_visits_at_each_step(
    kit: Services, stef: Member, ana: Any, bo: Any, mallory: Any, tell: Callable[..., Any]
) -> None:
    me = ana.arrive()
    for episode, quartile in (("jai-piscine", 4), ("ca-sert-a-rien", 2)):
        ana.post("/t/watched", json={"visit": me["visit"], "episode": episode, "quartile": quartile})
    visit = bo.follow(ana.share(me["visit"])["url"].rsplit("/", 1)[1])
    bo.see(visit)
    bo.post("/t/watched", json={"visit": visit, "episode": "jai-piscine", "quartile": 1})
    tell(payment="p1", amount=3000, visit_id=visit.split(".")[0])
    mallory.agent = "Googlebot/2.1"
    mallory.get(f"/r/jai-piscine/wa/{me['link']}")
    kit.store.flush()
    count_days(kit)
    (journey,) = read_journeys(kit.store, EVER)
    steps = ("visits", "confirmed", "begun", "finished", "sharing", "gifts", "refused")
    assert [journey[step] for step in steps] == [2, 2, 2, 1, 1, 1, 1]
    page = words_of(stef.get("/staff/?range=today"))
    assert "Ont lancé un film 2 100 %" in page
    assert "L’ont vu jusqu’au tampon 1 50 %" in page


@pytest.mark.parametrize("what", ["channels", "episodes", "placements"])
def test_what_it_spreads_by_is_ranked_by_what_is_asked(
    stef: Member, kit: Services, ana: Any, bo: Any, cy: Any, tell: Callable[..., Any], what: str
) -> None:
    link = ana.arrive()["link"]
    bo.see(bo.follow(link))
    visit = cy.follow(link, placement="em")
    tell(payment="p1", amount=3000, visit_id=visit.split(".")[0])
    count_days(kit)
    page = words_of(stef.get(f"/staff/ranks/{what}?by=confirmed"))
    assert "30 €" in page
    if what != "episodes":
        by_gifts = words_of(stef.get(f"/staff/ranks/{what}?by=gifts"))
        assert page.index(" WhatsApp ", page.index("Rang")) < page.index(" E-mail ", page.index("Rang"))
        assert by_gifts.index(" E-mail ", by_gifts.index("Rang")) < by_gifts.index(" WhatsApp ", by_gifts.index("Rang"))
    assert stef.get(f"/staff/ranks/{what}?by=password&range=all").status_code == 200
    assert stef.get("/staff/ranks/passwords").status_code == 404
