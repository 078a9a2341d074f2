"""Cascades with known parameters, and the truth about them: `python -m benchmarks.cascade FILE.db --truth truth.json`.

A joke is sown; whoever confirms passes it on with a known probability, a known number of times, through channels of
which each is known to bring so many visitors. All of it goes through the functions that record real visits and shares.
What came out is counted here by itself, so that a dashboard can be held against it.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tracker.links import new_id
from tracker.shares import Share, write_shares
from tracker.store import Store, Writing, open_store
from tracker.verdicts import HUMAN
from tracker.visits.recording import Arrival, Seen, write_arrivals, write_seen

HOUR = 3600


@dataclass(frozen=True)
class Parameters:
    """What the cascade is made by. `channels` maps a channel to (how often it is chosen, visitors for each share)."""

    seeds: int = 300
    sharing: float = 0.35  # of confirmed visitors
    more_shares: float = 0.5  # the chance of one share more, after each
    channels: dict[str, tuple[float, float]] = field(default_factory=lambda: {"wa": (0.6, 1.5), "em": (0.4, 0.5)})
    confirming: float = 0.8  # of those who follow a link
    hours: float = 4.0  # until a share is followed, in the mean
    days: int = 20

    @property
    def shares(self) -> float:
        """Shares per sharer."""
        return 1 / (1 - self.more_shares)

    @property
    def visitors(self) -> float:
        """Confirmed visitors per share."""
        chosen = sum(often for often, _ in self.channels.values())
        return self.confirming * sum(often * pull for often, pull in self.channels.values()) / chosen

    @property
    def ratio(self) -> float:
        return self.shares * self.visitors * self.sharing


@dataclass
class Truth:
    """What came out: sharers, shares and confirmed visitors of each generation, and of each sharer and channel."""

    sharers: Counter[int] = field(default_factory=Counter)
    shares: Counter[int] = field(default_factory=Counter)
    confirmed: Counter[int] = field(default_factory=Counter)
    brought: Counter[str] = field(default_factory=Counter)  # sharer: confirmed visitors
    recruits: Counter[str] = field(default_factory=Counter)  # channel: new sharers
    gaps: list[int] = field(default_factory=list)  # seconds from one sharer to the next

    def as_json(self, parameters: Parameters) -> dict[str, Any]:
        best = sorted(self.brought.items(), key=lambda each: (-each[1], each[0]))[:10]
        told = {
            name: dict(sorted(value.items())) for name, value in vars(self).items() if name not in ("gaps", "brought")
        }
        return {"parameters": asdict(parameters), "ratio": parameters.ratio, **told, "top_ten": best}


def spread(
    store: Store, parameters: Parameters, seed: int, end: int, timezone: ZoneInfo, episode: str = "jai-piscine"
) -> Truth:
    """Fill a database; it ends at `end`, and lasts as long as the joke does."""
    chance, truth = random.Random(seed), Truth()
    begin = end - parameters.days * 86_400
    waiting: list[
        tuple[int, str, int, str, int | None]
    ] = []  # at, visit, generation, channel, when the one above began
    with store.atomic() as writing:
        for _ in range(parameters.seeds):
            at = begin + chance.randrange(3 * 86_400)
            visit = come(writing, chance, at, None, None, episode, timezone, seen=True)
            if chance.random() < parameters.sharing:
                waiting.append((at + 60, visit, 1, "", None))
        while waiting:
            waiting.sort(reverse=True)
            at, sharer, generation, came_by, above = waiting.pop()
            if at >= end:
                break
            truth.sharers[generation] += 1
            if above is not None:
                truth.recruits[came_by] += 1
                truth.gaps.append(at - above)
            began = at
            while True:
                channel = chance.choices(list(parameters.channels), [each[0] for each in parameters.channels.values()])[
                    0
                ]
                write_shares(writing, [Share(new_id(at), sharer, episode, channel, 1, at, timezone)])
                truth.shares[generation] += 1
                for _ in range(poisson(chance, parameters.channels[channel][1])):
                    later = at + 30 + int(chance.expovariate(1 / (parameters.hours * HOUR)))
                    if later >= end:
                        continue
                    seen = chance.random() < parameters.confirming
                    visit = come(writing, chance, later, sharer, channel, episode, timezone, seen)
                    if seen:
                        truth.confirmed[generation] += 1
                        truth.brought[sharer] += 1
                        if chance.random() < parameters.sharing:
                            waiting.append((later + 60, visit, generation + 1, channel, began))
                at += 11  # a share within ten seconds would be the same one
                if chance.random() >= parameters.more_shares:
                    break
    return truth


def poisson(chance: random.Random, mean: float) -> int:
    """A number of things that come by themselves, one after the other."""
    count, reached = 0, chance.expovariate(1.0)
    while reached < mean:
        count, reached = count + 1, reached + chance.expovariate(1.0)
    return count


def come(
    writing: Writing,
    chance: random.Random,
    at: int,
    sharer: str | None,
    channel: str | None,
    episode: str,
    timezone: ZoneInfo,
    seen: bool,
) -> str:
    """A visit of somebody new, and their page on a screen if it was; its id."""
    id_, visitor = new_id(at), chance.getrandbits(62)
    visit = Arrival(
        *(id_, sharer, episode, channel, 1 if channel else None, at, HUMAN.name, HUMAN.rule),
        *(visitor, 0, timezone),
        seen_at=None if sharer else at,
    )
    write_arrivals(writing, [visit])
    if sharer and seen:
        write_seen(writing, [Seen(id_, new_id(at), at + 5, "", visitor, 0, timezone)])
    return id_


def main() -> None:
    reader = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    reader.add_argument("database")
    reader.add_argument("--truth", type=Path, required=True)
    reader.add_argument("--seeds", type=int, default=Parameters.seeds)
    reader.add_argument("--seed", type=int, default=7)
    options = reader.parse_args()
    parameters = Parameters(seeds=options.seeds)
    store = open_store(options.database)
    store.migrate()
    truth = spread(store, parameters, options.seed, int(time.time()), ZoneInfo("Europe/Paris"))
    store.close()
    options.truth.write_text(json.dumps(truth.as_json(parameters), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
