"""`invoke bench site`: what the microsite weighs, and how long it takes to build beside stock Pelican, in one run.

One table with limits and ratios, and benchmarks/results/site.json for machines. Options: --rounds 3 --episodes 1000,
--lighthouse (needs npm and a network: installs lighthouse in a temporary folder, and scores a running server),
--quick (100 episodes, one round). Absolute figures drift with the machine; ratios hold.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import brotli
from watchfiles import watch

from benchmarks.lighthouse import score_pages
from benchmarks.texts import write_campaign
from chores.build import HERE, build_site
from chores.glance import show_at_once
from chores.watch import SETTLE

RESULTS = HERE / "benchmarks" / "results" / "site.json"
FIRST_ROUND_TRIP = 13_000  # bytes that ten packets hold, with room for headers
BEFORE_PLAY, SCRIPTS = 60_000, 6_000

STOCK = """
import sys
from pathlib import Path
import pelican
from pelican import Pelican
from pelican.settings import read_settings
content, output = sys.argv[1:]
Pelican(read_settings(override={
    "PATH": content, "OUTPUT_PATH": output, "ARTICLE_PATHS": ["episodes"], "STATIC_PATHS": [],
    "TIMEZONE": "Europe/Paris", "THEME": str(Path(pelican.__file__).parent / "themes" / "simple"), "SITEURL": "https://excuses.example",
})).run()
"""
OURS = """
import sys
from chores.build import build_site
content, output, cache = sys.argv[1:]
build_site(PATH=content, OUTPUT_PATH=output, CACHE_FOLDER=cache, MENU=[], FOOTER_MENU=[], DONATE_PAGE="")
"""


@dataclass(frozen=True)
class Line:
    """One line of the table: what, how much, and what it is held against."""

    what: str
    value: str
    beside: str
    ratio: float

    @property
    def fits(self) -> bool:
        return self.ratio <= 1

    def __str__(self) -> str:
        return f"{self.what:<58}{self.value:>16}{self.beside:>26}{self.ratio:>8.2f}{'' if self.fits else '  too much'}"


def compare(what: str, value: float, limit: float, unit: str) -> Line:
    return Line(
        what,
        f"{value:,.3g} {unit}" if unit == "s" else f"{value:,.0f} {unit}",
        f"at most {limit:,g} {unit}",
        value / limit,
    )


def squeeze(file: Path) -> int:
    """Bytes on the wire, as a browser of today gets them."""
    variant = file.with_name(file.name + ".br")
    return (variant if variant.is_file() else file).stat().st_size


def weigh_site(folder: Path) -> list[Line]:
    """Sizes with 60 episodes on the site: home and episode, and all that an episode page fetches before play."""
    content = write_campaign(folder / "sixty", 60)
    output = folder / "sixty" / "output"
    build_site(
        PATH=str(content),
        OUTPUT_PATH=str(output),
        CACHE_FOLDER=str(folder / "cache"),
        MENU=[],
        FOOTER_MENU=[],
        DONATE_PAGE="",
    )
    episode = output / "episodes" / "excuse-30" / "index.html"
    lines = []
    for name, file in (("home", output / "index.html"), ("episode", episode)):
        size = len(brotli.compress(file.read_bytes()))
        lines.append(compare(f"{name}, HTML and its style sheet, brotli, 60 episodes", size, FIRST_ROUND_TRIP, "bytes"))
    page = episode.read_text(encoding="utf-8")
    scripts = re.findall(r'<script (?:data-)?src="([^"]+)"', page)
    fetched = [*scripts, *re.findall(r'(?:poster|track[^>]*src)="([^"]+)"', page)]
    fetched += re.findall(r'<link rel="(?:icon|manifest)"[^>]*href="([^"]+)"', page)
    weights = {path: squeeze(output / path.lstrip("/")) for path in fetched}
    lines.append(
        compare("scripts of an episode page, brotli", sum(weights[path] for path in scripts), SCRIPTS, "bytes")
    )
    whole = squeeze(episode) + sum(weights.values())
    lines.append(compare("all of an episode page before play, its poster too", whole, BEFORE_PLAY, "bytes"))
    return lines


@dataclass(frozen=True)
class Effort:
    """What a run took, in seconds: on the clock, and of all processors together."""

    clock: float
    processors: float

    def __str__(self) -> str:
        return f"{self.clock:.1f} s ({self.processors:.1f} s of processors)"


def run_apart(code: str, *arguments: Path) -> Effort:
    """What a fresh process takes for it, from its first to its last instruction."""
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", code, *map(str, arguments)]
    subprocess.run(command, cwd=HERE, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    uses = resource.getrusage(resource.RUSAGE_CHILDREN)
    processors = uses.ru_utime + uses.ru_stime - used.ru_utime - used.ru_stime
    return Effort(time.perf_counter() - began, processors)


def time_builds(folder: Path, episodes: int, rounds: int) -> list[Line]:
    """Cold builds, cards cached, in turns with stock Pelican and its `simple` theme on the same texts.

    Each goes into a folder that was never there: where thousands of files were deleted just before, some file systems
    (ext4 without a journal) look for free places so long that whoever writes more files is measured too slow.
    """
    content = write_campaign(folder / "many", episodes)
    cache = folder / "cache"
    print(f"Drawing the cards of {episodes} episodes once...", flush=True)
    run_apart(OURS, content, folder / "many" / "first", cache)
    times: dict[str, list[Effort]] = {"stock": [], "ours": []}
    for turn in range(1, rounds + 1):
        stock, ours = folder / "many" / f"stock-{turn}", folder / "many" / f"ours-{turn}"
        times["stock"].append(run_apart(STOCK, content, stock))
        times["ours"].append(run_apart(OURS, content, ours, cache))
        assert len(list(stock.glob("lexcuse-*.html"))) == len(list(ours.glob("episodes/*/index.html"))) == episodes
        print(f"  round {turn}: Pelican {times['stock'][-1]}, ours {times['ours'][-1]}", flush=True)
    ours_s, stock_s = (statistics.median(each.clock for each in times[name]) for name in ("ours", "stock"))
    what = f"cold build of {episodes} episodes, everything in it"
    return [Line(what, f"{ours_s:.1f} s", f"1.5 x Pelican's {stock_s:.1f} s", ours_s / stock_s / 1.5)]


def time_changes(folder: Path, episodes: int) -> list[Line]:
    """From a saved episode to its page, and to lists and feeds, as `up` does it: in one process that stays, and that is
    told of changes by the system."""
    content = write_campaign(folder / "many", episodes)
    settings = {"PATH": str(content), "OUTPUT_PATH": str(folder / "up"), "CACHE_FOLDER": str(folder / "cache")}
    settings |= {"MENU": [], "FOOTER_MENU": [], "DONATE_PAGE": ""}
    built = build_site(preview=True, **settings)
    file = content / "episodes" / f"excuse-{episodes // 2}.md"
    pages, lists = [], []
    for turn in range(3):
        changed = file.read_text(encoding="utf-8").replace("\n\n", f"\n\nEncore {turn}. ", 1)
        changed = changed.replace("Excuse: ", "Excuse: Et ", 1)
        began = save_soon(file, changed)
        next(watch(content, debounce=SETTLE * 8, step=SETTLE, raise_interrupt=False))
        assert show_at_once(file, built.site, built.output)
        pages.append(time.perf_counter() - began[0])
        built = build_site(preview=True, **settings)
        lists.append(time.perf_counter() - began[0])
        assert "Et " * (turn + 1) in (built.output / "index.html").read_text(encoding="utf-8")
        print(f"  change {turn + 1}: page {pages[-1]:.2f} s, lists and feeds {lists[-1]:.1f} s", flush=True)
    what = f"of {episodes} in `up`: saved to seen"
    return [
        compare(f"an episode {what} on its page", statistics.median(pages), 1, "s"),
        compare(f"an episode {what} in lists and feeds", statistics.median(lists), 5, "s"),
    ]


def save_soon(file: Path, text: str) -> list[float]:
    """Saves a file half a second later, when somebody watches; the moment of that will stand in the answer."""
    moments: list[float] = []

    def save() -> None:
        moments.append(time.perf_counter())
        file.write_text(text, encoding="utf-8")

    threading.Timer(0.5, save).start()
    return moments


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--episodes", type=int, default=1000)
    options.add_argument("--lighthouse", action="store_true")
    options.add_argument("--quick", action="store_true")
    asked = options.parse_args()
    if asked.quick:
        asked.rounds, asked.episodes = 1, 100
    with tempfile.TemporaryDirectory(prefix="bench-site-") as name:
        folder = Path(name)
        lines = weigh_site(folder) + time_builds(folder, asked.episodes, asked.rounds)
        lines += time_changes(folder, asked.episodes)
        scores = score_pages(folder) if asked.lighthouse else []
    print(f"\n{'':<58}{'measured':>16}{'limit':>26}{'ratio':>8}")
    for line in lines:
        print(line)
    for score in scores:
        print(score)
    kept: dict[str, Any] = {"machine": platform.platform(), "lines": [asdict(line) for line in lines]}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({**kept, "lighthouse": [str(score) for score in scores]}, indent=1) + "\n")
    if not all(line.fits for line in lines):
        sys.exit(1)


if __name__ == "__main__":
    main()
