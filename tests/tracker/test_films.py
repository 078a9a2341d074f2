"""How far films are watched: the furthest point of each visit, of people only, and where staff read it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Person
from tests.tracker.conftest import Member
from tracker.services import Services
from tracker.virality.days import refresh_days


def watch(person: Person, visit: str, quartile: Any, episode: str = "jai-piscine", **more: Any) -> Any:
    return person.post("/t/watched", json={"visit": visit, "episode": episode, "quartile": quartile}, **more)


def test_the_furthest_point_of_a_visit_is_kept(ana: Person, rows: Callable[..., list[Any]]) -> None:
    visit = ana.arrive()["visit"]
    for quartile in (0, 3, 1):
        answer = watch(ana, visit, quartile)
        assert (answer.status_code, answer.json) == (201, {"kept": True})
    watch(ana, visit, "2", "ca-sert-a-rien")
    kept = rows("select episode, quartile, visit_id from films order by episode")
    assert [(row["episode"], row["quartile"]) for row in kept] == [("ca-sert-a-rien", 2), ("jai-piscine", 3)]
    assert {row["visit_id"] for row in kept} == {visit.split(".")[0]}


@pytest.mark.parametrize("quartile", [5, -1, "5", "", None, True, 1.5, [], "९"])
def test_what_is_no_quarter_is_refused(ana: Person, quartile: Any) -> None:
    answer = watch(ana, ana.arrive()["visit"], quartile)
    assert (answer.status_code, answer.json["error"]) == (400, "bad_quartile")


def test_nobody_watches_on_a_link_token_or_a_film_that_is_not_there(mallory: Person) -> None:
    told = mallory.arrive()
    assert watch(mallory, told["link"], 4).status_code == 404
    assert watch(mallory, told["visit"], 4, "nothing").status_code == 404


def test_who_is_not_counted_watches_in_peace(ana: Person, rows: Callable[..., list[Any]]) -> None:
    visit = ana.arrive()["visit"]
    assert watch(ana, visit, 4, headers={"Sec-GPC": "1"}).json == {"kept": False}
    assert watch(ana, visit, 4, headers={"User-Agent": "Googlebot/2.1"}).json == {"kept": False}
    assert rows("select * from films") == []


def test_staff_see_where_people_stop(ana: Person, bo: Person, stef: Member, kit: Services) -> None:
    watch(ana, ana.arrive()["visit"], 4)
    watch(bo, bo.arrive()["visit"], 1)
    refresh_days(kit.store, kit.campaign.timezone, time.time())
    page = stef.get("/staff/?lang=en").text
    assert "Where people stop" in page
    stops = page.split("Where people stop")[-1]
    assert [part for part in ("100%", "50%") if part in stops] == ["100%", "50%"]


def test_a_player_on_another_site_names_its_channel(ana: Person, rows: Callable[..., list[Any]]) -> None:
    link = ana.arrive()["link"]
    bo_s = {"link": link, "source": "https://news.example.org/today", "placement": "qr"}
    ana.client.post("/t/visits", json={"episode": "jai-piscine", **bo_s}, headers={"User-Agent": ana.agent + " else"})
    (visit,) = rows("select sharer, channel, variant, source from visits where source is not null")
    assert (visit["channel"], visit["variant"], visit["source"]) == ("qr", 1, "news.example.org")
    assert visit["sharer"] == link.split(".")[0]
