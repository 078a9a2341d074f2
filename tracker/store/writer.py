"""Group commit: whoever comes while a transaction is being written shares the next one.

Whoever writes takes all that has gathered, in one transaction, then lets each request answer: one flush to disk serves
many, a lone request waits for nobody, and each answers only after its rows are on disk. Where requests wait on an event
loop, the loop writes, and answers others while the transaction rests (tracker.store.resting); or else a thread does.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tracker.store.interface import StoreBusy, Writing
from tracker.store.jobs import Job, Write, held, run_jobs, settle, settle_from_thread, wake
from tracker.store.resting import Run, current_run

BATCH = 64  # rows in one statement: more no longer helps, and holds up those who came first
QUICK = 0.005  # seconds that an event loop may stand still for a transaction; most take it a tenth of that
ASIDE = 10.0  # seconds for which a thread writes instead, once they took longer
WAITING = 2000  # writes that may queue: at a thousand a second, nobody waits for more than two seconds


class GroupCommit:
    """The one queue in front of a database's writing connection."""

    def __init__(self, transaction: Callable[[Callable[[Writing], None]], None]) -> None:
        """`transaction` runs a function inside one durable transaction, or raises and keeps nothing of it."""
        self._transaction = transaction
        self._turn = threading.Lock()  # whoever writes holds it
        self._queue: deque[Job] = deque()
        self._later: deque[Job] = deque()
        self._wanted = threading.Event()
        self._writer: threading.Thread | None = None
        self._starting = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None  # the one whose requests wait
        self._loop_thread = 0
        self._told = False  # whether it is about to look what there is to write
        self._run: Run | None = None  # what the event loop writes, or has written last
        self._stands = False  # whether the event loop stands still until somebody else has written
        self._lasts = 0.0  # for how long it stands still for a transaction, in seconds, as a moving average
        self._aside_until = 0.0
        self._idle = threading.Condition()
        self._unwritten = 0
        self._closed = False
        self.dropped = 0

    def submit(self, write: Write, item: Any) -> Any:
        """Write the item in the next shared transaction; its result, once on disk."""
        job = Job(write, item)
        job.lock = held()
        with self._standing():
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
        self._ask_loop(loop)
        return job.future

    @contextmanager
    def alone(self) -> Iterator[None]:
        """The writing connection to oneself, in one's turn."""
        job = Job(None)
        job.lock, job.over = held(), held()
        with self._standing():
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
        try:
            self._ask_loop(asyncio.get_running_loop())
        except RuntimeError:  # there is none here
            self._wanted.set()

    def flush(self, timeout: float = 10.0) -> None:
        """Wait for what `submit_later` took."""
        with self._standing(), self._idle:
            self._wanted.set()
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
                    self._writer = threading.Thread(target=self._write_from_thread, name="store-writer", daemon=True)
                    self._writer.start()

    def _ask_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have it look, after all requests that are ready now, so that they share a transaction. Whoever writes already
        looks again at the end."""
        if loop is not self._loop:
            self._take_up(loop)
        if not self._told and not self._turn.locked():
            self._told = True
            loop.call_soon(self._write_from_loop, loop)

    def _take_up(self, loop: asyncio.AbstractEventLoop) -> None:
        """The first event loop, or another after one that was closed with work at rest."""
        rests = self._run if threading.get_ident() == self._loop_thread else None
        self._loop, self._loop_thread, self._told, self._run = loop, threading.get_ident(), False, None
        if rests is not None:
            rests.hurry()

    def _write_from_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        self._told = False
        if not (self._queue or self._later) or not self._turn.acquire(blocking=False):
            return
        if self._needs_thread():
            self._turn.release()
            self._wanted.set()
        else:
            self._run = Run(self._serve_loop, loop)
            self._run.start()

    def _needs_thread(self) -> bool:
        """Whether the head of the queue is nothing for the event loop."""
        head = self._head()
        return (head is not None and head.write is None) or time.monotonic() < self._aside_until

    def _head(self) -> Job | None:
        try:
            return self._queue[0]
        except IndexError:
            return None

    def _serve_loop(self) -> None:
        """As a run on the event loop, which holds the turn."""
        run = current_run()
        assert run is not None
        began = time.perf_counter()
        try:
            batch = self._serve()
        finally:
            self._turn.release()
        self._lasts += (time.perf_counter() - began - run.rested - self._lasts) / 16
        if self._lasts > QUICK:
            self._lasts, self._aside_until = 0.0, time.monotonic() + ASIDE
        wake(batch, settle)
        if self._stands:
            self._wanted.set()
        elif (self._queue or self._later) and run.loop is self._loop:
            self._ask_loop(run.loop)

    @contextmanager
    def _standing(self) -> Iterator[None]:
        """On the event loop's own thread, end first what rests there, since it could not go on; then leave all to the
        other thread."""
        if threading.get_ident() != self._loop_thread:
            yield
            return
        self._stands = True
        try:
            if self._run is not None:
                self._run.hurry()
            yield
        finally:
            self._stands = False

    def _write_from_thread(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            while (self._queue or self._later) and not self._leave_to_loop():
                with self._turn:
                    batch = self._serve()
                wake(batch, settle_from_thread)
            if self._closed:
                return

    def _leave_to_loop(self) -> bool:
        """Let the event loop write for its own requests, unless it can't."""
        head = self._head()
        if head is None or head.future is None or self._stands or self._needs_thread():
            return False
        loop = head.future.get_loop()
        try:
            loop.call_soon_threadsafe(self._write_from_loop, loop)
        except RuntimeError:  # closed
            return False
        return True

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
        self._write(batch + later)
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
