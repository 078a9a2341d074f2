"""The ledger: append-only signed entries. A gift counts once, however often and in whatever order it is told.

A payment counts with the sum of its entries, which is the platform's own sum: nothing is clamped, so that a payment
refunded and then disputed stands below zero here as it does there. A refund may come before its gift: it waits in the
ledger, and counts from the moment the gift is there. Payments of a platform's test mode have entries of their own.

Some platforms number their refunds, some tell how much was refunded in all, and some do both. So what is told of
refunds is kept as told, and each new fact adds to the ledger what is missing between what stands there and what all
facts together say. That sum depends on which facts are known, not on their order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tracker.choices import read_choice
from tracker.links import new_id
from tracker.sharers import ensure_sharer
from tracker.store import Row, Store, Writing
from tracker.totals import Change, add_to_totals, day_of
from tracker.virality.days import add_up_again

WINDOW_CHOICE = "credit_window"
WINDOW_DAYS = 90  # days after a visit in which a gift is credited to whoever brought it, until staff choose
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
    "amount_hidden",
    "form",
    "ordered",
)
REFUNDS = ("refund", "refund_failed", "refunded")  # facts that are added up before the ledger gets the difference
TOLD = (*REFUNDS, "held")
BY_LINK, BY_FORM, BY_HAND = "link", "form", "hand"  # by what a gift is credited
SIGNS = {"gift": 1, "instalment": 1, "dispute_won": 1, "dispute": -1, "correction": 1}


class Payment(NamedTuple):
    """A payment, by its platform's own number."""

    provider: str
    account: str
    payment: str

    @property
    def reference(self) -> str:
        """The payment's name across providers and accounts."""
        return f"{self.provider}:{self.account}:{self.payment}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line for the ledger. `amount` is in minor units: above zero for a gift, below for what is taken back.

    Of the kinds in TOLD, only the size of `amount` matters. `of` is the order that a gift belongs to, `form` the page
    of the platform that it came through, `begun_at` when it was promised, if it is paid in parts.
    """

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
    amount_hidden: bool = False
    of: str = ""
    form: str = ""
    begun_at: int | None = None

    @property
    def whole(self) -> Payment:
        """The payment that this is about."""
        return Payment(self.provider, self.account, self.payment)

    @property
    def key(self) -> dict[str, object]:
        """What its payment's rows have in common."""
        return self.whole._asdict() | {"livemode": int(self.livemode)}


def write_entries(writing: Writing, entries: list[Entry]) -> list[bool]:
    """Write each entry once; whether it was new."""
    return [write_entry(writing, entry) for entry in entries]


def write_entry(writing: Writing, entry: Entry) -> bool:
    before = count_payment(writing, entry.whole)
    new = tell(writing, entry) if entry.kind in TOLD else insert_entry(writing, entry, entry.kind, entry.amount)
    if not new:
        return False
    if entry.kind == "gift" and entry.livemode:
        credit_by_rule(writing, entry)
    move_totals(writing, before, count_payment(writing, entry.whole), entry.timezone)
    return True


def insert_entry(writing: Writing, entry: Entry, kind: str, amount: int) -> bool:
    """Add one row; whether there was none of this name yet."""
    row = (
        *(entry.provider, entry.account, entry.payment, entry.entry if entry.livemode else f"test:{entry.entry}"),
        *(kind, amount, entry.currency, entry.visit_id, int(entry.livemode), entry.at, entry.received_at),
        *(int(entry.amount_hidden), entry.form or None, entry.of or None),
    )
    then = "on conflict (provider, account, payment, entry) do nothing returning payment"
    return bool(writing.insert("gifts", COLUMNS, [row], then))


def tell(writing: Writing, entry: Entry) -> bool:
    """Keep a fact and add the difference that it makes to the ledger; whether the fact was new."""
    new = writing.insert(
        "told",
        ("provider", "account", "payment", "livemode", "fact", "kind", "amount", "at"),
        [(*entry.key.values(), entry.entry, entry.kind, abs(entry.amount), entry.at)],
        "on conflict (provider, account, payment, livemode, fact) do nothing returning fact",
    )
    if not new:
        return False
    where = "provider = :provider and account = :account and payment = :payment and livemode = :livemode"
    facts = writing.query(f"select fact, kind, amount, at from told where {where}", **entry.key)  # noqa: S608
    rows = writing.query(f"select entry, kind, amount from gifts where {where}", **entry.key)  # noqa: S608
    names = {row["fact"] for row in facts if (row["kind"] == "held") == (entry.kind == "held")}
    standing = [row for row in rows if row["entry"].removeprefix("test:") in names]
    wanted = -(sum_held(facts) if entry.kind == "held" else sum_refunds(facts))
    difference = wanted - sum(int(row["amount"]) for row in standing)
    if difference:
        insert_entry(writing, entry, name_difference(entry, difference, standing), difference)
    return True


def name_difference(entry: Entry, difference: int, standing: Iterable[Row]) -> str:
    """The kind of the entry by which facts come true."""
    if entry.kind != "held":
        return "refund" if difference < 0 else "reversal"
    disputed = "Contested" in entry.entry if difference < 0 else any(row["kind"] == "dispute" for row in standing)
    if not disputed:
        return "reversal"
    return "dispute" if difference < 0 else "dispute_won"


def sum_refunds(facts: Iterable[Row]) -> int:
    """How much of a payment was refunded and stayed so, in minor units.

    A sum told "in all" contains the refunds made until then, and misses those that had failed until then.
    """
    by_kind = {kind: [row for row in facts if row["kind"] == kind] for kind in REFUNDS}
    refunds, failures = by_kind["refund"], by_kind["refund_failed"]

    def made_in_all(snapshot: Row) -> int:
        failed = sum(int(row["amount"]) for row in failures if row["at"] <= snapshot["at"])
        later = sum(int(row["amount"]) for row in refunds if row["at"] > snapshot["at"])
        return int(snapshot["amount"]) + failed + later

    numbered = sum(int(row["amount"]) for row in refunds)
    made = max([numbered, *(made_in_all(row) for row in by_kind["refunded"])])
    return made - sum(int(row["amount"]) for row in failures)


def sum_held(facts: Iterable[Row]) -> int:
    """How much stands in doubt, as the newest word has it."""
    words = [(row["at"], int(row["amount"])) for row in facts if row["kind"] == "held"]
    return max(words)[1] if words else 0


def count_payment(writing: Writing, payment: Payment) -> Change | None:
    """What this payment adds to totals as the ledger stands, on the day of its gift; None while there is no gift."""
    found = writing.query(
        """
        select gift.at as at, conversions.sharer as sharer, visits.episode as episode, visits.channel as channel,
          (select sum(amount) from gifts where provider = :provider and account = :account and payment = :payment
            and livemode = 1) as amount
        from gifts as gift
        left join conversions on conversions.kind = 'gift' and conversions.reference = :reference
        left join visits on visits.id = coalesce(gift.visit_id, conversions.visit_id)
        where gift.provider = :provider and gift.account = :account and gift.payment = :payment
          and gift.kind = 'gift' and gift.livemode = 1
        """,
        reference=payment.reference,
        **payment._asdict(),
    )
    if not found:
        return None
    row = found[0]
    amount = int(row["amount"])
    return Change(row["sharer"], row["at"], row["episode"], row["channel"], gifts=int(amount > 0), amount=amount)


def move_totals(writing: Writing, before: Change | None, after: Change | None, timezone: ZoneInfo) -> None:
    """Put totals from what a payment counted before to what it counts now."""
    if after is None or before == after:
        return
    add_to_totals(writing, [after] if before is None else [after, negative(before)], timezone)
    if before is not None and before.sharer != after.sharer:
        add_up_again(writing, day_of(after.at, timezone))  # its sums are the same, its branches are not


def negative(change: Change) -> Change:
    return change._replace(gifts=-change.gifts, amount=-change.amount)


def credit_by_rule(writing: Writing, gift: Entry) -> None:
    """Credit a gift to the sharer whose link brought the giver, if there is one within the window.

    The visit is the gift's own, or that of its order. Without any, the credit is its form's, if staff gave that to a
    sharer.
    """
    visit = gift.visit_id or visit_of_order(writing, gift)
    if visit is not None and writing.query("select 1 as one from visits where id = :id", id=visit):
        begun_at = gift.at if gift.begun_at is None else min(gift.begun_at, gift.at)
        sharer, means = sharer_to_credit(writing, visit, begun_at, read_window(writing)), BY_LINK
    else:
        sharer, means = sharer_of_form(writing, gift.provider, gift.form), BY_FORM
    if sharer is not None:
        write_credit(writing, gift.whole, sharer, visit, gift.at, gift.received_at, means)


def visit_of_order(writing: Writing, gift: Entry) -> str | None:
    """The visit that the platform told of the gift's whole order, if it did so by now."""
    if not gift.of:
        return None
    found = writing.query(
        """
        select visit_id from orders
        where provider = :provider and account = :account and livemode = :livemode and name = :of
        """,
        provider=gift.provider,
        account=gift.account,
        livemode=int(gift.livemode),
        of=gift.of,
    )
    return found[0]["visit_id"] if found else None


def sharer_of_form(writing: Writing, provider: str, form: str) -> str | None:
    if not form:
        return None
    found = writing.query(
        "select sharer from forms where provider = :provider and form = :form", provider=provider, form=form
    )
    return str(found[0]["sharer"]) if found else None


def write_credit(
    writing: Writing, payment: Payment, sharer: str, visit_id: str | None, at: int, now: int, means: str
) -> None:
    """Credit a gift to this sharer, unless it is credited already. `means` is BY_LINK, BY_FORM or BY_HAND."""
    ensure_sharer(writing, sharer, now)
    writing.insert(
        "conversions",
        ("id", "sharer", "visit_id", "kind", "reference", "at", "means"),
        [(new_id(), sharer, visit_id, "gift", payment.reference, at, means)],
        "on conflict (kind, reference) do nothing",
    )


def read_window(source: Store | Writing) -> int:
    """Days after a visit in which a gift is credited, as staff chose."""
    choice = read_choice(source, WINDOW_CHOICE)
    return int(choice["value"]) if choice and str(choice["value"]).isdigit() else WINDOW_DAYS


def sharer_to_credit(writing: Writing, visit_id: str | None, at: int, days: int) -> str | None:
    """The last link followed: that of the visit, or, for somebody known who came by no other's link, of their first."""
    for _ in range(2):
        if visit_id is None:
            return None
        found: list[Row] = writing.query("select sharer, known, at from visits where id = :id", id=visit_id)
        if not found or at - found[0]["at"] > days * 86_400:
            return None
        visit = found[0]
        if visit["sharer"] and visit["sharer"] not in (visit_id, visit["known"]):
            return str(visit["sharer"])
        visit_id = visit["known"]
    return None
