"""A connection to PostgreSQL that speaks the store's dialect; in the shared transactions of a group commit, with as few
round trips as there are questions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.types.numeric import Int8Dumper

from tracker.store.ending import Ending
from tracker.store.interface import Row, StoreError

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

    def __init__(self, raw: psycopg.Connection[Row]) -> None:
        super().__init__()
        self.raw = raw
        # Whole numbers always travel as bigint: else the same statement would be prepared anew for each mix of sizes.
        raw.adapters.register_dumper(int, Int8Dumper)
        raw.adapters.register_loader("numeric", WholeLoader)
        raw.prepared_max = 500  # statements of up to 64 rows each, for a handful of tables
        self._put_off: list[tuple[str, list[Any]]] | None = None  # what travels with the next statement, where it may
        self._begun = False  # whether the beginning has travelled

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
        values = [value for row in rows for value in row]
        if self._put_off is None or not self._begun or "returning" in then:
            return rows_of(self._run(sql, values))
        self._put_off.append((sql, without_nulls(values)))
        return []

    def begin(self, shared: bool) -> None:
        """Wait for our turn to write, in a transaction of its own.

        In a shared one, the beginning travels with the first statement, and inserts with the next question or the end:
        a batch makes two round trips. The first never is the end, so that a connection lost meanwhile is found in time.
        """
        self._begun = not shared
        if shared:
            self._put_off = [(each, []) for each in BEGIN]
            return
        self._put_off = None
        try:
            self.raw.execute(BEGIN_ALONE, prepare=False)  # unprepared, several statements make one round trip
        except psycopg.Error as error:
            raise told(error, "begin") from error

    def commit(self) -> None:
        said = self._run("commit", []).statusmessage
        self._put_off = None
        if said != "COMMIT":  # PostgreSQL takes it for "rollback" after an error
            raise StoreError("Nothing of this transaction was kept, since a statement in it had failed.")

    def _run(self, sql: str, values: list[Any]) -> psycopg.Cursor[Row]:
        try:
            if not self._put_off:
                return self.raw.execute(sql, values or None)
            first, self._put_off = self._put_off, []
            self._begun = True
            with self.raw.pipeline():
                for each in first:
                    self.raw.execute(*each)
                return self.raw.execute(sql, values or None)
        except psycopg.DataError as error:
            clean = without_nulls(values)
            if clean == values:
                raise told(error, sql) from error
            # A text with a null byte, which PostgreSQL can't hold, was never sent. Strangers may ask with one.
            return self._run(sql, clean)
        except psycopg.Error as error:
            raise told(error, sql) from error


def without_nulls(values: list[Any]) -> list[Any]:
    """The values as PostgreSQL can hold them: its texts have no null bytes."""
    return [value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in values]


def told(error: psycopg.Error, sql: str) -> StoreError:
    """The error as one of ours, without its details, which quote people's rows."""
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return StoreError("Another process has kept the database to itself for too long; try again.")
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
