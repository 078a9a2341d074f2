"""`python -m tracker`: serves the built site and the tracker, as in production, on HOST and PORT.

Everything runs in the process group in which it was started; if the main process dies, its workers stop by themselves.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from io import BytesIO

from flask import request
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from settings import SettingsError, load
from tracker import LARGEST_BODY, create_app
from tracker.between import refresh_between
from tracker.branches import refresh_branches
from tracker.front import Front
from tracker.gifts import LONGEST_BODY as LONGEST_NOTICE
from tracker.gifts.notices import forget_bodies
from tracker.report.sending import send_by_itself
from tracker.services import EXTENSION, Services
from tracker.site import Site
from tracker.standings import FollowerRefresher, keep_current
from tracker.store import StoreError, open_store
from tracker.texts import renew_plan
from tracker.totals import QUARTER
from tracker.uncounted import count_uncounted
from tracker.virality.days import DayRefresher

log = logging.getLogger(__name__)

EVERY, SOON = 60.0, 1.0  # seconds from one look after all figures to the next

days_refresher = DayRefresher()
followers_refresher = FollowerRefresher()


def make_application() -> Front:
    """What granian's worker loads: the tracker and the built site."""
    settings = load()
    app = create_app(settings)
    app.before_request_funcs.setdefault(None, []).insert(0, read_chunks)  # before anything looks at the body
    threading.Thread(target=look_after, args=(app.extensions[EXTENSION],), name="upkeep", daemon=True).start()
    threading.Thread(target=send_by_itself, args=(app,), name="report", daemon=True).start()
    stop_with_parent(lambda: os._exit(1), os.getppid())
    gc.collect()
    gc.freeze()  # what is there now stays: nobody need look through it again
    gc.set_threshold(20_000, 20, 20)
    return Front(app, Site(settings.output, drafts=settings.preview), settings.tracker_threads)


def read_chunks() -> None:
    """Take a body that came in chunks, without a length, as far as bodies may go: then it is one like all others.

    Flask would cut it off where bodies end, and take what is left for the whole.
    """
    environ = request.environ
    if environ.pop("HTTP_TRANSFER_ENCODING", None):
        longest = LONGEST_NOTICE if request.path.startswith("/hooks/") else LARGEST_BODY
        body = bytearray()
        while len(body) <= longest and (piece := environ["wsgi.input"].read(longest + 1 - len(body))):
            body += piece
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body))


def look_after(kit: Services) -> None:
    """Every minute, forget what must be forgotten, also on a site that nobody visits; then keep figures current.

    A day is turned as it begins, and not up to a minute later.
    """
    while True:
        pause = EVERY
        for chore in (forget, keep_figures):
            try:
                pause = min(pause, chore(kit))
            except Exception as error:  # noqa: BLE001 - whatever it was, salts must still be deleted next time
                log.error("Upkeep (%s) could not be done, and will be tried again: %s", chore.__name__, error)
        now = time.time()
        to_quarter = QUARTER - now % QUARTER  # midnight is the beginning of one, in every time zone
        time.sleep(min(pause, to_quarter + 0.01))


def forget(kit: Services) -> float:
    """Seconds after which it should be done again."""
    kit.visitors.forget()
    forget_bodies(kit.store)
    return EVERY


def keep_figures(kit: Services) -> float:
    """The same: soon, if an old database has visits left to read."""
    now = time.time()
    keep_current(kit.store, kit.campaign.timezone, now)
    followers_refresher.refresh(kit.store, now)
    refresh_branches(kit.store, int(now), kit.settings.tracker_database)
    days_refresher.refresh(kit.store, kit.campaign.timezone, now)
    renew_plan(kit.store, kit.campaign, kit.texts, int(now))
    refresh_between(kit.store, int(now), kit.settings.tracker_database)
    return EVERY if count_uncounted(kit.store, kit.campaign.timezone, now) else SOON


def stop_with_parent(stop: Callable[[], None], parent: int) -> None:
    """Stop when the process that started this one is gone: nothing may go on listening unnoticed."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        stop()

    threading.Thread(target=watch, name="stop-with-parent", daemon=True).start()


def main() -> None:
    """Bring the database up to date, then serve until stopped."""
    try:
        settings = load()
        _ = settings.secrets
        store = open_store(settings.tracker_database)
        store.migrate()
        store.close()
    except (SettingsError, StoreError) as error:
        sys.exit(str(error))
    if starter := os.environ.get("STOP_WITH_PARENT"):  # its process id: it may be gone before we have looked
        stop_with_parent(lambda: os.kill(os.getpid(), signal.SIGTERM), int(starter))
    workers = settings.tracker_workers if store.shared else 1
    if workers < settings.tracker_workers:
        print("TRACKER_WORKERS is left at 1: two processes that write one SQLite file wait for each other.", flush=True)
    Granian(
        "tracker.__main__:make_application",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGINL,
        factory=True,
        workers=workers,
        http=HTTPModes.http1,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        log_level=LogLevels.error,
    ).serve()


if __name__ == "__main__":
    main()
