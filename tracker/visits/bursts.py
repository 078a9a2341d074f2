"""Machines dressed as browsers, noticed by what they do within seconds. A process remembers what it has seen itself, in
memory: nothing of this costs a visitor a query. What is noticed stands with the visits, for whichever process hears of
their pages. Where several share a database, recording.follows_many looks there for links that others were asked for.

Mail scanners follow every link of a mail before anybody reads it. Such visits get the finding `burst`, and stay what
they are until their page says that it was on screen: five seconds of nothing then confirm nobody (tracker.rules), since
a machine waits as patiently. Whoever does something there is a person: families too, and who opens three links in tabs.

X looks at a link twice, once under a browser's name, and asks for its head as well, which no browser does beside
following it. Such a visit gets the finding `headed`, and waits for its page to be seen, as a prefetch does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tracker.store import Store, Writing
from tracker.totals import Change, add_to_totals
from tracker.visits.recording import COLUMNS, GAP, LINKS, MAIL, TAKEN_UP, Arrival, add_finding, read_visits

MANY = 2000  # visitors remembered; then it begins anew

Link = tuple[str | None, str | None, str | None, int | None]


class Trail:
    """What one visitor did, each thing within seconds of the one before."""

    __slots__ = ("heads", "last", "links", "visits")

    def __init__(self) -> None:
        self.last = 0
        self.visits: list[Arrival] = []
        self.links: set[Link] = set()
        self.heads: set[Link] = set()


class Bursts:
    """Who followed what a moment ago."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.trails: dict[int, Trail] = {}

    def notice(self, arrival: Arrival) -> None:
        """Remember this visit, or this look at a link's head; mark what it makes suspicious."""
        trail = self.trails.get(arrival.visitor)
        if trail is None or trail.last < arrival.at - GAP:
            if len(self.trails) >= MANY:
                self.trails.clear()
            trail = self.trails[arrival.visitor] = Trail()
        trail.last = arrival.at
        if len(trail.visits) <= MAIL:
            self.compare(trail, arrival)
            trail.visits.append(arrival)

    def compare(self, trail: Trail, arrival: Arrival) -> None:
        """Mark this one and those before it."""
        link, before = link_of(arrival), len(trail.links)
        trail.links.add(link)
        if is_head(arrival):
            trail.heads.add(link)
            self.mark((each for each in trail.visits if link_of(each) == link and not is_head(each)), "headed")
            return
        if link in trail.heads:
            add_finding(arrival, "headed")
        if len(trail.links) >= LINKS and len(trail.visits) < MAIL:
            add_finding(arrival, "burst")
            if before < LINKS:
                self.mark(trail.visits, "burst")

    def mark(self, visits: Iterable[Arrival], finding: str) -> None:
        for visit in visits:
            self.store.record_later(mark_visits, (visit, finding))


def is_head(arrival: Arrival) -> bool:
    return arrival.rule == "head"


def link_of(arrival: Arrival) -> Link:
    """What makes a link another one."""
    return arrival.sharer, arrival.episode, arrival.channel, arrival.variant


def mark_visits(writing: Writing, marks: list[tuple[Arrival, str]]) -> list[None]:
    """Add findings to visits whose page nobody has seen yet, and judge them again."""
    rows = read_visits(writing, {visit.id for visit, _ in marks})
    before = {id_: Arrival(**row, yesterday=0, timezone=marks[0][0].timezone) for id_, row in rows.items()}
    after = {id_: replace(visit) for id_, visit in sorted(before.items()) if visit.seen_at is None}
    for visit, finding in marks:
        if visit.id in after and finding not in (after[visit.id].findings or "").split():
            add_finding(after[visit.id], finding)
    changes: list[Change] = []
    for id_, visit in after.items():
        changes += [before[id_].change(-1), visit.change()]
    writing.insert("visits", COLUMNS, [visit.row() for visit in after.values()], TAKEN_UP)
    if changes:
        add_to_totals(writing, changes, marks[0][0].timezone)
    return [None] * len(marks)
