"""Who is taken for whom, and what it costs: `python -m benchmarks.agents`.

Detectors side by side on the lists of tests/tracker/test_verdicts.py (see there for sources and licences): share of
crawlers found, share of people misjudged, time for an agent seen for the first time, and once it is known.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import crawleruseragents  # type: ignore[import-untyped]
from is_bot import Bots

from tests.conftest import AGENTS
from tests.tracker.test_verdicts import read_crawlers_of_package, read_list, read_people_of_package
from tracker.agents import look_at
from tracker.verdicts import judge, judge_agent

Detector = Callable[[str], bool]
ROUNDS = 50_000  # requests in the mix, of which one in ten comes from a crawler
_bots = Bots()

DETECTORS: dict[str, Detector] = {
    "ours": lambda agent: judge_agent(agent).name != "human",
    "is-bot": _bots.is_bot,
    "crawler-user-agents": crawleruseragents.is_crawler,
    "is-bot or crawler-user-agents": lambda agent: _bots.is_bot(agent) or crawleruseragents.is_crawler(agent),
}


def share(detector: Detector, agents: Sequence[str]) -> float:
    """Percentage that the detector takes for crawlers."""
    return 100 * sum(map(detector, agents)) / len(agents)


def microseconds(detector: Detector, agents: Sequence[str]) -> float:
    """Mean time (of the processor) for one agent, the first time."""
    look_at.cache_clear()
    begin = time.process_time()
    for agent in agents:
        detector(agent)
    return 1e6 * (time.process_time() - begin) / len(agents)


def measure() -> dict[str, Any]:
    """All figures, by detector; and what a request costs in an ordinary mix of agents."""
    lists = {
        "crawlers, unseen (%)": read_list("crawlers"),
        "crawler-user-agents (%)": read_crawlers_of_package(),
        "fake-useragent (%)": read_people_of_package(),
        "people, odd and in apps (%)": read_list("people"),
    }
    sample = [agent for agents in lists.values() for agent in agents[:150]]
    table = {
        name: {**{title: share(detector, agents) for title, agents in lists.items()}}
        | {"first time (µs)": microseconds(detector, sample)}
        for name, detector in DETECTORS.items()
    }
    return {"detectors": table, "request (µs)": mixed_requests(lists)}


def mixed_requests(lists: dict[str, list[str]]) -> float:
    """Mean time of a whole verdict: people's agents as they are spread in fake-useragent, one crawler in ten."""
    chance = random.Random(7)
    people, crawlers = lists["fake-useragent (%)"], lists["crawler-user-agents (%)"]
    drawn = [chance.choice(crawlers) if chance.random() < 0.1 else chance.choice(people) for _ in range(ROUNDS)]
    requests = [{"REQUEST_METHOD": "GET", "HTTP_USER_AGENT": agent, "REMOTE_ADDR": "::1"} for agent in drawn]
    requests[0]["HTTP_USER_AGENT"] = AGENTS["ana"]
    look_at.cache_clear()
    begin = time.process_time()
    for request in requests:
        judge(request)
    return 1e6 * (time.process_time() - begin) / ROUNDS


def main() -> None:
    figures = measure()
    if "--json" in sys.argv:
        print(json.dumps(figures, ensure_ascii=False, indent=1))
        return
    titles = list(next(iter(figures["detectors"].values())))
    print(f"{'':32}" + "".join(f"{title:>30}" for title in titles))
    for name, row in figures["detectors"].items():
        print(f"{name:32}" + "".join(f"{row[title]:30.2f}" for title in titles))
    print(f"a whole verdict, {ROUNDS:,} requests from an empty cache: {figures['request (µs)']:.1f} µs each")


if __name__ == "__main__":
    main()
