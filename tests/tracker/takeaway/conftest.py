"""A story to take away, and programs that read it with a token."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.tracker.conftest import Member
from tracker.branches import refresh_branches
from tracker.services import Services
from tracker.standings import keep_current
from tracker.takeaway.tokens import TOKEN
from tracker.virality.days import refresh_days


@pytest.fixture
def story(ana: Any, bo: Any, tell: Callable[..., Any], kit: Services) -> str:
    """Ana passes an episode on; Bo follows her link, stays, and gives 30 €. Ana's id."""
    me = ana.arrive()["visit"]
    visit = bo.follow(ana.share(me)["url"].rsplit("/", 1)[1])
    bo.see(visit)
    assert tell(payment="p1", amount=3000, visit_id=visit.split(".")[0]).status_code == 200
    kit.store.flush()
    return str(me.split(".")[0])


def make_token(member: Member, name: str = "Tableau du siège") -> str:
    page = member.post("/staff/tokens/", name=name)
    assert page.status_code == 201
    found = TOKEN.search(page.text)
    assert found
    return found[0]


def read(client: FlaskClient, path: str, token: str, scheme: str = "Bearer") -> Any:
    return client.get(path, headers={"Authorization": f"{scheme} {token}", "User-Agent": "a program"})


def add_up(kit: Services) -> None:
    """What the background does each minute."""
    kit.store.flush()
    now = time.time()
    keep_current(kit.store, kit.campaign.timezone, now)
    refresh_branches(kit.store, int(now))
    refresh_days(kit.store, kit.campaign.timezone, now)
