"""The store: one small interface over the database, so that every other module says what it means in SQL, once.

SQL is the dialect that SQLite and PostgreSQL share, with named parameters (`:name`); rows come back as dictionaries.
What was answered is on disk: `execute`, `atomic` and `record` return only after their transaction is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

Row = dict[str, Any]
Item = TypeVar("Item")
Result = TypeVar("Result")


class StoreError(Exception):
    """The database could not do what was asked; nothing of that transaction was kept."""


class StoreBusy(StoreError):
    """Too many writes are waiting already; this one was not queued."""


def listed(values: Collection[Any]) -> tuple[str, dict[str, Any]]:
    """Marks for `in (...)` and what they stand for: (":each0, :each1", {"each0": ..., "each1": ...})."""
    params = {f"each{place}": value for place, value in enumerate(values)}
    return ", ".join(f":{name}" for name in params), params


class Writing(Protocol):
    """A transaction under way."""

    def query(self, sql: str, /, **params: Any) -> list[Row]:
        """Rows of a statement, which may be a write with `returning`."""

    def execute(self, sql: str, /, **params: Any) -> int:
        """Number of rows that the statement changed."""

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], then: str = "") -> list[Row]:
        """Insert all rows by one statement; `then` is an `on conflict` clause, a `returning` clause, or both."""

    def at_end(self, write: Callable[[Any, list[Any]], None], items: Iterable[Any]) -> None:
        """At the end of the transaction, call `write` with these items and those that others left for it."""


class Store(Protocol):
    """A database, for all threads of one process."""

    shared: bool  # whether other processes may record in it too, so that not all is in this one's memory

    def query(self, sql: str, /, **params: Any) -> list[Row]:
        """Rows of a reading statement."""

    def stream(self, sql: str, /, **params: Any) -> Iterator[Row]:
        """The same, a row at a time: for exports of any size."""

    def execute(self, sql: str, /, **params: Any) -> int:
        """One write in a transaction of its own; number of rows changed."""

    def atomic(self) -> AbstractContextManager[Writing]:
        """Writes that belong together: all or none."""

    def record(self, write: Callable[[Writing, list[Item]], list[Result]], item: Item) -> Result:
        """Group commit: `write` gets this item with all others that wait for it, in one transaction shared by all.

        Returns the item's own result once it is on disk. Raises StoreBusy if the queue is full, else StoreError.
        """

    async def recorded(self, write: Callable[[Writing, list[Item]], list[Result]], item: Item) -> Result:
        """The same for coroutines: all those that wait must belong to one event loop."""

    def record_later(self, write: Callable[[Writing, list[Item]], list[Result]], item: Item) -> None:
        """The same without waiting and without a promise; dropped (and counted) when the queue is full."""

    def flush(self) -> None:
        """Wait until all that `record_later` took is on disk."""

    def migrate(self) -> list[str]:
        """Bring the tables up to date; names of the steps taken."""

    def close(self) -> None:
        """Finish writing and let go of the database."""
