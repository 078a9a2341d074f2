"""Stripe: signed events about Checkout sessions (Payment Links), monthly payments, refunds and disputes.

All are joined on the payment intent. A monthly gift is an order (its session), with a bill each month (`invoice.paid`)
and a payment of that bill (`invoice_payment.paid`; before API version 2025-03-31 the bill names its payment itself).

Events come in any order, more than once, and each tells how things stood when it was made. `charge.refunded` tells how
much was refunded in all; the `refund` events tell of one refund each. Either or both may be ticked in Stripe. Payment
numbers are Stripe's own, the same for all accounts: no account's name is needed, which its lists don't have.
https://docs.stripe.com/webhooks
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
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

FIELD = "client_reference_id"
LATE = 300  # seconds, Stripe's own tolerance
ENDED = ("failed", "canceled")  # refunds that came back
INQUIRY = "warning_"  # what a dispute's status begins with while the bank only asks: no money has moved


def is_open(settings: Settings) -> bool:
    return settings.hook_stripe_secret is not None


def check(message: Message) -> bytes:
    """Raises Refused for a missing or wrong signature, or a time more than five minutes old."""
    from stripe import SignatureVerificationError, WebhookSignature  # a large library: only where Stripe is used

    try:
        WebhookSignature.verify_header(
            message.body.decode("utf-8"),
            message.header("stripe-signature"),
            plain(message.settings.hook_stripe_secret),
            LATE,
        )
    except UnicodeDecodeError:
        raise Refused("malformed_body", "The body is not UTF-8.") from None
    except SignatureVerificationError as error:
        if "tolerance" in str(error):
            raise Refused("stale_time", "The signature is more than five minutes old.", 400) from None
        raise Refused("bad_signature", "The Stripe-Signature is missing or wrong.", 401) from None
    except (ValueError, OverflowError):
        raise Refused("bad_signature", "The Stripe-Signature can't be read.", 401) from None
    return message.body


def read(body: bytes, _settings: Settings) -> Reading:
    """What an event says; nothing for the types that we have no use for."""
    event = parse_body(body)
    kind = str(event.get("type"))
    thing = read_part(event, "data", "object")
    names = (
        *("amount", "amount_total", "amount_refunded", "amount_paid", "currency", "status", "payment_status"),
        *("client_reference_id", "payment_link", "billing_reason"),
    )
    extract = {
        "type": kind,
        "event": event.get("id"),
        "object": thing.get("id"),
        "livemode": event.get("livemode"),
        "created": event.get("created"),
        "payment": thing.get("payment_intent") or find_intent(thing),
        "subscription": find_subscription(thing),
        "invoice": thing.get("invoice"),
        **{name: thing.get(name) for name in names},
    }
    reader = READERS.get(kind)
    if reader is None:
        return Reading(extract)
    verdict, notices = reader(event, thing)
    return Reading(extract, notices, verdict)


Found = tuple[str, list[Notice]]  # the reason why there is nothing for the ledger, or notices for it


def read_session(event: Mapping[str, Any], session: Mapping[str, Any]) -> Found:
    """A paid Checkout session is a gift; one by direct debit is unpaid at first, and told again once it was paid.

    A session that begins a subscription is an order: its payments are told of by its bills, the first one too.
    """
    visit = read_visit(session.get("client_reference_id"))
    form = read_text(session, "payment_link", required=False)
    if session.get("subscription"):
        return "", list(read_beginning(event, session, visit, form))
    if event["type"] == "checkout.session.completed" and session.get("payment_status") != "paid":
        return "not_paid_yet", []
    if not session.get("payment_intent"):
        return "not_one_payment", []  # a session that only kept a card
    amount = read_amount(session, "amount_total")
    return "", [replace(note(event, session, "gift", "gift", amount), visit_id=visit, form=form)]


def read_beginning(
    event: Mapping[str, Any], session: Mapping[str, Any], visit: str | None, form: str
) -> Iterator[Notice]:
    order = read_text(session, "subscription")
    begun_at = read_moment(session, "created")
    yield replace(around(event, "order", order, ""), visit_id=visit, form=form, at=begun_at)
    if session.get("invoice"):
        yield around(event, "bill", read_text(session, "invoice"), order)


def read_bill(event: Mapping[str, Any], bill: Mapping[str, Any]) -> Found:
    """A paid bill of a subscription; its payment is told by itself, or in older versions of Stripe's API with it."""
    order = find_subscription(bill)
    if not order:
        return "not_a_monthly_gift", []
    number = read_text(bill, "id")
    notices = [around(event, "bill", number, order)]
    if bill.get("payment_intent") and bill.get("amount_paid"):
        paid = note(event, bill, "instalment", "instalment", read_amount(bill, "amount_paid"))
        notices.append(replace(paid, of=number))
    return "", notices


def read_instalment(event: Mapping[str, Any], paid: Mapping[str, Any]) -> Found:
    """The payment of a bill, whatever the bill is for."""
    intent = find_intent(paid)
    if paid.get("status") != "paid" or not intent:
        return "not_one_payment", []  # settled elsewhere, such as by a bank transfer that staff noted in Stripe
    part = {"payment_intent": intent, "currency": paid.get("currency")}
    amount = read_amount(paid, "amount_paid")
    return "", [replace(note(event, part, "instalment", "instalment", amount), of=read_text(paid, "invoice"))]


def find_intent(paid: Mapping[str, Any]) -> str:
    """The payment intent of an invoice_payment; "" for anything else."""
    payment = paid.get("payment")
    intent = payment.get("payment_intent") if isinstance(payment, dict) else None
    return intent if isinstance(intent, str) else ""


def find_subscription(thing: Mapping[str, Any]) -> str:
    """The subscription of a session or a bill: since API version 2025-03-31 a bill has it in its `parent`."""
    parent = thing.get("parent")
    details = parent.get("subscription_details") if isinstance(parent, dict) else None
    found = details.get("subscription") if isinstance(details, dict) else thing.get("subscription")
    return found if isinstance(found, str) else ""


def around(event: Mapping[str, Any], kind: str, number: str, of: str) -> Notice:
    """What tells of no money itself."""
    return Notice(
        kind=kind,
        payment=read_text({"number": number}, "number"),
        entry=kind,
        amount=0,
        currency="",
        of=read_text({"of": of}, "of") if of else "",
        livemode=event.get("livemode") is not False,
        at=read_moment(event, "created"),
    )


def read_charge(event: Mapping[str, Any], charge: Mapping[str, Any]) -> Found:
    """A charge of which some was refunded: so much in all, when this event was made."""
    if not charge.get("payment_intent"):
        return "not_one_payment", []
    amount, at = read_amount(charge, "amount_refunded"), read_moment(event, "created")
    return "", [note(event, charge, "refunded", f"refunded:{amount}@{at}", amount)]


def read_refund(event: Mapping[str, Any], refund: Mapping[str, Any]) -> Found:
    """One refund, which may have come back since."""
    if not refund.get("payment_intent"):
        return "not_one_payment", []
    number, amount = read_text(refund, "id"), read_amount(refund, "amount")
    notices = [note(event, refund, "refund", f"refund:{number}", amount, at=read_moment(refund, "created"))]
    if refund.get("status") in ENDED:
        notices.append(note(event, refund, "refund_failed", f"refund_failed:{number}", amount))
    return "", notices


def read_dispute(event: Mapping[str, Any], dispute: Mapping[str, Any]) -> Found:
    """A dispute takes the money at once, and gives it back if it is won, be it after it was lost at first."""
    if not dispute.get("payment_intent"):
        return "not_one_payment", []
    kind, status = event["type"].removeprefix("charge.dispute."), str(dispute.get("status"))
    if status.startswith(INQUIRY) and not kind.startswith("funds_"):
        return "only_an_inquiry", []
    number, amount = read_text(dispute, "id"), read_amount(dispute, "amount")
    notices = [note(event, dispute, "dispute", f"dispute:{number}", amount)]
    if kind == "funds_reinstated" or status == "won":
        notices.append(note(event, dispute, "dispute_won", f"dispute_won:{number}", amount))
    return "", notices


def note(
    event: Mapping[str, Any],
    thing: Mapping[str, Any],
    kind: str,
    entry: str,
    amount: int,
    at: int | None = None,
) -> Notice:
    return Notice(
        kind=kind,
        payment=read_text(thing, "payment_intent"),
        entry=entry,
        amount=amount,
        currency=read_text(thing, "currency", longest=10).upper(),
        livemode=event.get("livemode") is not False,
        at=read_moment(event, "created") if at is None else at,
    )


READERS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Found]] = {
    "checkout.session.completed": read_session,
    "checkout.session.async_payment_succeeded": read_session,
    "invoice.paid": read_bill,
    "invoice.payment_succeeded": read_bill,
    "invoice_payment.paid": read_instalment,
    "charge.refunded": read_charge,
    "refund.created": read_refund,
    "refund.updated": read_refund,
    "refund.failed": read_refund,
    "charge.refund.updated": read_refund,
    "charge.dispute.created": read_dispute,
    "charge.dispute.updated": read_dispute,
    "charge.dispute.funds_withdrawn": read_dispute,
    "charge.dispute.funds_reinstated": read_dispute,
    "charge.dispute.closed": read_dispute,
}
