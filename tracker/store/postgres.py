"""The store on PostgreSQL: one writing connection for each process, a few reading ones; any number of processes, hosts.

Writes take turns over the whole database, as they do on SQLite: a transaction begins by taking one advisory lock. Rules
that read, judge and write (repeats, gifts before and after their refund, who is a sharer) then hold across processes as
they are written, and nobody can deadlock. Since each turn writes all that has gathered meanwhile, little is lost by it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.abc import ConnDict
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row

from tracker.store.connection import ONLY_BY_KEY, Connection, ConnectionLost, told, translate
from tracker.store.grouped import GroupedStore
from tracker.store.interface import Row, StoreError, Writing
from tracker.store.resting import in_thread
from tracker.store.wire import Wire

READERS = 8  # reading connections of a process: PostgreSQL accepts 100 in all, unless told otherwise
PAUSE = 1.0  # seconds after a failed connection in which writes fail at once, so that no queue waits for each attempt

SPELT = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with %40 for @ and %2F for / in the password"

# `on`: what was answered is on disk, even if the machine loses power the next moment. A host that freezes or drops off
# the network in its turn must not keep it from the others for ever.
WRITING_SESSION = f"""
    set synchronous_commit = on; set lock_timeout = '10s'; set idle_in_transaction_session_timeout = '120s';
    set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3; set jit = off;
    set plan_cache_mode = force_generic_plan;
    {"; ".join(f"set {each} = off" for each in ONLY_BY_KEY)}
"""
# Figures are asked for seldom, over a day or over all: each time is worth a plan of its own. None is worth more than
# five minutes: PostgreSQL would go on long after whoever asked has left.
READING_SESSION = """
    set default_transaction_read_only = on; set plan_cache_mode = force_custom_plan; set jit = off;
    set statement_timeout = '300s'
"""


class PostgresStore(GroupedStore):
    """Implements tracker.store.Store. For all threads of one process, beside any number of other processes."""

    dialect = "postgresql"
    shared = True

    def __init__(self, address: str) -> None:
        super().__init__()
        self._parts = read_address(address)
        self._idle: deque[Connection] = deque()
        self._seats = threading.BoundedSemaphore(READERS)
        self._down_until = 0.0
        self._ending = False  # whether the end of the transaction may have been sent
        self._writing: Connection | None = self._connect_writing()

    def query(self, sql: str, /, **params: Any) -> list[Row]:
        try:
            return self._read(sql, params)
        except ConnectionLost:  # the database was restarted: those that are idle are lost as well
            self._close_idle()
            return self._read(sql, params)

    def stream(self, sql: str, /, **params: Any) -> Iterator[Row]:
        """A row at a time, by a cursor inside the database; on a connection of its own, however long it takes."""
        connection = self._connect(READING_SESSION)
        text, names = translate(sql)
        try:
            with (
                connection.raw.transaction(),
                psycopg.RawServerCursor(connection.raw, "stream", row_factory=dict_row) as cursor,
            ):
                cursor.itersize = 1000
                cursor.execute(text, [params[name] for name in names])
                yield from cursor
        except psycopg.Error as error:
            raise told(error, sql) from error
        finally:
            connection.raw.close()

    def close(self) -> None:
        super().close()
        self._close_idle()
        self._close_writing()

    def _begin(self, shared: bool) -> Connection:
        self._ending = False
        for again in (True, False):
            if self._writing is None:
                self._writing = in_thread(self._connect_to_write)
            try:
                self._writing.begin(shared)
            except ConnectionLost:  # lost since the last transaction; nothing of this one was sent
                self._close_writing()
                if not again:
                    raise
            else:
                return self._writing
        raise AssertionError("unreachable")

    def _commit(self) -> None:
        assert self._writing is not None
        self._ending = True
        self._writing.commit()

    def _in_transaction(self, work: Callable[[Writing], None]) -> None:
        try:
            super()._in_transaction(work)
        except ConnectionLost:  # lost since the last transaction, perhaps; nothing of this one was kept
            if self._ending:  # or else it may have been
                raise
            super()._in_transaction(work)

    def _roll_back(self) -> None:
        if self._writing is None:
            return
        try:
            self._writing.roll_back()
        except StoreError:  # it is gone: the database has rolled back by itself, and the next one gets another
            self._close_writing()

    def _connect_to_write(self) -> Connection:
        if time.monotonic() < self._down_until:
            raise StoreError("The database can't be reached; a moment ago it could not be either.")
        try:
            return self._connect_writing()
        except StoreError:
            self._down_until = time.monotonic() + PAUSE
            raise

    def _connect_writing(self) -> Connection:
        connection = self._connect(WRITING_SESSION)
        # Prepared from their first use on: that PostgreSQL never saw a statement, since one before it in the same
        # pipeline had failed, psycopg notices only for those whose uses it has not counted before.
        connection.raw.prepare_threshold = 0
        return connection

    def _connect(self, session: str) -> Connection:
        """A new connection. Raises StoreError, saying the mend."""
        try:
            raw = Wire.connect(
                make_conninfo("", **self._parts),
                autocommit=True,
                cursor_factory=psycopg.RawCursor,
            )
            raw.execute(session)
        except psycopg.Error as error:
            raise StoreError(
                f"Can't reach PostgreSQL: {' '.join(str(error).split())}. Check that it runs, and that "
                f"TRACKER_DATABASE names it: {SPELT}."
            ) from error
        return Connection(raw)

    def _read(self, sql: str, params: Mapping[str, Any]) -> list[Row]:
        with self._reading() as connection:
            return connection.query(sql, **params)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A connection to oneself for one statement, the one that was used last if any is idle."""
        with self._seats:
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._connect(READING_SESSION)
            try:
                yield connection
            except ConnectionLost:
                connection.raw.close()
                raise
            except BaseException:
                self._idle.append(connection)
                raise
            self._idle.append(connection)

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().raw.close()

    def _close_writing(self) -> None:
        if self._writing is not None:
            self._writing.close()
            self._writing = None


def read_address(address: str) -> ConnDict:
    """What the address says, with what we add to it. Raises StoreError, which never quotes it: it holds a password."""
    rest = address.partition("//")[2]
    try:
        if rest.count("@") > min(1, rest.partition("/")[0].count("@")):
            raise psycopg.ProgrammingError("a password with signs that mean something in an address")
        given = {name: value for name, value in conninfo_to_dict(address).items() if value is not None}
    except psycopg.Error:
        raise StoreError(f"TRACKER_DATABASE can't be read. PostgreSQL's address is {SPELT}.") from None
    usual: ConnDict = {"connect_timeout": 5, "application_name": "ricochet", "keepalives_idle": 10}
    return usual | given
