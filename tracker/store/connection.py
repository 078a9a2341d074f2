"""A connection to PostgreSQL that speaks the store's dialect; in the shared transactions of a group commit, with as few
round trips as there are questions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.types.numeric import Int8Dumper

from tracker.store.ending import Ending
from tracker.store.interface import Row, StoreError
from tracker.store.wire import Wire

KNOWN = 200  # statements whose columns a connection remembers
WRITERS_TURN = 7_263_512  # the advisory lock that every writing transaction takes first

# A group commit looks rows up by their keys, a few at a time. Plans for that are kept, and must be those for millions
# of rows: PostgreSQL, left alone, makes them while the tables are new, and then reads a whole day for each visit.
ONLY_BY_KEY = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_material")

# The isolation is named since a stricter one would look at the rows before it is our turn.
BEGIN = ("begin isolation level read committed", f"select pg_advisory_xact_lock({WRITERS_TURN})")
# Who has the turn to themselves (a recount, a migration) may need every row, and any plan.
BEGIN_ALONE = f"""
    {"; ".join(BEGIN)}; set local plan_cache_mode = force_custom_plan;
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


class Connection(Ending):
    """A connection that speaks the store's dialect: named parameters in, dictionaries out."""

    def __init__(self, raw: Wire) -> None:
        super().__init__()
        self.raw = raw
        # Whole numbers always travel as bigint: else the same statement would be prepared anew for each mix of sizes.
        raw.adapters.register_dumper(int, Int8Dumper)
        raw.adapters.register_loader("numeric", WholeLoader)
        raw.prepared_max = 500  # statements of up to 64 rows each, for a handful of tables
        self._open = ExitStack()
        self._names: dict[str, list[str]] = {}  # of each statement's columns
        self._pipeline: psycopg.Pipeline | None = None
        self._met = True  # whether the database has answered in this transaction

    def query(self, sql: str, /, **params: Any) -> list[Row]:
        text, names = translate(sql)
        return self._ask(text, [params[name] for name in names])

    def execute(self, sql: str, /, **params: Any) -> int:
        text, names = translate(sql)
        cursor = self._run(text, [params[name] for name in names])
        self._meet(sql)
        return cursor.rowcount

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], then: str = "") -> list[Row]:
        if not rows:
            return []
        sql = f"insert into {table} ({', '.join(columns)}) values {places(len(columns), len(rows))} {then}"  # noqa: S608
        values = [value for row in rows for value in row]
        if "returning" in then:
            return self._ask(sql, values)
        self._run(sql, values)
        if not self._met:  # the first never is the end, so that a connection lost meanwhile is found in time
            self._meet(sql)
        return []

    def begin(self, shared: bool) -> None:
        """Wait for our turn to write, in a transaction of its own.

        Shared ones are written through a pipeline: the beginning travels with the first question, inserts with the next
        one or with the end, and a batch makes two round trips.
        """
        try:
            if not shared:
                self._leave_pipeline()
                self.raw.execute(BEGIN_ALONE, prepare=False)  # unprepared, several statements make one round trip
                return
            if self._pipeline is None:
                self._pipeline = self._open.enter_context(self.raw.pipeline())
            self._met = False
            for each in BEGIN:
                self.raw.execute(each)
        except psycopg.Error as error:
            raise told(error, "begin") from error

    def commit(self) -> None:
        end = self._run("commit", [])
        self._meet("commit")
        if end.statusmessage != "COMMIT":  # PostgreSQL takes it for "rollback" after an error
            raise StoreError("Nothing of this transaction was kept, since a statement in it had failed.")

    def roll_back(self) -> None:
        with suppress(psycopg.Error):  # told already
            self._leave_pipeline()
        try:
            self.raw.execute("rollback", prepare=False)
        except psycopg.Error as error:
            raise told(error, "rollback") from error

    def close(self) -> None:
        with suppress(psycopg.Error):  # broken already
            self._leave_pipeline()
        self.raw.close()

    def _ask(self, sql: str, values: list[Any]) -> list[Row]:
        cursor = self._run(sql, values)
        try:
            rows = cursor.fetchall()
        except psycopg.Error as error:
            raise told(error, sql) from error
        self._met = True
        names = self._names.get(sql)
        if names is None:
            if len(self._names) >= KNOWN:
                self._names.clear()
            names = self._names[sql] = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def _run(self, sql: str, values: list[Any]) -> psycopg.Cursor[Any]:
        try:
            try:
                return self.raw.execute(sql, values or None)
            except psycopg.DataError:
                clean = without_nulls(values)
                if clean == values:
                    raise
                # A text with a null byte, which PostgreSQL can't hold, was never sent. Strangers may ask with one.
                return self.raw.execute(sql, clean)
        except psycopg.Error as error:
            raise told(error, sql) from error

    def _meet(self, sql: str) -> None:
        """Wait until all that was sent has been answered."""
        if self._pipeline is not None:
            try:
                self._pipeline.sync()
            except psycopg.Error as error:
                raise told(error, sql) from error
            self._met = True

    def _leave_pipeline(self) -> None:
        self._pipeline, self._met = None, True
        self._open.close()


def told(error: psycopg.Error, sql: str) -> StoreError:
    """The error as one of ours, without its details, which quote people's rows."""
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return StoreError("Another process has kept the database to itself for too long; try again.")
    text = f"{error.diag.message_primary or error} in: {' '.join(sql.split())[:300]}"
    return ConnectionLost(text) if is_lost(error) else StoreError(text)


def without_nulls(values: list[Any]) -> list[Any]:
    """The values as PostgreSQL can hold them: its texts have no null bytes."""
    return [value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in values]


def is_lost(error: psycopg.Error) -> bool:
    """Whether the connection is of no more use: broken, or ended by a server that stops (57P..) or failed (08...)."""
    code = error.sqlstate
    if code is None:
        return isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))
    return code.startswith(("57P", "08"))
