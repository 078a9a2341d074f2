"""What the background has made: as of which moment, and of which state of things, so that nothing is made twice.

The table `refreshed` has a row for each such thing; whoever makes it says what its `at` and its `state` mean.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tracker.store import Row, Store, Writing

PAUSE = 60  # seconds between two refreshments
RATIO = 20  # and this many times as long as the last one took, if that is longer


class Pace:
    """How often one process makes something again: so seldom that it takes a twentieth of the time at most."""

    def __init__(self) -> None:
        self._next = 0.0

    @property
    def is_due(self) -> bool:
        return time.monotonic() >= self._next

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Around the making; whoever fails is due again at once."""
        began = time.monotonic()
        yield
        self._next = time.monotonic() + max(PAUSE - 1, RATIO * (time.monotonic() - began))


def read_refreshed(source: Store | Writing, what: str) -> Row | None:
    """{"at", "state"}; None before the first time."""
    rows = source.query("select at, state from refreshed where what = :what", what=what)
    return rows[0] if rows else None


def put_refreshed(writing: Writing, what: str, at: int, state: str) -> None:
    writing.insert(
        "refreshed",
        ("what", "at", "state"),
        [(what, at, state)],
        "on conflict (what) do update set at = excluded.at, state = excluded.state",
    )


def lock_refreshed(writing: Writing, what: str) -> Row:
    """{"at", "state"}, 0 and "" before the first time; no other process gets it before this transaction is over."""
    (row,) = writing.insert(
        "refreshed",
        ("what", "at", "state"),
        [(what, 0, "")],
        "on conflict (what) do update set what = excluded.what returning at, state",
    )
    return row


def forget_refreshed(writing: Writing, what: str) -> None:
    """It holds no more, and is made again."""
    writing.execute("delete from refreshed where what = :what", what=what)
