"""Counting standings and sums again from totals: they are equal, or are made so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tracker.standings.following import forget_followers
from tracker.standings.moving import shift_standings, sum_days
from tracker.standings.spans import MEASURES, Span, newest_settled, read_spans
from tracker.store import Row, Writing

SUMMED = (*MEASURES, "brought")
BATCH = 500  # rows inserted by one statement


def set_right(
    writing: Writing, table: str, key: Sequence[str], names: Sequence[str], counted: Mapping[Any, list[int]]
) -> list[Row]:
    """Make a table what was counted, by the values of its key; of each row that differed its key, "kept", "counted"."""
    kept = {
        tuple(row[name] for name in key): [row[name] for name in names]
        for row in writing.query(f"select * from {table}")  # noqa: S608 - names of our own
    }
    nothing = [0] * len(names)
    different = [
        {**dict(zip(key, where, strict=True)), "kept": before, "counted": after}
        for where in sorted(kept.keys() | counted.keys())
        if (before := kept.get(where, nothing)) != (after := counted.get(where, nothing))
    ]
    if different:
        writing.execute(f"delete from {table}")  # noqa: S608 - names of our own
        rows = [(*where, *values) for where, values in sorted(counted.items())]
        for start in range(0, len(rows), BATCH):
            writing.insert(table, (*key, *names), rows[start : start + BATCH])
    return different


def recount_standings(writing: Writing) -> list[Row]:
    """Make standings and sums again where they differ from totals, and tell where, as tracker.totals.recount does."""
    different = [row for span in read_spans(writing).values() for row in recount_span(writing, span)]
    return different + recount_sums(writing)


def recount_span(writing: Writing, span: Span) -> list[Row]:
    kept = f"select sharer, {', '.join(MEASURES)} from standings where span = :span"  # noqa: S608
    counted = f"""
        select sharer, case when day <= :settled then visits else 0 end, {", ".join(MEASURES[1:])}
        from totals where sharer <> '' and day >= :since and day <= :until
    """  # noqa: S608
    rows = compare(
        writing,
        ("sharer",),
        MEASURES,
        kept,
        counted,
        span=span.name,
        since=span.since,
        until=span.until,
        settled=span.settled,
    )
    if rows:
        writing.execute("delete from standings where span = :span", span=span.name)
        forget_followers(writing, span)
        shift_standings(writing, Span(span.name, span.since), span)
    days = f"{span.since}..{span.until}"
    return [
        {"sharer": row["sharer"], "day": days, "episode": "", "channel": "", **sides(row, MEASURES)} for row in rows
    ]


def recount_sums(writing: Writing) -> list[Row]:
    key, settled = ("day", "episode", "channel"), newest_settled(writing)
    kept = f"select {', '.join((*key, *SUMMED))} from sums"  # noqa: S608
    counted = f"""
        select {", ".join((*key, *MEASURES))}, case when sharer <> '' then confirmed else 0 end
        from totals where day <= :settled
    """  # noqa: S608
    rows = compare(writing, key, SUMMED, kept, counted, settled=settled)
    if rows:
        writing.execute("delete from sums")
        sum_days(writing, "", settled)
    return [{"sharer": "*", **{name: row[name] for name in key}, **sides(row, SUMMED)} for row in rows]


def compare(
    writing: Writing, key: Sequence[str], names: Sequence[str], kept: str, counted: str, **params: str
) -> list[Row]:
    """Keys of two statements whose sums differ; of each, `kept_` and `counted_` with each name."""
    both = ", ".join(f"sum(kept_{name}) as kept_{name}, sum(counted_{name}) as counted_{name}" for name in names)
    columns = ", ".join([*key, *(f"kept_{name}" for name in names), *(f"counted_{name}" for name in names)])
    keys, values, zeros = ", ".join(key), ", ".join(names), ", ".join(["0"] * len(names))
    different = " or ".join(f"sum(kept_{name}) <> sum(counted_{name})" for name in names)
    return writing.query(
        f"""
        with kept ({keys}, {values}) as ({kept}), counted ({keys}, {values}) as ({counted}),
        sides ({columns}) as (
          select {keys}, {values}, {zeros} from kept union all select {keys}, {zeros}, {values} from counted
        )
        select {keys}, {both} from sides group by {keys} having {different} order by {keys}
        """,  # noqa: S608
        **params,
    )


def sides(row: Row, names: Sequence[str]) -> Row:
    return {side: [row[f"{side}_{name}"] for name in names] for side in ("kept", "counted")}
