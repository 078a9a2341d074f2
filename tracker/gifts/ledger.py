"""The ledger: append-only signed entries. A gift counts once, however often and in whatever order it is told.

A payment counts with the sum of its entries. A refund may come before its gift: it waits in the ledger, and counts from
the moment the gift is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tracker.links import new_id
from tracker.sharers import ensure_sharer
from tracker.store import Row, Writing
from tracker.totals import Change, add_to_totals

WINDOW = 90 * 86_400  # seconds after a visit in which a gift is credited to whoever brought it
COLUMNS = (
    "provider",
    "account",
    "payment",
    "entry",
    "kind",
    "amount",
    "currency",
    "visit_id",
    "livemode",
    "at",
    "received_at",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger. `amount` is in minor units: above zero for a gift, below for what is taken back."""

    provider: str
    account: str
    payment: str
    entry: str
    kind: str
    amount: int
    currency: str
    visit_id: str | None
    livemode: bool
    at: int
    received_at: int
    timezone: ZoneInfo

    @property
    def reference(self) -> str:
        """The payment's name across providers and accounts."""
        return f"{self.provider}:{self.account}:{self.payment}"


def write_entries(writing: Writing, entries: list[Entry]) -> list[bool]:
    """Write each entry once; whether it was new."""
    return [write_entry(writing, entry) for entry in entries]


def write_entry(writing: Writing, entry: Entry) -> bool:
    before = counted_so_far(writing, entry)
    values = tuple(getattr(entry, name) for name in COLUMNS[:8])
    new = writing.insert(
        "gifts",
        COLUMNS,
        [(*values, int(entry.livemode), entry.at, entry.received_at)],
        "on conflict (provider, account, payment, entry) do nothing returning payment",
    )
    if not new:
        return False
    if entry.kind == "gift" and entry.livemode:
        credit(writing, entry)
    after = counted_so_far(writing, entry)
    if after is not None:
        changes = [after] if before is None else [after, negative(before)]
        add_to_totals(writing, changes, entry.timezone)
    return True


def counted_so_far(writing: Writing, entry: Entry) -> Change | None:
    """What this payment adds to totals as the ledger stands, on the day of its gift; None while there is no gift."""
    found = writing.query(
        """
        select gift.at as at, conversions.sharer as sharer, visits.episode as episode, visits.channel as channel,
          (select sum(amount) from gifts where provider = :provider and account = :account and payment = :payment)
            as amount
        from gifts as gift
        left join conversions on conversions.kind = 'gift' and conversions.reference = :reference
        left join visits on visits.id = gift.visit_id
        where gift.provider = :provider and gift.account = :account and gift.payment = :payment
          and gift.kind = 'gift' and gift.livemode = 1
        """,
        provider=entry.provider,
        account=entry.account,
        payment=entry.payment,
        reference=entry.reference,
    )
    if not found:
        return None
    row = found[0]
    amount = int(row["amount"])
    return Change(row["sharer"], row["at"], row["episode"], row["channel"], gifts=int(amount > 0), amount=amount)


def negative(change: Change) -> Change:
    return change._replace(gifts=-change.gifts, amount=-change.amount)


def credit(writing: Writing, gift: Entry) -> None:
    """Credit a gift to the sharer whose link brought the giver, if there is one within the window."""
    sharer = sharer_to_credit(writing, gift.visit_id, gift.at)
    if sharer is None:
        return
    ensure_sharer(writing, sharer, gift.received_at)
    writing.insert(
        "conversions",
        ("id", "sharer", "visit_id", "kind", "reference", "at"),
        [(new_id(), sharer, gift.visit_id, "gift", gift.reference, gift.at)],
        "on conflict (kind, reference) do nothing",
    )


def sharer_to_credit(writing: Writing, visit_id: str | None, at: int) -> str | None:
    """The last link followed: that of the visit, or, for somebody known who came by no other's link, of their first."""
    for _ in range(2):
        if visit_id is None:
            return None
        found: list[Row] = writing.query("select sharer, known, at from visits where id = :id", id=visit_id)
        if not found or at - found[0]["at"] > WINDOW:
            return None
        visit = found[0]
        if visit["sharer"] and visit["sharer"] not in (visit_id, visit["known"]):
            return str(visit["sharer"])
        visit_id = visit["known"]
    return None
