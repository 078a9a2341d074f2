"""Tokens let programs read tables, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from limits import RateLimitItemPerMinute

from tests.tracker.conftest import PASSWORD, Member, table_of
from tests.tracker.takeaway.conftest import make_token, read
from tracker.dashboard.exports import TABLES
from tracker.services import Services
from tracker.staff.accounts import add_staff, remove_staff
from tracker.store import Row
from tracker.takeaway import api
from tracker.takeaway.progress import list_exports
from tracker.throttle import Allowance

NOON = datetime(2036, 11, 22, 11, 0, tzinfo=UTC)  # after the accounts of these tests were made


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
