"""campaign.json: what the tracker knows of the site."""

from __future__ import annotations

import pytest

from settings import Settings
from tracker import campaign as module
from tracker.campaign import Campaign, CampaignFile


def test_the_first_visitors_after_a_start_need_not_wait_for_the_campaign(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several come at once: while one of them read it, the others were told that there is no such episode."""

    def still_reading(_: str) -> Campaign:
        raise ValueError("somebody else is at it")

    file = CampaignFile(settings.campaign)
    monkeypatch.setattr(module, "read_campaign", still_reading)
    assert list(file.current().episodes) == ["jai-piscine", "ca-sert-a-rien", "jai-pas-de-monnaie"]
