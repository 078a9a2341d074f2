"""How often somebody may try: limits kept in memory, by visitor hash or by account, never by address."""

from __future__ import annotations

from flask import request
from flask_limiter import Limiter

from tracker.services import services


def same_place() -> str:
    """Today's hash of whoever asks; it means nothing to anybody within two days."""
    return f"{services().visitors.hashes(request.environ)[0]:x}"


limiter = Limiter(key_func=same_place, storage_uri="memory://", strategy="moving-window")
