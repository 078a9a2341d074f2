"""Servers under measure: each a process of its own, on loopback, with its database in a temporary folder."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.ports import free_port

HERE = Path(__file__).resolve().parent.parent
KEY = "a key for as long as this benchmark runs"

CAMPAIGN = {
    "version": 1,
    "site": {"name": {"fr": "Mesure"}, "languages": ["fr", "en"], "timezone": "UTC", "currency": "EUR"},
    "channels": [{"code": "wa", "name": "WhatsApp"}, {"code": "em", "name": "E-mail"}],
    "targets": [{"name": "donner", "address": "http://127.0.0.1:9/don", "provider": "generic", "field": "visit_id"}],
    "causes": [],
    "episodes": [
        {
            "slug": f"episode-{number}",
            "number": number,
            "titles": {"fr": f"Épisode {number}"},
            "paths": {"fr": f"/episodes/episode-{number}/"},
            "share_texts": {"fr": ["Un.", "Deux."]},
        }
        for number in range(10, 0, -1)
    ],
}


class Server:
    """A server that runs until `stop`; `cpu` is what it has used so far, in seconds."""

    def __init__(self, command: list[str], port: int, environment: Mapping[str, str]) -> None:
        self.port = port
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            command, cwd=HERE, env={**os.environ, **environment}, start_new_session=True, stdout=subprocess.DEVNULL
        )
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=1) as ask:
                    ask.sendall(b"GET /t/health HTTP/1.0\r\n\r\n")
                    if ask.recv(12):
                        break
            except OSError:
                pass
            if self.process.poll() is not None or time.perf_counter() - self.began > 30:
                raise RuntimeError(f"{command} did not start")
            time.sleep(0.01)
        self.cold_start = time.perf_counter() - self.began

    def pids(self) -> list[int]:
        """Processes of the server's own group."""
        group = self.process.pid
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == group:
                found.append(int(stat.parent.name))
        return found

    def cpu(self) -> float:
        ticks = 0
        for pid in self.pids():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
            except OSError:
                continue
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Resident memory of the largest process, in MiB: the worker."""
        sizes = []
        for pid in self.pids():
            try:
                sizes.append(int(Path(f"/proc/{pid}/statm").read_text().split()[1]))
            except OSError:
                continue
        return max(sizes, default=0) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def start_tracker(folder: Path, database: str = "", **more: str) -> Server:
    """Our tracker, as `invoke serve` runs it. `database` is an address, or empty for a SQLite file in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "campaign.json").write_text(json.dumps(CAMPAIGN), encoding="utf-8")
    port = free_port()
    environment = {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "SITE_URL": "",
        "OUTPUT": str(folder),
        "CAMPAIGN": "",
        "TRACKER_DATABASE": database or str(folder / "tracker.db"),
        "TRACKER_SECRETS": KEY,
        **more,
    }
    return Server([sys.executable, "-m", "tracker"], port, environment)


def start_application(target: str, folder: Path, threads: int = 1, workers: int = 1, **more: str) -> Server:
    """One of benchmarks.rivals under the same server."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    options = f"--interface wsgi --host 127.0.0.1 --port {port} --workers {workers} --log-level error --http 1 --no-ws"
    command = [sys.executable, "-m", "granian", *options.split(), "--blocking-threads", str(threads), target]
    environment = {"BENCH_DATABASE": str(folder / "naive.db"), "BENCH_KEY": KEY, **more}
    return Server(command, port, environment)
