"""Take it away: JSON beside CSV, how far long exports are, and tokens that let programs read, and nothing else."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from limits import RateLimitItemPerMinute

from tests.tracker.conftest import PASSWORD, Member
from tracker.branches import refresh_branches
from tracker.dashboard.exports import TABLES
from tracker.services import Services
from tracker.staff.accounts import add_staff, remove_staff
from tracker.standings import keep_current
from tracker.store import Row
from tracker.takeaway import FOR_STAFF, api, gather
from tracker.takeaway.office import OFFICE
from tracker.takeaway.progress import EVERY, SILENT, begin_export, list_exports, watch_rows
from tracker.takeaway.tokens import TOKEN
from tracker.throttle import Allowance
from tracker.virality.days import refresh_days

NOON = datetime(2036, 11, 22, 11, 0, tzinfo=UTC)  # after the accounts of these tests were made


@pytest.fixture
def story(ana: Any, bo: Any, tell: Callable[..., Any], kit: Services) -> str:
    """Ana passes an episode on; Bo follows her link, stays, and gives 30 €. Ana's id."""
    me = ana.arrive()["visit"]
    visit = bo.follow(ana.share(me)["url"].rsplit("/", 1)[1])
    bo.see(visit)
    assert tell(payment="p1", amount=3000, visit_id=visit.split(".")[0]).status_code == 200
    kit.store.flush()
    return str(me.split(".")[0])


def table_of(answer: Any) -> list[dict[str, str]]:
    """The rows of a CSV answer."""
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def make_token(member: Member, name: str = "Tableau du siège") -> str:
    page = member.post("/staff/tokens/", name=name)
    assert page.status_code == 201
    found = TOKEN.search(page.text)
    assert found
    return found[0]


def read(client: FlaskClient, path: str, token: str, scheme: str = "Bearer") -> Any:
    return client.get(path, headers={"Authorization": f"{scheme} {token}", "User-Agent": "a program"})


def add_up(kit: Services) -> None:
    """What the background does each minute."""
    kit.store.flush()
    now = time.time()
    keep_current(kit.store, kit.campaign.timezone, now)
    refresh_branches(kit.store, int(now))
    refresh_days(kit.store, kit.campaign.timezone, now)


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


HERE = Path(__file__).resolve().parents[2] / "tracker" / "templates"
A_TABLE = re.compile(r"<table\b|\b(?:rank|branch|sums|gifts|spread)_table\(|\bplotted\(")
A_SECTION = re.compile(r"<section\b.*?</section>|<form\b.*?</form>", re.DOTALL)


def test_every_table_of_a_staff_page_can_be_taken_away_from_there() -> None:
    """Wherever a staff page has a table, the same section has its CSV and JSON."""
    seen = 0
    for file in sorted(HERE.rglob("*.html")):
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


def test_exports_are_noted_with_who_took_them_and_whether_they_arrived(stef: Member, kit: Services) -> None:
    stef.get("/staff/export/days.csv").get_data()
    stef.client.head("/staff/export/days.csv")
    (note,) = list_exports(kit.store)
    assert (note["what"], note["format"], note["taken_by"], note["state"]) == ("days", "csv", "Stef", "done")
    page = stef.get("/staff/export/")
    assert "days.csv" in page.text
    assert stef.get("/staff/export/progress").json["exports"] == [
        {"id": note["id"], "written": 0, "expected": 0, "state": "done"}
    ]


def test_a_long_export_tells_how_far_it_is_and_when_it_breaks_off(stef: Member, kit: Services) -> None:
    rows: Iterator[Row] = iter([{"n": number} for number in range(100)])
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        id_ = begin_export(kit.store, "visits", "csv", "Stef", 100)
        watched = watch_rows(kit.store, id_, rows)
        for _ in range(40):
            next(watched)
        clock.shift(EVERY + 0.1)
        next(watched)
        next(watched)
        assert [(note["written"], note["state"]) for note in list_exports(kit.store)] == [(40, "running")]
        page = stef.get("/staff/export/")
        assert re.search(r'<progress max="100" value="40">', page.text)
        watched.close()  # whoever took it has hung up
        assert [(note["written"], note["state"]) for note in list_exports(kit.store)] == [(41, "broken")]
        begin_export(kit.store, "shares", "csv", "Stef", 7)
        clock.shift(SILENT + 1)  # the process was killed, and told nothing more
        assert list_exports(kit.store)[0]["state"] == "broken"


def test_whoever_hangs_up_leaves_a_broken_export(stef: Member, kit: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["tracker.takeaway"], "PIECE", 10)
    for place in range(5):
        stef.post("/staff/origins/", name=f"Affiche {place}")
    answer = stef.client.get("/staff/export/origins.csv", buffered=False)
    pieces = iter(answer.response)
    next(pieces)
    answer.close()
    del pieces, answer
    assert list_exports(kit.store)[0]["state"] == "broken"


def test_lines_go_out_in_pieces_and_none_is_lost() -> None:
    lines = [f"{number}\n" for number in range(50_000)]
    pieces = list(gather(iter(lines)))
    assert "".join(pieces) == "".join(lines)
    assert 3 <= len(pieces) < 10


def test_without_a_token_programs_stay_outside(client: FlaskClient, stef: Member) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic U3RlZjp4"},
        {"Authorization": ""},
    ):
        answer = client.get("/api/days", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.json["error"] == "unauthorised"
        assert "Set-Cookie" not in answer.headers
    assert stef.get("/api/days").status_code == 401, "a session of staff is no token"


def test_a_token_reads_every_table_and_leaves_no_cookie(
    stef: Member, client: FlaskClient, kit: Services, story: str
) -> None:
    token = make_token(stef)
    listed = read(client, "/api/", token).json["tables"]
    assert [table["name"] for table in listed] == list(TABLES)
    for table in listed:
        path = table["addresses"]["json"].removeprefix(kit.settings.site_url)
        answer = read(client, f"{path}?below={story}" if table["needs"] else path, token)
        assert answer.json["columns"] == table["columns"]
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
    assert read(client, "/api/gifts", token, "bearer").json["rows"][0]["amount"] == 3000
    assert table_of(read(client, "/api/gifts.csv?range=all", token))[0]["amount"] == "30.00"
    assert list_exports(kit.store) == []


def test_a_token_can_only_read_tables(stef: Member, client: FlaskClient) -> None:
    token = make_token(stef)
    assert read(client, "/api/staff", token).status_code == 404
    assert read(client, "/api/api_tokens.json", token).status_code == 404
    assert read(client, "/api/days.xml", token).status_code == 404
    assert client.post("/api/days", headers={"Authorization": f"Bearer {token}"}).status_code == 405
    assert client.get("/staff/", headers={"Authorization": f"Bearer {token}"}).status_code == 302


def test_only_a_hash_of_a_token_is_kept_and_it_is_shown_once(
    stef: Member, rows: Callable[..., list[Row]], kit: Services
) -> None:
    token = make_token(stef)
    assert token not in stef.get("/staff/tokens/").text
    (row,) = rows("select * from api_tokens")
    assert token not in json.dumps(row)
    assert token.removeprefix("ricochet_") not in json.dumps(row)
    assert len(row["hash"]) == 64
    assert row["hash"] not in stef.get("/staff/tokens/").text


def test_staff_see_who_made_a_token_and_when_it_was_last_used(stef: Member, client: FlaskClient, kit: Services) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        stef.sign_in()
        token = make_token(stef, "Tableur de Léa")
        page = stef.get("/staff/tokens/").text
        assert "Tableur de Léa" in page
        assert "jamais" in page
        clock.shift(3600)
        read(client, "/api/", token)
        clock.shift(30)
        read(client, "/api/", token)
        assert kit.store.query("select used_at from api_tokens") == [{"used_at": int(NOON.timestamp()) + 3600}]
        assert "22/11/2036 13:00" in stef.get("/staff/tokens/").text


def test_a_revoked_token_opens_nothing_and_stays_in_the_list(stef: Member, client: FlaskClient, kit: Services) -> None:
    token, other = make_token(stef), make_token(stef, "Un autre")
    ids = {row["name"]: row["id"] for row in kit.store.query("select id, name from api_tokens")}
    assert stef.post("/staff/tokens/", "/staff/tokens/revoke", id=ids["Tableau du siège"]).status_code == 303
    assert read(client, "/api/", token).status_code == 401
    assert read(client, "/api/", other).status_code == 200
    page = stef.get("/staff/tokens/").text
    assert "révoqué" in page
    assert "par Stef" in page


def test_a_token_closes_with_the_account_of_its_maker(
    stef: Member, hire: Callable[[str], Member], client: FlaskClient, kit: Services
) -> None:
    token = make_token(hire("marketer"))
    assert read(client, "/api/", token).status_code == 200
    remove_staff(kit.store, "Marketer")
    assert read(client, "/api/", token).status_code == 401
    with time_machine.travel(NOON, tick=False):
        add_staff(kit.store, "Marketer", PASSWORD, "marketer")
    assert read(client, "/api/", token).status_code == 401, "somebody else of that name is somebody else"
    assert "fermé avec le compte" in stef.get("/staff/tokens/").text


def test_each_role_has_its_part(stef: Member, hire: Callable[[str], Member], kit: Services) -> None:
    make_token(stef)
    (row,) = kit.store.query("select id from api_tokens")
    editor, marketer = hire("editor"), hire("marketer")
    assert 'action="/staff/tokens/"' not in editor.get("/staff/tokens/").text
    assert editor.post("/staff/password", "/staff/tokens/", name="x").status_code == 403
    assert marketer.post("/staff/tokens/", "/staff/tokens/revoke", id=row["id"]).status_code == 403
    assert marketer.post("/staff/tokens/", "/staff/tokens/revoke", id="nothing").status_code == 403
    make_token(marketer)
    for name in ("", " ", "x" * 81, "a\u202eb"):
        assert marketer.post("/staff/tokens/", name=name).status_code == 422


def test_a_program_that_asks_too_often_waits(
    stef: Member, client: FlaskClient, app: Flask, kit: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = RateLimitItemPerMinute(3)
    monkeypatch.setitem(app.extensions, api.ALLOWANCE, Allowance(kit.store, slow))
    token, other = make_token(stef), make_token(stef, "Un autre")
    assert [read(client, "/api/", token).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    assert int(read(client, "/api/", token).headers["Retry-After"]) <= 61
    assert read(client, "/api/", other).status_code == 200
