"""Whole branches of channels, episodes, texts and named links beside a plain model; visits that do not count."""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from benchmarks.cascade import Parameters, spread
from tests.tracker.conftest import Member
from tracker import between, uncounted
from tracker.between import Days, rank_between, refresh_between
from tracker.gifts.credits import credit_by_hand
from tracker.gifts.ledger import Payment
from tracker.leaderboard import Scope, sum_sharer
from tracker.links import new_id
from tracker.services import Services
from tracker.sharers import branch_of, make_origin
from tracker.standings import keep_current, next_day
from tracker.store import Store
from tracker.totals import Change, add_to_totals, begin_of, day_of
from tracker.uncounted import (
    SETTLED,
    count_anew,
    count_uncounted,
    reading_until,
    sum_uncounted,
    take_step,
    uncounted_until,
    with_uncounted,
)
from tracker.virality.days import refresh_days
from tracker.virality.reach import keep_trails, read_reaches

EVER = Scope()


def add_up(kit: Services) -> None:
    keep_current(kit.store, kit.campaign.timezone, time.time())
    refresh_days(kit.store, kit.campaign.timezone, time.time())


def reach(kit: Services, what: Any, scope: Scope = EVER) -> dict[tuple[str, int], tuple[int, int, int, int]]:
    return {
        (row["name"], row["variant"]): (row["confirmed"], row["relays"], row["gifts"], row["amount"])
        for row in read_reaches(kit.store, scope, what)
    }


@pytest.fixture
def chain(kit: Services, ana: Any, bo: Any, cy: Any, mallory: Any, tell: Callable[..., Any]) -> dict[str, str]:
    """A newsletter brings Ana; she passes another episode on by WhatsApp to Bo, he by e-mail to Cy, who gives.
    Mallory comes by herself."""
    letter = make_origin(kit.store, "Lettre", int(time.time()))
    first = ana.follow(kit.links.issue("link", letter), placement="ref")
    ana.see(first)
    second = bo.follow(ana.share(first, "ca-sert-a-rien", "wa2")["url"].rsplit("/", 1)[1], "ca-sert-a-rien", "wa2")
    bo.see(second)
    third = cy.follow(bo.share(second, placement="em")["url"].rsplit("/", 1)[1], placement="em")
    cy.see(third)
    mallory.arrive()
    assert tell(payment="p1", amount=3000, visit_id=third.split(".")[0]).status_code == 200
    kit.store.flush()
    add_up(kit)
    return {"letter": letter, "ana": first.split(".")[0], "bo": second.split(".")[0]}


def test_whoever_comes_counts_for_all_that_lies_on_their_way(kit: Services, chain: dict[str, str]) -> None:
    """Ana: ref. Bo: ref, then WhatsApp. Cy: all three, and Cy's gift with them."""
    assert reach(kit, "channel") == {
        ("ref", 0): (3, 2, 1, 3000),
        ("wa", 0): (2, 1, 1, 3000),
        ("em", 0): (1, 0, 1, 3000),
        ("", 0): (1, 0, 0, 0),
    }
    assert reach(kit, "placement")["wa", 2] == (2, 1, 1, 3000)
    assert reach(kit, "episode") == {("jai-piscine", 0): (4, 2, 1, 3000), ("ca-sert-a-rien", 0): (2, 1, 1, 3000)}
    assert reach(kit, "origin") == {(chain["letter"], 0): (3, 2, 1, 3000)}
    branch = branch_of(kit.store, chain["letter"])
    assert (branch["confirmed"], branch["gifts"], branch["amount"]) == (3, 1, 3000)


def test_a_gift_that_was_taken_back_leaves_its_branches(
    kit: Services, chain: dict[str, str], tell: Callable[..., Any]
) -> None:
    tell("refund", payment="p1", refund="r1", amount=3000)
    add_up(kit)
    assert reach(kit, "origin") == {(chain["letter"], 0): (3, 2, 0, 0)}


def test_a_gift_credited_by_hand_moves_to_its_new_branches(kit: Services, chain: dict[str, str]) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(days=3)):  # the day is over, and its sums stay as they are
        add_up(kit)
        (gift,) = kit.store.query("select provider, account, payment from gifts")
        credit_by_hand(kit, Payment(**gift), chain["letter"], "Stef")
        add_up(kit)
    assert reach(kit, "origin") == {(chain["letter"], 0): (3, 2, 1, 3000)}
    assert reach(kit, "channel")["wa", 0] == (2, 1, 0, 0), "the gift did not come by Ana's link"


def words_of(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split()).replace("\u202f", " ").replace("\xa0", " ")


def test_staff_see_whole_branches_of_all_that_a_joke_passes_by(
    kit: Services, stef: Member, chain: dict[str, str]
) -> None:
    channels = words_of(stef.get("/staff/ranks/channels?whole=1"))
    assert "1 Lien 3 1 2 1 30 € 2 WhatsApp 2 1 1 1 30 €" in channels
    assert "2 WhatsApp texte 2 2 1 1 1 30 €" in words_of(stef.get("/staff/ranks/placements?whole=1"))
    by_relays = stef.get("/staff/ranks/episodes?whole=1&by=relays&episode=jai-piscine").text
    assert 'aria-sort="descending"><a href="/staff/ranks/episodes?by=relays&amp;whole=1"' in by_relays
    assert "Lettre Autre chose" in (origins := words_of(stef.get("/staff/origins/")))
    assert "1 1 0 0 € 3 2 1 30 €" in origins  # what came by the letter itself, and all that followed


def test_a_sharers_page_tells_how_they_came_their_generations_and_who_followed(
    kit: Services, stef: Member, chain: dict[str, str], mallory: Any
) -> None:
    mallory.agent = "Googlebot/2.1"
    mallory.get(f"/r/jai-piscine/wa/{kit.links.issue('link', chain['ana'])}")
    kit.store.flush()
    count_uncounted(kit.store, kit.campaign.timezone, time.time() + SETTLED + 5)
    letter = words_of(stef.get(f"/staff/sharers/{chain['letter']}"))
    assert "1 Lettre 1 1 0 0 0 € 2 1 1 1 0 0 € 3 1 1 1 1 30 € Ensemble 3 3 2 1 30 €" in letter
    page = words_of(stef.get(f"/staff/sharers/{chain['ana']}"))
    assert "Venu par Lien, le" in page
    assert "Nouveau visiteur La page a été regardée : il compte. 1" in page
    assert "Un robot" in page
    ranks = words_of(stef.get("/staff/sharers/"))
    assert re.search(r"Dossier \w{5} 1 1 1 0 0 € 0 1 ", ranks), "Ana: nobody came back, a robot was refused"


def model(store: Store) -> dict[Any, Counter[tuple[str, str, int]]]:
    """Confirmed visitors and relays by what lies on their way, told plainly: each one climbs to the first."""
    visits = {row["id"]: row for row in store.query("select * from visits")}
    sums: dict[Any, Counter[tuple[str, str, int]]] = defaultdict(Counter)
    sharers = {row["id"] for row in store.query("select id from sharers")}
    for id_, visit in visits.items():
        ways, at = set(), visit
        while at is not None:
            channel = at["channel"] or ""
            ways |= {("channel", channel, 0), ("episode", at["episode"], 0), ("placement", channel, at["variant"] or 0)}
            at = visits.get(at["sharer"])
        for way in ways:
            sums["confirmed"][way] += visit["verdict"] == "human" and visit["seen_at"] is not None
            sums["relays"][way] += id_ in sharers
    return sums


def test_a_cascade_of_hundreds_is_as_a_plain_model_says(kit: Services) -> None:
    spread(kit.store, Parameters(seeds=150, days=6), 5, int(time.time()), kit.campaign.timezone)
    add_up(kit)
    told = model(kit.store)
    for what in ("channel", "episode", "placement"):
        found = reach(kit, what)
        assert found == {
            (name, variant): (told["confirmed"][kind, name, variant], told["relays"][kind, name, variant], 0, 0)
            for kind, name, variant in told["confirmed"]
            if kind == what
        }
    (sharers,) = kit.store.query("select count(*) as n from sharers")
    assert kit.store.query("select count(*) as n from trails") == [sharers]
    assert keep_trails(kit.store) == 0
    days = [row["day"] for row in kit.store.query("select distinct day from reaches order by day")]
    parts = [reach(kit, "channel", Scope(day, day))["", 0][0] for day in days]
    assert sum(parts) == reach(kit, "channel")["", 0][0]
    assert len(days) > 3


def test_visits_that_do_not_count_are_added_up_once_by_verdict(kit: Services, ana: Any, bo: Any, mallory: Any) -> None:
    me = ana.arrive()
    link = me["link"]
    sharer = me["visit"].split(".")[0]
    bo.see(bo.follow(link))
    bo.follow(link)  # again within the day
    mallory.agent = "WhatsApp/2.24"
    mallory.get(f"/r/jai-piscine/wa/{link}")
    mallory.agent = "Googlebot/2.1"
    mallory.get(f"/r/jai-piscine/wa/{link}")
    kit.store.flush()
    timezone = kit.campaign.timezone
    count_uncounted(kit.store, timezone, time.time())
    assert sum_uncounted(kit.store, EVER, [sharer]) == {}, "they are too young"
    for _ in range(2):
        count_uncounted(kit.store, timezone, time.time() + SETTLED + 5)
    expected = {(sharer, "repeat"): 1, (sharer, "preview"): 1, (sharer, "bot"): 1}
    assert sum_uncounted(kit.store, EVER, [sharer]) == expected
    assert uncounted_until(kit.store) == pytest.approx(time.time(), abs=30)
    count_anew(kit.store)
    assert sum_uncounted(kit.store, EVER, [sharer]) == {}
    count_uncounted(kit.store, timezone, time.time() + SETTLED + 5)
    assert sum_uncounted(kit.store, EVER, [sharer]) == expected
    (row,) = with_uncounted(kit.store, EVER, [{"sharer": sharer, **sum_sharer(kit.store, sharer, EVER)}])
    assert (row["confirmed"], row["came_back"], row["refused"]) == (1, 0, 3)
    keep_current(kit.store, timezone, time.time())  # from here on, sums of all days are read
    (day,) = kit.store.query("select max(day) as day from uncounted")
    for scope in (EVER, Scope(since=day["day"]), Scope("2000-01-01", day["day"])):
        assert sum_uncounted(kit.store, scope, [sharer]) == expected
    assert sum_uncounted(kit.store, Scope(until="2000-01-01"), [sharer]) == {}
    count_anew(kit.store)
    assert sum_uncounted(kit.store, EVER, [sharer]) == {}
    count_uncounted(kit.store, timezone, time.time() + SETTLED + 5)
    assert sum_uncounted(kit.store, EVER, [sharer]) == expected
    kit.store.execute("update uncounted_ever set visits = 9")
    assert set(sum_uncounted(kit.store, EVER, [sharer]).values()) == {9}
    assert sum_uncounted(kit.store, Scope(until="2000-01-01"), [sharer]) == {}


def test_whole_branches_of_any_days_are_as_totals_say(
    kit: Services, stef: Member, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    """Small trees at once; large ones by a process of its own, once somebody has asked."""
    spread(kit.store, Parameters(seeds=80, days=6), 5, int(time.time()), kit.campaign.timezone)
    add_up(kit)
    every = [row["day"] for row in kit.store.query("select distinct day from totals order by day")]
    since, until = every[1], every[-2]
    midnight = begin_of(since, kit.campaign.timezone), begin_of(next_day(until), kit.campaign.timezone)
    days = Days(since, until, *midnight)
    parents = {row["id"]: row["parent"] for row in kit.store.query("select id, parent from sharers")}
    expected: Counter[str] = Counter()
    for sharer, parent in parents.items():
        brought, above = sum_sharer(kit.store, sharer, Scope(since, until))["confirmed"], sharer
        while brought and above:
            expected[above] += brought
            above, parent = parent, parents.get(parent or "")
    best = sorted((each for each in expected if expected[each]), key=lambda each: (-expected[each], each))
    ranks, made_at = rank_between(kit.store, days, "confirmed", 20, 5, 1000)
    assert [(row["sharer"], row["confirmed"]) for row in ranks] == [(each, expected[each]) for each in best[5:25]]
    assert made_at == 1000
    assert {row["kind"] for row in ranks} == {"visit"}
    address = f"/staff/sharers/?by=branch&range=custom&from={since}&to={until}"
    assert f'value="{since}"' in stef.get(address).text, "these days, and no others"
    at_once = words_of(stef.get(address))
    table = at_once[at_once.index("Rang") :]
    assert "Rang Par" in table
    monkeypatch.setattr(between, "LARGE", 0)
    assert "L’addition est en cours" in words_of(stef.get(address))
    assert refresh_between(kit.store, int(time.time()), database) == 1
    later = words_of(stef.get(address))
    assert later[later.index("Rang") :] == table
    assert refresh_between(kit.store, int(time.time()), database) == 0, "it is young, and need not be made again"
    rows = stef.get(f"/staff/export/branches.json?range=custom&from={since}&to={until}&by=gifts").json["rows"]
    assert rows == []
    rows = stef.get(f"/staff/export/branches.json?range=custom&from={since}&to={until}").json["rows"]
    assert [(row["rank"], row["sharer"]) for row in rows[:3]] == list(enumerate(best[:3], 1))
    assert refresh_between(kit.store, int(time.time()) + 90_000, database) == 0
    assert kit.store.query("select * from range_branches") == []


def test_a_visit_that_is_judged_anew_after_it_was_added_up_moves_at_once(
    kit: Services, ana: Any, bo: Any, cy: Any
) -> None:
    me, cy_s = ana.arrive(), cy.arrive()["visit"]
    sharer = me["visit"].split(".")[0]
    own, another, back = ana.follow(me["link"]), ana.follow(me["link"]), cy.follow(me["link"])
    bo.follow(me["link"])
    timezone, later = kit.campaign.timezone, time.time() + SETTLED + 60
    with time_machine.travel(later, tick=True):
        young = ana.follow(me["link"])
        assert count_uncounted(kit.store, timezone, time.time())
        assert sum_uncounted(kit.store, EVER, [sharer]) == {(sharer, "self"): 2}
        ana.see(own)  # her family's, who have her address: a person after all
        ana.see(young)  # not added up yet: nothing to move
        assert sum_uncounted(kit.store, EVER, [sharer]) == {(sharer, "self"): 1}
        cy.see(back, known=cy_s)  # counted as a person until their page said who they are
        moved = {(sharer, "self"): 1, (sharer, "returning"): 1}
        assert sum_uncounted(kit.store, EVER, [sharer]) == moved
        ana.see(another)
        kit.store.flush()
        del moved[sharer, "self"]
        keep_current(kit.store, timezone, time.time())
        (day,) = kit.store.query("select max(day) as day from uncounted")
        for scope in (EVER, Scope(since=day["day"])):
            assert sum_uncounted(kit.store, scope, [sharer]) == moved
    with time_machine.travel(later + SETTLED + 60, tick=True):
        count_uncounted(kit.store, timezone, time.time())
        told = sum_uncounted(kit.store, EVER, [sharer])
        count_anew(kit.store)
        count_uncounted(kit.store, timezone, time.time())
        assert sum_uncounted(kit.store, EVER, [sharer]) == told == moved


def test_an_old_database_is_read_in_steps_and_its_page_says_how_far(
    kit: Services, stef: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two and a half months with a change of the clock, eleven visits a step; the page tells while it goes on."""
    monkeypatch.setattr(uncounted, "LONG_STEP", 11)
    timezone, sharer = kit.campaign.timezone, "s" * 16
    ends = int(time.time()) - 86_400
    ats = [ends - number * 31_000 for number in range(200, 0, -1)]
    verdicts = ("human", "bot", "repeat", "returning")
    with kit.store.atomic() as writing:
        writing.insert(
            "visits",
            ("id", "sharer", "at", "verdict", "rule", "visitor"),
            [(new_id(at), sharer, at, verdicts[number % 4], "none", 1) for number, at in enumerate(ats)],
        )
        add_to_totals(writing, [Change(sharer, at, "", "", visits=1, confirmed=1) for at in ats[::4]], timezone)
    keep_current(kit.store, timezone, time.time())
    expected = Counter((day_of(at, timezone), verdicts[number % 4]) for number, at in enumerate(ats) if number % 4)
    assert reading_until(kit.store, timezone) == (None, 0.0)
    with kit.store.atomic() as writing:
        for _ in range(9):
            take_step(writing, timezone, "~", ends, 11)
    until, part = reading_until(kit.store, timezone)
    assert until == ats[9 * 11 - 1]
    assert 0.4 < part < 0.55
    assert "compte incomplet" in stef.get("/staff/sharers/?range=all").text
    assert count_uncounted(kit.store, timezone, time.time())
    assert reading_until(kit.store, timezone).part == 1
    assert "compte incomplet" not in stef.get("/staff/sharers/?range=all").text
    rows = kit.store.query("select day, verdict, visits from uncounted")
    assert {(row["day"], row["verdict"]): row["visits"] for row in rows} == expected


def test_steps_leave_time_to_visitors_where_there_are_many(kit: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    rests: list[float] = []
    monkeypatch.setattr(uncounted.time, "sleep", rests.append)
    monkeypatch.setattr(uncounted, "STEP", 1)
    old = time.time() - 7200
    ids = [new_id(old + number) for number in range(5)] + [new_id(time.time() - 1) for _ in range(uncounted.BUSY)]
    with kit.store.atomic() as writing:
        writing.insert("visits", ("id", "at", "verdict", "visitor"), [(id_, int(old), "human", 1) for id_ in ids])
    assert count_uncounted(kit.store, kit.campaign.timezone, time.time())
    assert len(rests) == 5
    assert all(rest > 0 for rest in rests)
