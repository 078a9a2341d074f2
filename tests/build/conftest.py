"""A film made once, and a campaign of its own for each test."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from tests.campaigns import Campaign, draw_film


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_film(tmp_path_factory.mktemp("films") / "piscine.mp4")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def campaign(tmp_path: Path, film: Path, cache: Path) -> Campaign:
    return Campaign(tmp_path, film, cache)


@pytest.fixture
def first_of_october() -> Iterator[None]:
    """The clock stands at two in the afternoon in Paris."""
    with time_machine.travel(datetime(2026, 10, 1, 12, tzinfo=UTC), tick=False):
        yield
