"""Who is asking, without knowing who: a hash of address and user agent under a random salt that lives two days.

Neither address nor user agent is ever stored; once a salt is gone, nobody can make or check its hashes again.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from tracker.store import Store

DAY = 86_400
EARLY = 120  # seconds


def client_address(environ: Mapping[str, Any], trusted_proxies: int) -> str:
    """The visitor's address, as far as declared proxies vouch for it; what a visitor forged lies further left."""
    address = str(environ.get("REMOTE_ADDR") or "")
    if trusted_proxies:
        hops = [hop.strip() for hop in str(environ.get("HTTP_X_FORWARDED_FOR") or "").split(",") if hop.strip()]
        if hops:
            address = hops[-min(trusted_proxies, len(hops))]
    return address


class Visitors:
    """Makes visitor hashes; keeps today's salt and yesterday's, in the database, so that all processes agree."""

    def __init__(self, store: Store, trusted_proxies: int = 0) -> None:
        self._store = store
        self._trusted_proxies = trusted_proxies
        self._lock = threading.Lock()
        self._day = -1
        self._salts: tuple[bytes, bytes] = (b"", b"")
        self._last: tuple[bytes, int, tuple[int, int]] = (b"", -1, (0, 0))

    def hashes(self, environ: Mapping[str, Any], now: float | None = None) -> tuple[int, int]:
        """The visitor's hash under today's salt and under yesterday's, so that midnight makes nobody new."""
        day = int(time.time() if now is None else now) // DAY
        if day != self._day:
            self._turn_to(day)
        today, yesterday = self._salts
        who = f"{client_address(environ, self._trusted_proxies)}\0{environ.get('HTTP_USER_AGENT') or ''}".encode(
            "utf-8", "surrogateescape"
        )
        last = self._last
        if last[:2] == (who, day):  # one request asks twice: who they are, and whether they ask too often
            return last[2]
        both = salted(who, today), salted(who, yesterday)
        self._last = (who, day, both)
        return both

    def forget(self, now: float | None = None) -> None:
        """Delete salts older than yesterday's, without which no hash can be made or checked again, and old tries.

        Two minutes before their time, so that none reaches 48 hours whoever is late.
        """
        today = (int(time.time() if now is None else now) + EARLY) // DAY
        with self._store.atomic() as writing:
            writing.execute("delete from salts where day < :yesterday", yesterday=today - 1)
            writing.execute("delete from tries where until <= :now", now=int(time.time() if now is None else now))

    def _turn_to(self, day: int) -> None:
        with self._lock:
            if day == self._day:
                return
            with self._store.atomic() as writing:
                for each in (day, day - 1):
                    writing.execute(
                        "insert into salts (day, salt) values (:day, :salt) on conflict (day) do nothing",
                        day=each,
                        salt=secrets.token_hex(16),
                    )
                writing.execute("delete from salts where day < :yesterday", yesterday=day - 1)
                salts = {row["day"]: row["salt"] for row in writing.query("select day, salt from salts")}
            self._salts = (bytes.fromhex(salts[day]), bytes.fromhex(salts[day - 1]))
            self._day = day


def salted(who: bytes, salt: bytes) -> int:
    """A keyed hash as a signed whole number of 64 bits, which both databases store in eight bytes."""
    return int.from_bytes(blake2b(who, digest_size=8, key=salt).digest(), "big", signed=True)
