"""The tables, as ordered steps that run once each, on both databases: one file of steps/ each.

A step that has landed never changes: what comes later is a new step, with the next number.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from tracker.store.interface import Writing

Dialect = Literal["sqlite", "postgresql"]

FOLDER = Path(__file__).with_name("steps")
STATEMENT_ENDS = re.compile(r";$", re.MULTILINE)
TEXT_COLUMN = re.compile(r"^( *\w+ text\b)", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """One change of the tables: `078-slug.sql` is step 78, its first line `-- name` the name that databases keep.

    Statements are SQLite's own, each ending in a semicolon at the end of a line. Tables `without rowid` are stored in
    the order of their key: ids grow with time, so that new rows land on warm pages.
    """

    number: int
    name: str
    sql: str

    def statements(self, dialect: Dialect) -> list[str]:
        """The statements, in order. PostgreSQL stores no table in the order of its key. There, each column of texts is
        told to sort by bytes, as SQLite's do: ids sort by time only that way, and no order depends on the language of
        the machine.
        """
        sql = self.sql
        if dialect == "postgresql":
            sql = TEXT_COLUMN.sub(r'\1 collate "C"', sql.replace("without rowid", ""))
        return [part.strip() for part in STATEMENT_ENDS.split(sql) if part.strip()]


def read_step(file: Path) -> Step:
    name, _, sql = file.read_text(encoding="utf-8").partition("\n")
    return Step(int(file.name.partition("-")[0]), name.removeprefix("-- "), sql)


@cache
def read_steps() -> tuple[Step, ...]:
    """All steps, in the order of their numbers."""
    return tuple(sorted(map(read_step, FOLDER.glob("*.sql")), key=lambda step: step.number))


def take_steps(writing: Writing, dialect: Dialect) -> list[str]:
    """Take the steps that this database has not taken yet; their names."""
    writing.execute(
        "create table if not exists migrations (step integer primary key, name text not null, at bigint not null)"
    )
    taken = {row["step"] for row in writing.query("select step from migrations")}
    steps = [step for step in read_steps() if step.number not in taken]
    for step in steps:
        for statement in step.statements(dialect):
            writing.execute(statement)
        writing.insert("migrations", ("step", "name", "at"), [(step.number, step.name, int(time.time()))])
    return [step.name for step in steps]
