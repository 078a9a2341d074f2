"""Origins: a name gets its links, the same each time, and its visits are counted for it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.tracker.conftest import Member
from tracker.origins import describe_origin
from tracker.services import Services


def test_a_newsletter_gets_links_for_each_episode_language_and_placement(kit: Services) -> None:
    links = describe_origin(kit, "Newsletter 12")
    assert len(links) == 2 + 3 * 2 * 2
    assert [(link.title, link.episode, link.placement) for link in links[:2]] == [
        ("", "jai-piscine", "ref"),
        ("", "jai-piscine", "qr"),
    ]
    assert re.fullmatch(
        r"http://127\.0\.0\.1:8000/r/jai-piscine/ref/[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{16}", links[0].address
    )
    assert any(link.address.startswith("http://127.0.0.1:8000/en/r/ca-sert-a-rien/qr/") for link in links)


def test_asking_twice_gives_the_same_links(kit: Services) -> None:
    assert describe_origin(kit, "Newsletter 12") == describe_origin(kit, "  Newsletter   12 ")
    assert len(kit.store.query("select * from sharers")) == 1


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\0b", "a\u202eb"])
def test_a_name_that_nobody_could_read_is_refused(kit: Services, name: str) -> None:
    with pytest.raises(ValueError, match="name of 1 to 80"):
        describe_origin(kit, name)


def test_visits_through_an_origin_are_counted_under_its_name(stef: Member, bo: Any, kit: Services) -> None:
    link = describe_origin(kit, "Affiche du tram")[1]
    visit = bo.follow(link.address.rsplit("/", 1)[1], placement="qr")
    bo.see(visit)
    page = stef.get("/staff/").text
    assert "Affiche du tram" in page
    assert "QR code" in page
    assert "<dt>visiteurs confirmés</dt><dd>1</dd>" in stef.get("/staff/origins/").text


def test_staff_make_an_origin_and_can_copy_its_address(stef: Member) -> None:
    answer = stef.post("/staff/origins/", name="Lettre n° 12")
    assert answer.status_code == 303
    page = stef.get("/staff/origins/").text
    assert "Lettre n° 12" in page
    assert 'value="http://127.0.0.1:8000/r/jai-piscine/ref/' in page
    assert stef.post("/staff/origins/", name=" ").status_code == 422


class TestBeforeTheFirstEpisode:
    @pytest.fixture
    def campaign(self, campaign: dict[str, Any]) -> dict[str, Any]:
        campaign["episodes"] = []
        return campaign

    def test_an_origin_waits_for_its_links(self, stef: Member) -> None:
        stef.post("/staff/origins/", name="Lettre")
        assert "invoke build" in stef.get("/staff/origins/").text
