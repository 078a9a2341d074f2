"""Who is on the team, with which role, and what each may do."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.tracker.conftest import PASSWORD, Member
from tests.tracker.staff.conftest import Browser
from tracker.services import Services
from tracker.staff import StaffError, add_staff
from tracker.staff.accounts import check_password

PAGES = ("/staff/", "/staff/sharers/", "/staff/gifts", "/staff/verdicts", "/staff/origins/", "/staff/moderation/")


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


@pytest.mark.parametrize("page", PAGES)
def test_no_staff_page_has_inline_styles_or_scripts(stef: Member, page: str) -> None:
    text = stef.get(page).text
    assert " style=" not in text
    assert "<style" not in text
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\son[a-z]+=", text)


def test_staff_pages_speak_english_once_asked_to(stef: Member) -> None:
    assert "Bonjour" in stef.get("/staff/").text
    assert "Morning, Stef." in stef.get("/staff/?lang=en").text
    assert "Thanks to whom" in stef.get("/staff/gifts").text
