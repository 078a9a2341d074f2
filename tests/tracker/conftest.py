"""Stef, who is staff: a browser that signs in through the door, and forms that carry their token."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import AGENTS
from tests.databases import emptied
from tests.gifts.served import gift_server, helloasso_api, open_server, partner_server  # noqa: F401 - fixtures
from tracker.services import Services
from tracker.staff import accounts, add_staff
from tracker.store import Store, open_store

PASSWORD = "quatre mots au hasard"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Every test here runs on both databases."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_database"))
    return emptied(request.getfixturevalue("postgres_database"))


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """The store alone, for what needs no application."""
    store = open_store(database)
    store.migrate()
    yield store
    store.close()


@dataclass
class Member:
    """Somebody of staff in their browser."""

    client: FlaskClient
    address: str = "127.0.0.1"

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(
            path, headers={"User-Agent": AGENTS["stef"], **headers}, environ_base={"REMOTE_ADDR": self.address}
        )

    def post(self, page: str, to: str = "", **form: str) -> Any:
        """Send a form of this page, with the page's token, to the page itself or elsewhere."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).text)
        assert found, f"{page} has no form of staff"
        return self.client.post(
            to or page,
            data={"csrf_token": found[1], **form},
            headers={"User-Agent": AGENTS["stef"]},
            environ_base={"REMOTE_ADDR": self.address},
        )

    def sign_in(self, name: str = "Stef", password: str = PASSWORD, wanted: str = "") -> Any:
        page = "/staff/sign-in" + (f"?next={wanted}" if wanted else "")
        return self.post(page, name=name, password=password)


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 is slow on purpose; tests need it right, not slow."""
    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    accounts.nobodys_password.cache_clear()


@pytest.fixture
def browser(app: Flask) -> Callable[..., Member]:
    """A new browser, signed in nowhere."""

    def open_browser(address: str = "127.0.0.1") -> Member:
        return Member(app.test_client(), address)

    return open_browser


@pytest.fixture
def hire(kit: Services, browser: Callable[..., Member]) -> Callable[[str], Member]:
    """Somebody with this role, signed in; their name is the role's."""

    def add(role: str) -> Member:
        add_staff(kit.store, role.title(), PASSWORD, role)
        member = browser()
        assert member.sign_in(role.title()).status_code == 303
        return member

    return add


@pytest.fixture
def stef(kit: Services, browser: Callable[..., Member]) -> Member:
    add_staff(kit.store, "Stef", PASSWORD, "admin")
    member = browser()
    assert member.sign_in().status_code == 303
    return member


def table_of(answer: Any) -> list[dict[str, str]]:
    """The rows of a CSV answer."""
    text = answer.data.decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:])))


def words_of(answer: Any) -> str:
    """A page's text: without its tags, and with ordinary spaces alone."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


@pytest.fixture
def story(ana: Any, bo: Any, tell: Callable[..., Any]) -> dict[str, Any]:
    """Ana passes an episode on; Bo follows her link, stays, and gives 30 €, of which the platform tells twice."""
    me = ana.arrive()
    link = ana.share(me["visit"])["url"].rsplit("/", 1)[1]
    visit = bo.follow(link)
    bo.see(visit)
    gift = {"payment": "p1", "amount": 3000, "visit_id": visit.split(".")[0]}
    assert tell(**gift).status_code == 200
    assert tell(id_="msg_2", **gift).status_code == 200
    return {"ana": me["visit"].split(".")[0], "bo": gift["visit_id"], "link": link}
