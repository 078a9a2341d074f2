"""What both databases have in common: all writes go through one queue, in durable transactions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from tracker.store.interface import Writing
from tracker.store.migrations import Dialect, take_steps
from tracker.store.writer import GroupCommit

Item = TypeVar("Item")
Result = TypeVar("Result")


class Ended(Writing, Protocol):
    """A transaction as seen by whoever ends it (tracker.store.ending)."""

    def finish(self) -> None: ...

    def forget(self) -> None: ...


class GroupedStore(ABC):
    """A store but for its reading, and for how its transactions begin and end."""

    dialect: Dialect
    shared: bool

    def __init__(self) -> None:
        self._commits = GroupCommit(self._in_transaction)

    @abstractmethod
    def _begin(self, shared: bool) -> Ended:
        """Begin a transaction, in which no other process writes; `shared` by the requests of a group commit."""

    @abstractmethod
    def _commit(self) -> None:
        """Put it on disk."""

    @abstractmethod
    def _roll_back(self) -> None:
        """Forget it, also one whose beginning or end failed."""

    def execute(self, sql: str, /, **params: Any) -> int:
        with self.atomic() as writing:
            return writing.execute(sql, **params)

    @contextmanager
    def atomic(self) -> Iterator[Writing]:
        with self._commits.alone():
            try:
                writing = self._begin(shared=False)
                writing.forget()
                yield writing
                writing.finish()
                self._commit()
            except BaseException:
                self._roll_back()
                raise

    def record(self, write: Callable[[Writing, list[Item]], list[Result]], item: Item) -> Result:
        result: Result = self._commits.submit(write, item)
        return result

    async def recorded(self, write: Callable[[Writing, list[Item]], list[Result]], item: Item) -> Result:
        result: Result = await self._commits.submit_from_loop(write, item)
        return result

    def record_later(self, write: Callable[[Writing, list[Item]], list[Result]], item: Item) -> None:
        self._commits.submit_later(write, item)

    def flush(self) -> None:
        self._commits.flush()

    @property
    def dropped(self) -> int:
        """How many best-effort writes were dropped since the start."""
        return self._commits.dropped

    def migrate(self) -> list[str]:
        with self.atomic() as writing:
            return take_steps(writing, self.dialect)

    def close(self) -> None:
        self._commits.close()

    def _in_transaction(self, work: Callable[[Writing], None]) -> None:
        try:
            writing = self._begin(shared=True)
            writing.forget()
            work(writing)
            writing.finish()
            self._commit()
        except BaseException:
            self._roll_back()
            raise
