"""The weekly report, sent to a real mail server on loopback: once to each who asked, readable as text and as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from socket import socket
from threading import Barrier, Thread
from typing import Any

import pytest
import time_machine
from aiosmtpd.controller import Controller
from flask import Flask
from pydantic import SecretStr

from settings import Settings, SettingsError, load
from tests.conftest import KEY
from tests.tracker.conftest import PASSWORD, Member
from tracker import create_app
from tracker.choices import COUNT_FROM, keep_choice
from tracker.report import post
from tracker.report.figures import UnknownWeek, last_week, read_report, read_week
from tracker.report.letter import write_page, write_text
from tracker.report.post import MailError, open_post
from tracker.report.sending import AGAIN, TRIES, claim, list_sent, send_due
from tracker.report.subscribers import BadAddress, list_subscribers, stop_token, subscribe
from tracker.services import EXTENSION, Services
from tracker.staff import add_staff
from tracker.staff.accounts import remove_staff
from tracker.totals import Change, add_to_totals

SUNDAY = datetime(2036, 11, 23, 11, 0, tzinfo=UTC)  # of the week 2036-W47
MONDAY = datetime(2036, 11, 24, 5, 59, tzinfo=UTC)  # 6:59 in Paris
WEEK = "2036-W47"


class Inbox:
    """A mail server's handler: keeps what it is given; refuses whoever is in `full`."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, EmailMessage]] = []
        self.full: set[str] = set()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address in self.full:
            return "552 5.2.2 Mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        letter = message_from_bytes(envelope.content, policy=policy.default)
        self.letters += [(address, letter) for address in envelope.rcpt_tos]
        return "250 OK"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def mail_server(inbox: Inbox) -> Iterator[Controller]:
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def settings(settings: Settings, mail_server: Controller) -> Settings:
    values = settings.model_dump()
    values |= {
        "tracker_secrets": settings.tracker_secrets,
        "hook_generic_secret": settings.hook_generic_secret,
        "smtp_url": f"smtp://127.0.0.1:{mail_server.port}",
        "mail_from": "Le Bureau des excuses <bureau@example.org>",
        "site_url": "https://excuses.example.org",
    }
    return load(_env_file=None, **values)


@pytest.fixture
def week(kit: Services) -> None:
    """Figures of a week and of the one before; Stef and Léa wait for them."""
    days = [("2036-11-17", 40, 0), ("2036-11-19", 60, 2), ("2036-11-23", 20, 0), ("2036-11-12", 100, 0)]
    with kit.store.atomic() as writing:
        for day, confirmed, gifts in days:
            at = int(datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=kit.campaign.timezone).timestamp())
            change = Change(
                "a" * 16,
                at,
                "jai-piscine",
                "wa",
                visits=confirmed,
                confirmed=confirmed,
                gifts=gifts,
                amount=gifts * 1500,
            )
            add_to_totals(writing, [change], kit.campaign.timezone)
        writing.execute("insert into sharers (id, kind, name, generation, created_at) values ('aaaaaaaaaaaaaaaa', "
                        "'origin', '<b>Affiche</b> & co', 1, 0)")  # fmt: skip
    for name, language in (("Stef", "fr"), ("Léa", "en")):
        add_staff(kit.store, name, PASSWORD, "admin")
        subscribe(kit.store, name, f"{name.lower().replace('é', 'e')}@example.org", language)


def parts(letter: EmailMessage) -> tuple[str, str, bytes]:
    """Text, HTML and picture."""
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    (picture,) = [part for part in letter.walk() if part.get_content_type() == "image/png"]
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content(), picture.get_content()


@pytest.mark.usefixtures("week")
def test_each_gets_the_week_in_their_language_once(app: Flask, kit: Services, inbox: Inbox) -> None:
    now = MONDAY.timestamp()
    assert send_due(app, now) == []
    assert send_due(app, now + 60) == [("Léa", ""), ("Stef", "")]
    assert send_due(app, now + 120) == []
    assert send_due(app, now + 5 * 86_400) == []
    letters = dict(inbox.letters)
    assert letters.keys() == {"stef@example.org", "lea@example.org"}
    french, english = letters["stef@example.org"], letters["lea@example.org"]
    assert french["Subject"].startswith("La semaine du 17 au 23 novembre 2036")
    assert english["Subject"].startswith("The week of 17 to 23 November 2036")
    assert french["From"] == "Le Bureau des excuses <bureau@example.org>"
    text, html, picture = parts(french)
    assert "visiteurs confirmés : 120 (+20 % sur la semaine d’avant)" in text.replace("\xa0", " ").replace(
        "\u202f", " "
    )
    assert "Excuses refusées" in html
    assert "Excuses denied: 2" in parts(english)[0]
    assert picture.startswith(b"\x89PNG")
    assert "cid:semaine" in html
    assert "<b>Affiche</b>" not in html
    assert "<b>Affiche</b> & co" in text, "text is not HTML"
    assert "http" not in re.sub(r'https://excuses\.example\.org[^"\s<]*', "", html), "nothing is loaded from elsewhere"
    assert [(row["staff"], bool(row["sent_at"])) for row in list_sent(kit.store)] == [("Léa", True), ("Stef", True)]


@pytest.mark.usefixtures("week")
def test_one_click_stops_it_and_a_scanner_does_not(app: Flask, kit: Services, inbox: Inbox, client: Any) -> None:
    send_due(app, MONDAY.timestamp() + 60)
    letter = dict(inbox.letters)["stef@example.org"]
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = letter["List-Unsubscribe"].strip("<>")
    assert address in parts(letter)[0]
    path = address.removeprefix("https://excuses.example.org")
    assert client.get(path).status_code == 200
    assert len(list_subscribers(kit.store)) == 2
    answer = client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert [row["staff"] for row in list_subscribers(kit.store)] == ["Léa"]
    assert client.post(path).status_code == 200, "twice is no mistake"
    for wrong in ("/report/stop/nonsense", f"{path}x", "/report/stop/IlN0ZWYi.AAAA"):
        assert client.get(wrong).status_code == 404
        assert client.post(wrong).status_code == 404


@pytest.mark.usefixtures("week")
def test_a_mailbox_that_refuses_keeps_it_from_nobody_else_and_is_tried_again(
    app: Flask, kit: Services, inbox: Inbox
) -> None:
    now = MONDAY.timestamp() + 60
    inbox.full = {"lea@example.org"}
    assert send_due(app, now) == [("Léa", "552 5.2.2 Mailbox full"), ("Stef", "")]
    assert send_due(app, now + 60) == []
    inbox.full = set()
    assert send_due(app, now + AGAIN) == [("Léa", "")]
    assert sorted(address for address, _ in inbox.letters) == ["lea@example.org", "stef@example.org"]
    assert list_sent(kit.store)[0]["problem"] is None


@pytest.mark.usefixtures("week")
def test_what_is_refused_for_ever_is_given_up(app: Flask, inbox: Inbox) -> None:
    inbox.full = {"lea@example.org", "stef@example.org"}
    now = MONDAY.timestamp() + 60
    tries = [len(send_due(app, now + place * AGAIN)) for place in range(TRIES + 2)]
    assert tries == [2] * TRIES + [0, 0]


def test_of_many_processes_one_sends(settings: Settings) -> None:
    """Each with a store of its own, at the same moment."""
    apps = [create_app(settings) for _ in range(3)]
    stores = [app.extensions[EXTENSION].store for app in apps]
    barrier, won = Barrier(3), []

    def race(store: Any) -> None:
        barrier.wait()
        won.append(claim(store, WEEK, "Stef", 1000))

    threads = [Thread(target=race, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False, False, True]
    for store in stores:
        store.close()


@pytest.mark.usefixtures("week")
def test_who_leaves_or_came_later_gets_nothing(app: Flask, kit: Services, inbox: Inbox) -> None:
    remove_staff(kit.store, "Léa")
    with time_machine.travel(MONDAY + timedelta(hours=2), tick=False):
        add_staff(kit.store, "Ida", PASSWORD, "marketer")
        subscribe(kit.store, "Ida", "ida@example.org", "fr")
    assert send_due(app, MONDAY.timestamp() + 3 * 3600) == [("Stef", "")]
    assert [address for address, _ in inbox.letters] == ["stef@example.org"]


@pytest.mark.usefixtures("week")
def test_a_server_that_is_away_claims_nothing(app: Flask, kit: Services) -> None:
    with socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, and not listened on
        away = kit.settings.model_copy(update={"smtp_url": SecretStr(f"smtp://127.0.0.1:{closed.getsockname()[1]}")})
        app.extensions[EXTENSION] = replace(kit, settings=away)
        with pytest.raises(MailError, match="can't be used"):
            send_due(app, MONDAY.timestamp() + 60)
    assert list_sent(kit.store) == []


@pytest.mark.parametrize("address", ["smtp://192.0.2.1:25", "smtps://127.0.0.1"])
def test_the_password_is_never_told(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post, "PATIENCE", 0.2)
    secret = address.replace("//", "//stef:hunter2@")
    settings = load(_env_file=None, smtp_url=secret, mail_from="a@example.org", tracker_secrets=[KEY])
    with pytest.raises(MailError) as error, open_post(settings):
        pass
    assert "hunter2" not in str(error.value)
    assert "hunter2" not in repr(settings)
    with pytest.raises(SettingsError) as wrong:
        load(_env_file=None, smtp_url="http://stef:hunter2@example.org")
    assert "hunter2" not in str(wrong.value)


def test_a_stranger_on_the_way_reads_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server elsewhere that offers no encryption is not spoken to."""
    monkeypatch.setattr(post, "is_here", lambda _host: False)
    with pytest.raises(MailError, match="offers no encryption"), open_post(settings):
        pass


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
    from chores import report as chore

    monkeypatch.setattr(chore, "create_app", lambda: create_app(settings))
    assert "120" in "".join(chore.report(True, None, WEEK, "fr"))
    assert next(iter(chore.report(False, tmp_path / "week.html", WEEK, "en"))).endswith(f"the report of {WEEK}.")
    assert "120" in (tmp_path / "week.html").read_text(encoding="utf-8")
    assert inbox.letters == []
    assert list(chore.report(False, None, WEEK, "fr")) == ["Léa: sent", "Stef: sent"]
    assert list(chore.report(False, None, WEEK, "fr")) == [f"Nobody waits for the report of {WEEK}."]
    inbox.full = {"lea@example.org"}
    with pytest.raises(MailError, match="did not reach everybody"):
        list(chore.report(False, None, "2036-W46", "fr"))


def test_a_name_of_staff_can_not_add_a_header(kit: Services) -> None:
    assert "\n" not in stop_token(kit, "Mallory\r\nBcc: x@example.org")
