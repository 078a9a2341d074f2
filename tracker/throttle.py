"""How often somebody may try: by visitor hash or by account, never by address; counted for all processes together.

Guesses at passwords are counted one by one in the database. What pages tell (/t/...) is counted in memory, and shared
with the other processes a hundred at a time: nobody who is no machine ever costs a write. Notifications of donation
platforms are never limited.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import Flask, Response, request
from flask_limiter import Limiter, RateLimitExceeded
from limits import RateLimitItemPerMinute
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from tracker.errors import answer_error
from tracker.services import EXTENSION, Services, services
from tracker.store import Store, StoreError

log = logging.getLogger(__name__)

CROWD = RateLimitItemPerMinute(6000)  # what a visitor hash may tell: more than people behind one address ever do
SHARED = 100  # tries after which a process tells the others
MANY = 10_000  # counts in memory beyond which those that are over are thrown out
CROWDS = "ricochet-crowds"
SLOWLY = "Too many requests from this place. Wait a little, then try again."


@dataclass(slots=True)
class Count:
    """Tries within a window that ends at `until`: those that all processes know of, and those of ours alone."""

    until: int
    known: int = 0
    own: int = 0


class SharedCounts(Storage):
    """Implements limits.storage.Storage on our store, in fixed windows that begin with the first try."""

    STORAGE_SCHEME: ClassVar[list[str]] = ["ricochet"]  # type: ignore[misc]

    def __init__(self, uri: str = "", store: Store | None = None, every: int = 1, **options: Any) -> None:
        """`every` says after how many tries they are shared: 1 is exact, more is cheap."""
        super().__init__(uri, **options)
        assert store is not None
        self._store = store
        self._every = every
        self._lock = threading.Lock()
        self._counts: dict[str, Count] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        return StoreError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = int(time.time())
        with self._lock:
            count = self._counts.get(key)
            if count is None or count.until <= now:
                self._forget(now)
                count = self._counts[key] = Count(now + expiry)
            count.own += amount
            if count.own < self._every:
                return count.known + count.own
            told, count.own = count.own, 0
        row = self._tell(key, told, now, count.until)
        count.known, count.until = row
        return count.known

    def get(self, key: str) -> int:
        rows = self._store.query(
            "select count from tries where who = :who and until > :now", who=key, now=int(time.time())
        )
        count = self._counts.get(key)
        return (int(rows[0]["count"]) if rows else 0) + (count.own if count else 0)

    def get_expiry(self, key: str) -> float:
        rows = self._store.query("select until from tries where who = :who", who=key)
        count = self._counts.get(key)
        return float(rows[0]["until"] if rows else count.until if count else time.time())

    def check(self) -> bool:
        return bool(self._store.query("select 1 as one"))

    def reset(self) -> int:
        self._counts.clear()
        return self._store.execute("delete from tries")

    def clear(self, key: str) -> None:
        self._counts.pop(key, None)
        self._store.execute("delete from tries where who = :who", who=key)

    def _tell(self, key: str, told: int, now: int, until: int) -> tuple[int, int]:
        """Add to what all processes know; their count, and the end of its window. What is over is deleted."""
        with self._store.atomic() as writing:
            writing.execute("delete from tries where until <= :now", now=now)
            (row,) = writing.insert(
                "tries",
                ("who", "count", "until"),
                [(key, told, until)],
                "on conflict (who) do update set count = tries.count + excluded.count returning count, until",
            )
        return int(row["count"]), int(row["until"])

    def _forget(self, now: int) -> None:
        if len(self._counts) > MANY:
            self._counts = {key: count for key, count in self._counts.items() if count.until > now}


class Crowd:
    """The limit on what pages tell. Flask-Limiter would cost such a request more than all the rest of it; its
    library does not."""

    def __init__(self, kit: Services) -> None:
        self._kit = kit
        self._window = FixedWindowRateLimiter(SharedCounts(store=kit.store, every=SHARED))

    def is_over(self, environ: Mapping[str, Any]) -> bool:
        """Count a try; whether it was one too many."""
        try:
            return not self._window.hit(CROWD, place_of(self._kit, environ))
        except StoreError as error:
            log.error("Tries could not be counted: %s", error)
            return False

    def until(self, environ: Mapping[str, Any]) -> float:
        """When this place may try again."""
        return self._window.get_window_stats(CROWD, place_of(self._kit, environ)).reset_time


class Allowance:
    """So many requests a minute for whoever is known by a key; shared with other processes ten at a time."""

    def __init__(self, store: Store, limit: RateLimitItemPerMinute) -> None:
        self._limit = limit
        self._window = FixedWindowRateLimiter(SharedCounts(store=store, every=10))

    def until(self, key: str) -> float:
        """Count a request: 0 if it may be answered, else when the next one may."""
        try:
            return (
                0 if self._window.hit(self._limit, key) else self._window.get_window_stats(self._limit, key).reset_time
            )
        except StoreError as error:
            log.error("Requests could not be counted: %s", error)
            return 0


def place_of(kit: Services, environ: Mapping[str, Any]) -> str:
    """Today's hash of whoever asks; it means nothing to anybody within two days."""
    return f"{kit.visitors.hashes(environ)[0]:x}"


def same_place() -> str:
    """The same, of this request."""
    return place_of(services(), request.environ)


limiter = Limiter(key_func=same_place, storage_uri="ricochet://", strategy="fixed-window")


def register_throttle(app: Flask) -> None:
    """Limits of views that ask for them by `limiter`, and the one on all that pages tell."""
    store = app.extensions[EXTENSION].store
    limiter._storage_options["store"] = store  # one limiter for all applications of a process (there is one, but in
    limiter.init_app(app)  # tests), so that its options are those of the newest
    crowd = app.extensions[CROWDS] = Crowd(app.extensions[EXTENSION])

    @app.before_request
    def slow_down() -> Response | None:
        if request.method != "POST" or not request.path.startswith("/t/") or not crowd.is_over(request.environ):
            return None
        return too_many(crowd.until(request.environ))

    @app.errorhandler(RateLimitExceeded)
    def exceeded(_error: RateLimitExceeded) -> Response:
        current = limiter.current_limit
        return too_many(current.reset_at if current else time.time() + 60)


def too_many(until: float) -> Response:
    """429, with the seconds to wait."""
    wait = max(int(until - time.time()) + 1, 1)
    return answer_error("too_many_requests", SLOWLY, 429, [("Retry-After", str(wait))])
