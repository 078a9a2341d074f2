"""Staff: the door, its lock, and what visitors must never notice of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from settings import Settings
from tests.tracker.conftest import PASSWORD, Member
from tracker import create_app
from tracker.services import EXTENSION, Services
from tracker.staff import StaffError, accounts, add_staff
from tracker.staff.accounts import check_password

Browser = Callable[..., Member]
PAGES = ("/staff/", "/staff/sharers/", "/staff/gifts", "/staff/verdicts", "/staff/origins/", "/staff/moderation/")


@pytest.fixture
def account(kit: Services) -> None:
    """Stef has an account, and has not signed in."""
    add_staff(kit.store, "Stef", PASSWORD, "admin")


def test_without_a_sign_in_every_staff_page_leads_to_the_door(app: Flask, client: FlaskClient) -> None:
    open_to_all = ("staff.static", "staff.sign_in", "staff.post_sign_in")
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/staff/") or rule.endpoint in open_to_all:
            continue
        address = re.sub(r"<[^>]+>", "x", rule.rule)
        answer = client.get(address) if "GET" in (rule.methods or ()) else client.post(address)
        assert answer.status_code == 302, address
        assert answer.location.startswith("/staff/sign-in"), address
        assert "Set-Cookie" not in answer.headers, address


def test_the_right_password_opens_and_signing_out_closes(stef: Member) -> None:
    assert "Stef" in stef.get("/staff/").text
    assert stef.get("/staff/sign-out").status_code == 405
    assert stef.post("/staff/", "/staff/sign-out").location == "/staff/sign-in"
    assert stef.get("/staff/").status_code == 302


@pytest.mark.usefixtures("account")
def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(browser: Browser) -> None:
    pages = []
    for name in ("Stef", "Nemo"):
        answer = browser().sign_in(name, "not the password")
        assert answer.status_code == 401
        pages.append(re.sub(r'value="[^"]*"', "", answer.text))
    assert pages[0] == pages[1]


@pytest.mark.usefixtures("account")
def test_an_unknown_name_costs_as_much_as_a_known_one(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
            checked.append(str(hash).rsplit("$", 2)[0])
            return super().verify(hash, password)

    monkeypatch.setattr(accounts, "_hasher", Counting(time_cost=1, memory_cost=64, parallelism=1))
    for name in ("Stef", "Nemo"):
        browser().sign_in(name, "not the password")
    assert len(checked) == 2
    assert checked[0] == checked[1]


@pytest.mark.usefixtures("account")
def test_a_name_may_be_typed_with_other_capitals(browser: Browser) -> None:
    assert browser().sign_in(" stef ").status_code == 303


@pytest.mark.usefixtures("account")
def test_mallory_is_slowed_down_and_others_are_not(browser: Browser) -> None:
    mallory = browser()
    assert [mallory.sign_in(f"name {turn}", "a guess").status_code for turn in range(10)] == [401] * 10
    refused = mallory.sign_in("Stef", PASSWORD)
    assert refused.status_code == 429
    assert "quart d’heure" in refused.text
    assert browser("192.0.2.7").sign_in().status_code == 303


@pytest.mark.usefixtures("account")
def test_guessing_at_one_account_from_many_places_is_slowed_down_too(browser: Browser) -> None:
    answers = [browser(f"192.0.2.{place}").sign_in("stef", "a guess").status_code for place in range(31)]
    assert answers == [401] * 30 + [429]


@pytest.mark.usefixtures("account")
def test_right_passwords_use_up_nothing(browser: Browser) -> None:
    assert {browser().sign_in().status_code for _ in range(12)} == {303}


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/staff/origins/", {"name": "Affiche"}),
        ("/staff/count-from", {"day": "2026-11-01"}),
        ("/staff/people/", {"name": "Mallory", "password": PASSWORD, "role": "admin"}),
        ("/staff/people/remove", {"name": "Stef"}),
        ("/staff/moderation/", {"sharer": "x"}),
        ("/staff/sign-out", {}),
        ("/staff/password", {"password": PASSWORD, "wanted": "a password of Mallory"}),
    ],
)
def test_a_form_without_its_token_is_refused(stef: Member, kit: Services, address: str, form: dict[str, str]) -> None:
    assert stef.client.post(address, data=form).status_code == 400
    assert not kit.store.query("select * from sharers")
    assert [row["name"] for row in kit.store.query("select name from staff")] == ["Stef"]
    assert stef.get("/staff/").status_code == 200


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    "wanted",
    [
        "https://mallory.example/",
        "//mallory.example",
        "/%5Cmallory.example",
        "/staff/%5Cmallory.example",
        "javascript:alert(1)",
        "/staff//%0d%0aSet-Cookie:x",
        "/r/x",
    ],
)
def test_signing_in_never_leads_elsewhere(browser: Browser, wanted: str) -> None:
    assert browser().sign_in(wanted=wanted).location == "/staff/"


@pytest.mark.usefixtures("account")
def test_signing_in_leads_to_the_page_that_was_asked_for(browser: Browser) -> None:
    stef = browser()
    door = stef.get("/staff/gifts?range=7").location
    assert stef.post(door, name="Stef", password=PASSWORD).location == "/staff/gifts?range=7"


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(stef: Member) -> None:
    cookie = stef.client.get_cookie("ricochet_staff")
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site, cookie.path, cookie.secure) == (True, "Lax", "/", False)


def test_behind_https_the_cookie_is_secure(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"site_url": "https://excuses.example.org"}))
    answer = app.test_client().get("/staff/sign-in", base_url="https://excuses.example.org")
    assert "; Secure" in answer.headers["Set-Cookie"]
    app.extensions[EXTENSION].store.close()


@pytest.mark.usefixtures("account")
def test_signing_in_starts_a_fresh_session(browser: Browser) -> None:
    stef = browser()
    stef.get("/staff/sign-in")
    with stef.client.session_transaction() as session:
        session["planted"] = "by Mallory"
        before = session["csrf_token"]
    stef.sign_in()
    with stef.client.session_transaction() as session:
        assert "planted" not in session
        assert session.get("csrf_token") != before


def test_a_new_password_closes_other_sessions(stef: Member, browser: Browser, kit: Services) -> None:
    other = browser()
    other.sign_in()
    assert stef.post("/staff/password", password="not it at all", wanted="un tout nouveau mot").status_code == 401
    assert stef.post("/staff/password", password=PASSWORD, wanted="court").status_code == 422
    assert stef.post("/staff/password", password=PASSWORD, wanted="un tout nouveau mot").status_code == 303
    assert stef.get("/staff/").status_code == 200
    assert other.get("/staff/").status_code == 302
    assert check_password(kit.store, "Stef", "un tout nouveau mot")


def test_a_closed_account_is_out_at_once(stef: Member, hire: Callable[[str], Member]) -> None:
    marketer = hire("marketer")
    assert stef.post("/staff/people/", "/staff/people/remove", name="Marketer").status_code == 303
    assert marketer.get("/staff/").status_code == 302


def test_the_last_admin_cannot_be_removed(stef: Member) -> None:
    stef.post("/staff/people/", "/staff/people/remove", name="Stef")
    assert "dernier compte admin" in stef.get("/staff/people/").text


def test_the_last_admin_cannot_be_demoted(stef: Member) -> None:
    assert stef.post("/staff/people/", name="Stef", password=PASSWORD, role="editor").status_code == 422
    assert stef.get("/staff/people/").status_code == 200


def test_admins_let_people_in_with_a_role(stef: Member, browser: Browser) -> None:
    form = {"name": "Éliane", "password": "une phrase assez longue", "role": "editor"}
    assert stef.post("/staff/people/", **form).status_code == 303
    assert browser().sign_in("Éliane", form["password"]).status_code == 303
    assert stef.post("/staff/people/", **{**form, "role": "king"}).status_code == 422


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("marketer", {"origins", "count-from"}, {"moderation", "people"}),
        ("editor", {"moderation"}, {"origins", "count-from", "people"}),
    ],
)
def test_roles_do_what_they_are_for(hire: Callable[[str], Member], role: str, may: set[str], may_not: set[str]) -> None:
    member = hire(role)
    forms: dict[str, tuple[str, dict[str, str]]] = {
        "origins": ("/staff/origins/", {"name": "Affiche"}),
        "count-from": ("/staff/count-from", {"day": "2026-11-01"}),
        "moderation": ("/staff/moderation/", {"sharer": "x", "name": "y", "judgement": "approve"}),
        "people": ("/staff/people/", {"name": "Mallory", "password": PASSWORD, "role": "admin"}),
    }
    for deed in may | may_not:
        address, form = forms[deed]
        assert member.post("/staff/", address, **form).status_code == (303 if deed in may else 403), deed
    assert member.get("/staff/people/").status_code == 403
    assert {member.get(page).status_code for page in PAGES} == {200}


@pytest.mark.parametrize(
    ("name", "password", "role"),
    [
        ("", PASSWORD, "admin"),
        ("   ", PASSWORD, "admin"),
        ("a\0b", PASSWORD, "admin"),
        ("x" * 61, PASSWORD, "admin"),
        ("Stef", "", "admin"),
        ("Stef", "neuf char", "admin"),
        ("Stef", "x" * 1001, "admin"),
        ("Stef", PASSWORD, "boss"),
    ],
)
def test_an_account_that_makes_no_sense_is_refused(kit: Services, name: str, password: str, role: str) -> None:
    with pytest.raises(StaffError):
        add_staff(kit.store, name, password, role)
    assert not kit.store.query("select * from staff")


def test_adding_somebody_twice_changes_their_password(kit: Services) -> None:
    assert add_staff(kit.store, "Stef", PASSWORD, "admin") == "added"
    assert add_staff(kit.store, "stef", "un autre mot de passe", "admin") == "changed"
    (row,) = kit.store.query("select name, role, password from staff")
    assert row["name"] == "Stef"
    assert row["password"].startswith("$argon2id$")


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


@pytest.mark.parametrize("page", PAGES)
def test_no_staff_page_has_inline_styles_or_scripts(stef: Member, page: str) -> None:
    text = stef.get(page).text
    assert " style=" not in text
    assert "<style" not in text
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\son[a-z]+=", text)


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


@pytest.mark.usefixtures("account")
def test_a_null_character_is_refused_before_it_reaches_the_database(browser: Browser) -> None:
    assert browser().sign_in("Ste\0f").status_code == 400
    assert browser().get("/staff/sharers/%00").status_code == 400


def test_staff_pages_speak_english_once_asked_to(stef: Member) -> None:
    assert "Bonjour" in stef.get("/staff/").text
    assert "Morning, Stef." in stef.get("/staff/?lang=en").text
    assert "Thanks to whom" in stef.get("/staff/gifts").text


@pytest.mark.parametrize("host", ["a b", "[", "x:y:z", "<script>", "é", "a" * 300, "127.0.0.1:99999999", ".."])
@pytest.mark.parametrize("path", ["/staff/", "/staff/sign-in", "/staff/nothing", "/board/", "/impact/x", "/nothing"])
def test_a_host_that_is_none_makes_no_error_of_ours(client: Any, host: str, path: str) -> None:
    assert client.get(path, headers={"Host": host.encode("utf-8").decode("latin-1")}).status_code < 500
