"""What a notification tells, the same for every provider; careful ways to read it; and what is kept of it.

Every notification leaves its verdict, an extract of named fields (never a donor's name or address) and a hash of its
body. The body itself is kept only where it was genuine and could not be understood: 30 days, so that it can be read
again by a better reader (`invoke gifts replay`).
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tracker.errors import Refused
from tracker.links import new_id
from tracker.store import Row, Store, Writing

VISIT_ID = re.compile(r"[A-Za-z0-9_-]{16}", re.ASCII)
KEPT_DAYS = 30
MILLISECONDS = 10**11  # no time in seconds is that large for another three thousand years


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that happened to a payment. `amount` is in minor units and never negative; `kind` gives its sign.

    Kinds: gift; refund (one, with a number of its own in `entry`), refund_failed (that one came back), refunded (how
    much in all, until `at`); dispute and dispute_won; held (how much of the payment stands in doubt, as of `at`); and
    what tracker.gifts.orders joins: order, bill (`of` an order) and instalment (`of` a bill).

    `form` is the form or page through which it came, `begun_at` when a gift that is paid in parts was promised.
    """

    kind: str
    payment: str
    entry: str
    amount: int
    currency: str
    account: str = ""
    visit_id: str | None = None
    livemode: bool = True
    at: int | None = None
    amount_hidden: bool = False
    of: str = ""
    form: str = ""
    begun_at: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a notification says: notices for the ledger; or none, and the named reason in `verdict`."""

    extract: Mapping[str, Any]
    notices: list[Notice] = field(default_factory=list)
    verdict: str = "ignored"


def parse_body(body: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises Refused."""
    try:
        message = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Refused("malformed_body", "The body is not JSON in UTF-8.") from None
    if not isinstance(message, dict):
        raise Refused("malformed_body", "The body must be a JSON object.")
    return message


def read_part(data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The object at this place. Raises Refused if there is none."""
    for name in names:
        data = data.get(name) or {}
        if not isinstance(data, dict):
            break
    if not isinstance(data, dict) or not data:
        raise Refused("malformed_body", f"The body must have an object at {'.'.join(names)}.")
    return data


def read_text(data: Mapping[str, Any], name: str, longest: int = 200, required: bool = True) -> str:
    """A field that must be a text (or a whole number, as some platforms number their payments)."""
    value = data.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or not (value or not required) or len(value) > longest or not is_plain(value):
        raise Refused(f"bad_{name}", f"The field {name} must be a text of 1 to {longest} characters.", 422)
    return value


def is_plain(value: str) -> bool:
    """Whether a database can keep the text: JSON can spell half characters and nulls, which none can."""
    return "\0" not in value and value.isprintable()


def read_whole(data: Mapping[str, Any], name: str, required: bool = True) -> int | None:
    """A field that must be a whole number."""
    value = data.get(name)
    if value is None and not required:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**53:
        raise Refused(f"bad_{name}", f"The field {name} must be a whole number, below 2^53.", 422)
    return value


def read_flag(data: Mapping[str, Any], name: str, unsaid: bool) -> bool:
    """A field that must be true or false, which services that know forms alone spell as a text."""
    value = data.get(name)
    if value is None:
        return unsaid
    if value not in (True, False, "true", "false"):
        raise Refused(f"bad_{name}", f"The field {name} must be true or false.", 422)
    return value in (True, "true")


def read_amount(data: Mapping[str, Any], name: str) -> int:
    amount = read_whole(data, name)
    assert amount is not None
    return amount


def read_moment(data: Mapping[str, Any], name: str) -> int | None:
    """A time, as seconds since 1970 or as an ISO 8601 date with its time zone."""
    value = data.get(name)
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None:
                return max(int(moment.timestamp()), 0)
        except (ValueError, OverflowError):
            pass
        raise Refused(
            f"bad_{name}", f"The field {name} must be seconds since 1970, or a date such as 2026-11-22T18:00:00Z.", 422
        )
    seconds = read_whole(data, name, required=False)
    if seconds is not None and seconds >= MILLISECONDS:
        raise Refused(f"bad_{name}", f"The field {name} must be seconds since 1970; these would be milliseconds.", 422)
    return None if seconds is None else max(seconds, 0)


def read_visit(value: object) -> str | None:
    """A visit id that went through the platform; None for anything else, which is no reason to refuse a gift."""
    return value if isinstance(value, str) and VISIT_ID.fullmatch(value) else None


def short_texts(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields for an extract: those that are there, none of them long, and nothing inside them that has a name."""
    kept: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, bool | int) or (isinstance(value, str) and value):
            kept[name] = value[:200] if isinstance(value, str) else value
    return kept


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is kept of one notification; `body` only for as long as nobody could read it."""

    id: str
    provider: str
    at: int
    verdict: str
    detail: str
    payment: str
    body_hash: str
    extract: str
    body: bytes | None = None


def make_receipt(
    provider: str,
    verdict: str,
    body: bytes,
    detail: str = "",
    extract: Mapping[str, Any] | None = None,
    keep_body: bool = False,
) -> Receipt:
    fields = short_texts(extract or {})
    return Receipt(
        id=new_id(),
        provider=provider,
        at=int(time.time()),
        verdict=verdict,
        detail=detail[:300],
        payment=str(fields.get("payment", "")),
        body_hash=hashlib.sha256(body).hexdigest(),
        extract=json.dumps(fields) if fields else "",
        body=body if keep_body else None,
    )


def write_receipts(writing: Writing, receipts: list[Receipt]) -> list[None]:
    columns = ("id", "provider", "at", "verdict", "detail", "payment", "body_hash", "extract")
    writing.insert("notices", columns, [tuple(getattr(each, name) for name in columns) for each in receipts])
    kept = [
        (each.id, each.provider, each.at, base64.b64encode(each.body).decode())
        for each in receipts
        if each.body is not None
    ]
    writing.insert("bodies", ("notice", "provider", "at", "body"), kept)
    return [None] * len(receipts)


def list_bodies(store: Store) -> Iterable[tuple[Row, bytes]]:
    """Notifications that could not be understood, oldest first, with their bodies."""
    for row in store.query("select notice, provider, at, body from bodies order by at, notice"):
        yield row, base64.b64decode(row["body"])


def forget_bodies(store: Store, now: float | None = None) -> int:
    """Delete bodies that have been kept for 30 days; how many."""
    old = int(time.time() if now is None else now) - KEPT_DAYS * 86_400
    if not store.query("select 1 as one from bodies where at < :old limit 1", old=old):
        return 0
    return store.execute("delete from bodies where at < :old", old=old)
