"""A real mail server on loopback, and a week worth telling, for which Stef and Léa wait."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from settings import Settings, load
from tests.ports import free_port
from tests.tracker.conftest import PASSWORD
from tracker.report.subscribers import subscribe
from tracker.services import Services
from tracker.staff import add_staff
from tracker.totals import Change, add_to_totals

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
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port())
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
