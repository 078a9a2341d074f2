"""The generic hook: Standard Webhooks (https://www.standardwebhooks.com), for any platform or shop of one's own."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, WebhookVerificationError

from tracker.errors import Refused
from tracker.gifts.notices import Notice, read_text, read_whole

VISIT_ID = re.compile(r"[A-Za-z0-9_-]{16}", re.ASCII)


def read_notice(secret: str, headers: Mapping[str, str], body: bytes) -> Notice | None:
    """The gift or refund that a notification tells; None for other types. Raises Refused for what can't be trusted."""
    check_signature(secret, headers, body)
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused("malformed_body", "The body is not JSON.") from None
    data = message.get("data") if isinstance(message, dict) else None
    if not isinstance(data, dict):
        raise Refused("malformed_body", 'The body must be {"type": ..., "data": {...}}.')
    if message.get("type") not in ("gift", "refund"):
        return None
    return read_data(message["type"], data)


def read_data(kind: str, data: Mapping[str, Any]) -> Notice:
    amount = read_whole(data, "amount")
    assert amount is not None
    visit = data.get("visit_id")
    return Notice(
        kind=kind,
        payment=read_text(data, "payment"),
        entry="gift" if kind == "gift" else f"refund:{read_text(data, 'refund')}",
        amount=amount,
        currency=read_text(data, "currency", longest=10),
        account=read_text(data, "account", required=False),
        visit_id=visit if isinstance(visit, str) and VISIT_ID.fullmatch(visit) else None,
        livemode=data.get("livemode") is not False,
        at=read_time(data),
    )


def read_time(data: Mapping[str, Any]) -> int | None:
    """`at` as seconds since 1970, or as an ISO 8601 date with its time zone."""
    value = data.get("at")
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None:
                return max(int(moment.timestamp()), 0)
        except (ValueError, OverflowError):
            pass
        raise Refused("bad_at", "data.at must be seconds since 1970, or a date such as 2026-11-22T18:00:00Z.", 422)
    seconds = read_whole(data, "at", required=False)
    return None if seconds is None else max(seconds, 0)


def check_signature(secret: str, headers: Mapping[str, str], body: bytes) -> None:
    """Raises Refused for a missing or wrong signature, or a time more than five minutes off."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("malformed_body", "The body is not UTF-8.") from None
    try:
        signer(secret).verify(text, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        stale = "timestamp" in str(error).lower() and "too" in str(error).lower()
        if stale:
            raise Refused("stale_time", "The webhook-timestamp is more than five minutes off.", 400) from None
        raise Refused("bad_signature", "The Standard Webhooks signature is missing or wrong.", 401) from None


def signer(secret: str) -> Webhook:
    """A secret is base64 after `whsec_`, as the standard says; any other text is taken as the key itself."""
    text = secret.removeprefix("whsec_")
    try:
        return Webhook(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
    except (ValueError, EmptyWebhookSecretError):
        return Webhook(secret.encode("utf-8"))
