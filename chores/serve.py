"""Opening the counter: what `invoke serve`, `up` and `demo` check before they start, and how they start.

Every problem is one sentence with its mend, as a Problem. All processes stay in the process group of the task.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from settings import HERE, Settings, SettingsError, load


class Problem(Exception):
    """Something stands in the way; the text says what, and the mend."""


def make_secret() -> str:
    """A new signing key: 256 random bits as text."""
    return secrets.token_urlsafe(32)


def ensure_secret() -> bool:
    """Make TRACKER_SECRETS on the first run and keep it in .env, outside of git; whether one was made."""
    if load().tracker_secrets:
        return False
    file = HERE / ".env"
    try:
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        gap = "" if before.endswith("\n") or not before else "\n"
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as out:
            out.write(f"{gap}TRACKER_SECRETS={make_secret()}\n")
    except OSError as error:
        raise Problem(
            f"Can't write {file} ({error.strerror}). Make the folder writable, or set TRACKER_SECRETS."
        ) from None
    return True


def check_port(settings: Settings) -> None:
    """Raises Problem if nothing can listen there."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise Problem(
                f"Can't listen on {settings.host}:{settings.port} ({error.strerror}). Choose another port, such as "
                f"PORT={settings.port + 1 if settings.port < 65535 else 8000}, or another HOST."
            ) from None


def check_output(settings: Settings) -> None:
    """Raises Problem without a built site; warns if it was built for another address."""
    output = Path(settings.output)
    if not (output / "campaign.json").is_file():
        raise Problem(f"There is no built site in {output}. Run `invoke build` first (or `make up`, which does both).")
    try:
        built_for = json.loads((output / "campaign.json").read_text(encoding="utf-8"))["site"]["url"]
    except (OSError, ValueError, KeyError, TypeError):
        raise Problem(f"{output}/campaign.json can't be read. Run `invoke build` again.") from None
    if built_for != settings.site_url:
        print(
            f"Note: the site was built for {built_for} and is served for {settings.site_url}. All works, but cards "
            "and feeds name the former; run `invoke build` to change that.",
            file=sys.stderr,
        )


def prepare() -> Settings:
    """Settings of a server that can start. Raises Problem."""
    try:
        settings = load()
        _ = settings.secrets
    except SettingsError as error:
        raise Problem(str(error)) from None
    check_port(settings)
    check_output(settings)
    return settings


def serve() -> None:
    """Become the server. Returns only by a Problem."""
    settings = prepare()
    print(f"The counter is open: {settings.site_url}  (staff: {settings.site_url}/staff/)", flush=True)
    os.chdir(HERE)
    os.execv(sys.executable, [sys.executable, "-m", "tracker"])  # noqa: S606 - our own interpreter, our own module


class Server:
    """The server as a process beside this one, for `up` and `demo`; it stops when this one does."""

    def __init__(self, more: Mapping[str, str]) -> None:
        environment = {**os.environ, **more, "STOP_WITH_PARENT": str(os.getpid())}
        self.process = subprocess.Popen([sys.executable, "-m", "tracker"], cwd=HERE, env=environment)
        self.stopped = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: self.stop())
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        self.process.wait()
        self.stopped.set()

    def stop(self) -> None:
        """Ask the server to end, and wait until it has."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.stopped.set()
