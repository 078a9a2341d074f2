"""Which text each visit is given: dealt by Thompson sampling, the same again whenever the same visit asks.

The weights of an episode's texts are worked out in the background and hold for a whole block of hours, from its
beginning (written beforehand, so that all processes know them in time) and for good: a visit draws by the weights of
the block in which it began. Its draw is a number made from its id. So an answer costs no query and no write, and is the
same a week later, on every machine. Only when staff stop a text do those who had it draw again, among the others.
"""

from __future__ import annotations

import json
import threading
import time
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from itertools import accumulate, islice
from typing import TYPE_CHECKING, NamedTuple

from tracker.campaign import Campaign
from tracker.links import first_id
from tracker.refreshed import put_refreshed, read_refreshed
from tracker.store import Row, Store
from tracker.texts.odds import add_up, deal
from tracker.texts.results import (
    BLOCK,
    TextTest,
    begin_tests,
    count_results,
    count_texts,
    list_tests,
    read_blocks,
    read_reward,
    tallies_of,
)

if TYPE_CHECKING:
    from tracker.campaign import CampaignFile

NEWEST = 40  # episodes whose texts are under test, so that the answer stays small on a large site
NOTICE = 180  # seconds before a block begins in which its weights are left as they are: all processes must know them
REMEMBERED = 120 * 86_400  # seconds for which weights are kept; older visits are dealt the oldest
WHOLE = 2**64 - 1

Weights = Mapping[int, float]  # variant -> the part of those who come that gets it; the sum is 1


class Draw(NamedTuple):
    """Variants, and where each ends on a line from 0 to WHOLE, as long as its weight."""

    variants: tuple[int, ...]
    ends: tuple[float, ...]

    def at(self, number: int) -> int:
        return self.variants[min(bisect_right(self.ends, number), len(self.ends) - 1)]


class Dealing(NamedTuple):
    """How one episode's texts are dealt: since the id in `starts` by the draw at the same place, before by `alike`."""

    seed: int
    alike: Draw
    starts: tuple[str, ...]
    draws: tuple[Draw, ...]
    stopped: frozenset[int]
    others: Draw

    def choose(self, visit: str, number: int) -> int:
        """The variant of this visit, which has this number: the same for all episodes, another one for each visit."""
        place = bisect_right(self.starts, visit)
        chosen = (self.draws[place - 1] if place else self.alike).at(number * self.seed & WHOLE)
        return self.others.at(number * (self.seed + 2) & WHOLE) if chosen in self.stopped else chosen


def number_of(text: str) -> int:
    """64 bits that look like chance, the same for the same text."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def line_up(weights: Weights) -> Draw:
    whole = sum(weights.values())
    return Draw(tuple(weights), tuple(end / whole * WHOLE for end in accumulate(weights.values())))


class Plan:
    """What all visits are told now; read anew each minute by the background, and at once when staff stop a text."""

    def __init__(self, store: Store, campaign_file: CampaignFile) -> None:
        self._store = store
        self._file = campaign_file
        self._lock = threading.Lock()
        self._read = False
        self._rows: dict[str, list[tuple[int, Weights]]] = {}
        self._stopped: dict[str, set[int]] = {}
        self._campaign: Campaign | None = None
        self._dealings: dict[str, Dealing] = {}
        self._answers: dict[int, dict[str, int]] = {}

    def choose(self, visit: str) -> dict[str, dict[str, int]]:
        """{episode: {channel: variant}} for the newest episodes with several share texts."""
        if self._campaign is not self._file.current():
            self._prepare()
        answers = self._answers
        number = number_of(visit)
        return {slug: answers[dealing.choose(visit, number)] for slug, dealing in self._dealings.items()}

    def reread(self) -> None:
        """Take over what the database says now."""
        rows = read_weights(self._store)
        stopped = read_stopped(self._store)
        with self._lock:
            self._rows, self._stopped, self._campaign, self._read = rows, stopped, None, True

    def _prepare(self) -> None:
        if not self._read:
            self.reread()
        with self._lock:
            campaign = self._file.current()
            self._dealings = {
                slug: make_dealing(slug, count_texts(episode), self._stopped.get(slug, set()), self._rows.get(slug, []))
                for slug, episode in islice(campaign.episodes.items(), NEWEST)
                if count_texts(episode) > 1
            }
            self._answers = {variant: dict.fromkeys(campaign.channels, variant) for variant in range(1, 10)}
            self._campaign = campaign


def make_dealing(episode: str, count: int, stopped: set[int], rows: Sequence[tuple[int, Weights]]) -> Dealing:
    """Weights of texts that are there no more are left out; one text runs, whatever was stopped."""
    variants = range(1, count + 1)
    known = [(first_id(since), weights) for since, weights in rows if set(weights) <= set(variants)]
    running = set(variants) - stopped
    return Dealing(
        seed=number_of(episode) | 1,
        alike=line_up(dict.fromkeys(variants, 1.0)),
        starts=tuple(start for start, _ in known),
        draws=tuple(line_up(weights) for _, weights in known),
        stopped=frozenset(stopped if running else ()),
        others=line_up(dict.fromkeys(sorted(running or variants), 1.0)),
    )


def read_weights(store: Store) -> dict[str, list[tuple[int, Weights]]]:
    """{episode: [(since, weights)...]}, oldest first."""
    found: dict[str, list[tuple[int, Weights]]] = {}
    for row in store.query("select episode, since, weights from text_weights order by episode, since"):
        weights = {int(variant): weight for variant, weight in json.loads(row["weights"]).items()}
        found.setdefault(row["episode"], []).append((row["since"], weights))
    return found


def read_stopped(store: Store) -> dict[str, set[int]]:
    """{episode: variants that staff stopped}."""
    found: dict[str, set[int]] = {}
    for row in store.query("select episode, variant from stopped_texts"):
        found.setdefault(row["episode"], set()).add(row["variant"])
    return found


def renew_plan(store: Store, campaign: Campaign, plan: Plan, now: int) -> None:
    """Count what is over by now, and write the weights of the block that comes, if they changed; then reread all."""
    begin_tests(store, campaign, now)
    count_results(store, campaign.timezone, now)
    begins = (now // BLOCK + 1) * BLOCK
    if begins - now > NOTICE:
        write_weights(store, begins)
    plan.reread()


def write_weights(store: Store, begins: int) -> None:
    """Write the weights that hold from the coming block on, unless nothing changed since this was done last."""
    reward, tests, stopped = read_reward(store), list_tests(store), read_stopped(store)
    counted = read_refreshed(store, f"texts:{reward}")
    state = blake2b(repr((reward, sorted(tests.items()), sorted(stopped.items()), counted)).encode()).hexdigest()[:32]
    kept = read_refreshed(store, "texts:weights")
    if kept and kept["state"] == state:
        return
    blocks, before = read_blocks(store, reward), read_weights(store)
    with store.atomic() as writing:
        for episode, test in sorted(tests.items()):
            weights = weigh_texts(test, stopped.get(episode, set()), blocks.get(episode, []))
            if not before.get(episode) or before[episode][-1][1] != weights:
                writing.insert(
                    "text_weights",
                    ("episode", "since", "weights"),
                    [(episode, begins, json.dumps(weights))],
                    "on conflict (episode, since) do update set weights = excluded.weights",
                )
        writing.execute("delete from text_weights where since < :then", then=begins - REMEMBERED)
        put_refreshed(writing, "texts:weights", begins, state)


def weigh_texts(test: TextTest, stopped: set[int], rows: list[Row]) -> dict[int, float]:
    """The weights of the texts that run."""
    every = range(1, test.variants + 1)
    running = [variant for variant in every if variant not in stopped] or list(every)
    dealt = deal(add_up(tallies_of(rows), running))
    return {variant: round(weight, 3) for variant, weight in dealt.items()}


def stop_text(store: Store, episode: str, variant: int, by: str) -> bool:
    """Deal this text to nobody any more; whether it was done, since one text at least has to run."""
    test = list_tests(store).get(episode)
    if test is None or not 1 <= variant <= test.variants:
        return False
    others = set(range(1, test.variants + 1)) - read_stopped(store).get(episode, set()) - {variant}
    if others:
        with store.atomic() as writing:
            row = (episode, variant, by, int(time.time()))
            columns = ("episode", "variant", "stopped_by", "at")
            writing.insert("stopped_texts", columns, [row], "on conflict (episode, variant) do nothing")
    return bool(others)


def restart_text(store: Store, episode: str, variant: int) -> None:
    store.execute(
        "delete from stopped_texts where episode = :episode and variant = :variant", episode=episode, variant=variant
    )
