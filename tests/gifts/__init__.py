"""Notifications in the shapes that platforms document (see docs/gifts.md), and their platforms' ways to sign them."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
STRIPE_SECRET = "whsec_of_a_stripe_account_that_is_not_there"
HELLOASSO_KEY = "AyCM0yTeQd8In2OzdP3R2HGTrYiCA818UCFLhrD9BCnNhTriWLipxEDpsaTbdfec"

Post = Callable[..., Any]


def recorded(name: str, **changes: Any) -> dict[str, Any]:
    """A notification, such as stripe/session_completed, with some fields of its object changed."""
    told: dict[str, Any] = json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
    thing = told["data"]["object"] if name.startswith("stripe/") else told["data"]
    thing.update(changes)
    return told


def stripe_headers(body: bytes, secret: str = STRIPE_SECRET, at: float | None = None) -> dict[str, str]:
    moment = int(time.time() if at is None else at)
    signature = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={moment},v1={signature},v0=old", "Content-Type": "application/json; charset=utf-8"}


def helloasso_headers(body: bytes, key: str = HELLOASSO_KEY) -> dict[str, str]:
    return {
        "x-ha-signature": hmac.new(key.encode(), body, hashlib.sha256).hexdigest(),
        "Content-Type": "application/json",
    }


def encoded(told: dict[str, Any]) -> bytes:
    return json.dumps(told).encode()
