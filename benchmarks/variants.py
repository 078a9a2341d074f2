"""Whether tests of share texts find what is better, and name no winner where there is none: `invoke bench variants`.

Simulates whole tests with the tracker's own rules (tracker.texts.odds): visitors are dealt texts by Thompson sampling,
results come in a day late, and somebody looks at every block of six hours, ready to believe. Prints how often a winner
was named, and how many people had to pass an episode on until then, and keeps it in benchmarks/results/variants.json.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import statistics
import time
from collections import Counter, deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tracker.texts.odds import MISTAKES, Tally, add_up, chances_of_best, deal, find_winner

RESULTS = Path(__file__).parent / "results" / "variants.json"
LATE = 5  # blocks until a block's results are known
BLOCKS = 120  # thirty days
HASTY = "two alike, believing the first 95 %"
CROWD = 60  # people in a block who pass the episode on


class World(NamedTuple):
    """Rates by variant; `mood` multiplies all of them, from block to block."""

    name: str
    rates: dict[int, float]
    mood: Callable[[int], float] = lambda block: 1.0
    crowd: int = CROWD


class Told(NamedTuple):
    """The winner that was named (None: none), after how many people, and which part of all got the best text."""

    winner: int | None
    people: int
    well_dealt: float


WORLDS = (
    World("two alike", {1: 0.33, 2: 0.33}),
    World("two alike, few wins", {1: 0.04, 2: 0.04}),
    World("two alike, good and bad days", {1: 0.33, 2: 0.33}, lambda block: (1.4, 0.5, 1.0, 0.3)[block // 4 % 4]),
    World("two alike, slowly forgotten", {1: 0.5, 2: 0.5}, lambda block: max(0.15, 1 - block / 100)),
    World("three alike", {1: 0.33, 2: 0.33, 3: 0.33}),
    World("five alike", dict.fromkeys(range(1, 6), 0.33)),
    World("a fifth better, of two", {1: 0.33, 2: 0.396}),
    World("a fifth better, of three", {1: 0.33, 2: 0.33, 3: 0.396}),
    World("a fifth better, good and bad days", {1: 0.33, 2: 0.396}, lambda block: (1.4, 0.5, 1.0, 0.3)[block // 4 % 4]),
    World("half better, of two", {1: 0.2, 2: 0.3}, crowd=20),
)


def live(world: World, seed: int) -> Told:
    """One test, from its beginning until a winner is named or a month is over."""
    chance = random.Random(f"{world.name} {seed}")
    weights, past = dict.fromkeys(world.rates, 1.0), []
    waiting: deque[dict[int, Tally]] = deque()
    best = max(world.rates, key=world.rates.__getitem__)
    people = well = 0
    for block in range(BLOCKS):
        counts = Counter(chance.choices(list(weights), list(weights.values()), k=world.crowd))
        people, well = people + world.crowd, well + counts[best]
        waiting.append({v: Tally(count, wins(world, v, block, count, chance)) for v, count in counts.items()})
        if len(waiting) > LATE:
            past.append(waiting.popleft())
            if winner := find_winner(past, list(world.rates), len(world.rates)):
                return Told(winner, people, well / people)
            weights = deal(add_up(past, world.rates))
    return Told(None, people, well / people)


def wins(world: World, variant: int, block: int, count: int, chance: random.Random) -> int:
    rate = min(world.rates[variant] * world.mood(block), 1)
    return sum(chance.random() < rate for _ in range(count))


def hasty(world: World, seed: int) -> bool:
    """What became of the same test if whoever looks believed the first probability of 95 %: the usual mistake."""
    chance, past = random.Random(f"{world.name} {seed}"), []
    for block in range(BLOCKS):
        counts = Counter(chance.choices(list(world.rates), k=world.crowd))
        past.append({v: Tally(count, wins(world, v, block, count, chance)) for v, count in counts.items()})
        if max(chances_of_best(add_up(past, world.rates)).values()) > 1 - MISTAKES:
            return True
    return False


def sum_up(world: World, told: list[Told]) -> dict[str, Any]:
    top = max(world.rates.values())
    right = [each for each in told if each.winner is not None and world.rates[each.winner] == top]
    is_alike = len(set(world.rates.values())) == 1
    false = sum(each.winner is not None for each in told) if is_alike else len(told) - len(right) - nobody(told)
    result: dict[str, Any] = {"tests": len(told), "false winners": round(false / len(told), 4)}
    if not is_alike:
        waits: list[int | None] = [*sorted(each.people for each in right), *[None] * (len(told) - len(right))]
        result |= {
            "found within a month": round(len(right) / len(told), 3),
            "people until half were found": waits[len(waits) // 2],
            "people until four of five were found": waits[int(0.8 * len(waits))],
            "dealt to the best": round(statistics.mean(each.well_dealt for each in told), 3),
        }
    return result


def nobody(told: list[Told]) -> int:
    return sum(each.winner is None for each in told)


def live_one(name: str, seed: int) -> Told:
    return live(next(world for world in WORLDS if world.name == name), seed)


def hasty_one(name: str, seed: int) -> bool:
    return hasty(next(world for world in WORLDS if world.name == name), seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", type=int, default=400, help="simulated tests for each world")
    parser.add_argument("--only", default="", help="worlds in whose names this stands; others keep what was kept")
    asked = parser.parse_args()
    worlds = [world for world in WORLDS if asked.only in world.name]
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if asked.only and RESULTS.is_file() else {}
    results: dict[str, Any] = {"rule": f"of all tests, at most {MISTAKES:.0%} ever name a winner that is none", **kept}
    began = time.time()
    with multiprocessing.Pool() as pool:
        for world in worlds:
            told = pool.map(partial(live_one, world.name), range(asked.tests), chunksize=10)
            results[world.name] = sum_up(world, told)
            print(f"{world.name}: {results[world.name]}", flush=True)
        if WORLDS[0] in worlds:
            rash = pool.map(partial(hasty_one, WORLDS[0].name), range(asked.tests // 4), chunksize=10)
            results[HASTY] = {"tests": len(rash), "false winners": sum(rash) / len(rash)}
            print(f"{HASTY}: {results[HASTY]}")
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{time.time() - began:.0f} s, kept in {RESULTS.relative_to(Path.cwd())}")
    wrong = [world.name for world in worlds if results[world.name]["false winners"] > MISTAKES]
    if wrong:
        raise SystemExit(f"More false winners than the rule allows: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
