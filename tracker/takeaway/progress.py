"""Who takes which table away, how far it is, and that it arrived whole: one row for each export, kept as a log."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterable

from tracker.links import new_id
from tracker.store import Row, Store, StoreError

log = logging.getLogger(__name__)

EVERY = 1.0  # seconds between two notes on one export
SILENT = 120  # seconds after which an export that nobody notes any more is taken for broken


def begin_export(store: Store, what: str, form: str, by: str, expected: int) -> str:
    """Note that somebody begins to take a table away; the export's id."""
    id_, now = new_id(), int(time.time())
    store.execute(
        """
        insert into exports (id, what, format, taken_by, began_at, told_at, written, expected, state)
        values (:id, :what, :form, :by, :now, :now, 0, :expected, 'running')
        """,
        id=id_,
        what=what,
        form=form,
        by=by,
        now=now,
        expected=expected,
    )
    return id_


def watch_rows(store: Store, id_: str, rows: Iterable[Row]) -> Generator[Row, None, None]:
    """The same rows; how many went out is noted each second, and at the end whether they were all."""
    written, told, state = 0, time.time(), "broken"
    try:
        for row in rows:
            yield row
            written += 1
            if time.time() - told > EVERY:
                note_export(store, id_, written, "running")
                told = time.time()
        state = "done"
    finally:  # also when whoever took it has hung up
        note_export(store, id_, written, state)


def note_export(store: Store, id_: str, written: int, state: str) -> None:
    try:
        store.execute(
            "update exports set written = :written, state = :state, told_at = :now where id = :id",
            id=id_,
            written=written,
            state=state,
            now=int(time.time()),
        )
    except StoreError as error:  # the table itself can go on
        log.error("An export could not be noted: %s", error)


def list_exports(store: Store, limit: int = 20) -> list[Row]:
    """The newest: {"id", "what", "format", "taken_by", "began_at", "written", "expected", "state"}."""
    rows = store.query("select * from exports order by id desc limit :limit", limit=limit)
    late = time.time() - SILENT
    return [
        {**row, "state": "broken" if row["state"] == "running" and row["told_at"] < late else row["state"]}
        for row in rows
    ]
