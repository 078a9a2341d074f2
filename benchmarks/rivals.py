"""What we measure ourselves beside: Flask's emptiest redirect, and the recorded redirect that one would write first."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import uuid

from flask import Flask, Response, redirect
from itsdangerous import BadSignature, Signer


def make_bare() -> Flask:
    """A redirect that records nothing."""
    app = Flask(__name__)

    @app.get("/r/<episode>/<placement>/<token>")
    def follow(episode: str, placement: str, token: str) -> Response:
        return redirect(f"/episodes/{episode}/")  # type: ignore[return-value]

    return app


def make_naive() -> Flask:
    """A redirect that checks the token and commits one row, durably, before it answers."""
    app = Flask(__name__)
    signer = Signer(os.environ["BENCH_KEY"])
    local = threading.local()
    setup = sqlite3.connect(os.environ["BENCH_DATABASE"])
    setup.execute("pragma journal_mode = wal")
    setup.execute(
        "create table if not exists visits (id text primary key, sharer text, episode text, placement text, at)"
    )
    setup.close()

    @app.get("/r/<episode>/<placement>/<token>")
    def follow(episode: str, placement: str, token: str) -> Response:
        if not hasattr(local, "database"):
            local.database = sqlite3.connect(os.environ["BENCH_DATABASE"], timeout=30)
            local.database.execute("pragma synchronous = full")
        try:
            sharer = signer.unsign(token).decode()
        except BadSignature:
            sharer = None
        id_ = uuid.uuid4().hex
        with local.database:
            local.database.execute(
                "insert into visits values (?, ?, ?, ?, ?)", (id_, sharer, episode, placement, int(time.time()))
            )
        return redirect(f"/episodes/{episode}/#{id_}")  # type: ignore[return-value]

    return app


bare = make_bare()
naive = make_naive() if "BENCH_DATABASE" in os.environ else None
