"""A campaign in which codes can be typed, and a poster."""

from __future__ import annotations

from typing import Any

import pytest

from tracker.origins import add_origin
from tracker.services import Services


@pytest.fixture
def campaign(campaign: dict[str, Any]) -> dict[str, Any]:
    campaign["channels"].append({"code": "hand", "name": "Code tapé"})
    return campaign


@pytest.fixture
def poster(kit: Services) -> tuple[str, str]:
    """The id and the code of a poster."""
    id_ = add_origin(kit, "Affiche du tram", "poster")
    return id_, kit.store.query("select code from origins where sharer = :id", id=id_)[0]["code"]
