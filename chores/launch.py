"""`make up` and `make demo`: build, serve, rebuild on change, and say what to do next."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path

from chores.build import Built, build
from chores.opened import open_tables
from chores.serve import Problem, Server, check_port, ensure_secret
from chores.watch import watch_and_build
from settings import HERE, Settings, load
from tracker.campaign import read_campaign
from tracker.demo import fill
from tracker.staff.accounts import add_staff, list_staff

DEMO_DATABASE = "data/demo.db"
DEMO_NAME = "demo"


def up() -> None:
    """A running campaign on this machine, rebuilt when its content or its theme change."""
    settings, built = make_ready()
    with open_tables(settings.tracker_database) as store:
        staff = list_staff(store)
    next_steps = [
        f"The counter is open: {settings.site_url}",
        f"  English:           {settings.site_url}/en/",
        f"  Figures, for staff: {settings.site_url}/staff/",
    ]
    if not staff:
        next_steps.append("  First, let yourself in: invoke staff YOUR_NAME --role admin (or make staff ARGS='...')")
    next_steps.append("  New episode:       make episode ARGS='\"J’ai poney\"'")
    run(settings, built, next_steps, {})


def demo() -> None:
    """The same on a throw-away database, filled with a plausible spread."""
    settings, built = make_ready()
    database = HERE / DEMO_DATABASE
    for leftover in database.parent.glob(f"{database.name}*"):
        leftover.unlink()
    print("Making up a spread: sharers, visits, shares, gifts...", flush=True)
    password = secrets.token_urlsafe(9)
    with open_tables(str(database)) as store:
        told = fill(store, read_campaign(Path(settings.campaign).read_text(encoding="utf-8")))
        add_staff(store, DEMO_NAME, password, "admin")
    next_steps = [
        f"The counter is open, and busy: {settings.site_url}",
        f"  {told['sharers']} sharers, {told['visits']} visits, {told['shares']} shares, {told['gifts']} gifts",
        f"  Figures: {settings.site_url}/staff/   name: {DEMO_NAME}   password: {password}",
        "  All of it is thrown away by the next `make demo`.",
    ]
    run(settings, built, next_steps, {"TRACKER_DATABASE": str(database)})


def make_ready() -> tuple[Settings, Built]:
    """Secret, port and site: the settings, and what was built. Raises Problem or BuildError."""
    if ensure_secret():
        print("A signing secret was made and put into .env: keep that file, and keep it to yourself.")
    settings = load()
    check_port(settings)
    return settings, build(preview=True)


def run(settings: Settings, built: Built, next_steps: list[str], more: Mapping[str, str]) -> None:
    """Serve and rebuild until stopped by Ctrl-C, or until the server ends."""
    server = Server({"PREVIEW": "1", **more})
    try:
        wait_until_open(settings, server)
        print("\n".join([*next_steps, "  Stop: Ctrl-C", ""]), flush=True)
        watch_and_build(server.stopped, built)
    except KeyboardInterrupt:
        print("\nThe counter is closed.")
    finally:
        server.stop()
    if server.process.returncode not in (0, -15, -2):
        raise Problem(
            f"The server ended by itself (exit code {server.process.returncode}); its last words stand above."
        )


def wait_until_open(settings: Settings, server: Server, seconds: float = 30) -> None:
    """Wait for the first answer. Raises Problem if none comes."""
    import socket

    deadline = time.monotonic() + seconds
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    while time.monotonic() < deadline and not server.stopped.is_set():
        try:
            with socket.create_connection((host, settings.port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    if not server.stopped.is_set():
        raise Problem(f"The server did not answer within {seconds:.0f} seconds. PID {os.getpid()}.")
