"""The page that keeps itself fresh, and the screen on the wall."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.tracker.conftest import Member
from tracker.services import Services


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
