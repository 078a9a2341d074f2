"""Lighthouse (https://github.com/GoogleChrome/lighthouse) on our own server, as a slow phone sees it.

It is installed by npm into a temporary folder, and drives the machine's own Chromium. Whatever else the machine does
makes pages look slower: each is scored ROUNDS times, and its median run counts.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.servers import KEY, Server
from chores.build import build_site
from tests.ports import free_port

VERSION = "12.8.2"
ROUNDS = 3
PAGES = ("/", "/episodes/jai-piscine/", "/donner/", "/en/", "/en/episodes/jai-piscine/", "/en/donate/")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
CHROMIUM = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage"


@dataclass(frozen=True)
class Score:
    """What Lighthouse says of a page: four scores out of 100, milliseconds to the largest paint, layout shift."""

    path: str
    scores: dict[str, int]
    paint: float
    shift: float
    faults: list[str]

    def __str__(self) -> str:
        scores = "  ".join(f"{name} {score}" for name, score in self.scores.items())
        faults = f"  ({', '.join(self.faults)})" if self.faults else ""
        return f"{self.path:<28}{scores}  LCP {self.paint:,.0f} ms  CLS {self.shift:g}{faults}"


def score_pages(folder: Path) -> list[Score]:
    """Builds the demo, serves it, and scores home, episode and donate page in both languages."""
    program = install(folder)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    output = folder / "scored"
    build_site(OUTPUT_PATH=str(output), SITEURL=address)
    environment = {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "SITE_URL": address,
        "OUTPUT": str(output),
        "TRACKER_SECRETS": KEY,
    }
    environment |= {"TRACKER_DATABASE": str(folder / "scored.db"), "CAMPAIGN": ""}
    server = Server([sys.executable, "-m", "tracker"], port, environment)
    try:
        return [score_fairly(program, folder, address, path) for path in PAGES]
    finally:
        server.stop()


def install(folder: Path) -> Path:
    if not shutil.which("npm"):
        sys.exit("npm is missing. On Debian: apt install npm")
    place = folder / "npm"
    place.mkdir()
    command = ["npm", "install", "--prefix", str(place), "--no-audit", "--no-fund", f"lighthouse@{VERSION}"]
    subprocess.run(
        command,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PUPPETEER_SKIP_DOWNLOAD": "1"},
    )
    return place / "node_modules" / ".bin" / "lighthouse"


def score_fairly(program: Path, folder: Path, address: str, path: str) -> Score:
    """The median of each figure over some runs: what one of them had to wait for, says nothing of the page."""
    runs = [score_page(program, folder, address, path) for _ in range(ROUNDS)]
    return Score(
        path,
        {name: round(statistics.median(run.scores[name] for run in runs)) for name in CATEGORIES},
        statistics.median(run.paint for run in runs),
        max(run.shift for run in runs),
        sorted(set.intersection(*(set(run.faults) for run in runs))),
    )


def score_page(program: Path, folder: Path, address: str, path: str) -> Score:
    told = folder / "lighthouse.json"
    command = [
        str(program),
        address + path,
        "--quiet",
        "--output=json",
        f"--output-path={told}",
        f"--chrome-flags={CHROMIUM}",
    ]
    environment = {**os.environ, "CHROME_PATH": shutil.which("chromium") or shutil.which("google-chrome") or ""}
    for attempts_left in (2, 1, 0):  # on a busy machine, Chromium sometimes starts too late for it
        done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=180)
        if done.returncode == 0:
            break
        if not attempts_left:
            sys.exit(f"lighthouse could not score {path}: {done.stderr.strip()[-500:]}")
    return read_score(path, json.loads(told.read_text(encoding="utf-8")))


def read_score(path: str, report: dict[str, Any]) -> Score:
    audits, categories = report["audits"], report["categories"]
    scores = {name: round(100 * (categories[name]["score"] or 0)) for name in CATEGORIES}
    weighed = {each["id"] for name in CATEGORIES for each in categories[name]["auditRefs"] if each["weight"]}
    faults = sorted(
        name for name in weighed if (audits[name]["score"] or 0) < 0.9 and audits[name]["score"] is not None
    )
    paint, shift = (audits[name]["numericValue"] for name in ("largest-contentful-paint", "cumulative-layout-shift"))
    return Score(path, scores, paint, shift, faults)
