"""What became of share texts, counted once when all is over, in blocks of hours; and since when each test runs.

A trial is one person who passes an episode on with a text for the first time, by whatever channel, however often they
press. It is won if within WINDOWS of that it brought at least one confirmed new visitor, or at least one gift, as staff
chose to reward. A block is counted when the window of its last share is over, so that a text dealt out this morning
does not look worse than one of last week. Counting goes on from share to share (their ids sort by time) and never reads
the same twice: its cost is that of the shares that are new.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from tracker.campaign import Campaign
from tracker.choices import counting_since, read_choice
from tracker.links import first_id
from tracker.refreshed import lock_refreshed, put_refreshed, read_refreshed
from tracker.store import Row, Store
from tracker.texts.odds import Tally
from tracker.totals import begin_of

Reward = Literal["visitors", "gifts"]

BLOCK = 6 * 3600  # seconds whose trials are compared with each other; the texts are dealt out alike within them
WINDOWS: dict[Reward, int] = {"visitors": 86_400, "gifts": 3 * 86_400}  # seconds in which a trial can be won
LATE = 900  # seconds that pages have to confirm a visit after its arrival
AT_ONCE = 28  # blocks counted in one transaction: a week
REWARD_CHOICE = "texts_reward"
MOST_TEXTS = 9  # a placement has one digit


COLUMNS = ("reward", "episode", "block", "variant", "shares", "people", "won", "brought")

# Confirmed new visitors who came by what this person passed on: the same text, a channel by which it was sent.
BROUGHT_VISITORS = """
    select count(*) from visits where visits.sharer = pressed.sharer and visits.episode = pressed.episode
      and visits.variant = pressed.variant and visits.verdict = 'human' and visits.seen_at is not null
      and visits.at >= pressed.at and visits.at < pressed.at + :window and visits.channel in (
        select channel from shares as sent where sent.sharer = pressed.sharer and sent.episode = pressed.episode
          and sent.variant = pressed.variant and sent.at < pressed.at + :window
      )
"""

# Gifts credited to this person, of visitors who came that way; those that were taken back don't count.
BROUGHT_GIFTS = """
    select count(*) from conversions
    join visits on visits.id = conversions.visit_id
    join gifts as gift on gift.at = conversions.at and gift.kind = 'gift' and gift.livemode = 1
      and gift.provider || ':' || gift.account || ':' || gift.payment = conversions.reference
    where conversions.sharer = pressed.sharer and conversions.kind = 'gift' and conversions.at >= pressed.at
      and conversions.at < pressed.at + :window and visits.sharer = pressed.sharer
      and visits.episode = pressed.episode and visits.variant = pressed.variant and visits.channel in (
        select channel from shares as sent where sent.sharer = pressed.sharer and sent.episode = pressed.episode
          and sent.variant = pressed.variant and sent.at < pressed.at + :window
      ) and (
        select sum(amount) from gifts as entry where entry.provider = gift.provider and entry.account = gift.account
          and entry.payment = gift.payment and entry.livemode = 1
      ) > 0
"""


class TextTest(NamedTuple):
    """An episode whose texts are compared: how many they are, and the block with which counting begins."""

    episode: str
    variants: int
    since: int


def count_texts(episode: Mapping[str, Any]) -> int:
    """How many texts of an episode can be compared: those that each of its languages has."""
    texts = episode.get("share_texts") or {}
    return min(min((len(each) for each in texts.values()), default=0), MOST_TEXTS)


def read_reward(store: Store) -> Reward:
    """What staff reward texts for: confirmed new visitors, unless they chose gifts."""
    choice = read_choice(store, REWARD_CHOICE)
    return "gifts" if choice and choice["value"] == "gifts" else "visitors"


def fingerprint(episode: Mapping[str, Any]) -> str:
    """The same for the same texts."""
    texts = json.dumps(episode.get("share_texts"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(texts.encode()).hexdigest()[:32]


def begin_tests(store: Store, campaign: Campaign, now: int) -> None:
    """Note which texts are compared. Where a text was changed the test begins again: its figures were another's."""
    kept = {row["episode"]: row for row in store.query("select episode, fingerprint, since from text_tests")}
    rows = []
    for slug, episode in campaign.episodes.items():
        mark, before = fingerprint(episode), kept.get(slug)
        if count_texts(episode) > 1 and (before is None or before["fingerprint"] != mark):
            rows.append((slug, mark, count_texts(episode), 0 if before is None else (now // BLOCK + 1) * BLOCK))
    if rows:
        with store.atomic() as writing:
            writing.insert(
                "text_tests",
                ("episode", "fingerprint", "variants", "since"),
                rows,
                "on conflict (episode) do update set fingerprint = excluded.fingerprint, variants = excluded.variants, "
                "since = excluded.since",
            )


def list_tests(store: Store) -> dict[str, TextTest]:
    rows = store.query("select episode, variants, since from text_tests")
    return {row["episode"]: TextTest(**row) for row in rows}


def count_results(store: Store, timezone: ZoneInfo, now: int) -> None:
    """Count all blocks that are over, for both rewards. If several processes do, the first one's figures are kept."""
    for reward in WINDOWS:
        count_for(store, reward, start_of(store, timezone), now)


def start_of(store: Store, timezone: ZoneInfo) -> int:
    """The moment from which staff let things count; 0 for all that ever was."""
    day = counting_since(store)
    return begin_of(day, timezone) if day else 0


def count_for(store: Store, reward: Reward, start: int, now: int) -> None:
    """The same for one reward. If staff chose another day to count from, everything is counted anew."""
    last = (now - WINDOWS[reward] - LATE) // BLOCK * BLOCK  # where blocks that are over end
    name = f"texts:{reward}"
    while True:
        before = read_refreshed(store, name) or {"at": 0, "state": ""}
        begun = before["state"] == str(start)
        first = before["at"] if begun else find_first(store, start)
        if first is None or first >= last:
            return
        until = min(first + AT_ONCE * BLOCK, last)
        rows = count_blocks(store, reward, first, until)
        with store.atomic() as writing:
            if lock_refreshed(writing, name) != before:
                return  # another process was quicker
            if not begun:
                writing.execute("delete from text_results where reward = :reward", reward=reward)
            writing.insert("text_results", COLUMNS, rows)
            put_refreshed(writing, name, until, str(start))


def find_first(store: Store, start: int) -> int | None:
    """Where the block of the first share since then begins; None before there is one."""
    rows = store.query(
        "select at from shares where id >= :first_id and at >= :start order by id limit 1",
        first_id=first_id(start - 60),
        start=start,
    )
    return rows[0]["at"] // BLOCK * BLOCK if rows else None


def count_blocks(store: Store, reward: Reward, first: int, until: int) -> list[tuple[Any, ...]]:
    """The values of COLUMNS for all blocks between two moments."""
    brought = BROUGHT_VISITORS if reward == "visitors" else BROUGHT_GIFTS
    rows = store.query(
        f"""
        with pressed as (
          select sharer, episode, variant, min(at) as at, count(*) as shares from shares
          where id >= :first_id and id < :last_id and at >= :first and at < :until
            and variant between 1 and {MOST_TEXTS}
          group by sharer, episode, variant
        ), passed as (
          select pressed.*, ({brought}) as brought, case when exists (
            select 1 from shares as earlier where earlier.sharer = pressed.sharer and earlier.at < pressed.at
              and earlier.episode = pressed.episode and earlier.variant = pressed.variant
          ) then 0 else 1 end as is_trial
          from pressed
        )
        select episode, at / {BLOCK} as block, variant, sum(shares) as shares, sum(is_trial) as people,
          sum(case when brought > 0 then is_trial else 0 end) as won, sum(brought * is_trial) as brought
        from passed group by episode, at / {BLOCK}, variant order by episode, block, variant
        """,  # noqa: S608 - texts and numbers of our own
        first=first,
        until=until,
        first_id=first_id(first - 60),
        last_id=first_id(until + 60),
        window=WINDOWS[reward],
    )
    return [(reward, row["episode"], row["block"] * BLOCK, *(int(row[name]) for name in COLUMNS[3:])) for row in rows]


def read_blocks(store: Store, reward: Reward) -> dict[str, list[Row]]:
    """Each episode's rows of the test that runs now, oldest first: {"block", "variant", "shares", "people", "won",
    "brought"}."""
    found: dict[str, list[Row]] = {}
    for row in store.query(
        """
        select text_results.episode as episode, block, variant, shares, people, won, brought
        from text_results join text_tests on text_tests.episode = text_results.episode
        where reward = :reward and block >= text_tests.since and variant <= text_tests.variants
        order by text_results.episode, block, variant
        """,
        reward=reward,
    ):
        found.setdefault(row.pop("episode"), []).append(row)
    return found


def tallies_of(rows: list[Row]) -> list[dict[int, Tally]]:
    """The same rows as tracker.texts.odds takes them."""
    blocks: dict[int, dict[int, Tally]] = {}
    for row in rows:
        blocks.setdefault(row["block"], {})[row["variant"]] = Tally(row["people"], row["won"])
    return list(blocks.values())


def count_waiting(store: Store, reward: Reward) -> dict[tuple[str, int], int]:
    """(episode, variant) -> how many shares are too young to be counted."""
    kept = read_refreshed(store, f"texts:{reward}")
    since = kept["at"] if kept else 0
    rows = store.query(
        """
        select episode, variant, count(*) as shares from shares where id >= :first_id and at >= :since
        group by episode, variant
        """,
        first_id=first_id(since - 60),
        since=since,
    )
    return {(row["episode"], row["variant"]): int(row["shares"]) for row in rows}
