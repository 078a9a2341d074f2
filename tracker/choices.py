"""What staff chose for the whole campaign, with who chose it and when: the day from which figures count."""

from __future__ import annotations

import time

from tracker.store import Row, Store, Writing

COUNT_FROM = "count_from"


def read_choice(source: Store | Writing, name: str) -> Row | None:
    """{"value", "changed_by", "changed_at"}, or None while nobody chose."""
    rows = source.query("select value, changed_by, changed_at from choices where name = :name", name=name)
    return rows[0] if rows else None


def keep_choice(store: Store, name: str, value: str, by: str) -> None:
    store.execute(
        """
        insert into choices (name, value, changed_by, changed_at) values (:name, :value, :by, :now)
        on conflict (name) do update set value = excluded.value, changed_by = excluded.changed_by,
          changed_at = excluded.changed_at
        """,
        name=name,
        value=value,
        by=by,
        now=int(time.time()),
    )


def counting_since(source: Store | Writing) -> str:
    """The day (2026-11-22) before which nothing counts, since it was a rehearsal; "" while all counts."""
    choice = read_choice(source, COUNT_FROM)
    return str(choice["value"]) if choice else ""
