"""Visits by a sharer's link that don't count as new ones, by verdict and day: who came back, who was refused and why.

Kept apart from recording, which has no time for it: every minute, the visits that came since are read once and added
up. They are a quarter of an hour old by then, when no page confirms them any more; so these figures have an age.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from zoneinfo import ZoneInfo

from tracker.leaderboard import Scope
from tracker.links import first_id
from tracker.standings import read_spans
from tracker.store import Row, Store, Writing, listed
from tracker.totals import QUARTER, day_of

SETTLED = 900  # seconds after which a verdict hardly changes any more
STEP = 2_000  # visits read for one transaction, so that whoever records meanwhile hardly waits
STEPS = 300  # of them in one go: an old database is read little by little
CAME_BACK = ("returning", "self")  # verdicts of people who were known already
NAME = "uncounted"

VISITS = """
    select sharer, at / 900 as quarter, verdict, count(*) as visits from visits
    where id > :after and id <= :last and verdict <> 'human' and sharer is not null group by 1, 2, 3
"""


def count_uncounted(store: Store, timezone: ZoneInfo, now: float) -> int:
    """Read on from where reading ended; how many steps that were. One process at a time gets on with it."""
    until = first_id(now - SETTLED)
    for step in range(STEPS):
        before = read_place(store)
        last = last_of_step(store, before, until)
        if last is None:
            note_age(store, before, int(now - SETTLED))
            return step
        rows: Counter[tuple[str, str, str]] = Counter()
        for row in store.query(VISITS, after=before, last=last):
            rows[row["sharer"], day_of(row["quarter"] * QUARTER, timezone), row["verdict"]] += row["visits"]
        with store.atomic() as writing:
            if lock_place(writing) != before:
                return step  # another process was quicker
            writing.insert(
                "uncounted",
                ("sharer", "day", "verdict", "visits"),
                [(*key, rows[key]) for key in sorted(rows)],
                "on conflict (sharer, day, verdict) do update set visits = uncounted.visits + excluded.visits",
            )
            ever: Counter[tuple[str, str]] = Counter()
            for (sharer, _, verdict), visits in rows.items():
                ever[sharer, verdict] += visits
            writing.insert(
                "uncounted_ever",
                ("sharer", "verdict", "visits"),
                [(*key, ever[key]) for key in sorted(ever)],
                "on conflict (sharer, verdict) do update set visits = uncounted_ever.visits + excluded.visits",
            )
            writing.execute("update refreshed set state = :last where what = :name", last=last, name=NAME)
    return STEPS


def last_of_step(store: Store, after: str, until: str) -> str | None:
    """The visit with which a step ends; None if there is none to read."""
    (row,) = store.query(
        """
        select max(id) as last from (
          select id from visits where id > :after and id < :until order by id limit :limit
        ) as step
        """,
        after=after,
        until=until,
        limit=STEP,
    )
    return None if row["last"] is None else str(row["last"])


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


def note_age(store: Store, place: str, at: int) -> None:
    """All visits up to this moment were read."""
    with store.atomic() as writing:
        if lock_place(writing) == place:
            writing.execute("update refreshed set at = :at where what = :name", at=at, name=NAME)


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
    return Counter({(row["sharer"], row["verdict"]): int(row["visits"]) for row in rows})


def covers_all(store: Store, scope: Scope) -> bool:
    """Whether these are all days there are: a hundred sharers' verdicts of each day would be many thousand rows."""
    ever = read_spans(store).get("ever")
    (first,) = store.query("select min(day) as day from totals")
    return bool(ever and not ever.since and scope.until >= ever.until and scope.since <= (first["day"] or ""))
