"""Adding to standings what was added to totals, in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from tracker.standings.spans import MEASURES, Key, newest_settled, read_spans
from tracker.store import Writing


def add_to_standings(writing: Writing, changes: Mapping[Key, list[int]], fresh: str) -> None:
    """Add what was just added to totals. Visits of the day `fresh` and later are not settled, and cost nothing here."""
    lasting = {key: values for key, values in changes.items() if key[1] < fresh or any(values[1:])}
    if not lasting:
        return
    rows: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * len(MEASURES))
    spans = read_spans(writing).values()
    for (sharer, day, _, _), (visits, *others) in lasting.items():
        for span in spans:
            if sharer and span.since <= day <= span.until:
                row = rows[span.name, sharer]
                row[0] += visits if day <= span.settled else 0
                row[1:] = map(sum, zip(row[1:], others, strict=True))
    upsert(writing, "standings", ("span", "sharer"), MEASURES, rows)
    if any(key[1] < fresh for key in lasting):
        add_to_sums(writing, lasting)


def add_to_sums(writing: Writing, changes: Mapping[Key, list[int]]) -> None:
    """Change days of the campaign that were settled already: a gift refunded later, a page seen the morning after."""
    settled = newest_settled(writing)
    rows: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0] * (len(MEASURES) + 1))
    for (sharer, day, episode, channel), values in changes.items():
        if day <= settled:
            row = rows[day, episode, channel]
            row[:] = map(sum, zip(row, (*values, values[1] if sharer else 0), strict=True))
    upsert(writing, "sums", ("day", "episode", "channel"), (*MEASURES, "brought"), rows)


def upsert(
    writing: Writing, table: str, key: tuple[str, ...], names: tuple[str, ...], rows: Mapping[Any, list[int]]
) -> None:
    """Add to the rows of these keys, in one order. Columns that don't change are not written, nor are their indexes."""
    changed = [name for place, name in enumerate(names) if any(values[place] for values in rows.values())]
    if not changed:
        return
    writing.insert(
        table,
        (*key, *names),
        [(*where, *rows[where]) for where in sorted(rows) if any(rows[where])],
        f"on conflict ({', '.join(key)}) do update set "
        + ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in changed),
    )
