"""The door and its lock: the right password opens, guesses are slowed down, and it never leads elsewhere."""

from __future__ import annotations

import re
from typing import Literal

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from settings import Settings
from tests.tracker.conftest import PASSWORD, Member
from tests.tracker.staff.conftest import Browser
from tracker import create_app
from tracker.services import EXTENSION
from tracker.staff import accounts


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


@pytest.mark.usefixtures("account")
def test_a_null_character_is_refused_before_it_reaches_the_database(browser: Browser) -> None:
    assert browser().sign_in("Ste\0f").status_code == 400
    assert browser().get("/staff/sharers/%00").status_code == 400
