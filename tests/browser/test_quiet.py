"""What pages do unasked: nothing. No request elsewhere, no cookie, nothing for the console to complain about."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.people import EPISODE, SLUG, People
from tests.browser.places import Counter
from tracker.links import new_id

pytestmark = pytest.mark.browser

PAGES = [
    "/",
    EPISODE,
    "/donner/",
    "/a-propos/",
    "/mentions-legales/",
    "/confidentialite/",
    "/plateforme-de-demonstration/",
    f"/embed/{SLUG}/",
    "/en/",
    f"/en{EPISODE}",
    "/en/donate/",
    "/en/about/",
    "/en/legal-notice/",
    "/en/privacy/",
    "/board/",
    "/board/?lang=en",
    "/nowhere/",
    "/en/nowhere/",
]


def test_no_page_asks_others_for_anything_nor_keeps_a_cookie(people: People, counter: Counter) -> None:
    cy = people("cy")
    cy.forgiven = "status of 404"  # what a browser says of a page that isn't there; everything else fails in people()
    for path in [*PAGES, f"/impact/{counter.links.issue('impact', new_id())}"]:
        cy.open(path)
        cy.settle()
        elsewhere = [request.url for request in cy.asked if not request.url.startswith((cy.site.address, "data:"))]
        assert not elsewhere, path
        assert cy.context.cookies() == [], path


def test_before_the_film_is_played_nothing_of_it_is_fetched(people: People, counter: Counter) -> None:
    cy = people("cy")
    cy.stay(EPISODE)
    assert not [request.url for request in cy.asked if request.url.endswith(".mp4")]
    cy.play()
    assert [request.url for request in cy.asked if request.url.endswith(".mp4")]


def test_all_that_an_episode_needs_is_there_at_once(people: People, counter: Counter) -> None:
    cy = people("cy")
    page = cy.open(EPISODE)
    broken = page.evaluate("() => [...document.images].filter((i) => i.complete && !i.naturalWidth).map((i) => i.src)")
    assert broken == []
    answers = [request.response() for request in cy.asked]
    assert {answer.status for answer in answers if answer} <= {200, 206}
    assert len({request.url for request in cy.asked}) <= 9, "page, poster, scripts, captions, icon"


def test_a_link_that_was_cut_off_leads_to_the_episode_without_a_word(people: People, counter: Counter) -> None:
    cy = people("cy")
    for path in (f"/r/{SLUG}/wa/BMKq", f"/r/{SLUG}/wa", f"/r/{SLUG}", f"/r/{SLUG}/wa/{'A' * 16}.{'A' * 16}"):
        cy.open(path)
        assert cy.page.url == cy.site.address + EPISODE
    cy.open("/r/no-such-episode/wa/x")
    assert cy.page.url == f"{cy.site.address}/"
    assert counter.visits() == []


def test_forged_tokens_in_the_address_make_a_plain_visitor(people: People, counter: Counter) -> None:
    mallory = people("mallory")
    mallory.forgiven = "status of 404"  # the tracker's answer to a token that it never gave
    for fragment in (f"#{'A' * 16}.{'A' * 16}", f"#via-{'A' * 16}.{'A' * 16}"):
        mallory.open_tab(EPISODE + fragment)
        assert mallory.page.url == mallory.site.address + EPISODE
        mallory.act()
        expect(mallory.page).to_have_url(re.compile("#via-"))
    assert [(row["verdict"], row["sharer"]) for row in counter.visits()] == [("human", None)] * 2


def test_an_address_with_a_place_on_the_page_still_leads_there(people: People, counter: Counter) -> None:
    cy = people("cy")
    page = cy.open("/confidentialite/#ne-me-comptez-pas")
    expect(page.locator("#ne-me-comptez-pas")).to_be_in_viewport()
