"""Group commit: whoever comes while a transaction is being written shares the next one.

Whoever writes takes all that has gathered, in one transaction, then lets each request answer: one flush to disk serves
many, a lone request waits for nobody, and each answers only after its rows are on disk. Threads wait by a lock;
coroutines, of which thousands may wait at once, by a future. A thread writes, or the event loop itself where that is
quick.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tracker.store.interface import StoreBusy, Writing

BATCH = 64  # rows in one statement: more no longer helps, and holds up those who came first
QUICK = 0.005  # seconds that an event loop may stand still for a transaction: a flush takes a fifth of a millisecond
WAITING = 2000  # writes that may queue: at a thousand a second, nobody waits for more than two seconds

Write = Callable[[Writing, list[Any]], list[Any]]


class Job:
    """One item that waits to be written; `write` is None for a request that wants the database to itself.

    Whoever waits for it waits by `lock` or by `future`; nobody waits for what is written later.
    """

    __slots__ = ("error", "future", "item", "lock", "over", "result", "write")

    def __init__(self, write: Write | None, item: Any = None) -> None:
        self.write = write
        self.item = item
        self.result: Any = None
        self.error: BaseException | None = None
        self.lock: threading.Lock | None = None
        self.future: asyncio.Future[Any] | None = None
        self.over: threading.Lock | None = None  # released by whoever has had the database to themselves

    def wait(self) -> None:
        assert self.lock is not None
        self.lock.acquire()


def held() -> threading.Lock:
    """A lock that somebody else will release."""
    lock = threading.Lock()
    lock.acquire()
    return lock


class GroupCommit:
    """The one queue in front of a database's writing connection."""

    def __init__(self, transaction: Callable[[Callable[[Writing], None]], None], at_once: bool) -> None:
        """`transaction` runs a function inside one durable transaction, or raises and keeps nothing of it.

        With `at_once`, an event loop whose requests wait writes for them, as long as that takes it no longer than
        QUICK.
        """
        self._transaction = transaction
        self._at_once = at_once
        self._turn = threading.Lock()
        self._lasts = 0.0  # what a transaction takes, in seconds, as a moving average
        self._queue: deque[Job] = deque()
        self._later: deque[Job] = deque()
        self._wanted = threading.Event()
        self._told = False  # whether an event loop is about to say that there is something to write
        self._writer: threading.Thread | None = None
        self._starting = threading.Lock()
        self._idle = threading.Condition()
        self._unwritten = 0
        self._closed = False
        self.dropped = 0

    def submit(self, write: Write, item: Any) -> Any:
        """Write the item in the next shared transaction; its result, once on disk."""
        job = Job(write, item)
        job.lock = held()
        self._enqueue(job)
        self._wanted.set()
        job.wait()
        if job.error is not None:
            raise job.error
        return job.result

    def submit_from_loop(self, write: Write, item: Any) -> asyncio.Future[Any]:
        """The same for the event loop that is running: a future of the result."""
        loop = asyncio.get_running_loop()
        job = Job(write, item)
        job.future = loop.create_future()
        self._enqueue(job)
        if not self._told and not self._wanted.is_set():
            # After all requests that are ready now, so that they share a transaction.
            self._told = True
            loop.call_soon(self._write_from_loop)
        return job.future

    @contextmanager
    def alone(self) -> Iterator[None]:
        """The writing connection to oneself, in one's turn."""
        job = Job(None)
        job.lock, job.over = held(), held()
        self._enqueue(job)
        self._wanted.set()
        job.wait()
        try:
            yield
        finally:
            job.over.release()

    def submit_later(self, write: Write, item: Any) -> None:
        """Write the item soon, after what somebody waits for."""
        if len(self._later) >= WAITING or self._closed:
            self.dropped += 1
            return
        with self._idle:
            self._unwritten += 1
        self._later.append(Job(write, item))
        self._start()
        self._wanted.set()

    def flush(self, timeout: float = 10.0) -> None:
        """Wait for what `submit_later` took."""
        with self._idle:
            self._idle.wait_for(lambda: self._unwritten == 0, timeout)

    def close(self) -> None:
        """Write what is left, and refuse more."""
        self.flush()
        self._closed = True
        self._wanted.set()
        if self._writer is not None:
            self._writer.join(10)

    def _enqueue(self, job: Job) -> None:
        if len(self._queue) >= WAITING or self._closed:
            raise StoreBusy("too many writes are waiting")
        self._queue.append(job)
        self._start()

    def _start(self) -> None:
        if self._writer is None:
            with self._starting:
                if self._writer is None:
                    self._writer = threading.Thread(target=self._run, name="store-writer", daemon=True)
                    self._writer.start()

    def _write_from_loop(self) -> None:
        """Write at once if nobody else does, or leave it to the thread: two threads that take turns at Python for each
        statement cost more than the statements."""
        self._told = False
        if not self._queue:
            return
        quick = self._at_once and self._lasts < QUICK and self._queue[0].write is not None
        if not quick or not self._turn.acquire(blocking=False):
            self._wanted.set()
            return
        try:
            batch = self._serve()
        finally:
            self._turn.release()
        wake(batch, settle)
        if self._queue:
            self._wanted.set()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            while self._queue or self._later:
                with self._turn:
                    batch = self._serve()
                wake(batch, settle_from_thread)
            if self._closed:
                return

    def _serve(self) -> list[Job]:
        """Those at the head of the queue: one who wants the database to themselves, or all who can share.

        What nobody waits for fills up the transaction.
        """
        if self._queue and self._queue[0].write is None:
            job = self._queue.popleft()
            assert job.lock is not None
            assert job.over is not None
            job.lock.release()
            job.over.acquire()
            return []
        batch: list[Job] = []
        while self._queue and len(batch) < BATCH and self._queue[0].write is not None:
            batch.append(self._queue.popleft())
        later = [self._later.popleft() for _ in range(min(BATCH - len(batch), len(self._later)))]
        began = time.perf_counter()
        self._write(batch + later)
        self._lasts += (time.perf_counter() - began - self._lasts) / 16
        if later:
            self.dropped += sum(job.error is not None for job in later)
            with self._idle:
                self._unwritten -= len(later)
                self._idle.notify_all()
        return batch

    def _write(self, batch: list[Job]) -> None:
        """One transaction for the batch; if that fails, one for each, so that a bad item harms only itself."""
        try:
            self._transaction(lambda writing: run_jobs(writing, batch))
        except BaseException as error:  # noqa: BLE001 - whatever it was, its own request will raise it, not the writer
            if len(batch) == 1:
                batch[0].error = error
                return
            for job in batch:
                self._write([job])


def wake(batch: list[Job], tell: Callable[[list[Job]], None]) -> None:
    """Let those go on who waited for these; `tell` gives futures their results."""
    futures = []
    for job in batch:
        if job.lock is not None:
            job.lock.release()
        elif job.future is not None:
            futures.append(job)
    if futures:
        tell(futures)


def settle_from_thread(jobs: list[Job]) -> None:
    assert jobs[0].future is not None
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        jobs[0].future.get_loop().call_soon_threadsafe(settle, jobs)


def settle(jobs: list[Job]) -> None:
    """Give each future its result; whoever hung up meanwhile has none to give it to."""
    for job in jobs:
        assert job.future is not None
        if job.future.done():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)


def run_jobs(writing: Writing, batch: list[Job]) -> None:
    """Give each kind of write all of its items at once, in the order in which the kinds came."""
    kinds: dict[Write, list[Job]] = {}
    for job in batch:
        assert job.write is not None
        kinds.setdefault(job.write, []).append(job)
    for write, jobs in kinds.items():
        for job, result in zip(jobs, write(writing, [job.item for job in jobs]), strict=True):
            job.result = result
