"""Who is not counted, or not again: their own link, staff, another day, and whoever asked not to be."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.people import EPISODE, People, Visitor, link_of
from tests.browser.places import PASSWORD, Counter, Platform, sort_out
from tests.conftest import agent

pytestmark = pytest.mark.browser


def test_the_same_link_opened_twice_counts_once(people: People, counter: Counter) -> None:
    ana, bo = people("ana"), people("bo")
    ana_id = ana.stay(EPISODE)
    link = link_of(ana, ana_id)
    bo.open(link)
    bo.stay()
    bo.open_tab(link)
    bo.stay()
    assert sort_out(counter)[1:] == [("human", ana_id, True), ("repeat", ana_id, True)]
    (total,) = counter.rows("select sum(confirmed) as confirmed from totals where sharer = :ana", ana=ana_id)
    assert total["confirmed"] == 1


def test_ana_comes_back_another_day_and_has_the_same_link(people: People, counter: Counter) -> None:
    ana = people("ana")
    ana_id = ana.stay(EPISODE)
    ana.pass_on("wa")
    expect(ana.page.locator("[data-passes] [data-said] a")).to_be_visible()
    kept = ana.context.storage_state()
    assert kept["cookies"] == []

    back = people("ana", storage_state=kept, user_agent=agent(140))  # her browser was brought up to date meanwhile
    visit_id = back.stay(EPISODE)
    assert visit_id != ana_id
    assert back.identity
    assert back.identity["link"].startswith(ana_id)
    assert sort_out(counter) == [("human", None, True), ("returning", None, True)]
    back.pass_on("tg", "t.me")
    assert [row["sharer"] for row in counter.shares()] == [ana_id, ana_id]


def test_ana_who_opens_her_own_link_is_not_counted(people: People, counter: Counter) -> None:
    ana = people("ana")
    ana_id = ana.stay(EPISODE)
    link = link_of(ana, ana_id)
    ana.pass_on("wa")
    expect(ana.page.locator("[data-passes] [data-said] a")).to_be_visible()
    ana.open_tab(link)
    ana.stay()
    assert ana.identity
    assert ana.identity["link"].startswith(ana_id)
    assert sort_out(counter)[1:] == [("self", ana_id, True)]
    (total,) = counter.rows(
        "select sum(visits) as visits, sum(confirmed) as seen from totals where sharer = :a", a=ana_id
    )
    assert (total["visits"], total["seen"]) == (0, 0)


def test_ne_me_comptez_pas_stops_everything_and_everything_still_works(
    people: People, counter: Counter, platform: Platform
) -> None:
    ana, bo = people("ana"), people("bo")
    ana_id = ana.stay(EPISODE)
    bo.stay("/confidentialite/")
    control = bo.page.get_by_role("main").locator("[data-refusal]")
    control.get_by_role("button", name="Ne me comptez pas").click()
    expect(control.get_by_role("status")).to_contain_text("plus compté")
    assert bo.page.url == f"{bo.site.address}/confidentialite/"
    bo.asked.clear()
    bo.open(link_of(ana, ana_id))
    works_uncounted(bo, platform)
    assert bo.page.evaluate("() => sessionStorage.length") == 0
    assert sum(seen for _, _, seen in sort_out(counter)) == 2, "Ana, and Bo before he asked; nothing after"
    assert counter.shares() == []


def test_to_press_ne_me_comptez_pas_is_not_to_be_there(people: People, counter: Counter) -> None:
    bo = people("bo")
    bo.open(EPISODE)
    foot = bo.page.get_by_role("contentinfo").get_by_role("button", name="Ne me comptez pas")
    foot.evaluate("(button) => button.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))")
    foot.evaluate("(button) => button.click()")
    expect(bo.page.get_by_role("contentinfo")).to_contain_text("on ne vous compte plus")
    bo.settle()
    assert bo.told == []
    assert counter.visits() == []


def test_who_changes_their_mind_is_counted_again(people: People, counter: Counter) -> None:
    bo = people("bo")
    page = bo.open("/confidentialite/")
    control = page.get_by_role("main").locator("[data-refusal]")
    control.get_by_role("button", name="Ne me comptez pas").click()
    control.get_by_role("button", name="Comptez-moi de nouveau").click()
    expect(control.get_by_role("button", name="Ne me comptez pas")).to_be_focused()
    bo.stay(EPISODE)
    assert sort_out(counter) == [("human", None, True)]


def test_global_privacy_control_stops_everything_and_everything_still_works(
    people: People, counter: Counter, platform: Platform
) -> None:
    ana, bo = people("ana"), people("bo", extra_http_headers={"Sec-GPC": "1"})
    ana_id = ana.stay(EPISODE)
    bo.page.add_init_script("Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })")
    bo.open(link_of(ana, ana_id))
    works_uncounted(bo, platform)
    assert len(counter.visits()) == 1, "Ana's own"
    page = bo.open("/confidentialite/")
    expect(page.get_by_role("main").get_by_role("status")).to_contain_text("Global Privacy Control")


def works_uncounted(bo: Visitor, platform: Platform) -> None:
    """A visitor whom nobody counts, on an episode to which a link led: plays, passes it on, gives."""
    page = bo.page
    assert page.url == bo.site.address + EPISODE
    bo.play()
    plain = bo.way("wa").get_attribute("href") or ""
    assert plain.endswith("episodes%2Fjai-pas-de-monnaie%2F")
    with bo.network("wa.me") as opened, bo.context.expect_page() as popup:
        bo.way("wa").click()
    popup.value.close()
    assert opened == [plain]
    assert (page.locator("link[rel=canonical]").get_attribute("href") or "").endswith(EPISODE)
    bo.settle()
    bo.give().click()
    expect(page.get_by_role("heading", name="Merci d'avance")).to_be_visible()
    assert platform.asked == ["/don?campagne=excuses"]
    page.go_back()
    bo.settle()
    assert bo.told == []
    assert bo.context.cookies() == []


def test_a_browser_in_which_staff_are_signed_in_is_staff(people: People, counter: Counter) -> None:
    ana, stef = people("ana"), people("stef")
    ana_id = ana.stay(EPISODE)
    counter.hire("Stef")
    page = stef.open("/staff/")
    page.get_by_label("Nom").fill("Stef")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Entrer").click()
    expect(page.get_by_role("heading", name="Bonjour, Stef")).to_be_visible()
    stef.stay(EPISODE)
    stef.pass_on("wa")
    stef.open_tab(link_of(ana, ana_id))
    stef.stay()
    assert sort_out(counter)[1:] == [("staff", None, True), ("staff", ana_id, True)]
    assert counter.shares() == []
