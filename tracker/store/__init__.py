"""The store: one small interface over the database (see tracker.store.interface), and the one place that opens it."""

from __future__ import annotations

from tracker.store.interface import Row, Store, StoreBusy, StoreError, Writing
from tracker.store.sqlite import SQLiteStore

__all__ = ["Row", "Store", "StoreBusy", "StoreError", "Writing", "open_store"]


def open_store(database: str) -> Store:
    """The store for a SQLite file's path. Raises StoreError, saying the mend, for what can't be opened."""
    if database.startswith(("postgres://", "postgresql://")):
        raise StoreError(
            "TRACKER_DATABASE names PostgreSQL, which this version does not speak yet. Give a SQLite file's path, "
            "such as data/tracker.db."
        )
    return SQLiteStore(database)
