"""Mail scanners: machines dressed as browsers that follow every link of a mail within seconds, before anybody reads it.

Visits that one visitor begins so get the finding `burst`. They stay what they are until their page says that it was on
screen: five seconds of nothing then confirm nobody (tracker.rules), since a machine waits as patiently. Whoever does
something there is a person: also families, and people who open three links of a mail in tabs.

What is remembered is in memory, and each process remembers what it has seen itself: nothing of this costs a visitor a
query. The mark is on disk, for whichever process hears of the page.
"""

from __future__ import annotations

from tracker.store import Store, Writing, listed
from tracker.visits.recording import Arrival, add_finding

GAP = 5  # seconds from one link to the next
LINKS = 3  # different links that nobody follows so fast; the first ones are marked afterwards
MAIL = 20  # visits one after the other; more are a crowd behind one address, in which everybody may stay as they like
MANY = 2000  # visitors remembered; then it begins anew


class Bursts:
    """Who followed what a moment ago."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.trails: dict[int, list[Arrival]] = {}

    def notice(self, arrival: Arrival) -> None:
        """Mark this visit and those just before it, if they are a burst."""
        trail = self.trails.get(arrival.visitor)
        if trail is None or trail[-1].at < arrival.at - GAP:
            if len(self.trails) >= MANY:
                self.trails.clear()
            self.trails[arrival.visitor] = [arrival]
        elif len(trail) > MAIL:
            trail[-1] = arrival
        else:
            self.go_on(trail, arrival)

    def go_on(self, trail: list[Arrival], arrival: Arrival) -> None:
        links = {link_of(each) for each in trail}
        before = list(trail)
        trail.append(arrival)
        if len(links | {link_of(arrival)}) < LINKS or len(trail) > MAIL:
            return
        add_finding(arrival, "burst")
        if len(links) < LINKS:
            for each in before:
                self.store.record_later(mark_visits, each.id)


def link_of(arrival: Arrival) -> tuple[str | None, str | None, str | None, int | None]:
    """What makes a link another one."""
    return arrival.sharer, arrival.episode, arrival.channel, arrival.variant


def mark_visits(writing: Writing, ids: list[str]) -> list[None]:
    """Add the finding to visits that turned out to be the beginning of a burst."""
    marks, params = listed(ids)
    writing.execute(
        f"""
        update visits set findings = trim(coalesce(findings, '') || ' burst')
        where id in ({marks}) and seen_at is null
        """,  # noqa: S608 - marks of our own
        **params,
    )
    return [None] * len(ids)
