"""What many writes of one transaction leave to its end, to be written in one go: totals, above all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

MANY = 500  # items that wait; more are written at once and by so many: a statement takes only so many values


class Ending:
    """What both databases' connections have in common."""

    def __init__(self) -> None:
        self._waiting: dict[Callable[[Any, list[Any]], None], list[Any]] = {}

    def at_end(self, write: Callable[[Any, list[Any]], None], items: Iterable[Any]) -> None:
        waiting = self._waiting.setdefault(write, [])
        waiting.extend(items)
        if len(waiting) > MANY:
            self.finish()

    def finish(self) -> None:
        """Write what waits; the end of the transaction comes next."""
        while self._waiting:
            write, items = self._waiting.popitem()
            for first in range(0, len(items), MANY):
                write(self, items[first : first + MANY])

    def forget(self) -> None:
        """The transaction before this one failed: what it left is void."""
        self._waiting.clear()
