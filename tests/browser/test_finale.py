"""The end of the film: the moment at which somebody laughs, and what is offered to them then."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import EPISODE, PHONE, TO_THE_END, People
from tests.browser.places import Counter, Platform

pytestmark = pytest.mark.browser

FOCUSED = "() => document.activeElement.tagName"


def test_the_end_card_lies_over_the_film_and_leaves_the_focus_where_it_is(people: People, counter: Counter) -> None:
    ana = people("ana")
    page = ana.open(EPISODE)
    ana.play()
    assert page.evaluate(FOCUSED) == "VIDEO"
    ana.watch_to_the_end()
    assert page.evaluate(FOCUSED) == "VIDEO"
    card, film = (page.locator(name).bounding_box() for name in ("[data-finale]", "[data-film]"))
    assert card
    assert film
    assert card["y"] < film["y"] + film["height"]
    assert card["y"] + card["height"] > film["y"]
    expect(page.locator("[data-announce]")).to_contain_text("Film terminé")
    expect(page.locator("[data-announce]")).to_have_attribute("role", "status")


@pytest.mark.parametrize("by", ["button", "key"])
def test_the_end_card_can_be_closed_and_gives_the_focus_back_to_the_film(
    people: People, counter: Counter, by: str
) -> None:
    ana = people("ana")
    page = ana.open(EPISODE)
    ana.play()
    ana.watch_to_the_end()
    shut = page.locator("[data-finale]").get_by_role("button", name="Fermer")
    if by == "button":
        shut.click()
    else:
        shut.focus()
        page.keyboard.press("Escape")
    expect(page.locator("[data-finale]")).to_be_hidden()
    expect(page.locator("video")).to_be_focused()
    expect(page.locator("[data-announce]")).to_be_empty()


def test_watching_again_puts_the_end_card_away(people: People, counter: Counter) -> None:
    ana = people("ana")
    page = ana.open(EPISODE)
    ana.play()
    ana.watch_to_the_end()
    page.get_by_role("button", name="Revoir").click()
    expect(page.locator("[data-finale]")).to_be_hidden()
    ana.watch_to_the_end()


def test_what_is_passed_on_from_the_end_card_carries_ones_own_link(people: People, counter: Counter) -> None:
    ana = people("ana", **PHONE)
    page = ana.open(EPISODE)
    ana_id = ana.stay()
    ana.play()
    ana.watch_to_the_end()
    ways = page.locator("[data-finale] [data-pass]")
    assert 2 <= ways.count() <= 3
    with ana.network("wa.me") as opened, page.expect_response("**/t/shares"), ana.context.expect_page() as popup:
        ways.first.tap()
    popup.value.close()
    assert ana_id in opened[0]
    expect(page.locator("[data-finale] [data-said]")).to_contain_text("Dossier transmis.")
    assert [row["sharer"] for row in counter.shares()] == [ana_id]


def test_the_end_card_leads_to_the_next_excuse(people: People, counter: Counter) -> None:
    ana = people("ana")
    page = ana.open(EPISODE)
    ana.play()
    ana.watch_to_the_end()
    page.locator("[data-finale]").get_by_role("link", name="Excuse suivante").click()
    expect(page).to_have_url(re.compile(r"/episodes/(?!jai-pas-de-monnaie)[a-z-]+/"))


def test_by_keyboard_alone_from_the_top_of_the_page_to_the_gift(
    people: People, counter: Counter, platform: Platform
) -> None:
    ana = people("ana")
    page = ana.open(EPISODE)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_in_viewport()
    page.keyboard.press("Enter")
    tab_to(page, "[data-call]")
    page.keyboard.press("Enter")
    expect(page.locator("video")).to_be_focused()
    page.evaluate(TO_THE_END)
    expect(page.locator("[data-finale]")).to_be_visible()
    expect(page.locator("video")).to_be_focused()

    tab_to(page, "[data-finale] [data-pass=wa]")
    with ana.network("wa.me") as opened, page.expect_response("**/t/shares"), ana.context.expect_page() as popup:
        page.keyboard.press("Enter")
    popup.value.close()
    assert opened
    page.bring_to_front()
    tab_to(page, "[data-finale] a[data-give]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Merci d'avance")).to_be_visible()
    (visit,) = counter.visits()
    assert platform.asked == [f"/don?campagne=excuses&visit_id={visit['id']}"]


def test_by_keyboard_alone_through_the_list_of_ways(people: People, counter: Counter) -> None:
    ana = people("ana", permissions=["clipboard-read", "clipboard-write"])
    page = ana.open(EPISODE)
    tab_to(page, "[data-passes] [data-pass=wa]")
    tab_to(page, "[data-passes] [data-pass=copy]")
    with page.expect_response("**/t/shares"):
        page.keyboard.press("Space")
    assert "/copy" in page.evaluate("() => navigator.clipboard.readText()")


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until this has the focus, which must be visible there."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", wanted):
            outline = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"{wanted} shows no focus"
            return
    raise AssertionError(f"Tab never comes to {wanted}")
