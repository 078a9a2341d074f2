"""The wall of excuses in drawers."""

from types import SimpleNamespace
from typing import Any

from plugins.seasons import FULL, fill_drawers


def list_episodes(seasons: dict[int, int], last: int) -> list[Any]:
    """Episodes `last` to 1, newest first; some name a season."""
    return [SimpleNamespace(number=number, season=seasons.get(number, 0)) for number in range(last, 0, -1)]


def test_a_short_campaign_has_one_drawer_without_a_name() -> None:
    (drawer,) = fill_drawers(list_episodes({}, FULL))
    assert (drawer.season, drawer.newest, drawer.oldest) == (0, FULL, 1)


def test_a_long_campaign_without_seasons_keeps_the_newest_on_the_counter() -> None:
    drawers = fill_drawers(list_episodes({}, 2 * FULL + 1))
    assert [(each.newest, each.oldest) for each in drawers] == [(2 * FULL + 1, FULL + 2), (FULL + 1, 2), (1, 1)]


def test_an_episode_that_names_no_season_belongs_to_the_one_before_it() -> None:
    drawers = fill_drawers(list_episodes({1: 1, 4: 2}, 6))
    assert [(each.season, [episode.number for episode in each.episodes]) for each in drawers] == [
        (2, [6, 5, 4]),
        (1, [3, 2, 1]),
    ]


def test_a_campaign_without_episodes_has_no_drawer() -> None:
    assert fill_drawers([]) == []
