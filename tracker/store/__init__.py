"""The store: one small interface over the database (see tracker.store.interface), and the one place that opens it."""

from __future__ import annotations

from tracker.store.interface import Row, Store, StoreBusy, StoreError, Writing, listed
from tracker.store.sqlite import SQLiteStore

__all__ = ["Row", "Store", "StoreBusy", "StoreError", "Writing", "listed", "open_store"]


def open_store(database: str) -> Store:
    """The store for a SQLite file's path, or for postgresql://... Raises StoreError, saying the mend."""
    if database.startswith(("postgres://", "postgresql://")):
        from tracker.store.postgres import PostgresStore  # only here: without it, the driver need not be loaded

        return PostgresStore(database)
    return SQLiteStore(database)
