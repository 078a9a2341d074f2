"""Whole branches over any days: what each sharer's link and all links below it brought between two of them.

In a small tree they are added up for whoever asks. In a large one that takes seconds: then the days are noted, a
process of its own adds them up within a minute, and again every few minutes as long as somebody asks; so they carry
their age. Of each range only the best are kept. Since the beginning: tracker.branches, which stands ready always.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from heapq import nlargest
from typing import Any

from settings import SettingsError, load
from tracker.branches import BATCH, LARGE, sum_branches, tell_apart
from tracker.leaderboard import BRANCH_BY, LONGEST_READ
from tracker.store import Row, Store, StoreError, listed, open_store

PAUSE = 300  # seconds after which figures are made again, if somebody still asks
ASKED = 900  # seconds for which asking lasts
KEPT = 86_400  # seconds after which figures that nobody asks for are forgotten
MOST = 100  # ranges that are kept
AT_ONCE = 4  # ranges made in one go
MEASURES = ("relays", *BRANCH_BY)
AGAIN = "on conflict (since, until, sharer) do update set " + ", ".join(
    f"{each} = excluded.{each}" for each in MEASURES
)


@dataclass(frozen=True)
class Days:
    """Days such as 2026-11-22, both included, and the same in seconds: from `since_at` until just before `until_at`."""

    since: str
    until: str
    since_at: int
    until_at: int


def add_up_branches(store: Store, days: Days) -> list[Row]:
    """{"sharer", "relays", "confirmed", "gifts", "amount"} of all branches that brought anything on these days.

    `relays` are those below who became sharers on these days. Reads every sharer there is.
    """
    sharers = store.query("select id, parent, kind, created_at from sharers")
    sums = ", ".join(f"sum({name}) as {name}" for name in BRANCH_BY)
    own = {
        row["sharer"]: tuple(int(row[name]) for name in BRANCH_BY)
        for row in store.query(
            f"""
            select sharer, {sums} from totals where day >= :since and day <= :until and sharer <> '' group by sharer
            """,  # noqa: S608 - names of our own
            since=days.since,
            until=days.until,
        )
    }
    nothing = (0,) * len(BRANCH_BY)
    began = {
        row["id"]: int(row["kind"] == "visit" and days.since_at <= row["created_at"] < days.until_at) for row in sharers
    }
    parents = {row["id"]: row["parent"] for row in sharers}
    branches = sum_branches(parents, {id_: (began[id_], *own.get(id_, nothing)) for id_ in parents})
    return [
        {"sharer": id_, "relays": relays - began[id_], **dict(zip(BRANCH_BY, values, strict=True))}
        for id_, (relays, *values) in branches.items()
        if any(values)
    ]


def keep_best(rows: Iterable[Row]) -> list[Row]:
    """Those that stand among the first LONGEST_READ by any measure."""
    rows = list(rows)
    best = (nlargest(LONGEST_READ, rows, key=lambda row: row[by]) for by in BRANCH_BY)
    return list({row["sharer"]: row for each in best for row in each}.values())


def rank_between(store: Store, days: Days, by: str, limit: int, offset: int, now: int) -> tuple[list[Row], int | None]:
    """The best branches of these days, with their names, and the moment at which they were true; None: not made yet."""
    (count,) = store.query("select count(*) as sharers from sharers")
    if count["sharers"] <= LARGE:
        rows: list[Row] = add_up_branches(store, days)
        made_at: int | None = now
    else:
        rows, made_at = read_kept(store, days, now)
    ranked = sorted((row for row in rows if row[by] > 0), key=lambda row: (-row[by], row["sharer"]))
    return name_sharers(store, ranked[offset : offset + limit]), made_at


def name_sharers(store: Store, rows: list[Row]) -> list[Row]:
    """The same rows with {"kind", "name", "pseudonym", "generation"}."""
    if not rows:
        return []
    marks, params = listed([row["sharer"] for row in rows])
    known = store.query(
        f"""
        select sharers.id as sharer, sharers.kind as kind, sharers.name as name, sharers.generation as generation,
          pseudonyms.name as pseudonym
        from sharers left join pseudonyms on pseudonyms.sharer = sharers.id and pseudonyms.state = 'approved'
        where sharers.id in ({marks})
        """,  # noqa: S608 - marks of our own
        **params,
    )
    names = {row["sharer"]: row for row in known}
    return [{**row, **names[row["sharer"]]} for row in rows if row["sharer"] in names]


def read_kept(store: Store, days: Days, now: int) -> tuple[list[Row], int | None]:
    """What was added up last, and when; and note that somebody asks."""
    which = {"since": days.since, "until": days.until}
    asked = store.query("select asked_at, made_at from branch_ranges where since = :since and until = :until", **which)
    if not asked or now - asked[0]["asked_at"] >= ASKED // 3:
        with store.atomic() as writing:
            writing.insert(
                "branch_ranges",
                ("since", "until", "since_at", "until_at", "asked_at"),
                [(days.since, days.until, days.since_at, days.until_at, now)],
                "on conflict (since, until) do update set asked_at = excluded.asked_at",
            )
    rows = store.query(
        f"select sharer, {', '.join(MEASURES)} from range_branches where since = :since and until = :until",  # noqa: S608
        **which,
    )
    return rows, asked[0]["made_at"] if asked else None


def refresh_between(store: Store, now: int, database: str = "") -> int:
    """Make what somebody asked for and is not there, or too old; how many ranges that were.

    With the store's address in `database`, a process of its own adds them up.
    """
    forget(store, now - KEPT)
    wanted = store.query(
        """
        select since, until, since_at, until_at from branch_ranges
        where asked_at >= :asked and (made_at is null or made_at <= :old) order by asked_at desc limit :limit
        """,
        asked=now - ASKED,
        old=now - PAUSE,
        limit=AT_ONCE,
    )
    for row in wanted:
        days = Days(**row)
        write_range(
            store, days, ask_for_best(database, days) if database else keep_best(add_up_branches(store, days)), now
        )
    return len(wanted)


def ask_for_best(database: str, days: Days) -> list[Row]:
    """The best branches of these days, from a process of its own. Raises StoreError if it fails."""
    rows: list[Row] = json.loads("".join(tell_apart("tracker.between", database, json.dumps(asdict(days)))))
    return rows


def write_range(store: Store, days: Days, rows: list[Row], now: int) -> None:
    which = {"since": days.since, "until": days.until}
    cells = sorted((days.since, days.until, row["sharer"], *(row[name] for name in MEASURES)) for row in rows)
    with store.atomic() as writing:
        writing.execute("delete from range_branches where since = :since and until = :until", **which)
        for start in range(0, len(cells), BATCH):
            part = cells[start : start + BATCH]
            writing.insert("range_branches", ("since", "until", "sharer", *MEASURES), part, AGAIN)
        writing.execute(
            "update branch_ranges set made_at = :now where since = :since and until = :until", now=now, **which
        )


def forget(store: Store, before: int) -> None:
    """Forget ranges that nobody asked for since then, and all but the MOST that were asked for last."""
    asked = store.query("select since, until, asked_at from branch_ranges order by asked_at desc, since, until")
    for place, row in enumerate(asked):
        if row.pop("asked_at") >= before and place < MOST:
            continue
        with store.atomic() as writing:
            for table in ("range_branches", "branch_ranges"):
                writing.execute(f"delete from {table} where since = :since and until = :until", **row)  # noqa: S608


def main() -> None:
    """Tell the best branches of the days that the command line names, as JSON."""
    os.nice(10)
    try:
        store = open_store(load().tracker_database)
        wanted: dict[str, Any] = json.loads(sys.argv[1])
        print(json.dumps(keep_best(add_up_branches(store, Days(**wanted)))))
        store.close()
    except (SettingsError, StoreError) as error:
        sys.exit(str(error))
