"""The generic hook: Standard Webhooks (https://www.standardwebhooks.com), for any platform or shop of one's own."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, WebhookVerificationError

from settings import Settings
from tracker.errors import Refused
from tracker.gifts.notices import (
    Notice,
    Reading,
    parse_body,
    read_amount,
    read_flag,
    read_moment,
    read_part,
    read_text,
    read_visit,
)
from tracker.gifts.provider import Message, plain

FIELD = "visit_id"


def is_open(settings: Settings) -> bool:
    return settings.hook_generic_secret is not None


def check(message: Message) -> bytes:
    """Raises Refused for a missing or wrong signature, or a time more than five minutes off."""
    check_signature(plain(message.settings.hook_generic_secret), message.headers, message.body)
    return message.body


def read(body: bytes, _settings: Settings) -> Reading:
    """A gift or a refund; nothing for other types."""
    told = parse_body(body)
    data = read_part(told, "data")
    kind = told.get("type")
    names = ("payment", "refund", "amount", "currency", "account", "livemode", "at", "visit_id")
    extract = {"type": kind, **{name: data.get(name) for name in names}}
    if kind not in ("gift", "refund"):
        return Reading(extract)
    return Reading(extract, [read_data(kind, data)])


def read_data(kind: str, data: Mapping[str, Any]) -> Notice:
    return Notice(
        kind=kind,
        payment=read_text(data, "payment"),
        entry="gift" if kind == "gift" else f"refund:{read_text(data, 'refund')}",
        amount=read_amount(data, "amount"),
        currency=read_text(data, "currency", longest=10).upper(),
        account=read_text(data, "account", required=False),
        visit_id=read_visit(data.get("visit_id")),
        livemode=read_flag(data, "livemode", unsaid=True),
        at=read_moment(data, "at"),
    )


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
