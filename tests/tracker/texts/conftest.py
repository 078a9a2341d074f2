"""What tests of share texts have in common: a block that begins, and people who pass on and follow."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from tracker.links import new_id
from tracker.services import Services
from tracker.shares import Share, write_shares
from tracker.texts import renew_plan
from tracker.texts.results import BLOCK
from tracker.visits.recording import Arrival, write_arrivals

BEGIN = 1_795_305_600 // BLOCK * BLOCK  # the beginning of a block in November 2026
PISCINE = "jai-piscine"


@pytest.fixture
def begin() -> Iterator[time_machine.Traveller]:
    """The clock stands at the beginning of a block, until a test moves it."""
    with time_machine.travel(BEGIN + 60, tick=False) as clock:
        yield clock


def pass_on(kit: Services, at: int, variant: int, episode: str = PISCINE, channel: str = "wa", by: str = "") -> str:
    """Somebody arrives and passes an episode on with a text; their id."""
    id_ = by or new_id(at)
    arrival = Arrival(
        id=id_,
        sharer=None,
        episode=episode,
        channel=None,
        variant=None,
        at=at,
        verdict="human",
        rule="none",
        visitor=random.getrandbits(60),
        yesterday=0,
        timezone=kit.campaign.timezone,
        seen_at=at,
    )
    with kit.store.atomic() as writing:
        if not by:
            write_arrivals(writing, [arrival])
        write_shares(writing, [Share(new_id(at), id_, episode, channel, variant, at, kit.campaign.timezone)])
    return id_


def follow(kit: Services, sharer: str, at: int, variant: int, channel: str = "wa", **more: Any) -> str:
    """Somebody comes by what was passed on, and stays; their id."""
    arrival = Arrival(
        **{
            "id": new_id(at),
            "sharer": sharer,
            "episode": PISCINE,
            "channel": channel,
            "variant": variant,
            "at": at,
            "verdict": "human",
            "rule": "none",
            "visitor": random.getrandbits(60),
            "yesterday": 0,
            "timezone": kit.campaign.timezone,
            "seen_at": at + 5,
            **more,
        }
    )
    with kit.store.atomic() as writing:
        write_arrivals(writing, [arrival])
    return arrival.id


def renew(kit: Services, now: int) -> None:
    renew_plan(kit.store, kit.campaign, kit.texts, now)
