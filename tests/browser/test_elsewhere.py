"""A film on another platform: nobody there is contacted before the visitor has read who it is, and agreed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.people import People, Visitor
from tests.browser.places import Counter, Platform, Site
from tests.browser.test_access import find_barriers
from tests.campaigns import Campaign, draw_film
from tests.ports import free_port

pytestmark = pytest.mark.browser

PLAYER = "www.youtube-nocookie.com"
EPISODE = "/episodes/jai-piscine/"


@pytest.fixture(scope="module")
def site(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A campaign of one episode, whose film is on YouTube."""
    folder = tmp_path_factory.mktemp("elsewhere")
    campaign = Campaign(folder, draw_film(folder / "film.mp4"), folder / "cache")
    Image.new("RGB", (640, 360), "#bfe3d0").save(campaign.content / "media" / "affiche.png")
    campaign.write_episode(Film="https://youtu.be/dQw4w9WgXcQ", Poster="affiche.png", Length="12")
    site = Site(campaign.output, free_port(), platform)
    campaign.build(SITEURL=site.address)
    return site


@pytest.fixture(scope="module")
def open_counter(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    counter = Counter(site, Path(tmp_path_factory.mktemp("counter")))
    try:
        counter.open()
        yield counter
    finally:
        counter.close()


def ask_platform(visitor: Visitor) -> list[str]:
    """What the visitor's browser asked the platform for."""
    return [request.url for request in visitor.asked if PLAYER in request.url or "youtube.com" in request.url]


def test_nobody_is_contacted_before_the_visitor_agrees(people: People, counter: Counter) -> None:
    ana = people("ana")
    page = ana.open(EPISODE)
    notice = page.locator("[data-notice]")
    expect(notice).to_be_hidden()
    page.get_by_role("link", name="Voir le film sur YouTube").focus()
    page.keyboard.press("Enter")
    expect(notice).to_contain_text(f"YouTube ({PLAYER})")
    agree = page.get_by_role("button", name="D’accord, lire ici")
    expect(agree).to_be_focused()
    assert find_barriers(page) == []
    assert ask_platform(ana) == []
    with ana.network(PLAYER) as opened:
        page.keyboard.press("Enter")
        expect(page.frame_locator("[data-film] iframe").locator("html")).to_have_count(1)
        expect(page.locator("iframe")).to_have_attribute("title", "Désolé, j’ai piscine.")
    assert opened == [f"https://{PLAYER}/embed/dQw4w9WgXcQ"]


def test_without_scripts_a_plain_link_leads_to_the_film(people: People, counter: Counter) -> None:
    cy = people("cy", java_script_enabled=False)
    page = cy.open(EPISODE)
    link = page.get_by_role("link", name="Voir le film sur YouTube")
    expect(link).to_have_attribute("href", "https://www.youtube.com/watch?v=dQw4w9WgXcQ")
    assert ask_platform(cy) == []
