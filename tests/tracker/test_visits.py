"""Pages that were seen: POST /t/visits and POST /t/seen."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Person
from tracker.services import Services
from tracker.store import Row
from tracker.store.migrations import read_steps

Rows = Callable[..., list[Row]]


def test_a_first_visitor_is_confirmed_and_gets_two_different_tokens(ana: Person, kit: Services, rows: Rows) -> None:
    tokens = ana.arrive(source="news.example.org")
    id_ = kit.links.read("visit", tokens["visit"])
    assert id_ == kit.links.read("link", tokens["link"])
    assert kit.links.read("link", tokens["visit"]) is None
    (row,) = rows("select id, sharer, verdict, seen_at, source from visits")
    assert (row["id"], row["sharer"], row["verdict"], row["source"]) == (id_, None, "human", "news.example.org")
    assert row["seen_at"] is not None
    assert rows("select sharer, visits, confirmed from totals") == [{"sharer": "", "visits": 1, "confirmed": 1}]


def test_forms_and_json_are_alike(ana: Person) -> None:
    assert ana.post("/t/visits", data={"episode": "jai-piscine"}).status_code == 201


def test_each_visitor_draws_a_text_and_keeps_it(ana: Person, bo: Person) -> None:
    tokens = ana.arrive()
    assert set(tokens["variants"]) == {"jai-piscine", "ca-sert-a-rien", "jai-pas-de-monnaie"}
    assert tokens["variants"]["jai-piscine"]["wa"] in (1, 2)
    assert ana.see(tokens["visit"]) == tokens


def test_a_follower_is_confirmed_once_however_often_the_page_says_so(ana: Person, bo: Person, rows: Rows) -> None:
    visit = bo.follow(ana.arrive()["link"])
    first = bo.see(visit)
    assert bo.see(visit) == first
    assert rows("select visits, confirmed from totals where sharer <> ''") == [{"visits": 1, "confirmed": 1}]


def test_a_copied_address_bar_credits_its_owner(ana: Person, bo: Person, kit: Services, rows: Rows) -> None:
    link = ana.arrive()["link"]
    bo.arrive(link=link)
    (row,) = rows("select sharer, channel from visits where sharer is not null")
    assert row == {"sharer": kit.links.read("link", link), "channel": None}


def test_who_takes_up_a_private_address_is_judged_as_whoever_arrives(
    ana: Person, bo: Person, cy: Person, mallory: Person, rows: Rows
) -> None:
    visit, first = bo.follow(ana.arrive()["link"]), cy.arrive()
    bo.see(visit)
    assert cy.see(visit, known=first["visit"])["link"] == first["link"]
    mallory.agent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    mallory.see(visit)
    told = rows("select verdict from visits where sharer = :bo order by id", bo=str(visit).partition(".")[0])
    assert [row["verdict"] for row in told] == ["returning", "bot"]


def test_a_visit_stays_ones_own_on_the_way_from_one_network_to_another(
    ana: Person, bo: Person, rows: Rows, time_machine: Any
) -> None:
    """From where the page was confirmed, over midnight too; and from anywhere by whoever says who they are."""
    time_machine.move_to("2026-11-21 23:58:00+00:00", tick=False)
    visit = bo.follow(ana.arrive()["link"])
    bo.address = "198.51.100.4"
    bo.see(visit)
    time_machine.move_to("2026-11-22 00:01:00+00:00", tick=False)
    assert bo.see(visit)["visit"] == visit
    bo.address = "198.51.100.9"
    assert bo.see(visit, known=visit)["visit"] == visit
    assert rows("select count(*) as n from visits") == [{"n": 2}]


def test_so_does_a_visit_of_somebody_known(ana: Person, bo: Person, rows: Rows) -> None:
    first, link = bo.arrive()["visit"], ana.arrive()["link"]
    visit = bo.follow(link)
    bo.see(visit, known=first)
    bo.address = "198.51.100.4"
    assert bo.see(visit, known=first)["visit"] == visit
    assert rows("select count(*) as n from visits") == [{"n": 3}]


def test_a_private_address_passed_on_becomes_an_arrival_through_it(
    ana: Person, bo: Person, cy: Person, kit: Services, rows: Rows
) -> None:
    visit = bo.follow(ana.arrive()["link"])
    mine = bo.see(visit)
    other = cy.see(visit)
    assert other["visit"] != mine["visit"]
    id_ = kit.links.read("visit", other["visit"])
    assert rows("select sharer, verdict from visits where id = :id", id=id_) == [
        {"sharer": kit.links.read("visit", visit), "verdict": "human"}
    ]


def test_somebody_known_comes_back_and_keeps_their_link(ana: Person, bo: Person, rows: Rows) -> None:
    anas = ana.arrive()
    bos = bo.see(bo.follow(anas["link"]))
    bo.share(bos["visit"])
    again = bo.arrive(known=bos["visit"])
    assert again["link"] == bos["link"]
    assert again["visit"] != bos["visit"]
    assert rows("select count(*) as n from visits where verdict = 'returning'") == [{"n": 1}]
    back = bo.see(bo.follow(anas["link"], episode="ca-sert-a-rien"), known=bos["visit"])
    assert back["link"] == bos["link"]
    assert rows("select sum(visits) as n, sum(confirmed) as c from totals where sharer <> ''") == [{"n": 1, "c": 1}]


def test_ones_own_link_with_ones_own_identity_is_self(ana: Person, rows: Rows) -> None:
    anas = ana.arrive()
    answer = ana.see(ana.follow(anas["link"]), known=anas["visit"])
    assert answer["link"] == anas["link"]
    assert rows("select verdict from visits where sharer is not null") == [{"verdict": "self"}]


def test_a_family_behind_one_address_is_not_self_once_its_page_is_seen(ana: Person, rows: Rows) -> None:
    ana.see(ana.follow(ana.arrive()["link"]))
    assert rows("select verdict from visits where sharer is not null") == [{"verdict": "human"}]
    assert rows("select visits, confirmed from totals where sharer <> ''") == [{"visits": 1, "confirmed": 1}]


def test_a_crawler_that_runs_scripts_is_never_promoted(ana: Person, client: Any, rows: Rows) -> None:
    crawler = Person(client, "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")
    tokens = crawler.arrive()
    crawler.see(tokens["visit"])
    assert rows("select verdict from visits") == [{"verdict": "bot"}]
    assert rows("select * from totals") == []


def test_pages_that_are_no_episode_may_say_so(ana: Person, rows: Rows) -> None:
    ana.arrive(episode="")
    assert rows("select episode from visits") == [{"episode": None}]


@pytest.mark.parametrize(
    ("path", "body", "status", "name"),
    [
        ("/t/visits", {}, 400, "missing_episode"),
        ("/t/visits", {"episode": 7}, 400, "missing_episode"),
        ("/t/visits", {"episode": ["jai-piscine"]}, 400, "missing_episode"),
        ("/t/visits", {"episode": "x" * 501}, 400, "long_episode"),
        ("/t/visits", {"episode": "no-such"}, 404, "unknown_episode"),
        ("/t/visits", {"episode": "\ud800"}, 400, "bad_episode"),
        ("/t/seen", {}, 400, "missing_visit"),
        ("/t/seen", {"visit": "nonsense"}, 404, "unknown_visit"),
        ("/t/seen", {"visit": None}, 400, "missing_visit"),
        ("/t/shares", {"visit": "nonsense", "episode": "jai-piscine", "placement": "wa"}, 404, "unknown_visit"),
        ("/t/shares", {"visit": "nonsense", "episode": "no-such", "placement": "wa"}, 404, "unknown_episode"),
        ("/t/shares", {"visit": "nonsense", "episode": "jai-piscine", "placement": "zz"}, 400, "unknown_placement"),
    ],
)
def test_bad_bodies_are_named(mallory: Person, path: str, body: dict[str, Any], status: int, name: str) -> None:
    answer = mallory.post(path, data=json.dumps(body), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json["error"]) == (status, name)
    assert answer.json["message"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 60_000])
def test_broken_json_is_named(mallory: Person, body: bytes) -> None:
    answer = mallory.post("/t/visits", data=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json["error"]) == (400, "malformed_body")


def test_bodies_are_bounded(mallory: Person) -> None:
    answer = mallory.post("/t/visits", data=b"x" * 100_000, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert "65536 bytes" in answer.json["message"]
    assert answer.headers["Connection"] == "close"  # the rest of it is never read


def test_json_without_a_word_on_what_it_is_is_understood(cy: Person) -> None:
    assert cy.post("/t/visits", data=b'{"episode": "jai-piscine"}').status_code == 201


def test_a_body_of_no_known_kind_is_told_so(mallory: Person) -> None:
    answer = mallory.post("/t/visits", data=b'{"episode": "jai-piscine"}', headers={"Content-Type": "text/html"})
    assert (answer.status_code, answer.json["error"]) == (400, "malformed_body")
    assert "application/json" in answer.json["message"]


def test_foreign_pages_may_not_speak_for_our_visitors(mallory: Person, ana: Person) -> None:
    body = {"episode": "jai-piscine"}
    for origin in ("https://evil.example", "null", "http://127.0.0.1:9999"):
        answer = mallory.post("/t/visits", json=body, headers={"Origin": origin})
        assert (answer.status_code, answer.json["error"]) == (403, "foreign_origin")
    assert ana.post("/t/visits", json=body, headers={"Origin": "http://127.0.0.1:8000"}).status_code == 201
    assert ana.post("/t/visits", json=body).status_code == 201


def test_privacy_control_stops_tokens_and_counting(ana: Person, rows: Rows) -> None:
    answer = ana.post("/t/visits", json={"episode": "jai-piscine"}, headers={"Sec-GPC": "1"})
    assert (answer.status_code, answer.json) == (200, {"visit": None, "link": None, "variants": {}})
    assert rows("select * from visits") == []


def test_who_refuses_nothing_is_counted(ana: Person, rows: Rows) -> None:
    assert ana.post("/t/visits", json={"episode": "jai-piscine"}, headers={"Sec-GPC": "0"}).status_code == 201
    assert rows("select count(*) as n from visits") == [{"n": 1}]


def test_no_address_and_no_agent_is_kept_anywhere(ana: Person, bo: Person, kit: Services) -> None:
    ana.address, bo.address = "203.0.113.7", "2001:db8::7"
    bo.share(bo.see(bo.follow(ana.arrive()["link"]))["visit"])
    kit.store.flush()
    tables = re.findall(r"create table (\w+)", "".join(step.sql for step in read_steps()))
    dump = repr([kit.store.query(f"select * from {table}") for table in tables])
    assert "'human'" in dump
    for secret in ("203.0.113.7", "2001:db8", "Mozilla", "Chrome"):
        assert secret not in dump


def test_salts_are_gone_within_two_days(ana: Person, kit: Services, rows: Rows, time_machine: Any) -> None:
    time_machine.move_to("2026-11-20 00:00:01+00:00", tick=False)
    ana.arrive()
    time_machine.move_to("2026-11-21 23:59:00+00:00", tick=False)
    kit.visitors.forget()
    day = 1_795_132_800 // 86_400
    assert rows("select count(*) as n from salts where day <= :day", day=day) == [{"n": 0}]


def test_browsers_hear_that_only_our_own_pages_may_speak(client: Any) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    foreign = client.options("/t/visits", headers={"Origin": "https://evil.example", **asked})
    assert foreign.status_code == 403
    assert not [name for name, _ in foreign.headers if name.lower().startswith("access-control-")]
    ours = client.options("/t/visits", headers={"Origin": "http://127.0.0.1:8000", **asked})
    assert ours.headers["Access-Control-Allow-Origin"] == "http://127.0.0.1:8000"
    assert ours.headers["Access-Control-Allow-Methods"] == "POST"
    assert "Origin" in ours.headers["Vary"]
    for path in ("/t/health", "/staff/sign-in", "/hooks/generic", "/go/donner"):
        answer = client.get(path, headers={"Origin": "https://evil.example"})
        assert "Access-Control-Allow-Origin" not in answer.headers
