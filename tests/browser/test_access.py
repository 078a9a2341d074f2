"""Everybody can use it: axe-core finds nothing at WCAG 2.2 AA and best practice, wide and narrow, light and dark."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.people import EPISODE, SLUG, People, Visitor
from tests.browser.places import PASSWORD, Counter
from tracker.links import new_id

pytestmark = pytest.mark.browser

RULES = {
    "light": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "dark": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},  # all that colours can change
}
WIDTHS = (360, 1440)
AXE = Axe().axe_script
RUN = """async (only) => {
    const rules = only.type === "tag" ? { "target-size": { enabled: true } } : {};  // WCAG 2.2, which axe leaves off
    const found = await axe.run({ runOnly: only, rules, resultTypes: ["violations"] });
    const name = (barrier) => `${barrier.id} (${barrier.help}): ${barrier.nodes.map((node) => node.target).join(", ")}`;
    return found.violations.map(name);
}"""

PAGES = {
    "fr": [
        "/",
        EPISODE,
        "/donner/",
        "/confidentialite/",
        "/a-propos/",
        "/mentions-legales/",
        "/nowhere/",
        "/board/",
        f"/embed/{SLUG}/",
    ],
    "en": [
        "/en/",
        f"/en{EPISODE}",
        "/en/donate/",
        "/en/privacy/",
        "/en/about/",
        "/en/legal-notice/",
        "/en/nowhere/",
        "/board/?lang=en",
        f"/en/embed/{SLUG}/",
    ],
}


def find_barriers(page: Page) -> list[str]:
    """What axe finds, narrow and wide, in light and dark; and what must be scrolled sideways to be read."""
    page.evaluate(AXE)
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        wide = page.evaluate("() => document.documentElement.scrollWidth")
        found += [f"{width}: the page is {wide} wide"] if wide > width else []
        for scheme, rules in RULES.items():
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            found += [f"{width} {scheme}: {barrier}" for barrier in page.evaluate(RUN, rules)]
    return found


def test_axe_sees_what_is_wrong(people: People, counter: Counter) -> None:
    page = people("cy").open("/a-propos/")
    page.evaluate("() => document.querySelector('h1').insertAdjacentHTML('afterend', '<button></button>')")
    page.evaluate("() => { document.querySelector('h1').style.color = '#999'; }")
    found = " ".join(find_barriers(page))
    assert "button-name" in found
    assert "dark: color-contrast" in found or "light: color-contrast" in found


@pytest.mark.parametrize("lang", PAGES)
def test_every_page_is_open_to_everybody(people: People, counter: Counter, lang: str) -> None:
    cy = people("cy")
    cy.forgiven = "status of 404"
    impact = f"/impact/{counter.links.issue('impact', new_id())}?lang={lang}"
    found = {path: find_barriers(cy.open(path)) for path in [*PAGES[lang], impact]}
    assert {path: barriers for path, barriers in found.items() if barriers} == {}


def test_paper_has_the_address_to_type_and_nothing_to_press(people: People, counter: Counter) -> None:
    page = people("cy").open(EPISODE)
    page.emulate_media(media="print")
    expect(page.locator(".paper")).to_contain_text(f"{counter.site.address}/donner/")
    assert page.locator(".paper").is_visible()
    assert [each.inner_text() for each in page.locator(".button, button").all() if each.is_visible()] == []


@pytest.mark.parametrize("path", [EPISODE, f"/en{EPISODE}", f"/embed/{SLUG}/"])
def test_the_end_card_is_open_to_everybody(people: People, counter: Counter, path: str) -> None:
    ana = people("ana")
    page = ana.open(path)
    ana.stay()
    ana.play()
    ana.watch_to_the_end()
    assert find_barriers(page) == []


def test_what_appears_on_demand_is_open_to_everybody(people: People, counter: Counter) -> None:
    ana = people("ana")
    page = ana.open(EPISODE)
    ana.stay()
    ana.pass_on("wa")
    expect(page.locator("[data-passes] [data-said] a")).to_be_visible()
    page.get_by_role("contentinfo").get_by_role("button", name="Ne me comptez pas").click()
    assert find_barriers(page) == []


STAFF_PAGES = {
    "fr": [
        *("", "sharers/", "gifts", "verdicts", "origins", "moderation/", "people/", "password"),
        *("virality", "ranks/placements?whole=1", "texts/", "kiosk", "tree/", "export/", "tokens/", "report/"),
    ],
    "en": [""],
}


@pytest.mark.parametrize("lang", STAFF_PAGES)
def test_the_staff_door_and_the_dashboard_are_open_to_everybody(people: People, counter: Counter, lang: str) -> None:
    ana, bo, stef = people("ana"), people("bo"), people("stef", locale="fr-FR" if lang == "fr" else "en-GB")
    ana.stay(EPISODE)
    assert ana.identity
    bo.open(f"/r/jai-pas-de-monnaie/wa/{ana.identity['link']}")
    counter.tell_gift(bo.stay(), 3000, payment=f"pay_{lang}")
    counter.hire("Stef", "admin")
    page = stef.open(f"/staff/sign-in?lang={lang}")
    found = {"sign-in": find_barriers(page)}
    sign_in(stef)
    for path in STAFF_PAGES[lang]:
        found[path] = find_barriers(stef.open(f"/staff/{path}"))
    assert {path: barriers for path, barriers in found.items() if barriers} == {}


def sign_in(stef: Visitor) -> None:
    stef.page.locator("[name=name]").fill("Stef")
    stef.page.locator("[name=password]").fill(PASSWORD)
    with stef.page.expect_navigation():
        stef.page.locator("form.door button").click()
