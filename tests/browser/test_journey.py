"""The whole journey: Ana laughs and passes it on, Bo follows and gives, Stef reads the figures."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.people import EPISODE, PHONE, SLUG, TOKEN, WATCH, People, Visitor
from tests.browser.places import PASSWORD, Counter, Platform

pytestmark = pytest.mark.browser

CAPTIONS = """() => {
    const [track] = document.querySelector("video").textTracks;
    return { mode: track.mode, language: track.language, cues: [...track.cues].map((cue) => cue.text) };
}"""


def test_a_joke_goes_from_ana_to_bo_and_becomes_a_gift_that_stef_sees(
    people: People, counter: Counter, platform: Platform
) -> None:
    ana = people("ana")
    link, ana_id = ana_watches_and_passes_it_on(ana, counter)

    bo = people("bo", **PHONE)
    bo_id = bo_follows_and_is_confirmed(bo, link, counter)
    (visit,) = (row for row in counter.visits() if row["id"] == bo_id)
    assert (visit["sharer"], visit["verdict"], visit["channel"]) == (ana_id, "human", "wa")
    bo_goes_to_give(bo, platform, bo_id)

    assert counter.tell_gift(bo_id, 3000) == 200
    assert counter.tell_gift(bo_id, 3000) == 200, "platforms tell twice"
    assert [row["amount"] for row in counter.rows("select amount from gifts")] == [3000]

    counter.hire("Stef")
    stef_sees_ana_and_nobody_else(people("stef"), ana_id)


def ana_watches_and_passes_it_on(ana: Visitor, counter: Counter) -> tuple[str, str]:
    """The link that WhatsApp was given, and Ana's id."""
    ana.open(EPISODE)
    with ana.page.expect_response("**/t/visits"):
        ana.page.get_by_role("button", name="lire le film").click()
    assert ana.page.evaluate(WATCH, 1) > 1
    captions = ana.page.evaluate(CAPTIONS)
    assert (captions["mode"], captions["language"]) == ("showing", "fr")
    assert any("monnaie" in text for text in captions["cues"])

    expect(ana.page).to_have_url(re.compile(rf"#via-{TOKEN}$"))
    own = ana.page.url.partition("#via-")[2]
    text = parse_qs(urlsplit(ana.pass_on("wa")).query)["text"][0]
    link = text.rpartition(" ")[2]
    assert re.fullmatch(rf"{re.escape(ana.site.address)}/r/{SLUG}/wa\d?/{re.escape(own)}", link)

    (share,) = counter.shares()
    assert (share["sharer"], share["episode"], share["channel"]) == (own.partition(".")[0], SLUG, "wa")
    line = ana.page.locator("[data-passes] [data-said]")
    expect(line.get_by_role("link")).to_have_attribute("href", re.compile(rf"/impact/{TOKEN}$"))
    return link, str(share["sharer"])


def bo_follows_and_is_confirmed(bo: Visitor, link: str, counter: Counter) -> str:
    bo.open(link)
    assert bo.page.url == bo.site.address + EPISODE, "a private token must leave the address at once"
    (followed,) = [row for row in counter.visits() if row["sharer"]]
    assert followed["seen_at"] is None
    bo_id = bo.stay()
    assert bo_id == followed["id"]
    assert bo.page.url.partition("#via-")[2].startswith(bo_id)
    canonical = bo.page.locator("link[rel=canonical]")
    expect(canonical).to_have_attribute("href", re.compile(rf"/r/{SLUG}/page/{re.escape(bo_id)}\."))
    return bo_id


def bo_goes_to_give(bo: Visitor, platform: Platform, bo_id: str) -> None:
    bo.give().tap()
    expect(bo.page.get_by_role("heading", name="Merci d'avance")).to_be_visible()
    assert platform.asked == [f"/don?campagne=excuses&visit_id={bo_id}"]


def stef_sees_ana_and_nobody_else(stef: Visitor, ana_id: str) -> None:
    page = stef.open("/staff/")
    page.get_by_label("Nom").fill("Stef")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Entrer").click()
    board = page.get_by_role("region", name="Classement")
    expect(board.locator("tbody tr")).to_have_count(1)
    expect(board.locator("tbody tr a")).to_have_attribute("href", re.compile(re.escape(ana_id)))
    told = [cell.replace("\u202f", " ").replace("\u00a0", " ") for cell in board.locator("tbody td").all_inner_texts()]
    assert told == ["1", "1", "1", "1", "1", "30 €"]  # rank, confirmed, followed, shares, gifts, amount
