"""What happened one by one: gifts, notifications, visits that do not count, floods. Newest first, within a period."""

from __future__ import annotations

from typing import Any

from tracker.dashboard.period import Period
from tracker.store import Row, Store

GIFTS = """
    select gifts.at as at, gifts.kind as kind, gifts.amount as amount, gifts.currency as currency,
      gifts.livemode as livemode, gifts.provider as provider, gifts.account as account, gifts.payment as payment,
      gifts.visit_id as visit_id, gifts.amount_hidden as amount_hidden,
      conversions.sharer as sharer, sharers.kind as sharer_kind, sharers.name as name,
      sharers.generation as generation, pseudonyms.name as pseudonym, visits.episode as episode,
      visits.channel as channel
    from gifts
    left join conversions on conversions.kind = 'gift'
      and conversions.reference = gifts.provider || ':' || gifts.account || ':' || gifts.payment
    left join sharers on sharers.id = conversions.sharer
    left join pseudonyms on pseudonyms.sharer = conversions.sharer and pseudonyms.state = 'approved'
    left join visits on visits.id = gifts.visit_id
    where gifts.at >= :since and gifts.at < :until
"""

DEEDS = """
    select gift_deeds.at as at, gift_deeds.done_by as done_by, gift_deeds.deed as deed,
      gift_deeds.provider as provider, gift_deeds.account as account, gift_deeds.payment as payment,
      gift_deeds.sharer as sharer, sharers.name as name, gift_deeds.amount as amount, gift_deeds.note as note
    from gift_deeds left join sharers on sharers.id = gift_deeds.sharer
    where gift_deeds.at >= :since and gift_deeds.at < :until
"""

NOTICES = """
    select at, provider, verdict, detail, payment from notices where at >= :since and at < :until
"""

CONVERSIONS = """
    select conversions.at as at, conversions.kind as kind, conversions.reference as reference,
      conversions.sharer as sharer, sharers.kind as sharer_kind, sharers.name as name,
      conversions.visit_id as visit_id, conversions.means as means
    from conversions left join sharers on sharers.id = conversions.sharer
    where conversions.at >= :since and conversions.at < :until
"""

SHARES = """
    select id, sharer, episode, channel, variant, at from shares where at >= :since and at < :until
"""

VISITS = """
    select id, sharer, episode, channel, variant, at, verdict, rule, seen_at, source
    from visits where at >= :since and at < :until
"""

FLOODS = """
    select floods.minute * 60 as at, floods.sharer as sharer, floods.count as count, sharers.kind as kind,
      sharers.name as name
    from floods left join sharers on sharers.id = floods.sharer
    where minute >= :since / 60 and minute < :until / 60
"""


def within(period: Period) -> dict[str, int]:
    return {"since": period.since_at, "until": period.until_at}


def filtered(sql: str, table: str, period: Period) -> tuple[str, dict[str, Any]]:
    """The statement and its parameters, for the period's episode and channel alone if it names them."""
    params: dict[str, Any] = dict(within(period))
    for name in ("episode", "channel"):
        if value := getattr(period, name):
            sql += f" and {table}.{name} = :{name}"
            params[name] = value
    return sql, params


def list_gifts(store: Store, period: Period, limit: int) -> list[Row]:
    """Entries of the ledger with whom they are credited to: `sharer` is None for a gift without a link."""
    sql, params = filtered(GIFTS, "visits", period)
    return store.query(f"{sql} order by gifts.at desc, gifts.entry limit :limit", limit=limit, **params)


def list_notices(store: Store, period: Period, limit: int) -> list[Row]:
    """Notifications that changed nothing, with the reason's name in `verdict`."""
    sql = f"{NOTICES} and verdict not in ('recorded', 'known') order by at desc, id desc limit :limit"
    return store.query(sql, limit=limit, **within(period))


def count_notices(store: Store, period: Period) -> list[Row]:
    """{"verdict", "count"} of all notifications."""
    return store.query(
        "select verdict, count(*) as count from notices where at >= :since and at < :until group by verdict "
        "order by count desc, verdict",
        **within(period),
    )


def count_conversions(store: Store, period: Period) -> list[Row]:
    """{"kind", "count"} of what was credited to sharers."""
    return store.query(
        "select kind, count(*) as count from conversions where at >= :since and at < :until "
        "group by kind order by kind",
        **within(period),
    )


def count_departures(store: Store, period: Period) -> int:
    """How many left for the donation platform."""
    (row,) = store.query(
        "select count(*) as count from departures where at >= :since and at < :until", **within(period)
    )
    return int(row["count"])


def count_verdicts(store: Store, period: Period) -> list[Row]:
    """{"verdict", "rule", "visits", "seen"}, most visits first. This reads the period's visits, one by one."""
    sql, params = filtered(
        "select verdict, rule, count(*) as visits, count(seen_at) as seen from visits "
        "where at >= :since and at < :until",
        "visits",
        period,
    )
    return store.query(f"{sql} group by verdict, rule order by visits desc, verdict, rule", **params)


def list_floods(store: Store, period: Period, limit: int) -> list[Row]:
    """{"at", "sharer", "kind", "name", "count"}: minutes in which a link got more than people make."""
    return store.query(f"{FLOODS} order by minute desc, floods.sharer limit :limit", limit=limit, **within(period))
