"""From what a platform tells to the ledger: checked, recorded once, and receipted."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from weakref import WeakKeyDictionary

from tracker.errors import Refused
from tracker.gifts import generic, helloasso, stripe
from tracker.gifts.ledger import REFUNDS, SIGNS, Entry
from tracker.gifts.notices import (
    Notice,
    Reading,
    list_bodies,
    make_receipt,
    write_receipts,
)
from tracker.gifts.orders import AROUND, write_told
from tracker.gifts.provider import Message, Provider, provider_of
from tracker.services import Services
from tracker.store import Store

log = logging.getLogger(__name__)

# The setting that a new provider needs stands in settings.py; its page in docs/gifts.md.
PROVIDERS: dict[str, Provider] = {
    "generic": provider_of(generic),
    "stripe": provider_of(stripe),
    "helloasso": provider_of(helloasso),
}

LARGEST = 100_000_00  # minor units: above this it is a mistake or an attack, and staff enter it by hand
UNREAD = "not_understood"


class Allowance:
    """How many receipts of forgeries a process keeps in an hour: strangers shall not fill the disk."""

    MOST = 200

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: WeakKeyDictionary[Store, Counter[tuple[int, str]]] = WeakKeyDictionary()

    def take(self, store: Store, provider: str) -> int:
        """How many are left after this one; below zero if it is one too many."""
        now = (int(time.time()) // 3600, provider)
        with self._lock:
            used = self._used.setdefault(store, Counter())
            for old in [key for key in used if key[0] != now[0]]:
                del used[old]
            used[now] += 1
            return self.MOST - used[now]


forgeries = Allowance()


def record_message(kit: Services, name: str, message: Message) -> str:
    """What became of a notification: "recorded", "known", or why it is not for us. Raises Refused.

    Whatever it is, its receipt is kept.
    """
    provider = PROVIDERS[name]
    try:
        body = provider.check(message)
    except Refused as refusal:
        log.warning("A notification of %s was refused: %s (%s)", name, refusal.name, refusal)
        if (left := forgeries.take(kit.store, name)) >= 0:
            detail = str(refusal) if left else f"{refusal} More of them in this hour are in the log alone."
            kit.store.record_later(write_receipts, make_receipt(name, refusal.name, message.body, detail))
        raise
    return record_body(kit, name, body)


def record_body(kit: Services, name: str, body: bytes) -> str:
    """The same for a body that is known to be the platform's."""
    reading: Reading | None = None
    try:
        reading = PROVIDERS[name].read(body, kit.settings)
        verdict = record_notices(kit, name, reading.notices) if reading.notices else reading.verdict
    except Refused as refusal:
        log.warning("A notification of %s was refused: %s (%s)", name, refusal.name, refusal)
        extract = reading.extract if reading else None
        receipt = make_receipt(name, refusal.name, body, str(refusal), extract, keep_body=reading is None)
        kit.store.record(write_receipts, receipt)
        raise
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        log.exception("A notification of %s was not understood", name)
        kit.store.record(write_receipts, make_receipt(name, UNREAD, body, type(error).__name__, keep_body=True))
        raise Refused(UNREAD, "It is genuine, but we can't read it; it is kept, to be read later.", 422) from None
    kit.store.record_later(write_receipts, make_receipt(name, verdict, body, extract=reading.extract))
    return verdict


def record_notice(kit: Services, provider: str, notice: Notice) -> str:
    """Put one notice into the ledger: "recorded", or "known" if it was there already. Raises Refused."""
    return record_notices(kit, provider, [notice])


def record_notices(kit: Services, provider: str, notices: list[Notice]) -> str:
    """Put all that one notification tells into the ledger, or nothing of it. Raises Refused.

    "waits" is part of a gift whose other parts are still to be told (see tracker.gifts.orders); "differs" a known gift,
    told again with another amount: the ledger keeps the first, for staff to look into.
    """
    for notice in notices:
        check_amount(kit, notice)
    now = int(time.time())
    entries = [make_entry(kit, provider, notice, now) for notice in notices]
    verdict: str = kit.store.record(write_told, entries)
    if verdict != "known":
        return verdict
    return "differs" if any(has_changed(kit, entry) for entry in entries if entry.kind == "gift") else "known"


def make_entry(kit: Services, provider: str, notice: Notice, now: int) -> Entry:
    return Entry(
        provider=provider,
        account=notice.account,
        payment=notice.payment,
        entry=notice.entry,
        kind=notice.kind,
        amount=SIGNS.get(notice.kind, -1) * notice.amount,
        currency=notice.currency,
        visit_id=notice.visit_id,
        livemode=notice.livemode,
        at=now if notice.at is None else min(notice.at, now),
        received_at=now,
        timezone=kit.campaign.timezone,
        amount_hidden=notice.amount_hidden,
        of=notice.of,
        form=notice.form,
        begun_at=notice.begun_at,
    )


def has_changed(kit: Services, entry: Entry) -> bool:
    rows = kit.store.query(
        """
        select amount from gifts where provider = :provider and account = :account and payment = :payment
          and livemode = :livemode and kind = 'gift'
        """,
        **entry.key,
    )
    return bool(rows) and int(rows[0]["amount"]) != entry.amount


def check_amount(kit: Services, notice: Notice) -> None:
    if notice.kind in AROUND:
        return
    if notice.currency != kit.campaign.currency:
        raise Refused(
            "wrong_currency", f"This campaign counts in {kit.campaign.currency}, not in {notice.currency[:10]!r}.", 422
        )
    may_be_none = notice.kind == "held" or (notice.kind == "refunded" and notice.kind in REFUNDS)
    if notice.amount < 0 or (notice.amount == 0 and not may_be_none):
        raise Refused("amount_not_positive", "The amount must be above zero, in minor units (3000 is 30.00).", 422)
    if notice.amount > LARGEST:
        raise Refused("absurd_amount", f"The amount is above {LARGEST} minor units; staff can enter it by hand.", 422)


def replay(kit: Services) -> list[tuple[str, str, str]]:
    """Read again what could not be understood; (provider, notice's id, what became of it) for each.

    What can be read now is recorded, and its body deleted.
    """
    outcomes = []
    for row, body in list_bodies(kit.store):
        if row["provider"] not in PROVIDERS:
            outcomes.append((row["provider"], row["notice"], "unknown_provider"))
            continue
        outcome = read_again(kit, row["provider"], row["notice"], body)
        outcomes.append((row["provider"], row["notice"], outcome))
    kit.store.flush()
    return outcomes


def read_again(kit: Services, provider: str, notice: str, body: bytes) -> str:
    try:
        reading = PROVIDERS[provider].read(body, kit.settings)
        verdict = record_notices(kit, provider, reading.notices) if reading.notices else reading.verdict
    except Refused as refusal:
        return refusal.name
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return UNREAD
    receipt = make_receipt(provider, verdict, body, f"Replayed from {notice}.", reading.extract)
    kit.store.record(write_receipts, receipt)
    kit.store.execute("delete from bodies where notice = :notice", notice=notice)
    return verdict
