"""Group commit: whoever comes while a transaction is being written shares the next one.

There is no writing thread. The first request that finds nobody writing leads: it writes all that has gathered, in one
transaction, wakes those whose rows it wrote, and hands the lead to the first of those who came meanwhile. One flush to
disk serves many requests, a lone request waits for nobody, and each answers only after its rows are on disk.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from tracker.store.interface import StoreBusy, Writing
from tracker.store.migrations import Dialect, take_steps

Item = TypeVar("Item")
Result = TypeVar("Result")

BATCH = 64  # rows in one statement: more no longer helps, and holds up those who came first
WAITING = 2000  # requests that may queue; more than any thread pool of ours, so that only background writes fill it

Write = Callable[[Writing, list[Any]], list[Any]]


class Job:
    """One item that waits to be written; `write` is None for a request that wants the database to itself."""

    __slots__ = ("error", "item", "leads", "result", "waiter", "write")

    def __init__(self, write: Write | None, item: Any, waits: bool = True) -> None:
        self.write = write
        self.item = item
        self.result: Any = None
        self.error: BaseException | None = None
        self.leads = False
        self.waiter: Any = None
        if waits:
            self.waiter = threading.Lock()
            self.waiter.acquire()

    def wake(self) -> None:
        if self.waiter is not None:
            self.waiter.release()


class GroupCommit:
    """The one queue in front of a database's writing connection."""

    def __init__(self, transaction: Callable[[Callable[[Writing], None]], None]) -> None:
        """`transaction` runs a function inside one durable transaction, or raises and keeps nothing of it."""
        self._transaction = transaction
        self._mutex = threading.Lock()
        self._busy = False
        self._queue: deque[Job] = deque()
        self._later: deque[Job] = deque()
        self.dropped = 0
        self._background: threading.Thread | None = None
        self._wanted = threading.Event()
        self._idle = threading.Condition()
        self._unwritten = 0
        self._closed = False

    def submit(self, write: Write, item: Any) -> Any:
        """Write the item in the next shared transaction; its result, once on disk."""
        job = Job(write, item)
        if self._must_wait(job):
            job.waiter.acquire()
        else:
            job.leads = True
        if job.leads:
            self._lead(job)
        if job.error is not None:
            raise job.error
        return job.result

    @contextmanager
    def alone(self) -> Iterator[None]:
        """The writing connection to oneself, in one's turn."""
        job = Job(None, None)
        if self._must_wait(job):
            job.waiter.acquire()
        try:
            yield
        finally:
            self._pass_the_lead()

    def submit_later(self, write: Write, item: Any) -> None:
        """Write the item soon, from the background."""
        if len(self._later) >= WAITING or self._closed:
            self.dropped += 1
            return
        with self._idle:
            self._unwritten += 1
        self._later.append(Job(write, item, waits=False))
        self._wanted.set()
        if self._background is None:
            with self._mutex:
                if self._background is None:
                    self._background = threading.Thread(target=self._write_later, name="store-later", daemon=True)
                    self._background.start()

    def flush(self, timeout: float = 10.0) -> None:
        """Wait for what `submit_later` took."""
        with self._idle:
            self._idle.wait_for(lambda: self._unwritten == 0, timeout)

    def close(self) -> None:
        """Write what is left, and refuse more."""
        self.flush()
        self._closed = True
        self._wanted.set()

    def _must_wait(self, job: Job) -> bool:
        with self._mutex:
            if not self._busy:
                self._busy = True
                return False
            if len(self._queue) >= WAITING:
                raise StoreBusy("too many writes are waiting")
            self._queue.append(job)
            return True

    def _pass_the_lead(self) -> None:
        with self._mutex:
            if not self._queue:
                self._busy = False
                return
            heir = self._queue.popleft()
        heir.leads = True
        heir.wake()

    def _lead(self, first: Job) -> None:
        batch = [first]
        try:
            self._let_others_come()
            with self._mutex:
                while self._queue and len(batch) < BATCH and self._queue[0].write is not None:
                    batch.append(self._queue.popleft())
            self._write(batch)
        finally:
            self._pass_the_lead()
            for job in batch:
                if job is not first:
                    job.wake()

    def _let_others_come(self) -> None:
        """Those who were just answered are about to ask again: let them in as long as they come.

        It costs a lone request next to nothing; larger batches mean fewer pages written, and fewer flushes.
        """
        waiting = -1
        while waiting < len(self._queue) < BATCH:
            waiting = len(self._queue)
            time.sleep(0)

    def _write(self, batch: list[Job]) -> None:
        """One transaction for the batch; if that fails, one for each, so that a bad item harms only itself."""
        try:
            self._transaction(lambda writing: run_jobs(writing, batch))
        except Exception as error:  # noqa: BLE001 - whatever it was, its own request will raise it
            if len(batch) == 1:
                batch[0].error = error
                return
            for job in batch:
                self._write([job])

    def _write_later(self) -> None:
        while not self._closed or self._later:
            self._wanted.wait()
            self._wanted.clear()
            while self._later:
                batch = [self._later.popleft() for _ in range(min(BATCH, len(self._later)))]
                with self.alone():
                    self._write(batch)
                self.dropped += sum(job.error is not None for job in batch)
                with self._idle:
                    self._unwritten -= len(batch)
                    self._idle.notify_all()


def run_jobs(writing: Writing, batch: list[Job]) -> None:
    """Give each kind of write all of its items at once, in the order in which the kinds came."""
    kinds: dict[Write, list[Job]] = {}
    for job in batch:
        assert job.write is not None
        kinds.setdefault(job.write, []).append(job)
    for write, jobs in kinds.items():
        for job, result in zip(jobs, write(writing, [job.item for job in jobs]), strict=True):
            job.result = result


class GroupedStore(ABC):
    """What both databases have in common: all writes go through one queue, in durable transactions."""

    dialect: Dialect

    def __init__(self) -> None:
        self._commits = GroupCommit(self._in_transaction)

    @abstractmethod
    def _begin(self, shared: bool) -> Writing:
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
                yield self._begin(shared=False)
                self._commit()
            except BaseException:
                self._roll_back()
                raise

    def record(self, write: Callable[[Writing, list[Item]], list[Result]], item: Item) -> Result:
        result: Result = self._commits.submit(write, item)
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
            work(self._begin(shared=True))
            self._commit()
        except BaseException:
            self._roll_back()
            raise
