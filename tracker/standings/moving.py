"""Moving the spans on when a day begins, reading only the days that come in and those that fall out."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from tracker.choices import counting_since
from tracker.standings.following import forget_followers
from tracker.standings.spans import MEASURES, Span, newest_settled, next_day, read_spans, spans_at
from tracker.store import Store, Writing

COLUMNS = ", ".join(MEASURES)
BATCH = 5000  # rows that are deleted in one transaction
ALL_ZERO = " and ".join(f"{name} = 0" for name in MEASURES)
ANY_LEFT = " or ".join(f"{name} <> 0" for name in MEASURES)


def moving_sum(name: str, until: str) -> str:
    """What days add to a span that moves: all where they come in, minus that where they fall out, else nothing."""
    return f"""
      sum({name} * (
        case when day >= :since and day <= :{until} then 1 else 0 end
        - case when day >= :old_since and day <= :old_{until} then 1 else 0 end
      )) as {name}
    """


MOVES = ", ".join(moving_sum(name, "settled" if name == "visits" else "until") for name in MEASURES)


def keep_current(store: Store, timezone: ZoneInfo, now: float) -> None:
    """Move the spans to the days they should have now; mostly, nothing is to do.

    Each transaction moves one span by one day, so that visitors who come meanwhile hardly wait, also when staff choose
    another day to count from, or when an old database gets its first standings.
    """
    kept = read_spans(store)
    wanted = spans_at(now, timezone, counting_since(store))
    if all(kept.get(span.name) == span for span in wanted):
        return
    for span in wanted:
        while move_span(store, span):
            pass
    while settle_day(store):
        pass


def move_span(store: Store, wanted: Span) -> bool:
    """Take one step towards the span wanted; false if it stands there."""
    with store.atomic() as writing:
        old = read_spans(writing).get(wanted.name)
        new = hold_against_skew(old, wanted) if old else wanted
        if new == old:
            return False
        if new.since > new.until:  # staff count from a day to come
            return clear_span(writing, new)
        if old is None or begins_anew(old, new):
            return clear_span(writing, Span(new.name, new.since))
        step = next_step(writing, old, new)
        shift_standings(writing, old, step)
        write_span(writing, step)
        return True


def begins_anew(old: Span, new: Span) -> bool:
    """Whether none of the old days stays. A span that was just cleared has no day yet, but knows where it begins."""
    return old.since != new.since if not old.until else old.since > new.until or old.until < new.since


def clear_span(writing: Writing, empty: Span) -> bool:
    """Take some rows away; once all are gone, the span is `empty`, without days. True: there may be more to do."""
    writing.execute("delete from spans where span = :span", span=empty.name)
    forget_followers(writing, empty)
    gone = writing.execute(
        """
        delete from standings where span = :span
          and sharer in (select sharer from standings where span = :span limit :limit)
        """,
        span=empty.name,
        limit=BATCH,
    )
    if gone < BATCH:
        write_span(writing, empty)
    return True


def write_span(writing: Writing, span: Span) -> None:
    forget_followers(writing, span)
    writing.insert(
        "spans",
        ("span", "since", "until", "settled"),
        [(span.name, span.since, span.until, span.settled)],
        "on conflict (span) do update set since = excluded.since, until = excluded.until, settled = excluded.settled",
    )


def next_step(writing: Writing, old: Span, new: Span) -> Span:
    """The old span, nearer to the new one by one day that has figures."""
    if old.since < new.since:
        (row,) = writing.query("select min(day) as day from totals where day >= :since", since=old.since)
        return replace(old, since=min(new.since, next_day(row["day"]) if row["day"] else new.since))
    if old.since > new.since:
        (row,) = writing.query(
            "select max(day) as day from totals where day >= :new and day < :old", new=new.since, old=old.since
        )
        return replace(old, since=row["day"] or new.since)
    if old.until < new.until:
        (row,) = writing.query(
            "select min(day) as day from totals where day > :old and day >= :since", old=old.until, since=new.since
        )
        until = min(new.until, row["day"] or new.until)
        return replace(old, until=until, settled=min(until, new.settled))
    return new


def hold_against_skew(old: Span, wanted: Span) -> Span:
    """The span wanted, unless another host's clock, a little ahead of ours, has moved it already."""
    if wanted.until < old.until == next_day(wanted.until):
        return old
    if wanted.until == old.until and wanted.settled < old.settled:
        return replace(wanted, settled=old.settled)
    return wanted


def shift_standings(writing: Writing, old: Span, new: Span) -> None:
    """Add the days that come in and take off those that fall out, reading no others."""
    low, high = sorted((old.since, new.since))
    edge = min(old.until, new.until, old.settled, new.settled)
    writing.execute(
        f"""
        insert into standings (span, sharer, {COLUMNS})
        select :span, sharer, {COLUMNS} from (
          select sharer, {MOVES} from (
            select * from totals where day >= :low and day < :high
            union all
            select * from totals where day >= :front and day <= :last
          ) as days where sharer <> '' group by sharer
        ) as moves where {ANY_LEFT}
        on conflict (span, sharer) do update set {", ".join(f"{n} = standings.{n} + excluded.{n}" for n in MEASURES)}
        """,  # noqa: S608 - names of our own
        span=new.name,
        since=new.since,
        until=new.until,
        settled=new.settled,
        old_since=old.since,
        old_until=old.until,
        old_settled=old.settled,
        low=low,
        high=high,
        front=max(high, next_day(edge)) if edge else high,
        last=max(old.until, new.until),
    )
    if old.since < new.since or new.until < old.until:
        writing.execute(f"delete from standings where span = :span and {ALL_ZERO}", span=new.name)  # noqa: S608


def settle_day(store: Store) -> bool:
    """Add up the next day that is over, for `sums`: it has all days up to its newest one. False if there is none."""
    with store.atomic() as writing:
        until = read_spans(writing)["ever"].settled
        after = newest_settled(writing)
        if until < after:
            writing.execute("delete from sums where day > :until", until=until)
            return True
        (row,) = writing.query(
            "select min(day) as day from totals where day > :after and day <= :until", after=after, until=until
        )
        if row["day"]:
            sum_days(writing, row["day"], row["day"])
        return row["day"] is not None


def sum_days(writing: Writing, since: str, until: str) -> None:
    writing.execute(
        f"""
        insert into sums (day, episode, channel, {COLUMNS}, brought)
        select day, episode, channel, {", ".join(f"sum({name})" for name in MEASURES)},
          sum(case when sharer <> '' then confirmed else 0 end)
        from totals where day >= :since and day <= :until group by day, episode, channel
        """,  # noqa: S608
        since=since,
        until=until,
    )
