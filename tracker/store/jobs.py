"""What waits to be written, and who waits for it: threads by a lock, coroutines by a future."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tracker.store.interface import Writing

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


def run_jobs(writing: Writing, batch: list[Job]) -> None:
    """Give each kind of write all of its items at once, in the order in which the kinds came."""
    kinds: dict[Write, list[Job]] = {}
    for job in batch:
        assert job.write is not None
        kinds.setdefault(job.write, []).append(job)
    for write, jobs in kinds.items():
        for job, result in zip(jobs, write(writing, [job.item for job in jobs]), strict=True):
            job.result = result


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
