"""Mail scanners dressed as browsers: every link of a mail within seconds, then again from another address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from settings import Settings
from tests.conftest import Person
from tracker import create_app
from tracker.services import EXTENSION, Services
from tracker.store import Row
from tracker.totals import recount
from tracker.visits import bursts

Rows = Callable[..., list[Row]]
EPISODES = ("jai-piscine", "ca-sert-a-rien", "jai-pas-de-monnaie")
NOON = "2026-11-22 12:00:00+00:00"
CONFIRMED = "select coalesce(sum(confirmed), 0) as n from totals where sharer <> ''"


@pytest.fixture
def links(app: Flask) -> list[str]:
    """Links of three people."""
    return [Person(app.test_client(), f"Mozilla/5.0 (Sharer {number}) Gecko/20").arrive()["link"] for number in "abc"]


def after(time_machine: Any, seconds: int) -> None:
    time_machine.move_to(f"2026-11-22 12:{seconds // 60:02}:{seconds % 60:02}+00:00", tick=False)


def test_a_scanner_that_stays_on_every_page_confirms_none(
    bo: Person, links: list[str], rows: Rows, kit: Services, time_machine: Any
) -> None:
    after(time_machine, 0)
    for start, address in ((0, "198.51.100.4"), (40, "198.51.100.9")):
        bo.address = address
        after(time_machine, start)
        visits = [bo.follow(link) for link in links]
        kit.store.flush()
        after(time_machine, start + 6)
        assert all(bo.see(visit)["link"] for visit in visits)
    assert rows(CONFIRMED) == [{"n": 0}]
    marked = "select verdict, rule, findings, count(seen_at) as n from visits where sharer is not null group by 1, 2, 3"
    assert rows(marked) == [{"verdict": "throttled", "rule": "burst-of-links", "findings": "burst seen", "n": 6}]
    assert recount(kit.store, kit.campaign.timezone) == []


def test_one_mail_of_one_newsletter_is_no_different(
    bo: Person, links: list[str], rows: Rows, kit: Services, time_machine: Any
) -> None:
    """Links to three episodes by one sharer: the first visit is the one that would count."""
    after(time_machine, 0)
    visits = [bo.follow(links[0], episode) for episode in EPISODES]
    kit.store.flush()
    after(time_machine, 6)
    for visit in visits:
        bo.see(visit)
    assert rows(CONFIRMED) == [{"n": 0}]


def test_one_link_in_three_placements_is_three_links(
    bo: Person, links: list[str], rows: Rows, kit: Services, time_machine: Any
) -> None:
    after(time_machine, 0)
    for placement in ("em", "em2", "wa"):
        bo.follow(links[0], placement=placement)
    kit.store.flush()
    assert rows("select count(*) as n from visits where findings like '%burst%'") == [{"n": 3}]


def test_who_was_there_before_the_rush_stays_confirmed(
    bo: Person, links: list[str], rows: Rows, kit: Services, time_machine: Any
) -> None:
    after(time_machine, 0)
    bo.see(bo.follow(links[0]))
    for link in links[1:]:
        bo.follow(link)
    kit.store.flush()
    assert rows(CONFIRMED) == [{"n": 1}]
    assert rows("select findings from visits where seen_at is not null and sharer is not null") == [
        {"findings": "seen"}
    ]


def test_whoever_does_something_on_such_a_page_is_a_person(
    bo: Person, links: list[str], rows: Rows, kit: Services, time_machine: Any
) -> None:
    """Somebody opens three links of a mail in tabs: what they scroll through counts, what lies there does not."""
    after(time_machine, 0)
    visits = [bo.follow(link) for link in links]
    kit.store.flush()
    after(time_machine, 30)
    bo.see(visits[0], acted="scroll")
    bo.see(visits[1])
    assert rows("select findings, verdict from visits where sharer is not null order by id") == [
        {"findings": "burst seen acted", "verdict": "human"},
        {"findings": "burst seen", "verdict": "throttled"},
        {"findings": "burst", "verdict": "human"},
    ]
    assert rows(CONFIRMED) == [{"n": 1}]


def test_a_page_that_is_confirmed_before_five_seconds_was_touched(
    bo: Person, links: list[str], rows: Rows, time_machine: Any
) -> None:
    after(time_machine, 0)
    visits = [bo.follow(link) for link in links]
    after(time_machine, 4)
    for visit in visits:
        bo.see(visit)
    assert rows(CONFIRMED) == [{"n": 3}]


def test_two_links_or_three_at_leisure_are_no_burst(
    bo: Person, cy: Person, links: list[str], rows: Rows, time_machine: Any
) -> None:
    after(time_machine, 0)
    visits = [(bo, bo.follow(link)) for link in links[:2]]
    for turn, link in enumerate(links):
        after(time_machine, 10 * turn)
        visits.append((cy, cy.follow(link)))
    after(time_machine, 40)
    for person, visit in visits:
        person.see(visit)
    assert rows(CONFIRMED) == [{"n": 5}]


def test_a_family_stays_a_family_and_who_is_known_stays_known(
    app: Flask, ana: Person, bo: Person, links: list[str], rows: Rows, kit: Services, time_machine: Any
) -> None:
    after(time_machine, 0)
    own, known = ana.arrive()["link"], bo.arrive()["visit"]
    family = [ana.follow(link) for link in (*links, own)][-1]
    friends = [bo.follow(link) for link in links]
    kit.store.flush()
    after(time_machine, 9)
    ana.see(family)
    bo.see(friends[0], known=known)
    assert rows("select rule from visits where sharer is not null and seen_at is not null order by id") == [
        {"rule": "seen-after-self"},
        {"rule": "known"},
    ]


def test_a_crowd_behind_one_address_is_no_mail(
    bo: Person, links: list[str], rows: Rows, time_machine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bursts, "MAIL", 4)
    after(time_machine, 0)
    visits = [bo.follow(link, episode) for episode in EPISODES for link in links]
    assert rows("select count(*) as n from visits where findings like '%burst%'") == [{"n": 4}]
    after(time_machine, 9)
    bo.see(visits[-1])
    assert rows("select verdict from visits where seen_at is not null and sharer is not null") == [
        {"verdict": "repeat"}
    ]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_scanner_whose_links_reach_several_processes_confirms_none_either(
    app: Flask, settings: Settings, bo: Person, links: list[str], rows: Rows, time_machine: Any
) -> None:
    """No process has seen three links; the database has. Two links at one time are still those of a person."""
    other = create_app(settings)
    elsewhere = Person(other.test_client(), bo.agent)
    after(time_machine, 0)
    visits = [person.follow(link) for person, link in zip((bo, elsewhere, bo), links, strict=True)]
    after(time_machine, 60)
    visits += [bo.follow(links[1], "ca-sert-a-rien"), elsewhere.follow(links[2], "ca-sert-a-rien")]
    after(time_machine, 70)
    bo.address = elsewhere.address = "198.51.100.4"
    strangers = [bo.follow(links[0]), elsewhere.follow(links[1])]
    after(time_machine, 80)
    for visit in strangers:
        bo.see(visit)
    bo.address = elsewhere.address = "127.0.0.1"
    for visit in visits:
        elsewhere.see(visit)
    assert rows("select findings, verdict from visits where sharer is not null order by id") == [
        *[{"findings": "burst seen", "verdict": "throttled"}] * 3,
        *[{"findings": "again seen", "verdict": "repeat"}] * 2,
        *[{"findings": "seen", "verdict": "human"}] * 2,
    ]
    other.extensions[EXTENSION].store.close()


@pytest.mark.parametrize("heads_first", [True, False])
def test_no_browser_asks_for_the_head_of_a_link_beside_following_it(
    bo: Person, cy: Person, links: list[str], rows: Rows, kit: Services, time_machine: Any, heads_first: bool
) -> None:
    """X's second look, dressed as Chrome; but if somebody sees the page after all, it was theirs."""
    after(time_machine, 0)
    path = f"/r/jai-piscine/wa/{links[0]}"
    visits = []
    for person in (bo, cy):
        for turn in (0, 1, 2, 3):
            if turn == (2 if heads_first else 0):
                visits.append(person.follow(links[0]))
            else:
                assert person.head(path).status_code == 302
    kit.store.flush()
    kept = "select verdict, rule from visits where verdict <> 'bot' and sharer is not null"
    assert rows(kept) == [{"verdict": "prefetch", "rule": "head-beside"}] * 2
    assert rows("select coalesce(sum(visits), 0) as n from totals where sharer <> ''") == [{"n": 0}]
    after(time_machine, 60)
    bo.see(visits[0])
    assert rows(CONFIRMED) == [{"n": 1}]
    assert rows("select rule from visits where seen_at is not null and sharer is not null") == [
        {"rule": "seen-after-prefetch"}
    ]
    assert recount(kit.store, kit.campaign.timezone) == []


def test_the_head_of_one_link_says_nothing_of_another(
    bo: Person, links: list[str], rows: Rows, kit: Services, time_machine: Any
) -> None:
    """Whether it was asked for before or after."""
    after(time_machine, 0)
    bo.follow(links[0])
    assert bo.head(f"/r/jai-piscine/wa/{links[1]}").status_code == 302
    bo.follow(links[0], placement="em")
    bo.follow(links[1])
    kit.store.flush()
    told = rows("select verdict from visits where sharer is not null order by id")
    assert [row["verdict"] for row in told] == ["human", "bot", "repeat", "prefetch"]


def test_what_is_remembered_is_bounded(
    kit: Services, bo: Person, links: list[str], app: Flask, monkeypatch: Any, time_machine: Any
) -> None:
    after(time_machine, 0)
    for _ in range(bursts.MAIL + 5):
        bo.follow(links[0])
    assert [len(trail.visits) for trail in app.extensions["redirect"].bursts.trails.values()] == [bursts.MAIL + 1]
    monkeypatch.setattr(bursts, "MANY", 3)
    for number in range(20):
        bo.address = f"198.51.100.{number}"
        bo.follow(links[0])
    assert len(app.extensions["redirect"].bursts.trails) <= 3
