"""Looking ahead: what becomes of so many people if each generation goes on as the last one did."""

from __future__ import annotations


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
