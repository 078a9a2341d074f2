"""HelloAsso: notifications `Order`, `Payment` and `Form`, of which only payments are counted, each by its own number.

A hosted form's own questions are answered in the order, not in its payments: an order is read for the visit alone.

Three ways to know them from forgeries: a signature (partners alone have one), HelloAsso's published address, or asking
its API about the payment. A payment's state is told as it stands, with the time of its last change. Numbers of payments
are HelloAsso's own, the same for all associations, so that no account's name is needed, which its lists don't have.
https://dev.helloasso.com/docs/les-notifications
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

from settings import Settings
from tracker.errors import Refused
from tracker.gifts.notices import (
    Notice,
    Reading,
    parse_body,
    read_amount,
    read_moment,
    read_part,
    read_text,
    read_visit,
)
from tracker.gifts.provider import Message, plain

FIELD = "visit_id"
CURRENCY = "EUR"  # HelloAsso serves French associations, in euros; its notifications name no currency
PAID = ("Authorized", "Refunding", "Refunded", "Contested")  # states that a payment reaches only once it was paid
DOUBTFUL = ("Contested", "Canceled")
GIFT_FORMS = ("Donation", "CrowdFunding", "Checkout", "PaymentForm")  # not memberships, tickets or a shop
OUR_FIELDS = ("visit_id", "ricochet")  # how a custom field or the metadata may call our visit id
SANDBOX = "helloasso-sandbox"
PLACES = {"Payment": "payments", "Order": "orders"}  # where the API keeps what is told of


def is_open(settings: Settings) -> bool:
    return bool(settings.hook_helloasso_key or settings.hook_helloasso_addresses or settings.helloasso_client_id)


def check(message: Message) -> bytes:
    """The notification, once it is known to be HelloAsso's; or what HelloAsso's API says of its payment."""
    settings = message.settings
    if settings.hook_helloasso_key:
        check_signature(plain(settings.hook_helloasso_key), message)
        return message.body
    known_address = message.address in settings.hook_helloasso_addresses
    if settings.hook_helloasso_addresses and not known_address:
        raise Refused("unknown_sender", "This address is not one of HOOK_HELLOASSO_ADDRESSES.", 403)
    if not settings.helloasso_client_id:
        return message.body
    return read_back(message, known_address)


def check_signature(key: str, message: Message) -> None:
    wanted = hmac.new(key.encode(), message.body, hashlib.sha256).hexdigest()
    given = message.header("x-ha-signature").strip().lower()
    if not hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace")):
        raise Refused("bad_signature", "The x-ha-signature is missing or wrong.", 401)


def read_back(message: Message, known_address: bool) -> bytes:
    """The payment or order as HelloAsso's API has it. What that does not repeat, our metadata, needs a known sender."""
    told = parse_body(message.body)
    event = str(told.get("eventType"))
    if event not in PLACES or (event == "Order" and not find_visit(told, read_part(told, "data"))):
        return message.body  # nothing that we would keep
    number = read_text(read_part(told, "data"), "id")
    if not number.isdigit():
        raise Refused("bad_id", "The field id must be a number.", 422)
    settings = message.settings
    api = settings.helloasso_api.rstrip("/")
    token = tokens.get(message)
    found = message.fetch(f"{api}/v5/{PLACES[event]}/{number}", headers={"Authorization": f"Bearer {token}"})
    if str(found.get("id")) != number:
        raise Refused("not_found", "HelloAsso's API knows of no such number.", 404)
    confirmed: dict[str, Any] = {"eventType": event, "data": found}
    if known_address:
        confirmed["metadata"] = told.get("metadata")
    return json.dumps(confirmed).encode()


class Tokens:
    """The API's access token, kept until shortly before it ends: HelloAsso asks not to fetch one for each call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], tuple[str, float]] = {}

    def get(self, message: Message) -> str:
        settings = message.settings
        key = (settings.helloasso_api, str(settings.helloasso_client_id))
        with self._lock:
            token, until = self._kept.get(key, ("", 0.0))
            if time.monotonic() < until:
                return token
            answer = message.fetch(
                f"{settings.helloasso_api.rstrip('/')}/oauth2/token",
                form={
                    "grant_type": "client_credentials",
                    "client_id": str(settings.helloasso_client_id),
                    "client_secret": plain(settings.helloasso_client_secret),
                },
            )
            token = str(answer.get("access_token") or "")
            if not token:
                raise Refused("platform_unreachable", "HelloAsso's API gave no token.", 503)
            lasts = answer.get("expires_in")
            self._kept[key] = (token, time.monotonic() + (lasts - 60 if isinstance(lasts, int) else 0))
            return token


tokens = Tokens()


def read(body: bytes, settings: Settings) -> Reading:
    """What a payment's notification says; of an order, whose payments are told by themselves, the visit."""
    told = parse_body(body)
    event, data = str(told.get("eventType")), read_part(told, "data")
    order = data if event == "Order" else data.get("order") if isinstance(data.get("order"), dict) else {}
    assert isinstance(order, dict)
    extract = {
        "type": event,
        "payment": data.get("id") if event == "Payment" else None,
        "order": order.get("id"),
        "amount": data.get("amount"),
        "state": data.get("state"),
        "date": data.get("date"),
        "installmentNumber": data.get("installmentNumber"),
        **{name: order.get(name) for name in ("formSlug", "formType", "organizationSlug")},
        **{name: order.get(name) for name in ("isAnonymous", "isAmountHidden")},
    }
    if event not in PLACES:
        return Reading(extract)
    slug, kind = order.get("formSlug"), order.get("formType")
    forms = settings.helloasso_forms
    if slug not in forms if forms else kind not in GIFT_FORMS:
        return Reading(extract, verdict="another_form")
    if event == "Order":
        return Reading(extract, list(read_order(told, data)))
    notices = list(read_payment(told, data, order))
    return Reading(extract, notices, "" if notices else "not_paid_yet")


def read_order(told: Mapping[str, Any], order: Mapping[str, Any]) -> Iterator[Notice]:
    """The visit that an order came from, if the form asks for it: payments of this order will have it from here."""
    if visit := find_visit(told, order):
        yield Notice(
            kind="order",
            payment=read_text(order, "id"),
            entry="order",
            amount=0,
            currency=CURRENCY,
            visit_id=visit,
            livemode=not any(SANDBOX in str(each.get("paymentReceiptUrl")) for each in read_list(order, "payments")),
            at=read_moment(order, "date"),
            form=read_text(order, "formSlug", required=False),
        )


def read_payment(told: Mapping[str, Any], data: Mapping[str, Any], order: Mapping[str, Any]) -> Iterator[Notice]:
    """The gift, what was refunded of it, and how much of it stands in doubt: as of the payment's last change."""
    state, amount = str(data.get("state")), read_amount(data, "amount")
    meta = data.get("meta") if isinstance(data.get("meta"), dict) else {}
    assert isinstance(meta, dict)
    paid_at = read_moment(data, "date")
    changed_at = read_moment(meta, "updatedAt") or paid_at
    visit = find_visit(told, data)

    def note(kind: str, entry: str, amount: int, at: int | None) -> Notice:
        return Notice(
            kind=kind,
            payment=read_text(data, "id"),
            entry=entry,
            amount=amount,
            currency=CURRENCY,
            visit_id=visit if kind == "gift" else None,
            livemode=SANDBOX not in str(data.get("paymentReceiptUrl")),
            at=at,
            amount_hidden=order.get("isAmountHidden") is True,
            of=read_text(order, "id", required=False),
            form=read_text(order, "formSlug", required=False),
            begun_at=read_moment(order, "date"),
        )

    if state in PAID:
        yield note("gift", "gift", amount, paid_at)
    refunded = 0
    for operation in read_list(data, "refundOperations"):
        number, part = read_text(operation, "id"), read_amount(operation, "amount")
        yield note("refund", f"refund:{number}", part, changed_at)
        if has_failed(operation):
            yield note("refund_failed", f"refund_failed:{number}", part, changed_at)
        else:
            refunded += part
    if state == "Refunded" and not refunded:
        yield note("refunded", f"refunded:{amount}@{changed_at}", amount, changed_at)
    if state in PAID or state in DOUBTFUL:
        held = max(amount - refunded, 0) if state in DOUBTFUL else 0
        yield note("held", f"held:{state}:{held}@{changed_at}", held, changed_at)


def read_list(data: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = data.get(name) or []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Refused(f"bad_{name}", f"The field {name} must be a list of objects.", 422)
    return found


def has_failed(operation: Mapping[str, Any]) -> bool:
    """Whether a refund came to nothing; one that is under way counts already."""
    status = str(operation.get("status") or operation.get("state") or "").lower()
    return any(word in status for word in ("error", "fail", "refus", "cancel"))


def find_visit(told: Mapping[str, Any], data: Mapping[str, Any]) -> str | None:
    """Our visit id: in the metadata of a checkout, or in a custom field, of an item or of the whole."""
    for metadata in (told.get("metadata"), data.get("metadata")):
        if isinstance(metadata, dict):
            for name in OUR_FIELDS:
                if visit := read_visit(metadata.get(name)):
                    return visit
    items = data.get("items") if isinstance(data.get("items"), list) else []
    assert isinstance(items, list)
    for item in (data, *items):
        fields = item.get("customFields") if isinstance(item, dict) else None
        for each in fields if isinstance(fields, list) else []:
            if isinstance(each, dict) and str(each.get("name", "")).strip().lower() in OUR_FIELDS:
                answer = each.get("answer")
                if visit := read_visit(answer.strip() if isinstance(answer, str) else None):
                    return visit
    return None
