"""The visitor's ways: what people do with pages, tabs and addresses, and what the tracker may make of it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.people import EPISODE, SLUG, TOKEN, People, link_of
from tests.browser.places import Counter, Platform, sort_out

pytestmark = pytest.mark.browser

PRERENDERED = """
    let waiting = true;
    Object.defineProperty(Document.prototype, "prerendering", { get: () => waiting });
    addEventListener("activate-it", () => {
        waiting = false;
        document.dispatchEvent(new Event("prerenderingchange"));
    });
"""

NOTHING_KEPT = """
    for (const name of ["localStorage", "sessionStorage"])
        Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });
"""


def test_a_reload_records_nothing_new(people: People, counter: Counter) -> None:
    ana = people("ana")
    ana_id = ana.stay(EPISODE)
    ana.page.reload()
    assert ana.identity
    assert ana.identity["link"].startswith(ana_id)
    ana.settle()
    assert ana.told == ["/t/visits"]
    assert len(counter.visits()) == 1


def test_a_reload_before_the_visit_is_confirmed_keeps_the_visit(people: People, counter: Counter) -> None:
    ana, bo = people("ana"), people("bo")
    bo.open(link_of(ana, ana.stay(EPISODE)))
    bo.page.reload()
    assert bo.page.url == bo.site.address + EPISODE
    bo_id = bo.stay()
    assert [row["id"] for row in counter.visits()][1:] == [bo_id]


def test_back_and_forward_record_nothing_new(people: People, counter: Counter) -> None:
    ana = people("ana")
    ana.stay(EPISODE)
    ana.page.evaluate("() => addEventListener('pageshow', (event) => { window.restored = event.persisted; })")
    ana.open("/donner/")
    ana.page.go_back()
    assert ana.page.evaluate("() => window.restored"), "the page must be fit for the back/forward cache"
    assert re.search(rf"#via-{TOKEN}$", ana.page.url)
    ana.settle()
    ana.page.go_forward(wait_until="commit")
    expect(ana.give()).to_have_attribute("href", re.compile(rf"^/go/donner\?by={TOKEN}$"))
    ana.settle()
    assert ana.told == ["/t/visits"]
    assert len(counter.visits()) == 1


def test_a_page_left_before_its_visitor_was_known_wears_the_identity_when_it_comes_back(
    people: People, counter: Counter
) -> None:
    ana = people("ana")
    ana.open(EPISODE)
    ana.page.evaluate("() => { window.same = true; }")
    ana.stay("/donner/")
    ana.page.go_back()
    assert ana.page.evaluate("() => window.same"), "restored, not loaded again"
    expect(ana.way("wa")).to_have_attribute("href", re.compile(rf"{SLUG}%2Fwa\d?%2F{TOKEN}$"))
    ana.settle()
    assert ana.told == ["/t/visits"]
    assert len(counter.visits()) == 1


def test_a_second_tab_is_a_visit_of_its_own_and_both_keep_theirs(people: People, counter: Counter) -> None:
    ana = people("ana")
    first, first_id = ana.page, ana.stay(EPISODE)
    ana.open_tab(EPISODE)
    second_id = ana.stay()
    assert first_id != second_id
    for page, id_ in ((first, first_id), (ana.page, second_id)):
        page.bring_to_front()
        page.reload()
        expect(page).to_have_url(re.compile(f"#via-{id_}"))
    ana.settle()
    assert [row["id"] for row in counter.visits()] == [first_id, second_id]


def test_a_walk_over_three_pages_before_giving_keeps_the_identity(
    people: People, counter: Counter, platform: Platform
) -> None:
    ana, bo = people("ana"), people("bo")
    ana_id = ana.stay(EPISODE)
    bo.open(link_of(ana, ana_id))
    bo_id = bo.stay()
    bo.page.locator(".next a").first.click()
    expect(bo.page).not_to_have_url(re.compile(SLUG))
    expect(bo.page).to_have_url(re.compile(f"#via-{bo_id}"))
    bo.page.get_by_role("navigation", name="Menu principal").get_by_role("link", name="Donner").click()
    expect(bo.page).to_have_url(re.compile(f"/donner/#via-{bo_id}"))
    bo.give().click()
    expect(bo.page.get_by_role("heading", name="Merci d'avance")).to_be_visible()
    assert platform.asked == [f"/don?campagne=excuses&visit_id={bo_id}"]
    assert sort_out(counter) == [("human", None, True), ("human", ana_id, True)]
    assert bo.told == ["/t/seen"]


def test_somebody_who_walks_on_before_they_are_confirmed_stays_the_same_visit(people: People, counter: Counter) -> None:
    ana, bo = people("ana"), people("bo")
    ana_id = ana.stay(EPISODE)
    bo.open(link_of(ana, ana_id))
    bo.open("/donner/")
    bo_id = bo.stay()
    assert [(row["id"], row["episode"]) for row in counter.visits()[1:]] == [(bo_id, SLUG)]


def test_two_people_behind_one_address_are_two(people: People, counter: Counter) -> None:
    ana, bo, cy = people("ana"), people("bo"), people("cy")
    ana_id = ana.stay(EPISODE)
    for each in (bo, cy):
        each.open(link_of(ana, ana_id))
        each.stay()
    assert sort_out(counter)[1:] == [("human", ana_id, True)] * 2


def test_a_copied_address_credits_whose_page_it_was(people: People, counter: Counter) -> None:
    ana, bo = people("ana"), people("bo")
    ana_id = ana.stay(EPISODE)
    bo.open(ana.page.url)
    assert "#" not in bo.page.url, "until Bo has a link of his own, his address carries nobody's"
    bo_id = bo.stay()
    assert bo_id != ana_id
    assert sort_out(counter)[1:] == [("human", ana_id, True)]


def test_a_copied_address_survives_a_reload_before_it_is_confirmed(people: People, counter: Counter) -> None:
    ana, bo = people("ana"), people("bo")
    ana_id = ana.stay(EPISODE)
    bo.open(ana.page.url)
    bo.page.reload()
    bo.stay()
    assert sort_out(counter)[1:] == [("human", ana_id, True)]


def test_the_canonical_address_that_phones_pass_on_credits_its_owner(people: People, counter: Counter) -> None:
    ana, bo = people("ana"), people("bo")
    ana_id = ana.stay(EPISODE)
    bo.open(ana.page.locator("link[rel=canonical]").get_attribute("href") or "")
    bo.stay()
    (visit,) = counter.visits()[1:]
    assert (visit["sharer"], visit["channel"], visit["verdict"]) == (ana_id, "page", "human")


def test_a_private_address_copied_before_the_page_cleaned_it_is_an_arrival_of_its_own(
    people: People, counter: Counter
) -> None:
    ana, bo, cy = people("ana"), people("bo"), people("cy")
    ana_id = ana.stay(EPISODE)
    answer = bo.context.request.get(link_of(ana, ana_id), max_redirects=0)
    private = answer.headers["location"]
    assert re.search(rf"#{TOKEN}$", private)
    bo.open(private)
    bo_id = bo.stay()
    cy.open(private)
    assert "#" not in cy.page.url
    cy_id = cy.stay()
    assert cy_id not in (ana_id, bo_id)
    assert sort_out(counter)[1:] == [("human", ana_id, True), ("human", bo_id, True)]
    generations = {row["id"]: row["generation"] for row in counter.rows("select id, generation from sharers")}
    assert generations[bo_id] == generations[ana_id] + 1


def test_a_prerendered_page_waits_until_somebody_sees_it(people: People, counter: Counter) -> None:
    ana = people("ana")
    ana.page.add_init_script(PRERENDERED)
    ana.open(EPISODE)
    ana.settle()
    assert ana.told == []
    ana.page.evaluate("() => dispatchEvent(new Event('activate-it'))")
    ana.stay()
    assert sort_out(counter) == [("human", None, True)]


def test_a_page_that_stays_on_screen_for_five_seconds_is_confirmed(people: People, counter: Counter) -> None:
    ana = people("ana")
    ana.page.clock.install()
    ana.open(EPISODE)
    ana.page.clock.run_for(4_400)
    assert ana.told == []
    with ana.page.expect_response("**/t/visits"):
        ana.page.clock.run_for(700)
    assert sort_out(counter) == [("human", None, True)]


def test_where_a_browser_keeps_nothing_the_page_works_all_the_same(people: People, counter: Counter) -> None:
    ana = people("ana")
    ana.page.add_init_script(NOTHING_KEPT)
    ana_id = ana.stay(EPISODE)
    assert ana_id in ana.pass_on("wa")
    assert [row["sharer"] for row in counter.shares()] == [ana_id]
