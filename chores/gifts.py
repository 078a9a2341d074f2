"""`invoke gifts import` and `invoke gifts replay`: what the donation platforms told, looked at again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from chores.opened import open_tracker
from tracker.gifts.reconcile import import_file
from tracker.gifts.recording import replay


def import_list(file: Path, provider: str, columns: str, dry_run: bool) -> Iterator[str]:
    """Compare a platform's own list with the ledger; lines that tell what was added. Raises ExportError."""
    with open_tracker() as (_, kit):
        yield from import_file(kit, file, provider, columns, dry_run)


def replay_notices() -> Iterator[str]:
    """Read again the notifications that could not be understood; lines that tell what became of them."""
    with open_tracker() as (_, kit):
        outcomes = replay(kit)
    for provider, notice, outcome in outcomes:
        yield f"{provider} {notice}: {outcome}"
    yield f"{len(outcomes)} read again." if outcomes else "There is nothing that could not be understood."
