"""Gifts: donations, as the donation platforms tell them, never the visitor's browser.

Each provider is one module with `read_notice(secret, headers, body)`, which returns a Notice or raises Refused.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, request
from pydantic import SecretStr

from tracker.errors import Refused
from tracker.gifts import generic
from tracker.gifts.ledger import Entry, write_entries
from tracker.gifts.notices import Notice
from tracker.links import new_id
from tracker.services import Services, services
from tracker.store import Writing

log = logging.getLogger(__name__)

blueprint = Blueprint("gifts", __name__, url_prefix="/hooks")

LARGEST = 100_000_00  # minor units: above this it is a mistake or an attack, and staff enter it by hand
LONGEST_BODY = 256 * 1024


@dataclass(frozen=True)
class Provider:
    """A donation platform: the setting that holds its secret, and how its notifications are read."""

    setting: str
    read_notice: Callable[[str, Mapping[str, str], bytes], Notice | None]


PROVIDERS = {"generic": Provider("hook_generic_secret", generic.read_notice)}


def record_notice(kit: Services, provider: str, notice: Notice) -> str:
    """Put what was told into the ledger: "recorded", or "known" if it was there already. Raises Refused."""
    check_amount(kit, notice)
    now = int(time.time())
    entry = Entry(
        provider=provider,
        account=notice.account,
        payment=notice.payment,
        entry=notice.entry,
        kind=notice.kind,
        amount=notice.amount if notice.kind == "gift" else -notice.amount,
        currency=notice.currency,
        visit_id=notice.visit_id,
        livemode=notice.livemode,
        at=min(notice.at or now, now),
        received_at=now,
        timezone=kit.campaign.timezone,
    )
    return "recorded" if kit.store.record(write_entries, entry) else "known"


def check_amount(kit: Services, notice: Notice) -> None:
    if notice.currency != kit.campaign.currency:
        raise Refused(
            "wrong_currency", f"This campaign counts in {kit.campaign.currency}, not in {notice.currency[:10]!r}.", 422
        )
    if notice.amount <= 0:
        raise Refused("amount_not_positive", "The amount must be above zero, in minor units (3000 is 30.00).", 422)
    if notice.amount > LARGEST:
        raise Refused("absurd_amount", f"The amount is above {LARGEST} minor units; staff can enter it by hand.", 422)


def keep_notice(kit: Services, provider: str, verdict: str, body: bytes, detail: str = "", payment: str = "") -> None:
    """Keep what became of a notification, for staff; of its body only a hash."""
    row = (
        new_id(),
        provider,
        int(time.time()),
        verdict,
        detail[:300],
        payment[:200],
        hashlib.sha256(body).hexdigest(),
    )
    kit.store.record_later(write_notices, row)


def write_notices(writing: Writing, rows: list[tuple[str, str, int, str, str, str, str]]) -> list[None]:
    columns = ("id", "provider", "at", "verdict", "detail", "payment", "body_hash")
    writing.insert("notices", columns, rows)
    return [None] * len(rows)


@blueprint.post("/<provider>")
def receive(provider: str) -> tuple[Response, int]:
    kit = services()
    known = PROVIDERS.get(provider)
    secret: SecretStr | None = getattr(kit.settings, known.setting) if known else None
    if known is None or secret is None:
        raise Refused("unknown_provider", "No such hook here, or its secret is not set (see `invoke settings`).", 404)
    if (request.content_length or 0) > LONGEST_BODY:
        raise Refused("body_too_large", f"A notification has at most {LONGEST_BODY} bytes.", 413)
    body = request.get_data(cache=False)
    payment = ""
    try:
        notice = known.read_notice(secret.get_secret_value(), dict(request.headers), body)
        payment = notice.payment if notice else ""
        verdict = record_notice(kit, provider, notice) if notice else "ignored"
    except Refused as refusal:
        log.warning("A notification of %s was refused: %s (%s)", provider, refusal.name, refusal)
        keep_notice(kit, provider, refusal.name, body, str(refusal), payment)
        raise
    keep_notice(kit, provider, verdict, body, payment=payment)
    return jsonify(status=verdict), 200
