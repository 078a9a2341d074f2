"""Passing it on: what leaves by each way carries its sender's own link, also by hand and by the phone's own sheet."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from tests.browser.people import EPISODE, PHONE, SLUG, TOKEN, People
from tests.browser.places import Counter, Platform

pytestmark = pytest.mark.browser

SHEET = "navigator.share = (parcel) => { window.sent = parcel; return Promise.resolve(); };"
CANCELLED = "navigator.share = () => Promise.reject(new DOMException('changed my mind', 'AbortError'));"


def test_every_way_carries_the_visitors_own_link_and_its_own_placement(people: People, counter: Counter) -> None:
    ana = people("ana")
    ana_id = ana.stay(EPISODE)
    texts = json.loads(ana.page.locator("[data-passes]").get_attribute("data-texts") or "[]")
    ways = ana.page.locator("[data-passes] a[data-pass]")
    assert ways.count() >= 9
    for way in ways.all():
        code, address = way.get_attribute("data-pass"), unquote(way.get_attribute("href") or "")
        found = re.search(rf"{ana.site.address}/r/{SLUG}/{code}(\d?)/{ana_id}\.[A-Za-z0-9_-]{{16}}", address)
        assert found, (code, address)
        if code not in ("fb", "li"):  # these two take the address only
            assert texts[int(found[1] or 1) - 1] in address


def test_english_pages_hand_out_english_links(people: People, counter: Counter) -> None:
    ana, bo = people("ana"), people("bo")
    ana_id = ana.stay(f"/en{EPISODE}")
    canonical = ana.page.locator("link[rel=canonical]").get_attribute("href") or ""
    assert re.fullmatch(rf"{ana.site.address}/en/r/{SLUG}/page/{ana_id}\.[A-Za-z0-9_-]{{16}}", canonical)
    bo.open(canonical)
    assert bo.page.url == f"{bo.site.address}/en{EPISODE}"
    bo.stay()
    assert [row["sharer"] for row in counter.visits()] == [None, ana_id]


def test_copying_puts_ones_own_link_into_the_clipboard(people: People, counter: Counter) -> None:
    ana = people("ana", permissions=["clipboard-read", "clipboard-write"])
    ana_id = ana.stay(EPISODE)
    with ana.page.expect_response("**/t/shares"):
        ana.way("copy").click()
    copied = ana.page.evaluate("() => navigator.clipboard.readText()")
    assert re.fullmatch(rf"{ana.site.address}/r/{SLUG}/copy\d?/{ana_id}\.[A-Za-z0-9_-]{{16}}", copied)
    expect(ana.page.locator("[data-passes] [data-said]")).to_contain_text("Adresse copiée")
    assert [(row["sharer"], row["channel"]) for row in counter.shares()] == [(ana_id, "copy")]


def test_who_copies_before_anybody_knows_them_copies_the_plain_address(people: People, counter: Counter) -> None:
    ana = people("ana", permissions=["clipboard-read", "clipboard-write"])
    ana.context.route("**/t/visits", lambda route: route.abort())
    ana.forgiven = "ERR_FAILED"
    ana.open(EPISODE)
    ana.way("copy").click()
    expect(ana.page.locator("[data-passes] [data-said]")).to_contain_text("Adresse copiée")
    assert ana.page.evaluate("() => navigator.clipboard.readText()") == ana.site.address + EPISODE
    assert counter.shares() == []


def test_the_phones_own_sheet_gets_text_and_own_link(people: People, counter: Counter) -> None:
    ana = people("ana", **PHONE)
    ana.page.add_init_script(SHEET)
    ana_id = ana.stay(EPISODE)
    with ana.page.expect_response("**/t/shares"):
        ana.way("sheet").tap()
    sent = ana.page.evaluate("() => window.sent")
    assert re.fullmatch(rf"{ana.site.address}/r/{SLUG}/sheet\d?/{ana_id}\.[A-Za-z0-9_-]{{16}}", sent["url"])
    assert sent["text"]
    assert [row["channel"] for row in counter.shares()] == ["sheet"]


def test_a_sheet_that_was_closed_again_is_no_share(people: People, counter: Counter) -> None:
    ana = people("ana", **PHONE)
    ana.page.add_init_script(CANCELLED)
    ana.stay(EPISODE)
    ana.way("sheet").tap()
    ana.settle()
    expect(ana.page.locator("[data-passes] [data-said]")).to_be_empty()
    assert ana.told == ["/t/visits"]


def test_where_there_is_no_sheet_there_is_no_button_for_it(people: People, counter: Counter) -> None:
    ana = people("ana")
    ana.page.add_init_script("delete Navigator.prototype.share;")
    ana.open(EPISODE)
    expect(ana.way("copy")).to_be_visible()
    expect(ana.way("sheet")).to_be_hidden()


def test_pressing_twice_is_one_share(people: People, counter: Counter) -> None:
    ana = people("ana")
    ana_id = ana.stay(EPISODE)
    ana.pass_on("wa")
    ana.pass_on("wa")
    ana.pass_on("tg", "t.me")
    assert [(row["sharer"], row["channel"]) for row in counter.shares()] == [(ana_id, "wa"), (ana_id, "tg")]


def test_who_passed_it_on_is_offered_what_it_set_in_motion(people: People, counter: Counter) -> None:
    ana = people("ana")
    ana.stay(EPISODE)
    ana.pass_on("wa")
    ana.page.get_by_role("link", name="Voir ce que votre blague a déclenché").click()
    expect(ana.page).to_have_url(re.compile(rf"/impact/{TOKEN}$"))
    expect(ana.page.get_by_role("heading", level=1)).to_have_text("Votre dossier")
    assert ana.context.cookies() == []


def test_on_somebody_elses_site_giving_opens_beside_it(people: People, counter: Counter, platform: Platform) -> None:
    bo = people("bo")
    bo_id = bo.stay(f"/embed/{SLUG}/")
    with bo.context.expect_page() as beside:
        bo.give().click()
    expect(beside.value.get_by_role("heading", name="Merci d'avance")).to_be_visible()
    assert f"/embed/{SLUG}/" in bo.page.url
    assert platform.asked == [f"/don?campagne=excuses&visit_id={bo_id}"]
