"""Plain functions that the event loop runs, and that rest while they wait for the disk or for a database's answer.

What a transaction does is plain code that asks, judges and writes (tracker.visits.recording). As a greenlet it needs no
thread of its own, and the loop answers others meanwhile; where there is no loop, the same waits simply wait.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Generic, Protocol, TypeVar, cast

from greenlet import getcurrent, greenlet

Result = TypeVar("Result")

THREADS = ThreadPoolExecutor(4, "store-wait")  # for waits that only a thread can wait for; most need just one


class Wait(Protocol):
    """What a run may rest for."""

    def arrange(self, run: Run) -> None:
        """See to it that the loop lets the run go on, with what it waits for."""

    def stand(self) -> Any:
        """Wait for it here and now, whether that was arranged or not; what the run is to go on with."""


class Run(greenlet):
    """One run of a function on the event loop's thread."""

    def __init__(self, function: Callable[[], None], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(function)
        self.loop = loop
        self.rested = 0.0  # seconds
        self.wait: Wait | None = None  # what it rests for

    def start(self) -> None:
        self._rest(self.switch())

    def go_on(self, wait: Wait, result: Any = None) -> None:
        """End this rest, unless somebody could not wait for that and has ended it before."""
        if self.wait is wait:
            self._rest(self.switch(result))

    def hurry(self) -> None:
        """End the run here and now, with the loop standing still."""
        while (wait := self.wait) is not None:
            self.wait = self.switch(wait.stand())

    def _rest(self, wait: Wait | None) -> None:
        self.wait = wait
        if wait is not None:
            wait.arrange(self)


def current_run() -> Run | None:
    """The run that calls this, or None where there is no event loop to go on meanwhile."""
    current = getcurrent()
    return current if isinstance(current, Run) else None


def rest(run: Run, wait: Wait) -> Any:
    """Let the loop go on until then."""
    assert run.parent is not None
    began = time.perf_counter()
    result = run.parent.switch(wait)
    run.rested += time.perf_counter() - began
    return result


def in_thread(function: Callable[[], Result]) -> Result:
    """What the function returns or raises. It may take its time: on the event loop, a thread calls it."""
    run = current_run()
    if run is None:
        return function()
    call = Call(function)
    rest(run, call)
    return call.result()


class Call(Generic[Result]):
    """A function that a thread calls."""

    def __init__(self, function: Callable[[], Result]) -> None:
        self._function = function
        self._started = threading.Lock()
        self._over = threading.Lock()
        self._called = False
        self._result: Result | None = None
        self._error: BaseException | None = None

    def arrange(self, run: Run) -> None:
        self._called = True
        self._started.acquire()
        self._over.acquire()
        THREADS.submit(self._call_for, run)
        # Python's lock is handed over here and now. Else the thread would wait for it as long as the loop has work.
        self._started.acquire()

    def stand(self) -> None:
        if self._called:
            self._over.acquire()
        else:
            self._call()

    def result(self) -> Result:
        if self._error is not None:
            raise self._error
        return cast(Result, self._result)

    def _call_for(self, run: Run) -> None:
        self._started.release()
        self._call()
        self._over.release()
        with suppress(RuntimeError):  # the loop is closed: only who stands still may go on
            run.loop.call_soon_threadsafe(run.go_on, self)

    def _call(self) -> None:
        try:
            self._result = self._function()
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
            self._error = error
