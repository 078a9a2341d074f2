"""What staff do to gifts by hand: credit one to somebody, correct it, enter one that no platform told of.

Each deed is kept with who did it and when, and totals follow in the same transaction. What staff credit stays credited:
a platform that tells of the gift again changes nothing.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from tracker.errors import Refused
from tracker.gifts.ledger import BY_HAND, Entry, Payment, count_payment, move_totals, write_credit, write_entry
from tracker.gifts.money import MOST
from tracker.links import ID_LENGTH, new_id
from tracker.services import Services
from tracker.sharers import path_to
from tracker.store import Row, Store, Writing

STAFF = "staff"  # the provider of gifts that staff entered
LEADS_WITHIN = 3600  # seconds before a gift in which somebody may have left to make it
SHARER_ID = re.compile(rf"(?:.*/staff/sharers/)?([A-Za-z0-9_-]{{{ID_LENGTH}}})(?:[?#].*)?", re.ASCII)
LINK_TOKEN = re.compile(r"([A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{16})(?:[?#].*)?$", re.ASCII)
LONGEST_NOTE = 300
FEW = 3  # gifts from which a sum no longer tells what one person gave

UNCLAIMED = """
    select gift.provider as provider, gift.account as account, gift.payment as payment, gift.at as at,
      gift.form as form, gift.visit_id as visit_id, gift.amount_hidden as amount_hidden, sum(each.amount) as amount
    from gifts as gift
    join gifts as each on each.provider = gift.provider and each.account = gift.account
      and each.payment = gift.payment and each.livemode = 1
    where gift.kind = 'gift' and gift.livemode = 1 and not exists (
      select 1 from conversions where conversions.kind = 'gift'
        and conversions.reference = gift.provider || ':' || gift.account || ':' || gift.payment
    ) and not exists (
      select 1 from gift_deeds where gift_deeds.deed = 'nobody' and gift_deeds.provider = gift.provider
        and gift_deeds.account = gift.account and gift_deeds.payment = gift.payment
    )
    group by gift.provider, gift.account, gift.payment, gift.at, gift.form, gift.visit_id, gift.amount_hidden
    having sum(each.amount) > 0
"""

# Payments whose entries don't stand as one expects: more taken back than was given, or a refund whose gift is missing.
ODD = """
    select provider, account, payment, sum(amount) as amount, max(at) as at,
      sum(case when kind = 'gift' then 1 else 0 end) as gifts
    from gifts where livemode = 1 group by provider, account, payment
    having sum(amount) < 0 or sum(case when kind = 'gift' then 1 else 0 end) = 0
    order by at desc, payment limit :limit
"""


@dataclass(frozen=True)
class File:
    """All that is known of one payment. `chain` is whom it is credited to, then those above, nearest first.

    `means` is by what it is credited (BY_LINK, BY_FORM, BY_HAND), "" if that was not kept; `form` what it came through.
    """

    payment: Payment
    entries: list[Row]
    amount: int
    chain: list[Row]
    means: str
    form: str
    deeds: list[Row]
    leads: list[Row]


def list_unclaimed(store: Store, limit: int) -> list[Row]:
    """Gifts that are credited to nobody and that nobody looked into, newest first."""
    return store.query(f"{UNCLAIMED} order by gift.at desc, gift.payment limit :limit", limit=limit)


def count_unclaimed(store: Store) -> int:
    (row,) = store.query(f"select count(*) as count from ({UNCLAIMED}) as unclaimed")  # noqa: S608
    return int(row["count"])


def list_odd(store: Store, limit: int = 50) -> list[Row]:
    """Payments that stand below zero, and refunds that wait for their gift: {"gifts"} is 0 for those."""
    return store.query(ODD, limit=limit)


def open_file(store: Store, payment: Payment) -> File:
    """Raises Refused for a payment that the ledger does not know."""
    where = "provider = :provider and account = :account and payment = :payment"
    key = payment._asdict()
    entries = store.query(f"select * from gifts where {where} order by received_at, at, entry", **key)  # noqa: S608
    if not entries:
        raise Refused("unknown_payment", "The ledger knows of no such payment.", 404)
    found = store.query(
        "select sharer, means from conversions where kind = 'gift' and reference = :reference",
        reference=payment.reference,
    )
    gift = next((row for row in entries if row["kind"] == "gift"), None)
    return File(
        payment=payment,
        entries=entries,
        amount=sum(int(row["amount"]) for row in entries if row["livemode"]),
        chain=[{**row, "sharer": row["id"]} for row in path_to(store, found[0]["sharer"])] if found else [],
        means=str(found[0]["means"] or "") if found else "",
        form=str(gift["form"] or "") if gift else "",
        deeds=store.query(
            f"""
            select gift_deeds.*, sharers.name as name
            from gift_deeds left join sharers on sharers.id = gift_deeds.sharer
            where {where} order by at, gift_deeds.id
            """,  # noqa: S608
            **key,
        ),
        leads=[] if found or gift is None else list_leads(store, gift["at"]),
    )


def list_leads(store: Store, at: int, limit: int = 8) -> list[Row]:
    """Who had left for the donation platform within the hour before, and by whose link: hints, never counted."""
    return store.query(
        """
        select departures.at as at, departures.visit_id as visit_id, visits.sharer as sharer, sharers.kind as kind,
          sharers.name as name, visits.episode as episode, visits.channel as channel
        from departures join visits on visits.id = departures.visit_id
        left join sharers on sharers.id = visits.sharer
        where departures.at >= :since and departures.at <= :until and visits.sharer is not null
        order by departures.at desc, departures.id limit :limit
        """,
        since=at - LEADS_WITHIN,
        until=at,
        limit=limit,
    )


def find_sharer(kit: Services, text: str) -> str:
    """The sharer that staff mean: by an id, by a link, by the address of their page here, or by an origin's name.

    Raises Refused if there is none.
    """
    text = " ".join(text.split())
    if link := LINK_TOKEN.search(text):
        id_ = kit.links.read("link", link[1])
    elif plain := SHARER_ID.fullmatch(text):
        id_ = plain[1]
    else:
        named = kit.store.query("select id from sharers where kind = 'origin' and name = :name", name=text)
        id_ = str(named[0]["id"]) if named else None
    known = kit.store.query(
        "select id from sharers where id = :id union select id from visits where id = :id", id=id_ or ""
    )
    if not known:
        raise Refused("unknown_sharer", "There is no such sharer, link or named link.", 422)
    return str(known[0]["id"])


def credit_by_hand(kit: Services, payment: Payment, sharer: str | None, by: str, note: str = "") -> None:
    """Credit a gift to a sharer, or to nobody, whoever had it before. Raises Refused while there is no gift."""
    now = int(time.time())
    with kit.store.atomic() as writing:
        before = count_payment(writing, payment)
        if before is None:
            raise Refused("unknown_payment", "The ledger knows of no such gift.", 404)
        writing.execute(
            "delete from conversions where kind = 'gift' and reference = :reference", reference=payment.reference
        )
        if sharer is not None:
            rows = writing.query(
                """
                select visit_id from gifts where provider = :provider and account = :account and payment = :payment
                  and kind = 'gift' and livemode = 1
                """,
                **payment._asdict(),
            )
            write_credit(writing, payment, sharer, rows[0]["visit_id"], before.at, now, BY_HAND)
        keep_deed(writing, "credit" if sharer else "nobody", payment, by, now, sharer=sharer, note=note)
        move_totals(writing, before, count_payment(writing, payment), kit.campaign.timezone)


def correct_by_hand(kit: Services, payment: Payment, amount: int, by: str, note: str) -> None:
    """Add to a payment, or take off it, what the platform's own figure says and its notifications did not."""
    if amount == 0 or abs(amount) >= MOST:
        raise Refused("bad_amount", "A correction is above or below zero.", 422)
    open_file(kit.store, payment)
    now = int(time.time())
    with kit.store.atomic() as writing:
        write_entry(writing, make_hand_entry(kit, payment, f"correction:{new_id()}", "correction", amount, now, now))
        keep_deed(writing, "correction", payment, by, now, amount=amount, note=note)


def enter_by_hand(kit: Services, amount: int, at: int, by: str, note: str, sharer: str | None = None) -> Payment:
    """Enter a gift that no platform told of, such as a cheque with a letter about the joke."""
    if not 0 < amount < MOST:
        raise Refused("bad_amount", "A gift is above zero.", 422)
    payment, now = Payment(STAFF, "", new_id()), int(time.time())
    with kit.store.atomic() as writing:
        write_entry(writing, make_hand_entry(kit, payment, "gift", "gift", amount, min(at, now), now))
        keep_deed(writing, "gift", payment, by, now, amount=amount, note=note)
    if sharer is not None:
        credit_by_hand(kit, payment, sharer, by)
    return payment


def make_hand_entry(kit: Services, payment: Payment, entry: str, kind: str, amount: int, at: int, now: int) -> Entry:
    return Entry(
        *payment,
        entry=entry,
        kind=kind,
        amount=amount,
        currency=kit.campaign.currency,
        visit_id=None,
        livemode=True,
        at=at,
        received_at=now,
        timezone=kit.campaign.timezone,
    )


def keep_deed(
    writing: Writing,
    deed: str,
    payment: Payment,
    by: str,
    now: int,
    sharer: str | None = None,
    amount: int | None = None,
    note: str = "",
) -> None:
    columns = ("id", "deed", "provider", "account", "payment", "sharer", "amount", "note", "done_by", "at")
    row = (new_id(), deed, *payment, sharer, amount, " ".join(note.split())[:LONGEST_NOTE], by, now)
    writing.insert("gift_deeds", columns, [row])


def may_show_sum(store: Store, sharer: str) -> bool:
    """Whether a sharer may see what their branch gave: not if few gave and one of them asked to hide the amount."""
    (row,) = store.query(
        """
        with recursive branch (id, depth) as (
          select id, 0 from sharers where id = :id
          union
          select sharers.id, depth + 1 from sharers join branch on sharers.parent = branch.id where depth < 10000
        )
        select count(*) as gifts, coalesce(sum(gifts.amount_hidden), 0) as hidden
        from conversions join gifts on gifts.kind = 'gift' and gifts.livemode = 1
          and conversions.reference = gifts.provider || ':' || gifts.account || ':' || gifts.payment
        where conversions.kind = 'gift' and conversions.sharer in (select id from branch)
        """,
        id=sharer,
    )
    return not row["hidden"] or int(row["gifts"]) >= FEW
