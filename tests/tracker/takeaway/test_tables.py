"""Take it away: every table that staff see, as CSV and as JSON, the same in both."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from settings import HERE
from tests.tracker.conftest import Member, table_of
from tests.tracker.takeaway.conftest import add_up, make_token, read
from tracker.services import Services
from tracker.store import Row
from tracker.takeaway import FOR_STAFF
from tracker.takeaway.office import OFFICE


def test_every_table_is_the_same_as_json(stef: Member, kit: Services, story: str) -> None:
    add_up(kit)
    for table, described in FOR_STAFF.items():
        whose = f"?below={story}" if described.of_one else ""
        answer = stef.get(f"/staff/export/{table}.json{whose}")
        assert answer.mimetype == "application/json"
        assert answer.headers["Content-Disposition"].endswith('.json"')
        told = answer.json
        assert told["table"] == table
        assert told["currency"] == "EUR"
        assert told["columns"] == list(described.columns)
        assert told["count"] == len(told["rows"]) == int(answer.headers["X-Rows"])
        lines = table_of(stef.get(f"/staff/export/{table}.csv{whose}"))
        assert len(lines) == len(told["rows"]) + (table == "exports")  # which has itself been noted meanwhile
        for line, row in zip(lines, told["rows"], strict=table != "exports"):
            assert list(line) == list(row) == told["columns"]


TEMPLATES = HERE / "tracker" / "templates"
A_TABLE = re.compile(r"<table\b|\b(?:rank|branch|sums|gifts|spread)_table\(|\bplotted\(")
A_SECTION = re.compile(r"<section\b.*?</section>|<form\b.*?</form>", re.DOTALL)


def test_every_table_of_a_staff_page_can_be_taken_away_from_there() -> None:
    """Wherever a staff page has a table, the same section has its CSV and JSON."""
    seen = 0
    for file in sorted(TEMPLATES.rglob("*.html")):
        source = file.read_text(encoding="utf-8")
        if 'extends "staff/base.html"' not in source and file.name != "live.html":
            continue
        sections = A_SECTION.findall(source)
        tables = [part for part in sections if A_TABLE.search(part)]
        assert [part for part in tables if "take_away(" not in part and "data-export" not in part] == [], file
        assert not A_TABLE.search(A_SECTION.sub("", source)), f"{file}: a table outside of any section"
        seen += len(tables)
    assert seen > 25


def test_pages_lead_to_tables_that_are_there(stef: Member, kit: Services, story: str, tell: Callable[..., Any]) -> None:
    """Every CSV and JSON that a page offers is answered, with the columns of its table."""
    tell(payment="p2", amount=500, visit_id=None, id_="msg_2")
    stef.post("/staff/origins/", name="Affiche du tram", sort="poster")
    make_token(stef)
    kit.store.execute(
        "insert into sharers (id, parent, kind, generation, created_at) values (:id, :above, 'visit', 2, 1)",
        id="b" * 16,
        above=story,
    )
    add_up(kit)
    (origin,) = kit.store.query("select id from sharers where kind = 'origin'")
    pages = [
        *("", "virality?people=5000&ratio=0.5", "sharers/", "sharers/?by=branch&range=all", f"sharers/{story}"),
        *(f"tree/{story}", "texts/", "origins/", f"origins/{origin['id']}", "gifts", "gifts/unclaimed", "verdicts"),
        *("gifts/payment?provider=generic&account=&payment=p1", "ranks/episodes", "report/", "moderation/", "people/"),
        *("tokens/", "export/"),
    ]
    seen = set()
    for page in pages:
        for path in re.findall(r'class="take"[^>]* href="([^"]*/staff/export/[^"]+)"', stef.get(f"/staff/{page}").text):
            path = path.replace("&amp;", "&")
            answer = stef.get(path)
            assert answer.status_code == 200, (page, path)
            table, form = re.findall(r"/export/(\w+)\.(\w+)", path)[0]
            seen.add(table)
            if form == "json":
                assert answer.json["columns"] == list(FOR_STAFF[table].columns)
    assert seen == set(FOR_STAFF)


def test_the_look_ahead_is_taken_away_as_it_was_asked_for(stef: Member) -> None:
    rows = stef.get("/staff/export/projection.json?people=5000&ratio=0,9&generations=10").json["rows"]
    assert [rows[0]["new_sharers"], rows[1]["new_sharers"], rows[2]["new_sharers"]] == [5000, 4500, 4050]
    assert [row["generation"] for row in rows] == list(range(1, 11))
    assert round(rows[-1]["together"]) == 32_566
    page = stef.get("/staff/virality?people=5000&ratio=0.9&generations=4").text
    (path,) = re.findall(r'href="([^"]+/projection\.csv[^"]*)"', page)
    assert len(table_of(stef.get(path.replace("&amp;", "&")))) == 4
    assert len(table_of(stef.get("/staff/export/projection.csv?generations=9999&people=-3&ratio=nan"))) == 30


def test_a_sharer_s_own_tables_say_what_their_page_says(stef: Member, kit: Services, story: str) -> None:
    add_up(kit)

    def rows(table: str, whose: str = f"&below={story}") -> list[Row]:
        return list(stef.get(f"/staff/export/{table}.json?range=all{whose}").json["rows"])

    assert [(row["generation"], row["sharers"], row["confirmed"]) for row in rows("descent")] == [(1, 1, 1)]
    assert [(row["verdict"], row["visits"]) for row in rows("followers")] == [("confirmed", 1), ("human", 0)]
    assert rows("children") == []
    assert [(row["confirmed"], row["gifts"], row["amount"]) for row in rows("days")] == [(1, 1, 3000)]
    assert [row["confirmed"] for row in rows("days", "&below=nobody")] == []
    refused = stef.get("/staff/export/descent.csv")
    assert (refused.status_code, "needs_sharer" in refused.text or "below" in refused.text) == (400, True)


def test_a_payment_s_book_has_its_entries_and_what_staff_did_whenever_that_was(
    stef: Member, tell: Callable[..., Any]
) -> None:
    tell(payment="p1", amount=3000, visit_id=None, at="2020-01-01T00:00:00Z")
    tell(payment="p2", amount=500, visit_id=None, id_="msg_2")
    key = "provider=generic&account=&payment=p1"
    stef.post("/staff/gifts/correct", provider="generic", account="", payment="p1", amount="-5", note="=cmd|' /C'!A0")
    rows = stef.get(f"/staff/export/gifts.json?{key}").json["rows"]
    assert sorted(row["amount"] for row in rows) == [-500, 3000]
    (deed,) = table_of(stef.get(f"/staff/export/deeds.csv?{key}"))
    assert (deed["deed"], deed["done_by"], deed["amount"]) == ("correction", "Stef", "-5.00")
    assert deed["note"].startswith("'="), "a note is no formula"


def test_only_admins_take_the_team_away_and_no_program_takes_the_office(
    stef: Member, hire: Callable[[str], Member], client: FlaskClient
) -> None:
    token = make_token(stef)
    for table in OFFICE:
        assert read(client, f"/api/{table}.json", token).status_code == 404
    assert [row["name"] for row in stef.get("/staff/export/people.json").json["rows"]] == ["Stef"]
    luc = hire("marketer")
    assert luc.get("/staff/export/people.csv").status_code == 403
    assert "/export/people.csv" not in luc.get("/staff/export/").text


def test_a_ranking_is_taken_away_as_it_is_ranked(
    ana: Any, bo: Any, cy: Any, tell: Callable[..., Any], kit: Services, stef: Member
) -> None:
    """Ana brings Bo by WhatsApp, Bo brings Cy by e-mail, and Cy gives."""
    first = ana.arrive()["visit"]
    second = bo.follow(ana.share(first)["url"].rsplit("/", 1)[1])
    bo.see(second)
    third = cy.follow(bo.share(second)["url"].rsplit("/", 1)[1], placement="em")
    tell(payment="p1", amount=3000, visit_id=third.split(".")[0])
    add_up(kit)

    def order(table: str, column: str, query: str = "") -> list[Any]:
        return [row[column] for row in stef.get(f"/staff/export/{table}.json{query}").json["rows"]]

    assert order("channels", "channel")[-1] == "em"
    assert order("channels", "channel", "?by=gifts")[0] == "em"
    assert order("channels", "whole_gifts", "?by=whole_confirmed") == [1, 1, 1]
    assert order("channels", "channel", "?by=password") == order("channels", "channel")
    ana_s, bo_s = (token.split(".")[0] for token in (first, second))
    assert order("sharers", "sharer") == [ana_s]
    assert order("sharers", "sharer", "?by=amount") == [bo_s]
    assert order("sharers", "rank", "?by=shares") == [1, 2]
    assert order("tree", "sharer", "?by=gifts") == sorted([ana_s, bo_s])
    assert order("tree", "sharer", f"?below={bo_s}") == [bo_s]
    assert order("tree", "sharer", "?below=nobody") == []


def test_texts_and_media_can_be_taken_away(stef: Member, kit: Services) -> None:
    stef.post("/staff/origins/", name="=Affiche", sort="poster")
    add_up(kit)
    texts = stef.get("/staff/export/texts.json").json["rows"]
    assert len(texts) == 6
    assert texts[0]["text"] == "J’ai piscine. Un."
    assert texts[0]["translations"] == "I have swimming. One."
    assert {row["state"] for row in texts} == {"runs"}
    stef.post("/staff/texts/", "/staff/texts/stop", episode="jai-piscine", variant="2")
    assert [row["state"] for row in stef.get("/staff/export/texts.json").json["rows"][:2]] == ["runs", "stopped"]
    media = {row["medium"]: row["origins"] for row in stef.get("/staff/export/media.json").json["rows"]}
    assert media == {"print": 1, "web": 0, "event": 0}
    (origin,) = table_of(stef.get("/staff/export/origins.csv"))
    assert (origin["name"], origin["sort"], origin["medium"]) == ("'=Affiche", "poster", "print")
    assert re.fullmatch(r"[0-9A-Z]{5}", origin["code"])
    assert origin["whole_amount"] == "0.00"


@pytest.mark.usefixtures("story")
def test_json_keeps_minor_units_and_tells_moments_in_utc(stef: Member) -> None:
    (gift,) = stef.get("/staff/export/gifts.json").json["rows"]
    assert gift["amount"] == 3000
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", gift["at"])
    moment = datetime.strptime(gift["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1)


def test_names_stay_as_they_are_in_json(stef: Member) -> None:
    stef.post("/staff/origins/", name='=HYPERLINK(1) "é"')
    (row,) = stef.get("/staff/export/origins.json").json["rows"]
    assert row["name"] == '=HYPERLINK(1) "é"'
