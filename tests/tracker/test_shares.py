"""Shares and the way to give: POST /t/shares, GET /go/TARGET."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.conftest import Person
from tracker.services import Services
from tracker.store import Row

Rows = Callable[..., list[Row]]


def test_a_share_gives_the_sharers_own_link_and_the_address_of_their_impact(
    ana: Person, bo: Person, kit: Services, rows: Rows
) -> None:
    tokens = ana.arrive()
    answer = ana.share(tokens["visit"], placement="wa2")
    assert answer["url"] == f"http://127.0.0.1:8000/r/jai-piscine/wa2/{tokens['link']}"
    id_ = kit.links.read("visit", tokens["visit"])
    assert kit.links.read("impact", answer["impact"].rpartition("/")[2]) == id_
    assert rows("select sharer, episode, channel, variant from shares") == [
        {"sharer": id_, "episode": "jai-piscine", "channel": "wa", "variant": 2}
    ]
    assert rows("select id, parent, generation, kind from sharers") == [
        {"id": id_, "parent": None, "generation": 1, "kind": "visit"}
    ]
    assert bo.get(urlsplit(answer["url"]).path).status_code == 302


def test_the_same_share_within_ten_seconds_is_one(ana: Person, rows: Rows, time_machine: Any) -> None:
    time_machine.move_to("2026-11-22 10:00:00+00:00", tick=False)
    visit = ana.arrive()["visit"]
    assert ana.share(visit) == ana.share(visit)
    ana.share(visit, placement="em")
    time_machine.move_to("2026-11-22 10:00:09+00:00", tick=False)
    ana.share(visit)
    time_machine.move_to("2026-11-22 10:00:10+00:00", tick=False)
    ana.share(visit)
    assert rows("select channel, shares from totals where sharer <> '' order by channel") == [
        {"channel": "em", "shares": 1},
        {"channel": "wa", "shares": 2},
    ]


def test_a_program_with_somebodys_token_shares_nothing(ana: Person, mallory: Person, rows: Rows) -> None:
    visit = ana.arrive()["visit"]
    mallory.agent = "curl/8.5"
    mallory.share(visit)
    assert rows("select * from shares") == []
    assert rows("select * from sharers") == []


def test_somebody_known_shares_under_their_first_identity(ana: Person, rows: Rows, time_machine: Any) -> None:
    time_machine.move_to("2026-11-22 10:00:00+00:00", tick=False)
    first = ana.arrive()
    ana.share(first["visit"])
    time_machine.move_to("2026-11-23 10:00:00+00:00", tick=False)
    ana.share(ana.arrive(known=first["visit"])["visit"])
    assert rows("select count(distinct sharer) as sharers, count(*) as shares from shares") == [
        {"sharers": 1, "shares": 2}
    ]


def test_privacy_control_makes_no_share(ana: Person, rows: Rows) -> None:
    body = {"visit": ana.arrive()["visit"], "episode": "jai-piscine", "placement": "wa"}
    answer = ana.post("/t/shares", json=body, headers={"Sec-GPC": "1"})
    assert answer.json == {"url": None, "impact": None}
    assert rows("select * from shares") == []


def test_the_way_to_give_carries_the_bare_id_and_never_a_token(ana: Person, kit: Services, rows: Rows) -> None:
    tokens = ana.arrive()
    answer = ana.get(f"/go/donner?by={tokens['visit']}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (302, "no-store")
    where = urlsplit(answer.location)
    assert (where.netloc, where.path) == ("dons.example.org", "/p")
    visit_id = kit.links.read("visit", tokens["visit"])
    assert parse_qs(where.query) == {"campagne": ["excuses"], "visit_id": [visit_id]}
    assert rows("select visit_id, target from departures") == [{"visit_id": visit_id, "target": "donner"}]


def test_a_forged_visitor_still_reaches_the_donation_page(mallory: Person, ana: Person, rows: Rows) -> None:
    for by in ("", "nonsense", ana.arrive()["link"], "https://evil.example/"):
        answer = mallory.get("/go/donner", query_string={"by": by})
        assert answer.location == "https://dons.example.org/p?campagne=excuses"
    assert [row["visit_id"] for row in rows("select visit_id from departures")] == [None] * 4


def test_there_is_no_open_redirect(mallory: Person) -> None:
    for target in ("https://evil.example", "//evil.example", "nothing"):
        answer = mallory.get(f"/go/{target}", follow_redirects=True)
        assert (answer.status_code, answer.request.host) == (404, "localhost")


def test_giving_works_without_being_counted(ana: Person, rows: Rows) -> None:
    visit = ana.arrive()["visit"]
    answer = ana.get(f"/go/donner?by={visit}", headers={"Sec-GPC": "1"})
    assert answer.location == "https://dons.example.org/p?campagne=excuses"
    assert rows("select * from departures") == []
