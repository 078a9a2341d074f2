"""The weekly report, sent to a real mail server on loopback: once to each who asked, and told again to none."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from socket import socket
from threading import Barrier, Thread
from typing import Any

import pytest
import time_machine
from flask import Flask
from pydantic import SecretStr

from settings import Settings, SettingsError, load
from tests.conftest import KEY
from tests.tracker.conftest import PASSWORD
from tests.tracker.report.conftest import MONDAY, WEEK, Inbox
from tracker import create_app
from tracker.report import post
from tracker.report.post import MailError, open_post
from tracker.report.sending import AGAIN, TRIES, claim, list_sent, send_due
from tracker.report.subscribers import list_subscribers, stop_token, subscribe
from tracker.services import EXTENSION, Services
from tracker.staff import add_staff
from tracker.staff.accounts import remove_staff


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


def test_a_name_of_staff_can_not_add_a_header(kit: Services) -> None:
    assert "\n" not in stop_token(kit, "Mallory\r\nBcc: x@example.org")
