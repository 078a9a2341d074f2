"""Orders: what several payments have in common, such as a monthly gift, told apart from the payments themselves.

Stripe tells of a monthly gift in three notifications: who began it (its session: an order), which bill belongs to it,
and which payment paid that bill (an instalment). HelloAsso tells of the visit with the order, and of its payments by
themselves. They come in any order: each is kept as told, and a gift is in the ledger once all its parts are there.
A bill that no order of ours has begun never counts, be it an invoice for something else or an older monthly gift.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tracker.gifts.ledger import (
    BY_FORM,
    Entry,
    count_payment,
    credit_by_rule,
    move_totals,
    write_entry,
)
from tracker.store import Row, Writing

AROUND = ("order", "bill")  # kinds that tell of no money
PLACE = "provider = :provider and account = :account and livemode = :livemode"
# Parts that make a gift together. What is in the ledger already stays as it is.
WHOLE = """
    select instalments.payment as payment, instalments.amount as amount, instalments.currency as currency,
      instalments.at as at, bills.ordered as ordered, orders.visit_id as visit_id, orders.form as form,
      orders.at as begun_at
    from instalments
    join bills on bills.provider = instalments.provider and bills.account = instalments.account
      and bills.livemode = instalments.livemode and bills.bill = instalments.bill
    join orders on orders.provider = bills.provider and orders.account = bills.account
      and orders.livemode = bills.livemode and orders.name = bills.ordered
    where instalments.provider = :provider and instalments.account = :account and instalments.livemode = :livemode
"""


def write_told(writing: Writing, told: list[list[Entry]]) -> list[str]:
    """Write what each notification tells, all of it or nothing: "recorded", "waits" for other parts, or "known"."""
    verdicts = [{WRITERS.get(entry.kind, write_money)(writing, entry) for entry in entries} for entries in told]
    return [next(word for word in ("recorded", "waits", "known") if word in found) for found in verdicts]


def write_money(writing: Writing, entry: Entry) -> str:
    return "recorded" if write_entry(writing, entry) else "known"


def write_order(writing: Writing, order: Entry) -> str:
    """Who began it. Payments that came first are credited now, if nobody did so by hand."""
    columns = ("provider", "account", "livemode", "name", "visit_id", "form", "at")
    row = (*place(order).values(), order.payment, order.visit_id, order.form or None, order.at)
    if not write_new(writing, "orders", columns, row):
        return "known"
    write_whole(writing, order, "bills.ordered = :name")
    for gift in list_uncertain(writing, order):
        credit_again(writing, replace(order, **gift, kind="gift", begun_at=order.at, of=order.payment))
    return "recorded"


def write_bill(writing: Writing, bill: Entry) -> str:
    """Which order a bill belongs to."""
    columns = ("provider", "account", "livemode", "bill", "ordered")
    if not write_new(writing, "bills", columns, (*place(bill).values(), bill.payment, bill.of)):
        return "known"
    known = writing.query(f"select 1 as one from orders where {PLACE} and name = :of", **place(bill), of=bill.of)  # noqa: S608
    return "recorded" if write_whole(writing, bill, "bills.bill = :name") or known else "waits"


def write_instalment(writing: Writing, paid: Entry) -> str:
    """Which payment paid a bill, and how much it was."""
    columns = ("provider", "account", "livemode", "payment", "bill", "amount", "currency", "at")
    row = (*place(paid).values(), paid.payment, paid.of, paid.amount, paid.currency, paid.at)
    if not write_new(writing, "instalments", columns, row):
        return "known"
    return "recorded" if write_whole(writing, paid, "instalments.payment = :name") else "waits"


WRITERS: dict[str, Callable[[Writing, Entry], str]] = {
    "order": write_order,
    "bill": write_bill,
    "instalment": write_instalment,
}


def place(entry: Entry) -> dict[str, object]:
    """What all that is told of an order has in common."""
    return {"provider": entry.provider, "account": entry.account, "livemode": int(entry.livemode)}


def write_new(writing: Writing, table: str, columns: tuple[str, ...], row: tuple[object, ...]) -> bool:
    """Add a row; whether there was none of its key yet."""
    key = ", ".join(columns[:4])
    return bool(writing.insert(table, columns, [row], f"on conflict ({key}) do nothing returning provider"))


def write_whole(writing: Writing, part: Entry, where: str) -> int:
    """Write the gifts that this part makes whole; how many."""
    rows = writing.query(f"{WHOLE} and {where}", **place(part), name=part.payment)
    gifts = [
        replace(
            part,
            payment=row["payment"],
            entry="gift",
            kind="gift",
            amount=int(row["amount"]),
            currency=row["currency"],
            visit_id=row["visit_id"],
            at=row["at"],
            of=row["ordered"],
            form=row["form"] or "",
            begun_at=row["begun_at"],
        )
        for row in rows
    ]
    return sum([write_entry(writing, gift) for gift in gifts])


def list_uncertain(writing: Writing, order: Entry) -> list[Row]:
    """Gifts of this order that came without a visit, and that nobody of staff has looked into."""
    return writing.query(
        f"""
        select payment, entry, amount, currency, at, coalesce(form, '') as form from gifts
        where {PLACE} and ordered = :name and kind = 'gift' and visit_id is null and livemode = 1
          and not exists (
            select 1 from gift_deeds where gift_deeds.provider = gifts.provider
              and gift_deeds.account = gifts.account and gift_deeds.payment = gifts.payment
          )
        """,  # noqa: S608
        **place(order),
        name=order.payment,
    )


def credit_again(writing: Writing, gift: Entry) -> None:
    """Credit a gift as if its visit had been known at once; what its form had got goes."""
    before = count_payment(writing, gift.whole)
    writing.execute(
        "delete from conversions where kind = 'gift' and reference = :reference and means = :means",
        reference=gift.whole.reference,
        means=BY_FORM,
    )
    credit_by_rule(writing, gift)
    move_totals(writing, before, count_payment(writing, gift.whole), gift.timezone)
