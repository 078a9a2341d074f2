"""Writing visits: many arrivals, or many pages that were seen, in one transaction shared by all (see tracker.store).

Rules that need memory are here: `self` (the visitor's own link), `repeat` (same visitor, same link, within a day).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from tracker.rules import judge_findings
from tracker.sharers import ensure_sharers
from tracker.store import Row, Writing, listed
from tracker.totals import Change, add_to_totals, day_of
from tracker.uncounted import SETTLED, Moved, move_uncounted
from tracker.verdicts import RULES
from tracker.visitors import DAY

STAY = 5  # seconds on screen that confirm a visit; theme/static/page.js counts them
GAP = 5  # seconds from one link to the next, in a burst of them
LINKS = 3  # different links that nobody follows so fast
MAIL = 20  # of them; more are a crowd behind one address, in which everybody may stay as they like
NEIGHBOURS = 200  # visits before and after one, among which others of a burst are looked for
WITHOUT_NAME = ("human", "self", "prefetch", "repeat")  # verdicts on somebody whose page has not said who they are

COLUMNS = (
    "id",
    "sharer",
    "episode",
    "channel",
    "variant",
    "at",
    "verdict",
    "rule",
    "seen_at",
    "visitor",
    "known",
    "source",
    "rules",
    "findings",
)


read_columns = attrgetter(*COLUMNS)


@dataclass(slots=True)
class Arrival:
    """A visit about to be written. `visitor` is today's hash, `yesterday` the same visitor's under yesterday's salt."""

    id: str
    sharer: str | None
    episode: str | None
    channel: str | None
    variant: int | None
    at: int
    verdict: str
    rule: str
    visitor: int
    yesterday: int
    timezone: ZoneInfo
    seen_at: int | None = None
    known: str | None = None
    source: str | None = None
    rules: int = RULES
    findings: str | None = ""

    def row(self) -> tuple[Any, ...]:
        """The values of COLUMNS."""
        return read_columns(self)

    def change(self, sign: int = 1) -> Change:
        """What this visit adds to totals: nothing, unless it is human."""
        if self.verdict != "human":
            return Change(self.sharer, self.at, self.episode, self.channel)
        return Change(
            self.sharer, self.at, self.episode, self.channel, visits=sign, confirmed=sign * (self.seen_at is not None)
        )


def write_arrivals(writing: Writing, arrivals: list[Arrival]) -> list[Arrival]:
    """Write visits as they arrive, each with its final verdict; the arrivals are given back as they were written."""
    sharers = judge_by_memory(writing, arrivals)
    counted = [arrival for arrival in arrivals if arrival.verdict == "human"]
    writing.insert("visits", COLUMNS, [arrival.row() for arrival in arrivals])
    ensure_sharers(writing, {arrival.sharer for arrival in counted if arrival.sharer} - sharers, arrivals[0].at)
    add_to_totals(writing, [arrival.change() for arrival in counted], arrivals[0].timezone)
    return arrivals


def judge_by_memory(writing: Writing, arrivals: Sequence[Arrival]) -> set[str]:
    """Turn human arrivals by link into `self` or `repeat` where the same visitor is known at that link.

    Returns those of their sharers who are sharers already.
    """
    linked = [arrival for arrival in arrivals if arrival.sharer and arrival.verdict == "human"]
    if not linked:
        return set()
    sharers: set[str] = set()
    came: set[tuple[int, str | None]] = set()
    for arrival, row in zip(linked, recall(writing, linked), strict=True):
        if row["known"]:
            sharers.add(row["sharer"])
        hashes = (arrival.visitor, arrival.yesterday)
        if row["owner"] in hashes:
            add_finding(arrival, "own")
        elif row["came"] or (arrival.visitor, arrival.sharer) in came or (arrival.yesterday, arrival.sharer) in came:
            add_finding(arrival, "again")
        came.add((arrival.visitor, arrival.sharer))
    return sharers


def recall(writing: Writing, linked: Sequence[Arrival]) -> list[Row]:
    """For each arrival by link, in their order, what is known already, by one statement.

    {"sharer", "known": 1 if that is a sharer already, "owner": the visitor hash of the visit that made them one,
    "came": 1 if this visitor came by that link within a day}, None where there is none.
    """
    sql, names = ask_for(len(linked))
    values: list[Any] = [min(arrival.at for arrival in linked) - DAY]
    for place, arrival in enumerate(linked):
        values += (place, arrival.visitor, arrival.yesterday, arrival.sharer)
    return writing.query(sql, **dict(zip(names, values, strict=True)))


@lru_cache(maxsize=128)
def ask_for(many: int) -> tuple[str, tuple[str, ...]]:
    """The statement for so many arrivals, and the names of its values.

    No join, and no index on `at`, so that no plan ever reads the whole day.
    """
    names = [f"{letter}{place}" for place in range(many) for letter in "pvys"]
    marks = ", ".join(f"(:p{place}, :v{place}, :y{place}, :s{place})" for place in range(many))
    sql = f"""
        select column4 as sharer, (select 1 from sharers where id = column4) as known,
          (select visitor from visits where id = column4) as owner,
          (select 1 from visits where sharer = column4 and visitor in (column2, column3) and verdict = 'human'
            and at + 0 > :since limit 1) as came
        from (values {marks}) as asked order by column1
    """  # noqa: S608 - marks of our own
    return sql, ("since", *names)


@dataclass(slots=True)
class Seen:
    """A page that was on screen: `id` is its visit, `fresh_id` the identity to use if the visit is somebody else's."""

    id: str
    fresh_id: str
    at: int
    findings: str
    visitor: int
    yesterday: int
    timezone: ZoneInfo
    known: str | None = None
    acted: bool = False  # whether the page says that somebody did something there
    shared: bool = False  # whether other processes may know of visits that this one does not remember


def write_seen(writing: Writing, pages: list[Seen]) -> list[Arrival | None]:
    """Confirm visits; each page's visit as it now is, or None for an id that was never a visit of ours."""
    confirming = Confirming(writing, pages)
    visits = [confirming.confirm(page) for page in pages]
    confirming.write()
    arriving = [visit for visit in visits if visit and visit.id not in confirming.visits]
    if arriving:
        write_arrivals(writing, arriving)
    return visits


class Confirming:
    """Pages that come together: their visits are read at once, and written at once when all have been judged."""

    def __init__(self, writing: Writing, pages: Sequence[Seen]) -> None:
        self.writing = writing
        self.timezone = pages[0].timezone
        self.visits = read_visits(writing, {page.id for page in pages})
        self.changed: dict[str, Arrival] = {}
        self.changes: list[Change] = []
        self.moved: list[Moved] = []

    def confirm(self, page: Seen) -> Arrival | None:
        """Take up the visit, or resume it; from another visitor hash it is an arrival through that visit's link, yet
        to be written."""
        row = self.visits.get(page.id)
        if row is None:
            return None
        before = self.changed.get(page.id) or Arrival(**row, yesterday=page.yesterday, timezone=page.timezone)
        if before.seen_at is not None:
            same_person = page.known is not None and page.known in (before.id, before.known)
            if same_person or before.visitor in (page.visitor, page.yesterday):
                return before
            return arrive_through(before, page)
        after = replace(before, seen_at=page.at, visitor=page.visitor, yesterday=page.yesterday)
        after.known = page.known if before.verdict in WITHOUT_NAME else before.known
        if page.shared and not was_touched(before, page) and follows_many(self.writing, before):
            add_finding(after, "burst")
        add_finding(after, describe_look(after, page))
        if before.verdict == "prefetch":
            self.write()
            judge_by_memory(self.writing, [after])
        self.changed[page.id] = after
        self.changes += [before.change(-1), after.change()]
        if after.verdict != before.verdict and page.at - before.at > SETTLED / 2:
            day = day_of(before.at, self.timezone)
            self.moved.append(Moved(after.id, after.sharer, day, before.verdict, after.verdict))
        return after

    def write(self) -> None:
        """What was confirmed so far."""
        visits = [self.changed[id_] for id_ in sorted(self.changed)]
        counted = {visit.sharer for visit in visits if visit.sharer and visit.verdict == "human"}
        if visits:
            ensure_sharers(self.writing, counted, visits[0].seen_at or visits[0].at)
            self.writing.insert("visits", COLUMNS, [visit.row() for visit in visits], TAKEN_UP)
        add_to_totals(self.writing, self.changes, self.timezone)
        if self.moved:
            self.writing.at_end(move_uncounted, self.moved)
        self.visits |= {id_: dict(zip(COLUMNS, visit.row(), strict=True)) for id_, visit in self.changed.items()}
        self.changed, self.changes, self.moved = {}, [], []


TAKEN_UP = "on conflict (id) do update set " + ", ".join(
    f"{name} = excluded.{name}" for name in ("seen_at", "visitor", "verdict", "rule", "known", "rules", "findings")
)


def read_visits(writing: Writing, ids: Collection[str], columns: Sequence[str] = COLUMNS) -> dict[str, Row]:
    """Those of these visits that are ours."""
    marks, params = listed(ids)
    rows = writing.query(f"select {', '.join(columns)} from visits where id in ({marks})", **params)  # noqa: S608
    return {row["id"]: row for row in rows}


def add_finding(visit: Arrival, finding: str) -> None:
    """Something more is known of the visit: judge it again by all that is."""
    visit.findings = f"{visit.findings or ''} {finding}".lstrip()
    visit.rules = RULES
    visit.verdict, visit.rule = judge_findings(visit.findings, visit.sharer, visit.known)


def describe_look(visit: Arrival, page: Seen) -> str:
    """Findings of a page that was on screen. In a burst of links, whether somebody did something there is one too."""
    acted = "burst" in (visit.findings or "").split() and was_touched(visit, page)
    return " ".join(filter(None, ("seen", "acted" if acted else "", page.findings)))


def was_touched(visit: Arrival, page: Seen) -> bool:
    """Whether somebody did something on the page; before it could have stayed for so long, whatever it says."""
    return page.acted or page.at - visit.at < STAY


def follows_many(writing: Writing, visit: Arrival) -> bool:
    """Whether this visitor followed other links within seconds of this one. Only so many visits around it are looked
    at, so that this costs the same however many there are: in a rush, some go unnoticed."""
    if visit.sharer is None or visit.verdict != "human" or "burst" in (visit.findings or "").split():
        return False
    columns = "id, sharer, episode, channel, variant, at, visitor"
    near = writing.query(
        f"""
        select distinct sharer, episode, channel, variant from (
          select * from (select {columns} from visits where id <= :id order by id desc limit {NEIGHBOURS}) as before
          union all
          select * from (select {columns} from visits where id > :id order by id limit {NEIGHBOURS}) as later
        ) as near
        where visitor = :visitor and sharer is not null and at >= :since and at <= :until
        """,  # noqa: S608 - columns of ours
        id=visit.id,
        visitor=visit.visitor,
        since=visit.at - GAP,
        until=visit.at + GAP,
    )
    return LINKS <= len(near) <= MAIL


def arrive_through(visit: Arrival, page: Seen) -> Arrival:
    """The arrival of somebody to whom this visit's private address was passed on."""
    arrival = Arrival(
        id=page.fresh_id,
        sharer=visit.id,
        episode=visit.episode,
        channel=None,
        variant=None,
        at=page.at,
        verdict="human",
        rule="none",
        visitor=page.visitor,
        yesterday=page.yesterday,
        timezone=page.timezone,
        seen_at=page.at,
        known=page.known,
    )
    add_finding(arrival, page.findings)
    return arrival
