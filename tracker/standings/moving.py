"""Moving the spans on when a day begins, reading only the days that come in and those that fall out."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from tracker.choices import counting_since
from tracker.standings.spans import MEASURES, Span, newest_settled, next_day, read_spans, spans_at
from tracker.store import Store, Writing

COLUMNS = ", ".join(MEASURES)
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
    """Move the spans to the days they should have now, each in a transaction of its own; mostly, nothing is to do."""
    kept = read_spans(store)
    wanted = spans_at(now, timezone, counting_since(store))
    if all(kept.get(span.name) == span for span in wanted):
        return
    for span in wanted:
        with store.atomic() as writing:
            move_span(writing, span)
    with store.atomic() as writing:
        settle_days(writing, read_spans(writing)["ever"].settled)


def move_span(writing: Writing, wanted: Span) -> None:
    old = read_spans(writing).get(wanted.name, Span(wanted.name))
    new = hold_against_skew(old, wanted)
    if new == old:
        return
    if max(old.since, new.since) > min(old.until, new.until):  # no day stays: begin anew
        writing.execute("delete from standings where span = :span", span=new.name)
        old = Span(new.name, new.since)
    shift_standings(writing, old, new)
    writing.insert(
        "spans",
        ("span", "since", "until", "settled"),
        [(new.name, new.since, new.until, new.settled)],
        "on conflict (span) do update set since = excluded.since, until = excluded.until, settled = excluded.settled",
    )


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
    writing.execute(
        f"""
        insert into standings (span, sharer, {COLUMNS})
        select :span, sharer, {COLUMNS} from (
          select sharer, {MOVES} from (
            select * from totals where day >= :low and day < :high
            union all
            select * from totals where day >= :high and day > :edge
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
        edge=min(old.until, new.until, old.settled, new.settled),
    )
    writing.execute(f"delete from standings where span = :span and {ALL_ZERO}", span=new.name)  # noqa: S608


def settle_days(writing: Writing, until: str) -> None:
    """Add up the days that are over, for `sums`: it has all days up to its newest one."""
    writing.execute("delete from sums where day > :until", until=until)
    writing.execute(
        f"""
        insert into sums (day, episode, channel, {COLUMNS}, brought)
        select day, episode, channel, {", ".join(f"sum({name})" for name in MEASURES)},
          sum(case when sharer <> '' then confirmed else 0 end)
        from totals where day > :after and day <= :until group by day, episode, channel
        """,  # noqa: S608
        after=newest_settled(writing),
        until=until,
    )
