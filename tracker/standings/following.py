"""Who is followed most: the order of a span by visits, those of its newest days included.

Visits of days that are not settled stand in totals alone, since one follows every link. Here they are added up in the
background, at most every minute, as `recent` beside the settled ones, where an index has the order ready. So that order
has an age, and holds only for the days for which it was made; figures in it are read anew.
"""

from __future__ import annotations

from tracker.refreshed import Pace, forget_refreshed, put_refreshed, read_refreshed
from tracker.standings.spans import MEASURES, Span, next_day, read_spans
from tracker.store import Row, Store, Writing

BATCH = 500  # rows written in one transaction, so that visitors who come meanwhile hardly wait
COLUMNS = ("span", "sharer", *MEASURES, "recent")

CHANGED = """
    select sharer, sum(counted) as recent from (
      select sharer, visits as counted, 0 as kept from totals
      where day >= :newest and day <= :until and sharer <> ''
      union all
      select sharer, 0 as counted, recent as kept from standings where span = :span and recent <> 0
    ) as sides group by sharer having sum(counted) <> sum(kept) order by sharer
"""


class FollowerRefresher:
    """Keeps the order of one store current; one for each process."""

    def __init__(self) -> None:
        self._pace = Pace()

    def refresh(self, store: Store, now: float) -> bool:
        """Add up what came since, if it is time, or if a span has got other days; whether it was."""
        ready = all(followers_made_at(store, span) is not None for span in read_spans(store).values())
        if ready and not self._pace.is_due:
            return False
        with self._pace.timed():
            refresh_followers(store, now)
        return True


def refresh_followers(store: Store, now: float) -> None:
    """Add up the newest days' visits of every span."""
    for span in read_spans(store).values():
        if not span.until:
            continue  # it was cleared, and has no days yet
        rows = store.query(CHANGED, span=span.name, newest=newest_day(span), until=span.until)
        batches = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)] or [[]]
        for place, batch in enumerate(batches, 1):
            with store.atomic() as writing:
                if read_spans(writing).get(span.name) != span:
                    break  # the day was turned meanwhile: these are not its visits any more
                write_recent(writing, span, batch)
                if place == len(batches):
                    put_refreshed(writing, name_of(span), int(now), days_of(span))


def write_recent(writing: Writing, span: Span, rows: list[Row]) -> None:
    nothing = [0] * len(MEASURES)
    writing.insert(
        "standings",
        COLUMNS,
        [(span.name, row["sharer"], *nothing, row["recent"]) for row in rows],
        "on conflict (span, sharer) do update set recent = excluded.recent",
    )


def forget_followers(writing: Writing, span: Span) -> None:
    """The span has other days, or lost rows: its order holds no more."""
    forget_refreshed(writing, name_of(span))


def followers_made_at(store: Store, span: Span) -> int | None:
    """The moment whose order stands ready; None if there is none for just these days."""
    made = read_refreshed(store, name_of(span))
    return int(made["at"]) if made and made["state"] == days_of(span) else None


def newest_day(span: Span) -> str:
    """The first of its days whose visits its standings don't have."""
    return max(span.since, next_day(span.settled))


def name_of(span: Span) -> str:
    return f"followers:{span.name}"


def days_of(span: Span) -> str:
    return f"{span.since}..{span.settled}..{span.until}"
