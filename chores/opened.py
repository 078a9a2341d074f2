"""The tracker at hand for a chore: its database, or all of its services; let go of afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from tracker import create_app
from tracker.services import EXTENSION, Services
from tracker.store import Store, open_store


@contextmanager
def open_tables(database: str) -> Iterator[Store]:
    """The store of that name, its tables up to date. Raises StoreError."""
    store = open_store(database)
    try:
        store.migrate()
        yield store
    finally:
        store.close()


@contextmanager
def open_tracker() -> Iterator[tuple[Flask, Services]]:
    """The application that the settings describe, and its services. Raises SettingsError, StoreError."""
    app = create_app()
    kit: Services = app.extensions[EXTENSION]
    try:
        yield app, kit
    finally:
        kit.store.close()
