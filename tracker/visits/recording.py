"""Writing visits: many arrivals, or many pages that were seen, in one transaction shared by all (see tracker.store).

Rules that need memory are here: `self` (the visitor's own link), `repeat` (same visitor, same link, within a day).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from tracker.sharers import ensure_sharer
from tracker.store import Writing
from tracker.totals import Change, add_to_totals
from tracker.verdicts import Verdict
from tracker.visitors import DAY

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
)


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

    def row(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in COLUMNS)

    def change(self, sign: int = 1) -> Change:
        """What this visit adds to totals: nothing, unless it is human."""
        if self.verdict != "human":
            return Change(self.sharer, self.at, self.episode, self.channel)
        return Change(
            self.sharer, self.at, self.episode, self.channel, visits=sign, confirmed=sign * (self.seen_at is not None)
        )


def write_arrivals(writing: Writing, arrivals: list[Arrival]) -> list[Arrival]:
    """Write visits as they arrive, each with its final verdict; the arrivals are given back as they were written."""
    judge_by_memory(writing, arrivals)
    counted = [arrival for arrival in arrivals if arrival.verdict == "human"]
    for sharer, at in {arrival.sharer: arrival.at for arrival in counted if arrival.sharer}.items():
        ensure_sharer(writing, sharer, at)
    writing.insert("visits", COLUMNS, [arrival.row() for arrival in arrivals])
    remember_own_links(writing, [arrival for arrival in arrivals if arrival.seen_at is not None])
    add_to_totals(writing, [arrival.change() for arrival in counted], arrivals[0].timezone)
    return arrivals


def judge_by_memory(writing: Writing, arrivals: Sequence[Arrival]) -> None:
    """Turn human arrivals by link into `self` or `repeat` where the same visitor was there within a day."""
    linked = [arrival for arrival in arrivals if arrival.sharer and arrival.verdict == "human"]
    if not linked:
        return
    last = recall(writing, linked)
    fresh: dict[tuple[int, str], Arrival] = {}
    for arrival in linked:
        assert arrival.sharer is not None
        key = (arrival.visitor, arrival.sharer)
        seen = max(
            (last[each] for each in (key, (arrival.yesterday, arrival.sharer)) if each in last),
            default=None,
        )
        if seen is not None and seen[1]:
            arrival.verdict, arrival.rule = Verdict("self", "own-link")
        elif key in fresh or (seen is not None and seen[0] > arrival.at - DAY):
            arrival.verdict, arrival.rule = Verdict("repeat", "same-visitor-same-link")
        else:
            fresh[key] = arrival
    remember(writing, [(visitor, sharer, arrival.at, 0) for (visitor, sharer), arrival in fresh.items()])


def recall(writing: Writing, linked: Sequence[Arrival]) -> dict[tuple[int, str], tuple[int, int]]:
    """What is known of these visitors at these links: (visitor, sharer) -> (at, 1 if it is their own link)."""
    pairs = [(hash_, arrival.sharer) for arrival in linked for hash_ in (arrival.visitor, arrival.yesterday)]
    marks = ",".join(f"(:v{place},:s{place})" for place in range(len(pairs)))
    params: dict[str, Any] = {}
    for place, (hash_, sharer) in enumerate(pairs):
        params[f"v{place}"], params[f"s{place}"] = hash_, sharer
    rows = writing.query(
        f"select visitor, sharer, at, own from recent where (visitor, sharer) in (values {marks})",  # noqa: S608
        **params,
    )
    return {(row["visitor"], row["sharer"]): (row["at"], row["own"]) for row in rows}


def remember(writing: Writing, rows: list[tuple[int, str, int, int]]) -> None:
    """Keep (visitor, sharer, at, own) for two days; a link once known as one's own stays so."""
    writing.insert(
        "recent",
        ("visitor", "sharer", "at", "own"),
        sorted(rows),
        "on conflict (visitor, sharer) do update set at = excluded.at, "
        "own = case when recent.own = 1 then 1 else excluded.own end",
    )


def remember_own_links(writing: Writing, seen: Sequence[Arrival]) -> None:
    """Whoever holds a page holds a link: following it later from the same place is `self`."""
    rows = {(arrival.visitor, arrival.known or arrival.id): arrival for arrival in seen}
    remember(writing, [(visitor, link, arrival.at, 1) for (visitor, link), arrival in rows.items()])


@dataclass(slots=True)
class Seen:
    """A page that was on screen: `id` is its visit, `fresh_id` the identity to use if the visit is somebody else's."""

    id: str
    fresh_id: str
    at: int
    verdict: Verdict
    visitor: int
    yesterday: int
    timezone: ZoneInfo
    known: str | None = None


def write_seen(writing: Writing, pages: list[Seen]) -> list[Arrival | None]:
    """Confirm visits; each page's visit as it now is, or None for an id that was never a visit of ours."""
    return [confirm(writing, page) for page in pages]


def confirm(writing: Writing, page: Seen) -> Arrival | None:
    """Take up the visit, or resume it; from another visitor hash it is an arrival through that visit's link."""
    found = writing.query(f"select {', '.join(COLUMNS)} from visits where id = :id", id=page.id)  # noqa: S608
    if not found:
        return None
    before = Arrival(**found[0], yesterday=page.yesterday, timezone=page.timezone)
    if before.seen_at is not None:
        same_person = page.known is not None and page.known in (before.id, before.known)
        if same_person or before.visitor in (page.visitor, page.yesterday):
            return before
        return write_arrivals(writing, [arrive_through(before, page)])[0]
    after = replace(before, seen_at=page.at, visitor=page.visitor)
    judge_seen(after, page)
    if before.verdict == "prefetch":
        judge_by_memory(writing, [after])
    if after.verdict == "human" and after.sharer:
        ensure_sharer(writing, after.sharer, page.at)
    writing.execute(
        """
        update visits set seen_at = :seen_at, visitor = :visitor, verdict = :verdict, rule = :rule, known = :known
        where id = :id
        """,
        seen_at=after.seen_at,
        visitor=after.visitor,
        verdict=after.verdict,
        rule=after.rule,
        known=after.known,
        id=after.id,
    )
    remember_own_links(writing, [after])
    add_to_totals(writing, [before.change(-1), after.change()], page.timezone)
    return after


def judge_seen(visit: Arrival, page: Seen) -> None:
    """Change a visit's verdict by what its page tells: who it is, or that somebody is really there."""
    if page.verdict.name in ("bot", "preview", "staff"):
        visit.verdict, visit.rule = page.verdict
    elif visit.verdict in ("human", "self", "prefetch", "repeat") and page.known:
        judge_known(visit, page.known)
    elif visit.verdict == "self":
        visit.verdict, visit.rule = Verdict("human", "seen-after-self")
    elif visit.verdict == "prefetch":
        visit.verdict, visit.rule = Verdict("human", "seen-after-prefetch")


def judge_known(visit: Arrival, known: str) -> None:
    """Somebody known comes back (`returning`), or follows their own link (`self`)."""
    visit.known = known
    own = visit.sharer == known
    visit.verdict, visit.rule = Verdict("self", "known-own-link") if own else Verdict("returning", "known")


def arrive_through(visit: Arrival, page: Seen) -> Arrival:
    """The arrival of somebody to whom this visit's private address was passed on."""
    arrival = Arrival(
        id=page.fresh_id,
        sharer=visit.id,
        episode=visit.episode,
        channel=None,
        variant=None,
        at=page.at,
        verdict=page.verdict.name,
        rule=page.verdict.rule,
        visitor=page.visitor,
        yesterday=page.yesterday,
        timezone=page.timezone,
        seen_at=page.at,
    )
    if page.known and arrival.verdict == "human":
        judge_known(arrival, page.known)
    return arrival
