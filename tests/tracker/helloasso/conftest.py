"""A tracker that HelloAsso tells of gifts: each test says by which ways it is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from settings import Settings
from tests.gifts import HELLOASSO_KEY, encoded, helloasso_headers, recorded
from tracker.services import Services
from tracker.store import Row
from tracker.totals import recount

Rows = Callable[..., list[Row]]
Told = Callable[..., Any]


@pytest.fixture
def ways() -> dict[str, Any]:
    """How this tracker knows HelloAsso's notifications: settings that a test may change before it asks for `app`."""
    return {"hook_helloasso_key": SecretStr(HELLOASSO_KEY)}


@pytest.fixture
def settings(settings: Settings, ways: dict[str, Any]) -> Settings:
    return settings.model_copy(update=ways)


@pytest.fixture
def told(client: FlaskClient) -> Told:
    def send(name: str | dict[str, Any], key: str = HELLOASSO_KEY, **changes: Any) -> Any:
        body = encoded(recorded(f"helloasso/{name}", **changes) if isinstance(name, str) else name)
        return client.post("/hooks/helloasso", data=body, headers=helloasso_headers(body, key))

    return send


@pytest.fixture(autouse=True)
def always_equal(kit: Services) -> Any:
    """Whatever a test did: totals equal what can be counted from the ledger."""
    yield
    assert recount(kit.store, kit.campaign.timezone) == []
