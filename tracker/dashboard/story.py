"""What matters, in words, made from the figures by stated rules, and never beyond what they bear.

1. The ratio is said to have moved only if chance alone explains it less than once in twenty (tracker.virality.doubt),
   and both periods have 30 sharers, one of them 30 recruits. A channel or an episode is named as the reason if its part
   moved the same way by a third of the whole or more, itself beyond chance.
2. Else it is told with the range in which it lies; with fewer than 30 sharers, that it is too early.
3. Visitors and gifts are said to have moved under the same doubt; gifts from 10 on.
4. A channel is recommended if its shares make new sharers more often than all others' do, beyond doubt.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tracker.dashboard.compare import Figures
from tracker.virality.doubt import CERTAIN, FEWEST, FEWEST_GIFTS, count_changed, ratio_changed
from tracker.virality.figures import Spread

PART = 1 / 3  # of a change, from which on a channel or an episode is named for it


@dataclass(frozen=True)
class Look:
    """A period and, if there is one, the period before: figures, the whole spread, and its parts."""

    figures: Figures
    spread: Spread
    channels: Sequence[Spread]
    episodes: Sequence[Spread]


class Finding(NamedTuple):
    """Something that the figures bear. `kind` names the sentence, `words` are the figures in it."""

    kind: str
    words: dict[str, float]
    channel: str | None = None
    episode: str | None = None


def find_what_matters(now: Look, before: Look | None) -> list[Finding]:
    """What is to be said, the most important first."""
    return [*tell_ratio(now, before), *tell_visitors(now, before), *tell_gifts(now, before), *advise(now.channels)]


def tell_ratio(now: Look, before: Look | None) -> list[Finding]:
    spread = now.spread
    if not now.figures.confirmed and not spread.sharers:
        return []
    if spread.sharers < FEWEST or spread.ratio is None or spread.range is None:
        return [Finding("early", {"sharers": spread.sharers, "wanted": FEWEST})]
    words: dict[str, float] = {"ratio": spread.ratio, "hundred": round(spread.ratio * 100), "sharers": spread.sharers}
    if before is None or before.spread.ratio is None:
        return [Finding("ratio", words | {"low": spread.range[0], "high": spread.range[1]})]
    past = before.spread
    if not ratio_changed(spread.recruits, spread.sharers, past.recruits, past.sharers):
        return [Finding("same", words | {"low": spread.range[0], "high": spread.range[1]})]
    change = spread.ratio - (past.ratio or 0)
    return [
        Finding(
            "rise" if change > 0 else "fall",
            words | {"before": past.ratio or 0},
            find_reason(now.channels, before.channels, spread, past),
            find_reason(now.episodes, before.episodes, spread, past),
        )
    ]


def find_reason(now: Sequence[Spread], before: Sequence[Spread], whole: Spread, past: Spread) -> str | None:
    """The channel or episode whose part of the ratio moved most in the direction of the whole, if that is no chance."""
    change = (whole.ratio or 0) - (past.ratio or 0)
    recruits = {part.key: part.recruits for part in now}
    earlier = {part.key: part.recruits for part in before}
    moves = {
        key: recruits.get(key, 0) / whole.sharers - earlier.get(key, 0) / past.sharers
        for key in recruits | earlier
        if key
    }
    if not moves:
        return None
    key = max(moves, key=lambda each: moves[each] * math.copysign(1, change))
    variance = (1 + (whole.ratio or 0)) * recruits.get(key, 0) / whole.sharers**2
    variance += (1 + (past.ratio or 0)) * earlier.get(key, 0) / past.sharers**2
    enough = moves[key] / change >= PART and abs(moves[key]) > CERTAIN * math.sqrt(variance)
    return str(key) if enough else None


def tell_visitors(now: Look, before: Look | None) -> list[Finding]:
    if before is None:
        return []
    count, past = now.figures.confirmed, before.figures.confirmed
    words: dict[str, float] = {"count": count, "before": past}
    if count_changed(count, past, now.spread.ratio or 0.0):
        return [Finding("more visitors" if count > past else "fewer visitors", words)]
    return [Finding("as many visitors", words)] if max(count, past) >= FEWEST else []


def tell_gifts(now: Look, before: Look | None) -> list[Finding]:
    if before is None:
        return []
    count, past = now.figures.gifts, before.figures.gifts
    if count_changed(count, past, fewest=FEWEST_GIFTS):
        return [Finding("more gifts" if count > past else "fewer gifts", {"count": count, "before": past})]
    return []


def advise(channels: Sequence[Spread]) -> list[Finding]:
    """The channel whose shares make more new sharers than those of all others together."""
    known = [part for part in channels if part.key and part.shares >= FEWEST]
    if len(known) < 2:
        return []
    best = max(known, key=lambda part: part.recruits / part.shares)
    shares = sum(part.shares for part in known) - best.shares
    recruits = sum(part.recruits for part in known) - best.recruits
    if not ratio_changed(best.recruits, best.shares, max(recruits, 1), shares):
        return []
    if best.recruits / best.shares <= recruits / shares:
        return []
    words = {"rate": best.recruits / best.shares, "others": recruits / shares}
    return [Finding("push", words, channel=str(best.key))]
