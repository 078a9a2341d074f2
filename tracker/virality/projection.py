"""Looking ahead: what becomes of so many people if each generation goes on as the last one did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.virality.figures import Spread

EXAMPLE = (100, 0.5)  # sharers and ratio to look ahead with, while there are none
GENERATIONS = 10
MOST_GENERATIONS = 30
MOST_PEOPLE = 1_000_000
MOST_RATIO = 3


@dataclass(frozen=True)
class Outlook:
    """So many people, the ratio that is assumed, and how many generations to look at."""

    people: int
    ratio: float
    generations: int

    @property
    def steps(self) -> list[float]:
        return project(self.people, self.ratio, self.generations)

    @property
    def together(self) -> int:
        return total(self.people, self.ratio, self.generations)


def read_outlook(args: Mapping[str, str], spread: Spread) -> Outlook:
    """The outlook that an address asks for; of what it doesn't say, how things are now, or else an example."""
    usual = EXAMPLE[1] if spread.ratio is None else round(spread.ratio, 2)
    return Outlook(
        people=int(read_figure(args.get("people", ""), spread.sharers or EXAMPLE[0], 1, MOST_PEOPLE)),
        ratio=read_figure(args.get("ratio", ""), usual, 0, MOST_RATIO),
        generations=int(read_figure(args.get("generations", ""), GENERATIONS, 1, MOST_GENERATIONS)),
    )


def read_figure(text: str, usual: float, least: float, most: float) -> float:
    """A figure, within bounds; the usual one for nonsense."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return usual
    return min(max(value, least), most) if value == value else usual  # not a number is no number


def project(people: float, ratio: float, generations: int) -> list[float]:
    """People of each generation, the first one included, if every sharer brings `ratio` new ones.

    The assumption is that the ratio stays as it is: real ones fall, since nobody is found twice.
    """
    return [people * ratio**generation for generation in range(generations)]


def total(people: float, ratio: float, generations: int) -> int:
    """All of them together, to the nearest person: 5,000 people at 0.5 are 9,990 after 10 generations."""
    return round(sum(project(people, ratio, generations)))


def days_to_run(cycle: float, generations: int) -> float:
    """Days until the last of them, if each takes `cycle` seconds: the first is there already."""
    return cycle * (generations - 1) / 86_400
