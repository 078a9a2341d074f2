"""Without scripts, without the tracker: the joke is told all the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from tests.browser.people import EPISODE, SLUG, TOKEN, WATCH, People, Visitor
from tests.browser.places import Counter, Platform, Site
from tracker.links import new_id

pytestmark = pytest.mark.browser

LOST = r"^Failed to load resource: (the server responded with a status of 50|net::ERR_)"  # all that a console may say


def test_without_scripts_the_page_is_whole_and_the_way_to_give_is_open(
    people: People, counter: Counter, platform: Platform
) -> None:
    cy = people("cy", java_script_enabled=False)
    page = cy.open(EPISODE)
    expect(page.locator("video[controls] source")).to_have_attribute("src", re.compile(r"^/media/.+\.mp4$"))
    expect(page.locator("video track[kind=captions][default]")).to_have_count(1)
    links_are_plain(cy)
    expect(page.get_by_role("heading", name="Procès-verbal")).to_be_visible()
    assert page.locator(".minutes li").count() >= 4
    expect(page.locator("button:visible")).to_have_count(0)  # nothing that would do nothing
    expect(page.get_by_text(re.compile("recopiez l.adresse"))).to_contain_text(cy.site.address + EPISODE)
    cy.give().click()
    expect(page.get_by_role("heading", name="Merci d'avance")).to_be_visible()
    assert platform.asked == ["/don?campagne=excuses"]
    assert cy.context.cookies() == []
    assert counter.visits() == []


def test_without_scripts_a_followed_link_leads_to_the_episode(people: People, counter: Counter) -> None:
    cy = people("cy", java_script_enabled=False)
    ana_id = new_id()
    cy.open(f"/r/{SLUG}/wa/{counter.links.issue('link', ana_id)}")
    assert re.fullmatch(rf"{re.escape(cy.site.address)}{EPISODE}#{TOKEN}", cy.page.url)
    expect(cy.page.get_by_role("heading", level=1)).to_contain_text("monnaie")
    links_are_plain(cy)
    (visit,) = counter.visits()
    assert (visit["sharer"], visit["verdict"], visit["seen_at"]) == (ana_id, "human", None)
    assert cy.context.cookies() == []


def test_without_scripts_the_privacy_page_says_that_nothing_is_counted(people: People, counter: Counter) -> None:
    cy = people("cy", java_script_enabled=False)
    page = cy.open("/confidentialite/")
    expect(page.get_by_role("main").get_by_role("status")).to_contain_text("elle ne compte donc rien")


def links_are_plain(visitor: Visitor) -> None:
    """The ways to pass it on, and to give, as the build wrote them."""
    address = visitor.site.address + EPISODE
    for way in visitor.page.locator("[data-passes] a[data-pass]").all():
        assert address in unquote(way.get_attribute("href") or "")
    for give in visitor.page.locator("a[data-give]").all():
        assert give.get_attribute("href") == visitor.site.platform.address


@pytest.fixture
def no_counter(counter: Counter) -> Iterator[None]:
    """A plain web server serves the same site, and that is all there is."""
    counter.close()
    with counter.site.served_alone():
        yield
    counter.open()


@pytest.mark.usefixtures("no_counter")
def test_where_nobody_counts_films_play_and_gifts_go_through(people: People, site: Site, platform: Platform) -> None:
    cy = people("cy")
    cy.forgiven = LOST
    page = cy.open(EPISODE)
    with page.expect_response("**/t/visits") as refused:
        cy.play()
    assert not refused.value.ok
    cy.page.evaluate(WATCH, 1)
    cy.settle()
    assert page.url == site.address + EPISODE
    links_are_plain(cy)
    with cy.network("wa.me") as opened, cy.context.expect_page() as popup:
        cy.way("wa").click()
    popup.value.close()
    assert site.address + EPISODE in unquote(opened[0])
    expect(page.locator("[data-passes] [data-said]")).to_have_text("Dossier transmis.")
    cy.give().click()
    expect(page.get_by_role("heading", name="Merci d'avance")).to_be_visible()
    assert platform.asked == ["/don?campagne=excuses"]


def test_when_the_tracker_falls_over_behind_an_open_page_nobody_notices(
    people: People, counter: Counter, platform: Platform
) -> None:
    cy = people("cy")
    cy.forgiven = LOST
    cy.open(EPISODE)
    with cy.page.expect_response("**/t/visits"):
        cy.play()
    expect(cy.page).to_have_url(re.compile("#via-"))
    cy.watch_to_the_end()
    counter.close()
    try:
        cy.page.locator("[data-finale] [data-again]").click()
        cy.page.evaluate(WATCH, 0.3)
        with cy.network("wa.me") as opened, cy.context.expect_page() as popup:
            cy.way("wa").click()
        popup.value.close()
        assert opened
        expect(cy.page.locator("[data-passes] [data-said]")).to_have_text("Dossier transmis.")
        cy.give().click()
        expect(cy.page.get_by_role("heading", name="Merci d'avance")).to_be_visible()
        assert platform.asked[-1].startswith("/don?campagne=excuses")
    finally:
        counter.open()


def test_when_the_tracker_is_back_a_waiting_visitor_is_counted(people: People, counter: Counter) -> None:
    cy = people("cy")
    cy.forgiven = LOST
    cy.open(EPISODE)
    counter.close()
    try:
        with cy.page.expect_event("requestfailed"):
            cy.act()
    finally:
        counter.open()
    cy.stay("/donner/")
    (visit,) = counter.visits()
    assert (visit["episode"], visit["verdict"]) == (SLUG, "human")
