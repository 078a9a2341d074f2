"""What docs/gifts.md promises: its example sender is signed as the hook wants it, its commands and settings exist."""

from __future__ import annotations

import io
import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from settings import Settings
from tests.conftest import HOOK_SECRET
from tracker.gifts import stripe
from tracker.gifts.recording import PROVIDERS

HERE = Path(__file__).resolve().parents[2]
TEXT = (HERE / "docs" / "gifts.md").read_text(encoding="utf-8")


def test_the_python_example_is_understood(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = [text for text in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) if "def " in text]
    assert len(re.findall(r"^    ", example, re.MULTILINE)) <= 10

    def deliver(request: Any, timeout: int) -> io.BytesIO:
        answer = client.post(request.selector, data=request.data, headers=dict(request.header_items()))
        assert answer.status_code == 200, (answer.json, timeout)
        return io.BytesIO(answer.data)

    monkeypatch.setattr(urllib.request, "urlopen", deliver)
    names: dict[str, Any] = {}
    exec(example, names)
    tell = names["tell_ricochet"]
    gift = {"payment": "1042", "amount": 3000, "currency": "EUR"}
    assert tell("http://x", HOOK_SECRET, "gift", **gift, visit_id=None) == {"status": "recorded"}
    assert tell("http://x", HOOK_SECRET, "refund", **gift, refund="r1") == {"status": "recorded"}


def test_every_provider_and_every_setting_of_theirs_has_its_page() -> None:
    for name in PROVIDERS:
        assert f"/hooks/{name}" in TEXT
    for setting in Settings.model_fields:
        if setting.startswith(("hook_", "helloasso_")):
            assert setting.upper() in TEXT, setting


def test_every_stripe_event_that_we_ask_for_is_one_that_we_read() -> None:
    asked = set(re.findall(r"`((?:checkout\.session|charge|refund|invoice|invoice_payment)\.[a-z_.]+[a-z])`", TEXT))
    assert asked - set(stripe.READERS) == set()
    assert len(asked) >= 13
