"""Visits by a sharer's link that don't count as new ones, by verdict and day: who came back, who was refused and why.

Kept apart from recording, which has no time for it: every minute, the visits that came since are read once and added
up. They are a quarter of an hour old by then, when hardly any page confirms them any more; so these figures have an
age. A visit that gets another verdict later still is moved from one to the other at once.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tracker.leaderboard import Scope
from tracker.links import first_id
from tracker.standings import read_spans
from tracker.store import Row, Store, Writing, listed
from tracker.totals import begin_of, day_of

SETTLED = 900  # seconds after which a verdict hardly changes any more
STEP = 2_000  # visits of one transaction on a busy site, so that whoever records meanwhile hardly waits
LONG_STEP = 10_000  # of one on a quiet site: half the work, since neighbours in the tables are written together
AT_ONCE = 10.0  # seconds after which it is others' turn to be added up: an old database has millions of visits to read
BUSY = 100  # visits in BUSY_WITHIN seconds; where there are fewer, long steps follow each other
BUSY_WITHIN = 5.0
REST = (
    12  # times as long as a step took that it is left alone after it on a busy site: a thirteenth of the time is ours
)
CAME_BACK = ("returning", "self")  # verdicts of people who were known already
NAME = "uncounted"

REFUSED = "id > :after and id <= :last and verdict <> 'human' and sharer is not null"


class Moved(NamedTuple):
    """A visit that was judged anew. `sharer` may be None."""

    id: str
    sharer: str | None
    day: str
    before: str
    after: str


def count_uncounted(store: Store, timezone: ZoneInfo, now: float) -> bool:
    """Read on from where reading ended; whether all is read. Processes that do so at once take turns.

    An old database has millions to read. That is done in short steps, with rests where visitors come meanwhile, and is
    left after AT_ONCE seconds.
    """
    until, ends = first_id(now - SETTLED), time.monotonic() + AT_ONCE
    looked, busy = 0.0, True
    while True:
        began = time.monotonic()
        if began - looked > 1:
            looked, busy = began, is_busy(store, time.time())
        with store.atomic() as writing:
            if not take_step(writing, timezone, until, int(now - SETTLED), STEP if busy else LONG_STEP):
                return True
        ended = time.monotonic()
        if ended > ends:
            return False
        if busy:
            time.sleep(REST * (ended - began))


def take_step(writing: Writing, timezone: ZoneInfo, until: str, at: int, visits: int) -> bool:
    """Add up so many of the next visits below the id `until`; False if there are none: all are read, to `at`."""
    after = lock_place(writing)
    (step,) = writing.query(
        """
        select max(id) as last, min(at) as since, max(at) as until from (
          select id, at from visits where id > :after and id < :until order by id limit :limit
        ) as step
        """,
        after=after,
        until=until,
        limit=visits,
    )
    if step["last"] is None:
        writing.execute("update refreshed set at = :at where what = :name", at=at, name=NAME)
        return False
    day, params = write_days(step["since"], step["until"], timezone)
    params |= {"after": after, "last": step["last"]}
    writing.execute(
        f"""
        insert into uncounted (sharer, day, verdict, visits)
        select sharer, {day} as day, verdict, count(*) from visits where {REFUSED} group by 1, 2, 3
        on conflict (sharer, day, verdict) do update set visits = uncounted.visits + excluded.visits
        """,  # noqa: S608 - names of ours
        **params,
    )
    writing.execute(
        f"""
        insert into uncounted_ever (sharer, verdict, visits)
        select sharer, verdict, count(*) from visits where {REFUSED} group by 1, 2
        on conflict (sharer, verdict) do update set visits = uncounted_ever.visits + excluded.visits
        """,  # noqa: S608
        after=after,
        last=step["last"],
    )
    writing.execute("update refreshed set state = :last where what = :name", last=step["last"], name=NAME)
    return True


def write_days(since: int, until: int, timezone: ZoneInfo) -> tuple[str, dict[str, Any]]:
    """An expression that makes the campaign's day of `at`, between these moments, and what stands in it."""
    day, last = date.fromisoformat(day_of(since, timezone)), date.fromisoformat(day_of(until, timezone))
    params: dict[str, Any] = {}
    cases, number = "", 0
    while day < last:
        following = day + timedelta(days=1)
        cases += f" when at < :until{number} then :day{number}"
        params |= {f"until{number}": begin_of(following.isoformat(), timezone), f"day{number}": day.isoformat()}
        day, number = following, number + 1
    params["day"] = last.isoformat()
    return (f"case{cases} else :day end" if cases else "cast(:day as text)"), params


def is_busy(store: Store, now: float) -> bool:
    """Whether so many people come that each moment of ours is felt."""
    (row,) = store.query(
        "select count(*) as visits from (select id from visits where id > :since order by id limit :limit) as newest",
        since=first_id(now - BUSY_WITHIN),
        limit=BUSY,
    )
    return int(row["visits"]) >= BUSY


def move_uncounted(writing: Writing, visits: Iterable[Moved]) -> None:
    """Take visits that were added up from their former verdict to the one that they have now; the others come later."""
    moved = [visit for visit in visits if visit.sharer]
    place = lock_place(writing) if moved else ""
    changes: Counter[tuple[str, str, str]] = Counter()
    for visit in moved:
        if visit.id <= place:
            for verdict, sign in ((visit.before, -1), (visit.after, 1)):
                changes[str(visit.sharer), visit.day, verdict] += sign if verdict != "human" else 0
    ever: Counter[tuple[str, str]] = Counter()
    for (sharer, _, verdict), visits_more in changes.items():
        ever[sharer, verdict] += visits_more
    for table, keys, sums in (
        ("uncounted", ("sharer", "day", "verdict"), changes),
        ("uncounted_ever", ("sharer", "verdict"), ever),
    ):
        writing.insert(
            table,
            (*keys, "visits"),
            [(*key, sums[key]) for key in sorted(sums) if sums[key]],  # type: ignore[index]
            f"on conflict ({', '.join(keys)}) do update set visits = {table}.visits + excluded.visits",
        )


def read_place(store: Store) -> str:
    """The last visit that was read; "" before the first time."""
    rows = store.query("select state from refreshed where what = :name", name=NAME)
    return str(rows[0]["state"]) if rows else ""


def lock_place(writing: Writing) -> str:
    """The same, and nobody else reads on before this transaction is over."""
    (row,) = writing.insert(
        "refreshed",
        ("what", "at", "state"),
        [(NAME, 0, "")],
        "on conflict (what) do update set what = excluded.what returning state",
    )
    return str(row["state"])


def count_anew(store: Store) -> None:
    """Forget what was added up: verdicts have changed, and the next minutes read all visits again."""
    with store.atomic() as writing:
        lock_place(writing)
        writing.execute("delete from uncounted")
        writing.execute("delete from uncounted_ever")
        writing.execute("update refreshed set at = 0, state = '' where what = :name", name=NAME)


def uncounted_until(store: Store) -> int | None:
    """The moment up to which all visits are added up; None before the first time."""
    rows = store.query("select at from refreshed where what = :name", name=NAME)
    return rows[0]["at"] or None if rows else None


class Reading(NamedTuple):
    """How far reading has come: to the moment `until` (None: nowhere yet), and `part` of all visits (1.0: done)."""

    until: int | None
    part: float


def reading_until(store: Store, timezone: ZoneInfo) -> Reading:
    """How far these figures can be believed."""
    until = uncounted_until(store)
    if until is not None:
        return Reading(until, 1.0)
    (row,) = store.query("select max(at) as at from visits where id = :place", place=read_place(store))
    if row["at"] is None:
        return Reading(None, 0.0)
    (days,) = store.query(
        "select sum(visits) as visits, sum(case when day < :day then visits else 0 end) as counted from sums",
        day=day_of(row["at"], timezone),
    )
    return Reading(row["at"], int(days["counted"] or 0) / int(days["visits"] or 1))


def with_uncounted(store: Store, scope: Scope, rows: Iterable[Row]) -> list[Row]:
    """The same rows of sharers with `came_back` and `refused`: visits by their link, on the scope's days."""
    rows = list(rows)
    back: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for (sharer, verdict), visits in sum_uncounted(store, scope, {row["sharer"] for row in rows}).items():
        (back if verdict in CAME_BACK else refused)[sharer] += visits
    return [{**row, "came_back": back[row["sharer"]], "refused": refused[row["sharer"]]} for row in rows]


def sum_uncounted(store: Store, scope: Scope, sharers: Collection[str]) -> Counter[tuple[str, str]]:
    """(sharer, verdict) -> visits."""
    if not sharers:
        return Counter()
    marks, params = listed(sorted(sharers))
    if covers_all(store, scope):
        sql = f"select sharer, verdict, visits from uncounted_ever where sharer in ({marks})"  # noqa: S608
    else:
        sql = f"""
            select sharer, verdict, sum(visits) as visits from uncounted
            where sharer in ({marks}) and day >= :since and day <= :until group by sharer, verdict
        """  # noqa: S608 - marks of our own
        params |= {"since": scope.since, "until": scope.until}
    rows = store.query(sql, **params)
    return Counter({(row["sharer"], row["verdict"]): int(row["visits"]) for row in rows if row["visits"]})


def covers_all(store: Store, scope: Scope) -> bool:
    """Whether these are all days there are: a hundred sharers' verdicts of each day would be many thousand rows."""
    ever = read_spans(store).get("ever")
    (first,) = store.query("select min(day) as day from totals")
    return bool(ever and not ever.since and scope.until >= ever.until and scope.since <= (first["day"] or ""))
