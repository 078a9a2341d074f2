"""The wall of excuses in drawers, so that a long campaign stays easy to look over: the newest lie on the counter."""

from collections.abc import Sequence
from dataclasses import dataclass

from plugins.shown import Shown

FULL = 24
"""Episodes that fit into a drawer, where staff name no seasons."""


@dataclass(frozen=True)
class Drawer:
    """Episodes that stand together, newest first, and their season (0: they have none)."""

    season: int
    episodes: Sequence[Shown]

    @property
    def oldest(self) -> int:
        return self.episodes[-1].number

    @property
    def newest(self) -> int:
        return self.episodes[0].number


def fill_drawers(episodes: Sequence[Shown]) -> list[Drawer]:
    """Drawers, newest first, of episodes given newest first.

    One for each season where episodes name theirs; an episode that names none belongs to the season before it.
    """
    if not any(episode.season for episode in episodes):
        return [Drawer(0, episodes[at : at + FULL]) for at in range(0, len(episodes), FULL)]
    seasons: dict[int, list[Shown]] = {}
    season = 0
    for episode in reversed(episodes):
        season = episode.season or season
        seasons.setdefault(season, []).insert(0, episode)
    return [Drawer(season, seasons[season]) for season in sorted(seasons, reverse=True)]
