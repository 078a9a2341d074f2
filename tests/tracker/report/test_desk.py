"""The week's figures, as a page, as a file and from the command line; and who asks for them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from chores import opened
from chores import report as chore
from settings import Settings
from tests.tracker.conftest import Member
from tests.tracker.report.conftest import WEEK, Inbox
from tracker import create_app
from tracker.choices import COUNT_FROM, keep_choice
from tracker.report.figures import UnknownWeek, last_week, read_report, read_week
from tracker.report.letter import write_page, write_text
from tracker.report.post import MailError
from tracker.report.sending import list_sent
from tracker.report.subscribers import BadAddress, list_subscribers, subscribe
from tracker.services import Services

SUNDAY = datetime(2036, 11, 23, 11, 0, tzinfo=UTC)  # of the week 2036-W47


def test_an_address_that_leads_nowhere_is_refused(kit: Services) -> None:
    hostile = ("a b@example.org", "a@example.org\nBcc: x@y.org", "a..b@example.org", "é@example.org", "a@" + "b" * 300)
    for bad in ("", "stef", "a@b", "a@b.c", *hostile):
        with pytest.raises(BadAddress):
            subscribe(kit.store, "Stef", bad, "fr")
    assert kit.store.query("select * from subscribers") == []


def test_staff_subscribe_with_consent_try_it_and_stop(stef: Member, kit: Services, inbox: Inbox) -> None:
    page = "/staff/report/"
    assert stef.post(page, f"{page}subscribe", address="stef@example.org").status_code == 422
    assert stef.post(page, f"{page}subscribe", address="nowhere", agreed="yes").status_code == 422
    assert list_subscribers(kit.store) == []
    answer = stef.post(page, f"{page}subscribe", address="stef@example.org", language="en", agreed="yes")
    assert answer.status_code == 303
    assert list_subscribers(kit.store)[0]["language"] == "en"
    assert stef.post(page, f"{page}try").status_code == 303
    ((address, letter),) = inbox.letters
    assert address == "stef@example.org"
    assert "The week of" in letter["Subject"]
    assert list_sent(kit.store) == [], "a try is no week's report"
    assert stef.post(page, f"{page}unsubscribe").status_code == 303
    assert kit.store.query("select * from subscribers") == []
    assert stef.post(page, f"{page}try").status_code == 422


@pytest.mark.usefixtures("week")
def test_the_page_has_the_same_figures_and_goes_back_in_time(stef: Member) -> None:
    page = stef.get(f"/staff/report/?week={WEEK}").text.replace("\xa0", " ").replace("\u202f", " ")
    assert "<dd>120<small>+20 % sur la semaine d’avant</small>" in page
    assert "week=2036-W46" in page
    assert "&lt;b&gt;Affiche" in page
    assert "style=" not in page
    assert "Rien n’a été compté" in stef.get("/staff/report/?week=2030-W01").text
    for wrong in ("2036-W60", "2036-11", "0001-W01", "9999-W52", "x", "²036-W47"):
        assert stef.get(f"/staff/report/?week={wrong}").status_code == 404


def test_weeks_are_those_of_the_campaigns_own_zone(kit: Services) -> None:
    assert last_week(SUNDAY.timestamp(), kit) == "2036-W46"
    midnight = datetime(2036, 11, 23, 23, 0, tzinfo=UTC)  # Monday, in Paris
    assert last_week(midnight.timestamp() - 1, kit) == "2036-W46"
    assert last_week(midnight.timestamp(), kit) == WEEK
    with pytest.raises(UnknownWeek):
        read_week("2036-W54")


@pytest.mark.usefixtures("week")
def test_rehearsals_are_left_out(kit: Services) -> None:
    keep_choice(kit.store, COUNT_FROM, "2036-11-18", "Stef")
    report = read_report(kit, WEEK)
    assert report.sums["confirmed"] == 80
    assert report.before is None


@pytest.mark.usefixtures("week")
def test_the_page_in_a_file_needs_nothing_else(app: Flask, kit: Services) -> None:
    report = read_report(kit, WEEK)
    page = write_page(app, report, "fr")
    assert 'src="data:image/png;base64,' in page
    assert "/report/stop/" not in page
    assert write_text(app, report, "en").count("Excuses denied") == 1


@pytest.mark.usefixtures("week")
def test_the_task_sends_shows_and_writes(
    kit: Services, settings: Settings, inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened, "create_app", lambda: create_app(settings))
    assert "120" in "".join(chore.report(True, None, WEEK, "fr"))
    assert next(iter(chore.report(False, tmp_path / "week.html", WEEK, "en"))).endswith(f"the report of {WEEK}.")
    assert "120" in (tmp_path / "week.html").read_text(encoding="utf-8")
    assert inbox.letters == []
    assert list(chore.report(False, None, WEEK, "fr")) == ["Léa: sent", "Stef: sent"]
    assert list(chore.report(False, None, WEEK, "fr")) == [f"Nobody waits for the report of {WEEK}."]
    inbox.full = {"lea@example.org"}
    with pytest.raises(MailError, match="did not reach everybody"):
        list(chore.report(False, None, "2036-W46", "fr"))
