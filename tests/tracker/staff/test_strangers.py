"""What visitors must never notice of staff: no cookie, no error of ours, and a kind page for what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from settings import Settings
from tests.tracker.conftest import Member
from tests.tracker.staff.conftest import Browser
from tracker import create_app
from tracker.services import EXTENSION, Services


def test_visitors_never_get_a_cookie(ana: Any, bo: Any, kit: Services) -> None:
    me = ana.arrive()
    passed = ana.share(me["visit"])
    impact = passed["impact"].removeprefix(kit.settings.site_url)
    answers = [
        bo.get(passed["url"].removeprefix(kit.settings.site_url)),
        bo.get("/r/jai-piscine/wa/forged"),
        bo.post("/t/visits", json={"episode": "jai-piscine"}),
        bo.post("/t/seen", json={"visit": me["visit"]}),
        bo.post("/t/shares", json={"visit": me["visit"], "episode": "jai-piscine", "placement": "wa"}),
        bo.post("/t/shares", json={}),
        bo.get(f"/go/donner?by={me['visit']}"),
        bo.get("/go/elsewhere"),
        bo.post("/hooks/generic", data="{}"),
        bo.get(impact),
        bo.get(f"{impact}?lang=en"),
        bo.post(impact, data={"name": "Bo", "deed": "ask"}),
        bo.post(impact, data={"name": ""}),
        bo.get("/impact/forged"),
        bo.get("/board/"),
        bo.get("/t/health"),
        bo.get("/metrics"),
        bo.get("/not-there"),
        bo.get("/staff/"),
        bo.get("/staff/static/staff.css"),
    ]
    for answer in answers:
        assert "Set-Cookie" not in answer.headers, answer.request.path
        answer.close()


def test_a_signed_in_browser_is_staff_to_the_redirect_and_to_the_page(ana: Any, stef: Member, rows: Any) -> None:
    link = ana.arrive()["link"]
    stef.get(f"/r/jai-piscine/wa/{link}")
    stef.client.post("/t/visits", json={"episode": "jai-piscine"}, headers={"User-Agent": ana.agent})
    assert [row["verdict"] for row in rows("select verdict from visits order by id")] == ["human", "staff", "staff"]


def test_a_forged_or_empty_session_is_not_staff(browser: Browser, ana: Any, rows: Any) -> None:
    link = ana.arrive()["link"]
    nobody = browser()
    for cookie in ("garbage", "eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb", "é"):
        nobody.get(f"/r/jai-piscine/wa/{link}", Cookie=f"ricochet_staff={cookie}")
    nobody.get("/staff/sign-in")
    nobody.get(f"/r/jai-piscine/wa/{link}")
    assert "staff" not in {row["verdict"] for row in rows("select verdict from visits")}


@pytest.mark.parametrize("path", ["/staff/sign-in", "/board/", "/not-there", "/t/health", "/staff/static/staff.css"])
def test_every_answer_carries_a_strict_policy(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"


def test_a_missing_page_is_kind_in_both_languages(client: FlaskClient, settings: Settings) -> None:
    assert "Dossier introuvable" in client.get("/not-there").text
    assert "File not found" in client.get("/not-there", headers={"Accept-Language": "en"}).text
    assert client.get("/t/not-there").get_json()["error"] == "not_found"


def test_the_site_s_own_page_is_shown_for_what_is_missing(client: FlaskClient, settings: Settings) -> None:
    output = Path(settings.output)
    (output / "en").mkdir()
    (output / "404.html").write_text("<p>égaré", encoding="utf-8")
    (output / "en" / "404.html").write_text("<p>mislaid", encoding="utf-8")
    for path, words in (("/not-there", "égaré"), ("/en/not-there", "mislaid")):
        answer = client.get(path)
        assert (answer.status_code, words in answer.text) == (404, True)


def test_the_tracker_serves_pages_before_the_first_build(settings: Settings) -> None:
    Path(settings.campaign).unlink()
    app = create_app(settings)
    client = app.test_client()
    for path, status in (("/board/", 200), ("/not-there", 404), ("/staff/sign-in", 200), ("/impact/x", 404)):
        assert client.get(path).status_code == status
    app.extensions[EXTENSION].store.close()


@pytest.mark.parametrize("host", ["a b", "[", "x:y:z", "<script>", "é", "a" * 300, "127.0.0.1:99999999", ".."])
@pytest.mark.parametrize("path", ["/staff/", "/staff/sign-in", "/staff/nothing", "/board/", "/impact/x", "/nothing"])
def test_a_host_that_is_none_makes_no_error_of_ours(client: Any, host: str, path: str) -> None:
    assert client.get(path, headers={"Host": host.encode("utf-8").decode("latin-1")}).status_code < 500
