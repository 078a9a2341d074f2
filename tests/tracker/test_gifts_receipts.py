"""What stays of a notification: a receipt of each, and a body only where it was genuine and could not be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from settings import Settings
from tests.gifts import STRIPE_SECRET, encoded, recorded, stripe_headers
from tracker.gifts import stripe
from tracker.gifts.notices import Reading, forget_bodies, list_bodies
from tracker.gifts.recording import Allowance, replay
from tracker.services import Services
from tracker.store import Row

Rows = Callable[..., list[Row]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"hook_stripe_secret": settings.hook_generic_secret.__class__(STRIPE_SECRET)})


@pytest.fixture
def told(client: FlaskClient) -> Callable[..., Any]:
    def send(event: dict[str, Any]) -> Any:
        body = encoded(event)
        return client.post("/hooks/stripe", data=body, headers=stripe_headers(body))

    return send


def test_what_could_not_be_understood_is_kept_and_read_again(
    told: Callable[..., Any], kit: Services, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_body: bytes, _settings: Settings) -> Reading:
        raise KeyError("a shape of tomorrow")

    with monkeypatch.context() as tomorrow:
        tomorrow.setattr(stripe, "read", fails)
        answer = told(recorded("stripe/session_completed"))
        assert (answer.status_code, answer.json["error"]) == (422, "not_understood")
        assert [outcome for _provider, _notice, outcome in replay(kit)] == ["not_understood"]
    assert [json.loads(body)["type"] for _row, body in list_bodies(kit.store)] == ["checkout.session.completed"]
    assert [(provider, outcome) for provider, _notice, outcome in replay(kit)] == [("stripe", "recorded")]
    assert rows("select amount from gifts") == [{"amount": 3000}]
    assert rows("select * from bodies") == []
    assert [row["verdict"] for row in rows("select verdict from notices order by id")] == ["not_understood", "recorded"]
    assert replay(kit) == []


def test_a_replay_counts_nothing_twice(told: Callable[..., Any], kit: Services, rows: Rows) -> None:
    broken = recorded("stripe/session_completed", amount_total="3000")
    assert told(broken).json["error"] == "bad_amount_total"
    told(recorded("stripe/session_completed"))
    assert [outcome for *_which, outcome in replay(kit)] == ["bad_amount_total"]
    assert len(rows("select * from bodies")) == 1
    assert rows("select sum(amount) as amount from gifts") == [{"amount": 3000}]


def test_bodies_go_after_thirty_days(told: Callable[..., Any], kit: Services, rows: Rows) -> None:
    told(recorded("stripe/session_completed", amount_total=None))
    assert len(rows("select * from bodies")) == 1
    soon, late = (datetime.now(UTC) + timedelta(days=days) for days in (29, 31))
    assert forget_bodies(kit.store, soon.timestamp()) == 0
    assert forget_bodies(kit.store, late.timestamp()) == 1
    assert rows("select * from bodies") == []
    assert len(rows("select * from notices")) == 1


def test_forgeries_and_what_was_understood_leave_no_body(
    told: Callable[..., Any], client: FlaskClient, rows: Rows
) -> None:
    body = encoded(recorded("stripe/session_completed", amount_total=None))
    client.post("/hooks/stripe", data=body, headers=stripe_headers(body, "another"))
    told(recorded("stripe/session_completed"))
    told(recorded("stripe/session_completed", currency="usd", payment_intent="pi_2"))
    assert rows("select * from bodies") == []
    assert {row["verdict"] for row in rows("select verdict from notices")} == {
        "bad_signature",
        "recorded",
        "wrong_currency",
    }


def test_a_flood_of_forgeries_fills_no_disk(client: FlaskClient, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Allowance, "MOST", 3)
    for _ in range(9):
        assert client.post("/hooks/stripe", data=b"{}").status_code == 401
    details = [row["detail"] for row in rows("select detail from notices order by id")]
    assert len(details) == 3
    assert details[-1].endswith("in the log alone.")
