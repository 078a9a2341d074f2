"""The store on PostgreSQL: one writing connection for each process, a few reading ones; any number of processes, hosts.

Writes take turns over the whole database, as they do on SQLite: a transaction begins by taking one advisory lock. Rules
that read, judge and write (repeats, gifts before and after their refund, who is a sharer) then hold across processes as
they are written, and nobody can deadlock. Since each turn writes all that has gathered meanwhile, little is lost by it.
"""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.abc import Buffer, ConnDict
from psycopg.adapt import Loader
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row
from psycopg.types.numeric import Int8Dumper

from tracker.store.interface import Row, StoreError
from tracker.store.writer import GroupedStore

WRITERS_TURN = 7_263_512  # the advisory lock that every writing transaction takes first
READERS = 8  # reading connections of a process: PostgreSQL accepts 100 in all, unless told otherwise
PAUSE = 1.0  # seconds after a failed connection in which writes fail at once, so that no queue waits for each attempt

SPELT = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with %40 for @ and %2F for / in the password"

# A group commit looks rows up by their keys, a few at a time. Plans for that are kept, and must be those for millions
# of rows: PostgreSQL, left alone, makes them while the tables are new, and then reads a whole day for each visit.
ONLY_BY_KEY = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_material")

# `on`: what was answered is on disk, even if the machine loses power the next moment. A host that freezes or drops off
# the network in its turn must not keep it from the others for ever.
WRITING_SESSION = f"""
    set synchronous_commit = on; set lock_timeout = '10s'; set idle_in_transaction_session_timeout = '120s';
    set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3; set jit = off;
    {"; ".join(f"set {each} = off" for each in ONLY_BY_KEY)}
"""
# Figures are asked for seldom, over a day or over all: each time is worth a plan of its own. None is worth more than
# five minutes: PostgreSQL would go on long after whoever asked has left.
READING_SESSION = """
    set default_transaction_read_only = on; set plan_cache_mode = force_custom_plan; set jit = off;
    set statement_timeout = '300s'
"""

# The isolation is named since a stricter one would look at the rows before it is our turn.
BEGIN = f"begin isolation level read committed; select pg_advisory_xact_lock({WRITERS_TURN})"
# Who has the turn to themselves (a recount, a migration) may need every row, and any plan.
BEGIN_ALONE = f"""
    {BEGIN}; set local plan_cache_mode = force_custom_plan;
    {"; ".join(f"set local {each} = on" for each in ONLY_BY_KEY)}
"""

PLACES = re.compile(r"'(?:[^']|'')*' | \"[^\"]*\" | --[^\n]* | ::\w+ | :(?P<name>[a-z_]\w*)", re.VERBOSE | re.ASCII)


class ConnectionLost(StoreError):
    """The database went away; nothing of that transaction was kept, unless it went away while it committed."""


@lru_cache(maxsize=4096)
def translate(sql: str) -> tuple[str, tuple[str, ...]]:
    """The statement with PostgreSQL's own `$1` for each `:name`, and the names in their order.

    What only looks like a name stays as it is: in texts, in comments, in casts (`::bigint`).
    """
    names: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        name = match["name"]
        return match[0] if name is None else f"${names.setdefault(name, len(names) + 1)}"

    return PLACES.sub(number, sql), tuple(names)


@lru_cache(maxsize=1024)
def places(columns: int, rows: int) -> str:
    """`($1,$2),($3,$4)` for two rows of two columns."""
    numbers = iter(range(1, columns * rows + 1))
    return ",".join(f"({','.join(f'${next(numbers)}' for _ in range(columns))})" for _ in range(rows))


class WholeLoader(Loader):
    """PostgreSQL's sums of bigint are `numeric`; all of ours are whole numbers, and come out as such."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data)
        return int(text) if text.lstrip(b"-").isdigit() else float(text)


class Connection:
    """A connection that speaks the store's dialect: named parameters in, dictionaries out."""

    def __init__(self, raw: psycopg.Connection[Row]) -> None:
        self.raw = raw
        # Whole numbers always travel as bigint: else the same statement would be prepared anew for each mix of sizes.
        raw.adapters.register_dumper(int, Int8Dumper)
        raw.adapters.register_loader("numeric", WholeLoader)
        raw.prepared_max = 500  # statements of up to 64 rows each, for a handful of tables

    def query(self, sql: str, /, **params: Any) -> list[Row]:
        text, names = translate(sql)
        return rows_of(self._run(text, [params[name] for name in names]))

    def execute(self, sql: str, /, **params: Any) -> int:
        text, names = translate(sql)
        return self._run(text, [params[name] for name in names]).rowcount

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], then: str = "") -> list[Row]:
        if not rows:
            return []
        sql = f"insert into {table} ({', '.join(columns)}) values {places(len(columns), len(rows))} {then}"  # noqa: S608
        return rows_of(self._run(sql, [value for row in rows for value in row]))

    def begin(self, shared: bool) -> None:
        """Wait for our turn to write, in a transaction of its own."""
        try:
            self.raw.execute(BEGIN if shared else BEGIN_ALONE, prepare=False)  # unprepared, it makes one round trip
        except psycopg.errors.LockNotAvailable as error:
            raise StoreError("Another process has kept the database to itself for too long; try again.") from error
        except psycopg.Error as error:
            raise told(error, "begin") from error

    def commit(self) -> None:
        if self._run("commit", []).statusmessage != "COMMIT":  # PostgreSQL takes it for "rollback" after an error
            raise StoreError("Nothing of this transaction was kept, since a statement in it had failed.")

    def _run(self, sql: str, values: list[Any]) -> psycopg.Cursor[Row]:
        try:
            return self.raw.execute(sql, values or None)
        except psycopg.DataError as error:
            clean = [value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in values]
            if clean == values:
                raise told(error, sql) from error
            # A text with a null byte, which PostgreSQL can't hold, was never sent. Strangers may ask with one.
            return self._run(sql, clean)
        except psycopg.Error as error:
            raise told(error, sql) from error


def told(error: psycopg.Error, sql: str) -> StoreError:
    """The error as one of ours, without its details, which quote people's rows."""
    text = f"{error.diag.message_primary or error} in: {' '.join(sql.split())[:300]}"
    return ConnectionLost(text) if is_lost(error) else StoreError(text)


def is_lost(error: psycopg.Error) -> bool:
    """Whether the connection is of no more use: broken, or ended by a server that stops (57P..) or failed (08...)."""
    code = error.sqlstate
    if code is None:
        return isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))
    return code.startswith(("57P", "08"))


def rows_of(cursor: psycopg.Cursor[Row]) -> list[Row]:
    """The cursor's rows; none for a statement that returns none."""
    return cursor.fetchall() if cursor.description is not None else []


class PostgresStore(GroupedStore):
    """Implements tracker.store.Store. For all threads of one process, beside any number of other processes."""

    dialect = "postgresql"

    def __init__(self, address: str) -> None:
        super().__init__()
        self._parts = read_address(address)
        self._idle: deque[Connection] = deque()
        self._seats = threading.BoundedSemaphore(READERS)
        self._down_until = 0.0
        self._writing: Connection | None = self._connect(WRITING_SESSION)

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
        for again in (True, False):
            if self._writing is None:
                self._writing = self._connect_to_write()
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
        self._writing.commit()

    def _roll_back(self) -> None:
        if self._writing is None:
            return
        try:
            self._writing.raw.execute("rollback")
        except psycopg.Error:  # it is gone: the database has rolled back by itself, and the next one gets another
            self._close_writing()

    def _connect_to_write(self) -> Connection:
        if time.monotonic() < self._down_until:
            raise StoreError("The database can't be reached; a moment ago it could not be either.")
        try:
            return self._connect(WRITING_SESSION)
        except StoreError:
            self._down_until = time.monotonic() + PAUSE
            raise

    def _connect(self, session: str) -> Connection:
        """A new connection. Raises StoreError, saying the mend."""
        try:
            raw = psycopg.Connection[Row].connect(
                make_conninfo("", **self._parts),
                autocommit=True,
                row_factory=dict_row,
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
            self._writing.raw.close()
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
