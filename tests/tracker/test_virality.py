"""Virality: what is known to have happened comes back from the dashboard; no sentence says more than figures bear."""

from __future__ import annotations

import math
import random
import re
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from benchmarks.cascade import Parameters, poisson, spread
from tests.tracker.conftest import Member
from tracker.dashboard.compare import Figures, read_before, read_figures
from tracker.dashboard.period import read_period
from tracker.dashboard.portrait import branch_by_generation, sum_generations
from tracker.dashboard.story import Finding, Look, find_what_matters
from tracker.leaderboard import Scope, rank_sharers, ranking
from tracker.services import Services
from tracker.sharers import branch_of
from tracker.standings import keep_current, sum_hours
from tracker.totals import Change, add_to_totals, recount
from tracker.virality.days import refresh_days
from tracker.virality.doubt import count_changed, range_of_ratio, ratio_changed
from tracker.virality.figures import Spread, read_cycle, read_generations, read_journeys, read_parts, whole
from tracker.virality.projection import project, total

EVER = Scope()
NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)


def words_of(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split()).replace("\u202f", " ").replace("\xa0", " ")


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


def look(ratio: float, sharers: int = 400, confirmed: int = 1000, gifts: int = 0, **channels: int) -> Look:
    """Figures of a period; `channels` are recruits by channel, of which the rest came by `wa`."""
    recruits = round(ratio * sharers)
    channels["wa"] = recruits - sum(channels.values())
    parts = [Spread(name, sharers, 200, 300, count) for name, count in channels.items()]
    return Look(
        Figures(confirmed, confirmed // 2, 500, gifts, gifts * 1000, sharers),
        Spread("", sharers, 500, 700, recruits),
        parts,
        [Spread("jai-piscine", sharers, 500, 700, recruits)],
    )


def kinds(now: Look, before: Look | None) -> list[str]:
    return [finding.kind for finding in find_what_matters(now, before)]


def test_a_ratio_that_rose_is_told_with_whom_to_thank() -> None:
    (rise, *_) = find_what_matters(look(0.9, em=40), look(0.6, em=40))
    assert rise.kind == "rise"
    assert (rise.channel, rise.episode) == ("wa", "jai-piscine")
    assert (round(rise.words["before"], 2), round(rise.words["ratio"], 2)) == (0.6, 0.9)
    (fall, *_) = find_what_matters(look(0.4, em=40), look(0.9, em=150))
    assert (fall.kind, fall.episode) == ("fall", "jai-piscine")


def test_a_rise_is_told_in_french_and_in_english(stef: Member, kit: Services, app: Any) -> None:
    from tracker.dashboard.telling import tell as say

    finding = Finding("rise", {"before": 0.6, "ratio": 0.9, "hundred": 90, "sharers": 400}, "wa", "jai-piscine")
    for lang, sentence in (
        ("fr", "Le ratio de viralité est monté de 0,6 à 0,9 : grâce à WhatsApp et à « J’ai piscine »."),
        ("en", "The virality ratio rose from 0.6 to 0.9, thanks to WhatsApp and “I have swimming”."),
    ):
        with app.test_request_context(f"/staff/?lang={lang}"):
            said = say(finding, kit.campaign).replace("\u202f", " ").replace("\xa0", " ")
        assert said == sentence


def test_nothing_is_said_that_figures_do_not_bear() -> None:
    assert kinds(look(0.9, sharers=29), look(0.3, sharers=400))[0] == "early"
    assert kinds(look(0.62), look(0.6))[0] == "same"
    assert kinds(look(0.9), None) == ["ratio"]
    assert kinds(look(0.0, sharers=0, confirmed=0), None) == []
    assert "more gifts" not in kinds(look(0.6, gifts=9), look(0.6, gifts=0))
    assert "more gifts" in kinds(look(0.6, gifts=30), look(0.6, gifts=8))
    assert "more visitors" in kinds(look(0.3, confirmed=2000), look(0.3, confirmed=1000))
    assert "as many visitors" in kinds(look(0.6, confirmed=1020), look(0.6, confirmed=1000))


def grow(chance: random.Random, seeds: int, ratio: float) -> tuple[int, int]:
    """(sharers, recruits) of a cascade in which each brings a geometrically distributed number of others."""
    sharers, generation = seeds, seeds
    while generation:
        stays = ratio / (1 + ratio)
        generation = sum(int(math.log(1 - chance.random()) / math.log(stays)) for _ in range(generation))
        sharers += generation
    return sharers, sharers - seeds


def test_chance_alone_is_taken_for_a_change_no_more_than_once_in_twenty_times() -> None:
    chance, ratios, counts = random.Random(5), 0, 0
    for _ in range(1500):
        now, before = (grow(chance, poisson(chance, 100), 0.5) for _ in range(2))
        ratios += ratio_changed(now[1], now[0], before[1], before[0])
        counts += count_changed(now[0], before[0], 0.5)
    assert ratios / 1500 < 0.06
    assert counts / 1500 < 0.06
    assert ratios + counts > 0


def test_a_real_change_is_mostly_found() -> None:
    chance = random.Random(6)
    found = sum(
        ratio_changed(now[1], now[0], before[1], before[0])
        for now, before in ((grow(chance, 150, 0.7), grow(chance, 150, 0.4)) for _ in range(200))
    )
    assert found > 160


def test_today_is_held_against_yesterday_at_the_same_hour(kit: Services, stef: Member) -> None:
    timezone = kit.campaign.timezone

    def add(hour: int, day: int, confirmed: int, sharer: str | None = None) -> None:
        at = int(datetime(2026, 11, day, hour, 10, tzinfo=timezone).timestamp())
        with kit.store.atomic() as writing:
            add_to_totals(writing, [Change(sharer, at, "jai-piscine", "wa", visits=9, confirmed=confirmed)], timezone)

    with time_machine.travel(datetime(2026, 11, 22, 12, 30, tzinfo=timezone), tick=False):
        stef.sign_in()
        for hour, count in ((8, 40), (12, 20), (18, 1000)):
            add(hour, 21, count, "a" * 16)
        add(9, 22, 90)
        add(9, 15, 7)
        period = read_period({"range": "today"}, kit.campaign, time.time(), "", "2026-11-01")
        before = read_before(kit.store, period, kit.campaign, time.time(), "2026-11-01")
        assert before is not None
        assert (before.confirmed, before.brought) == (50, 50)  # half of the hour that is not over
        assert "90 la page a vraiment été regardée +80 % · 50 avant" in words_of(stef.get("/staff/?range=today"))
        hours = sum_hours(kit.store, "2026-11-21")
        assert [(row["hour"], row["confirmed"], row["brought"]) for row in hours] == [
            (8, 40, 40),
            (12, 20, 20),
            (18, 1000, 1000),
        ]
        assert read_before(kit.store, period, kit.campaign, time.time(), "2026-11-22") is None
        whole_days = read_period(
            {"range": "custom", "from": "2026-11-21", "to": "2026-11-21"}, kit.campaign, time.time(), "", "2026-11-01"
        )
        assert read_figures(kit.store, whole_days, kit.campaign).confirmed == 1060


def test_an_open_page_hears_cheaply_that_nothing_changed(stef: Member, kit: Services, ana: Any) -> None:
    first = stef.get("/staff/live?range=7")
    tag = first.headers["ETag"]
    asked: list[str] = []
    query = kit.store.query
    kit.store.query = lambda sql, /, **params: asked.append(sql) or query(sql, **params)  # type: ignore[assignment, func-returns-value]
    again = stef.get("/staff/live?range=7", **{"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert len(asked) <= 3
    assert not any(table in sql for sql in asked for table in ("totals", "visits", "sums"))
    ana.arrive()
    fresh = stef.get("/staff/live?range=7", **{"If-None-Match": tag})
    assert fresh.status_code == 200
    assert "visiteurs confirmés</dt><dd>1<" in fresh.text
    assert "<html" not in fresh.text
    assert stef.get("/staff/live?range=30", **{"If-None-Match": fresh.headers["ETag"]}).status_code == 200


def test_the_screen_has_a_link_that_staff_can_take_back(stef: Member, browser: Any, ana: Any) -> None:
    stranger = browser("10.0.0.9")
    assert stranger.get("/staff/kiosk").status_code == 302
    assert stranger.get("/kiosk/").status_code == 404
    assert stranger.get("/kiosk/x").status_code == 404
    stef.post("/staff/", "/staff/kiosk", deed="make")
    key = re.search(r"/kiosk/([\w-]+)", stef.get("/staff/").text)[1]  # type: ignore[index]
    assert len(key) >= 20
    ana.arrive()
    screen = stranger.get(f"/kiosk/{key}?lang=fr")
    assert screen.status_code == 200
    assert "<dd>1</dd>" in screen.text
    assert "Set-Cookie" not in screen.headers
    assert stranger.get(f"/kiosk/{key}?lang=fr", **{"If-None-Match": screen.headers["ETag"]}).status_code == 304
    stef.post("/staff/", "/staff/kiosk", deed="make")
    assert stranger.get(f"/kiosk/{key}").status_code == 404
    stef.post("/staff/", "/staff/kiosk", deed="end")
    assert "/kiosk/" not in stef.get("/staff/").text.replace("/staff/kiosk", "")
    assert stranger.get("/kiosk/").status_code == 404


def test_editors_look_but_make_no_link(hire: Callable[[str], Member]) -> None:
    editor = hire("editor")
    assert editor.get("/staff/kiosk").status_code == 200
    assert editor.post("/staff/password", "/staff/kiosk", deed="make").status_code == 403


@pytest.mark.parametrize("seed", range(3))
def test_the_best_of_any_days_are_found_among_few(kit: Services, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The short way and the long one rank alike, ties included, whatever the days, the episode and the measure."""
    chance = random.Random(seed)
    days = [f"2026-11-{day:02}" for day in range(1, 23)]
    with time_machine.travel(NOON, tick=False):
        for _ in range(300):
            at = int(datetime.fromisoformat(f"{chance.choice(days)}T12:00+01:00").timestamp())
            measures = {name: chance.choice((0, 1, 1, 2, 30)) for name in ("confirmed", "shares", "gifts", "amount")}
            episode = chance.choice(("jai-piscine", "ca-sert-a-rien"))
            with kit.store.atomic() as writing:
                change = Change(f"{int(40 * chance.random() ** 2):016}", at, episode, "wa", **measures)
                add_to_totals(writing, [change], kit.campaign.timezone)
        keep_current(kit.store, kit.campaign.timezone, time.time())
        monkeypatch.setattr(ranking, "CANDIDATES", 4)
        for _ in range(25):
            since, until = sorted(chance.sample(days[:-1], 2))
            scope = Scope(since, until, chance.choice(("", "jai-piscine")))
            by: Any = chance.choice(("confirmed", "shares", "gifts", "amount"))
            offset = chance.randrange(4)
            short = rank_sharers(kit.store, scope, by, 5, offset=offset)
            assert ranking.find_best(kit.store, scope, by, 5 + offset) is not None
            monkeypatch.setattr(ranking, "FEW", 0)
            assert short == rank_sharers(kit.store, scope, by, 5, offset=offset)
            monkeypatch.setattr(ranking, "FEW", 30)


def test_a_branch_is_the_same_from_standings_as_from_totals(kit: Services) -> None:
    truth = spread(kit.store, Parameters(seeds=60), 5, int(time.time()), kit.campaign.timezone)
    count_days(kit)
    for sharer, _ in truth.brought.most_common(12):
        plain = branch_of(kit.store, sharer)
        plain.pop("visits")
        assert sum_generations(branch_by_generation(kit.store, sharer, "")) == plain
