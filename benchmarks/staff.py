"""Somebody of staff before a tracker in this process: pages as they are asked for, and what they cost."""

from __future__ import annotations

import json
import re
import statistics
import time
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from flask.testing import FlaskClient

from benchmarks.campaigns import CHANNELS, EPISODES
from benchmarks.servers import KEY
from settings import load
from tracker import create_app
from tracker.services import EXTENSION, Services
from tracker.staff import accounts, add_staff

TIMES = 40  # requests of each page
PASSWORD = "quatre mots au hasard"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"


class Staff:
    """A signed-in browser. Its processor time is that of this process, and of PostgreSQL's for it."""

    def __init__(self, database: str, folder: Path) -> None:
        site = {"name": {"fr": "Banc"}, "timezone": "UTC", "currency": "EUR", "languages": ["fr", "en"]}
        campaign = {
            "version": 1,
            "site": site,
            "channels": [{"code": code, "name": code} for code in sorted(set(CHANNELS))],
            "episodes": [{"slug": slug, "titles": {"fr": slug}} for slug in EPISODES],
        }
        (folder / "campaign.json").write_text(json.dumps(campaign), encoding="utf-8")
        settings = load(
            _env_file=None,
            output=str(folder),
            tracker_database=database,
            tracker_secrets=[KEY],
            site_url="http://localhost",
        )
        app = create_app(settings)
        self.kit: Services = app.extensions[EXTENSION]
        accounts._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        add_staff(self.kit.store, "Stef", PASSWORD, "admin")
        self.client: FlaskClient = app.test_client()
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/staff/sign-in").text)
        assert token
        form = {"csrf_token": token[1], "name": "Stef", "password": PASSWORD}
        assert self.client.post("/staff/sign-in", data=form, headers={"User-Agent": AGENT}).status_code == 303

    def get(self, path: str, status: int = 200, **headers: str) -> Any:
        answer = self.client.get(path, headers={"User-Agent": AGENT, **headers})
        assert answer.status_code == status, (path, answer.status_code, answer.text[:200])
        return answer

    def processor_time(self) -> float:
        """Seconds that this process has used, and the server of its database for it."""
        if self.kit.store.dialect == "sqlite":
            return time.process_time()
        sql = "select pid from pg_stat_activity where datname = current_database() and application_name = 'ricochet'"
        pids = [row["pid"] for row in self.kit.store.query(sql)]
        nanoseconds = sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in pids)
        return time.process_time() + nanoseconds / 1e9

    def time(self, path: str, times: int = TIMES, status: int = 200, **headers: str) -> float:
        """Milliseconds at the 95th percentile, the first time left out."""
        self.get(path, status, **headers)
        taken = []
        for _ in range(times):
            began = time.perf_counter()
            self.get(path, status, **headers)
            taken.append((time.perf_counter() - began) * 1000)
        return statistics.quantiles(taken, n=20)[-1]
