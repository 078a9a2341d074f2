"""A busy morning: how fast visits are recorded while staff look at their pages, and while nobody does."""

from __future__ import annotations

import asyncio
import statistics
import threading
import time
from collections.abc import Sequence

from benchmarks.campaigns import CHANNELS, EPISODES, TIMEZONE
from benchmarks.staff import AGENT, Staff
from tracker.links import new_id
from tracker.visits.recording import Arrival, write_arrivals

RECORDING = 6.0  # seconds of each round, quiet or looked at
ROUNDS = 4
CONNECTIONS = 32


def record_for(staff: Staff, seconds: float, links: list[str]) -> float:
    """Redirects recorded in a second, by an event loop as in the server, for visitors who come as soon as they may."""
    end, count = time.perf_counter() + seconds, 0

    async def come_again() -> None:
        nonlocal count
        while time.perf_counter() < end:
            place, now = count, int(time.time())
            count += 1
            arrival = Arrival(
                *(new_id(), links[place % len(links)], EPISODES[place % 10], CHANNELS[place % 5], 1, now),
                *("human", "none", place * 7919, 0, TIMEZONE),
            )
            await staff.kit.store.recorded(write_arrivals, arrival)

    async def come() -> None:
        await asyncio.gather(*(come_again() for _ in range(CONNECTIONS)))

    asyncio.run(come())
    return count / seconds


def look_around(staff: Staff, pages: Sequence[str], stop: threading.Event) -> None:
    """A page each second, and six that stay open."""
    tag, place = "", 0
    while not stop.wait(1.0):
        staff.get(pages[place % len(pages)])
        place += 1
        if place % 2 == 0:  # six open pages that ask every ten seconds
            answer = staff.client.get("/staff/live", headers={"User-Agent": AGENT, "If-None-Match": tag})
            tag = answer.headers["ETag"]


def measure_recording(staff: Staff, pages: Sequence[str]) -> dict[str, float]:
    """Redirects in a second, quiet and looked at, in turns; and by which part the one is slower."""
    links = [row["id"] for row in staff.kit.store.query("select id from sharers order by id desc limit 1000")]
    rates: dict[str, list[float]] = {"quiet": [], "looked at": []}
    record_for(staff, 1.0, links)
    for _ in range(ROUNDS):
        rates["quiet"].append(record_for(staff, RECORDING, links))
        stop = threading.Event()
        looker = threading.Thread(target=look_around, args=(staff, pages, stop))
        looker.start()
        rates["looked at"].append(record_for(staff, RECORDING, links))
        stop.set()
        looker.join()
    quiet, busy = (statistics.median(rates[name]) for name in rates)
    return {"quiet_per_s": quiet, "looked_at_per_s": busy, "slowed_by": 1 - busy / quiet}
