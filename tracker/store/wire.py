"""How we wait for PostgreSQL: on the event loop, without standing still."""

from __future__ import annotations

import asyncio
import select
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.waiting import Ready

from tracker.store.resting import Run, current_run, rest

Result = TypeVar("Result")


class Wire(psycopg.Connection[tuple[Any, ...]]):
    """A connection that the event loop need not stand still for."""

    def wait(self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None) -> Result:
        run = current_run()
        if run is None:
            return super().wait(gen, interval, timeout)
        socket = self.pgconn.socket
        try:
            wanted = next(gen)
            while True:
                wanted = gen.send(look(socket, wanted, 0) or rest(run, Readiness(socket, wanted)))
        except StopIteration as end:
            result: Result = end.value
            return result


class Readiness:
    """That a socket can be read, or written, or one of both."""

    def __init__(self, socket: int, wanted: psycopg.waiting.Wait) -> None:
        self._socket = socket
        self._wanted = wanted
        self._loop: asyncio.AbstractEventLoop | None = None

    def arrange(self, run: Run) -> None:
        self._loop = run.loop
        if self._wanted & Ready.R:
            run.loop.add_reader(self._socket, self._come, run, Ready.R)
        if self._wanted & Ready.W:
            run.loop.add_writer(self._socket, self._come, run, Ready.W)

    def stand(self) -> Ready:
        self._forget()
        return look(self._socket, self._wanted, None)

    def _come(self, run: Run, ready: Ready) -> None:
        self._forget()
        run.go_on(self, ready)

    def _forget(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)


def look(socket: int, wanted: int, milliseconds: int | None) -> Ready:
    """Which of the two it can be, after so long at most: Ready.R, Ready.W, both or none (0)."""
    poll = select.poll()
    poll.register(socket, bool(wanted & Ready.R) * select.POLLIN | bool(wanted & Ready.W) * select.POLLOUT)
    ready = 0
    for _, event in poll.poll(milliseconds):
        ready = bool(event & select.POLLIN) * Ready.R | bool(event & select.POLLOUT) * Ready.W
        ready = ready or wanted  # it is broken: whoever reads or writes will be told
    return Ready(ready)
