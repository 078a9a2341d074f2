"""Whole branches of what the joke passes by: everybody on whose way a channel, an episode, a text or a named link is.

Somebody counts for WhatsApp if any link between the first person and them went out by WhatsApp, their own or one of
somebody above; once, however often it did. So one person counts for several channels, and rows don't add up. `reaches`
has that for each day, added up in the background with tracker.virality.days: confirmed visitors, gifts and amount of
that day, and `relays`, those who became sharers.

A sharer's trail is what lies on the way to them. Nobody's parent changes, so a trail is kept once, when somebody
becomes a sharer: `trails` says which of `ways` each sharer has.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from hashlib import blake2b
from typing import Literal

from tracker.leaderboard import Scope
from tracker.store import Row, Store, listed

What = Literal["channel", "episode", "placement", "origin"]
Way = tuple[str, str, int]  # what, its name, and with a placement the number of its text
REACH = ("relays", "confirmed", "gifts", "amount")
WHOLE = tuple(f"whole_{name}" for name in REACH)  # the same beside measures of what came that way itself
BATCH = 2000  # sharers whose trails are written in one transaction

NEW = """
    select sharers.id as id, sharers.kind as kind, sharers.parent as parent, above.trail as above,
      visits.episode as episode, visits.channel as channel, visits.variant as variant
    from sharers
    left join trails as above on above.sharer = sharers.parent
    left join visits on visits.id = sharers.id
    where not exists (select 1 from trails where trails.sharer = sharers.id)
    order by sharers.generation, sharers.id limit :limit
"""
COUNTS = "select (select count(*) from sharers) as sharers, (select count(*) from trails) as trails"

CONFIRMED = """
    select trails.trail as trail, visits.episode as episode, visits.channel as channel, visits.variant as variant,
      count(*) as confirmed
    from visits left join trails on trails.sharer = visits.sharer
    where visits.at >= :since and visits.at < :until and visits.verdict = 'human' and visits.seen_at is not null
    group by 1, 2, 3, 4
"""
RELAYS = """
    select trails.trail as trail, count(*) as relays from sharers join trails on trails.sharer = sharers.id
    where sharers.kind = 'visit' and sharers.created_at >= :since and sharers.created_at < :until group by 1
"""
# As tracker.totals credits them: what is left of a payment, on the day of its gift, to whoever brought the giver.
GIFTS = """
    select trails.trail as trail, visits.episode as episode, visits.channel as channel, visits.variant as variant,
      sum(case when net.amount > 0 then 1 else 0 end) as gifts, sum(net.amount) as amount
    from (
      select gift.visit_id as visit_id, gift.provider || ':' || gift.account || ':' || gift.payment as reference, (
        select sum(amount) from gifts as each where each.provider = gift.provider and each.account = gift.account
          and each.payment = gift.payment and each.livemode = 1
      ) as amount
      from gifts as gift where gift.kind = 'gift' and gift.livemode = 1 and gift.at >= :since and gift.at < :until
    ) as net
    left join conversions on conversions.kind = 'gift' and conversions.reference = net.reference
    left join visits on visits.id = coalesce(net.visit_id, conversions.visit_id)
    left join trails on trails.sharer = conversions.sharer
    group by 1, 2, 3, 4
"""


def own_ways(row: Row) -> set[Way]:
    """What one arrival came by; "" where it came by nothing."""
    channel = row["channel"] or ""
    return {
        ("channel", channel, 0),
        ("episode", row["episode"] or "", 0),
        ("placement", channel, row["variant"] or 0),
    }


def keep_trails(store: Store) -> int:
    """Write the trails of sharers who have none yet, those above before those below; how many there were."""
    (counts,) = store.query(COUNTS)
    written = 0
    while counts["sharers"] > counts["trails"] + written:
        rows = store.query(NEW, limit=BATCH)
        if not rows:
            break
        known = read_ways(store, {row["above"] for row in rows if row["above"] is not None})
        found: dict[str, frozenset[Way]] = {}
        for row in rows:
            above = known.get(row["above"]) or found.get(row["parent"]) or frozenset()
            own = {("origin", row["id"], 0)} if row["kind"] == "origin" else own_ways(row)
            found[row["id"]] = above | own
        texts = {each: write_ways(each) for each in set(found.values())}
        names = {each: name_ways(text) for each, text in texts.items()}
        with store.atomic() as writing:
            ways = sorted((names[each], text) for each, text in texts.items())
            writing.insert("ways", ("trail", "ways"), ways, "on conflict (trail) do nothing")
            trails = sorted((sharer, names[each]) for sharer, each in found.items())
            writing.insert("trails", ("sharer", "trail"), trails, "on conflict (sharer) do nothing")
        written += len(rows)
    return written


def write_ways(ways: Iterable[Way]) -> str:
    return json.dumps(sorted(ways), ensure_ascii=False, separators=(",", ":"))


def name_ways(text: str) -> int:
    """The same number for the same ways, in whichever process: nobody has to hand out numbers."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def read_ways(store: Store, trails: Collection[int]) -> dict[int, frozenset[Way]]:
    """The ways of these trails."""
    found: dict[int, frozenset[Way]] = {}
    wanted = sorted(trails)
    for start in range(0, len(wanted), BATCH):
        marks, params = listed(wanted[start : start + BATCH])
        for row in store.query(f"select trail, ways from ways where trail in ({marks})", **params):  # noqa: S608
            found[row["trail"]] = frozenset((what, name, variant) for what, name, variant in json.loads(row["ways"]))
    return found


def add_up_reaches(store: Store, since: int, until: int) -> dict[Way, dict[str, int]]:
    """REACH of everything that the joke passed by, of what happened between two moments. Trails must be kept."""
    rows = [row for sql in (CONFIRMED, RELAYS, GIFTS) for row in store.query(sql, since=since, until=until)]
    known = read_ways(store, {row["trail"] for row in rows if row["trail"] is not None})
    sums: dict[Way, dict[str, int]] = defaultdict(lambda: dict.fromkeys(REACH, 0))
    for row in rows:
        ways = known.get(row["trail"], frozenset()) | (own_ways(row) if "channel" in row else set())
        for name in REACH:
            if value := int(row.get(name) or 0):
                for way in ways:
                    sums[way][name] += value
    return sums


def read_reaches(store: Store, scope: Scope, what: What) -> list[Row]:
    """{"name", "variant", REACH} of each channel, episode, placement or origin, most confirmed visitors first."""
    sums = ", ".join(f"sum({name}) as {name}" for name in REACH)
    return store.query(
        f"""
        select name, variant, {sums} from reaches where what = :what and day >= :since and day <= :until
        group by name, variant order by confirmed desc, name, variant
        """,  # noqa: S608 - names of our own
        what=what,
        since=scope.since,
        until=scope.until,
    )
