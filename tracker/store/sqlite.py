"""The store on SQLite: one file, one writing connection, one reading connection for each thread."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import sqlite_utils

from tracker.store.ending import Ending
from tracker.store.grouped import GroupedStore
from tracker.store.interface import Row, StoreError
from tracker.store.resting import in_thread

# The log is copied into the file after so many transactions, or so many changed rows: seldom means that hot pages are
# copied once, too seldom that whoever reads looks for each page in gigabytes.
CHECKPOINT = 256
CHANGES = 20_000
LONGEST_LOG = 64 * 2**20  # bytes that its file keeps; a recount's, or one that grew while somebody read, is cut again
PATIENCE = 10_000  # milliseconds that one process waits for another's turn to end


class Connection(Ending):
    """A connection that speaks the store's dialect: named parameters in, dictionaries out."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        super().__init__()
        self.raw = raw

    def query(self, sql: str, /, **params: Any) -> list[Row]:
        return rows_of(self._run(sql, params))

    def execute(self, sql: str, /, **params: Any) -> int:
        return self._run(sql, params).rowcount

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], then: str = "") -> list[Row]:
        if not rows:
            return []
        sql = insert_sql(table, tuple(columns), len(rows), then)
        return rows_of(self._run(sql, list(chain.from_iterable(rows))))

    def _run(self, sql: str, params: Any) -> sqlite3.Cursor:
        try:
            return self.raw.execute(sql, params)
        except sqlite3.Error as error:
            raise StoreError(f"{error} in: {' '.join(sql.split())[:300]}") from error


@lru_cache(maxsize=1024)
def insert_sql(table: str, columns: tuple[str, ...], rows: int, then: str) -> str:
    marks = f"({','.join('?' * len(columns))})"
    return f"insert into {table} ({', '.join(columns)}) values {','.join([marks] * rows)} {then}"  # noqa: S608


def rows_of(cursor: sqlite3.Cursor) -> list[Row]:
    """The cursor's rows as dictionaries; none for a statement that returns none."""
    if cursor.description is None:
        return []
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


class SQLiteStore(GroupedStore):
    """Implements tracker.store.Store. For all threads of one process; other processes may read, or write seldom."""

    dialect = "sqlite"
    shared = False

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._writing = Connection(self._connect())
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"Can't open the database {path} for writing ({error}). Point TRACKER_DATABASE at a file in a folder "
                "that you may write to."
            ) from error
        self._local = threading.local()
        self._commits_done = 0  # since the log was copied
        self._changes_copied = 0  # of all rows ever changed

    def query(self, sql: str, /, **params: Any) -> list[Row]:
        return self._reading().query(sql, **params)

    def stream(self, sql: str, /, **params: Any) -> Iterator[Row]:
        connection = self._connect(reading=True)
        try:
            cursor = connection.execute(sql, params)
            names = [column[0] for column in cursor.description]
            for row in cursor:
                yield dict(zip(names, row, strict=True))
        finally:
            connection.close()

    def close(self) -> None:
        super().close()
        self._writing.raw.close()

    def _connect(self, reading: bool = False) -> sqlite3.Connection:
        raw = sqlite3.connect(
            self.path, timeout=PATIENCE / 1000, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        database = sqlite_utils.Database(raw)
        if reading:
            raw.execute("pragma query_only = on")
        else:
            database.enable_wal()
            # By itself, SQLite would try at each commit of a long log, for as long as somebody reads: a statement over
            # millions of visits made each commit take twenty times as long.
            raw.execute("pragma wal_autocheckpoint = 0")
            raw.execute(f"pragma journal_size_limit = {LONGEST_LOG}")
            raw.execute("pragma cache_size = -65536")
            raw.execute("pragma temp_store = memory")  # statements of many rows else keep a journal in a file
        # FULL: what was answered is on disk, even if the machine loses power the next moment.
        raw.execute("pragma synchronous = full")
        raw.execute(f"pragma busy_timeout = {PATIENCE if reading else 0}")
        return raw

    def _reading(self) -> Connection:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = Connection(self._connect(reading=True))
        return connection

    def _begin(self, shared: bool) -> Connection:
        try:
            self._writing.execute("begin immediate")
        except StoreError:  # another process writes, most likely
            in_thread(self._begin_patiently)
        return self._writing

    def _begin_patiently(self) -> None:
        self._writing.execute(f"pragma busy_timeout = {PATIENCE}")
        try:
            self._writing.execute("begin immediate")
        finally:
            self._writing.execute("pragma busy_timeout = 0")

    def _commit(self) -> None:
        in_thread(self._put_on_disk)

    def _put_on_disk(self) -> None:
        self._writing.execute("commit")
        self._commits_done += 1
        changes = self._writing.raw.total_changes
        if self._commits_done >= CHECKPOINT or changes - self._changes_copied >= CHANGES:
            self._commits_done, self._changes_copied = 0, changes
            self._writing.execute("pragma wal_checkpoint(passive)")

    def _roll_back(self) -> None:
        if self._writing.raw.in_transaction:
            self._writing.raw.execute("rollback")
