"""The dashboard in a real browser: charts under the strict policy, values under the pointer, figures that move."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.people import EPISODE, People
from tests.browser.places import Counter
from tests.browser.test_access import sign_in

pytestmark = pytest.mark.browser


def test_charts_tell_their_values_and_figures_move_by_themselves(people: People, counter: Counter) -> None:
    ana, bo, cy, stef = (people(name) for name in ("ana", "bo", "cy", "stef"))
    ana.stay(EPISODE)
    assert ana.identity
    bo.open(f"/r/jai-pas-de-monnaie/wa/{ana.identity['link']}")
    bo.stay()
    counter.hire("Stef", "admin")
    stef.open("/staff/sign-in?lang=fr")
    sign_in(stef)
    page = stef.page
    page.clock.install()
    stef.open("/staff/?range=7")
    picture = page.locator("svg.chart.wide")
    expect(picture).to_have_count(1)
    bars = picture.locator(".color-0 rect")
    fills = bars.evaluate_all("bars => bars.map(bar => getComputedStyle(bar).fill)")
    assert len(fills) == 7
    assert set(fills) == {"rgb(31, 63, 191)"}  # carbon: the style sheet reaches it
    bars.last.hover(force=True)
    reading = page.locator(".reading")
    expect(reading).to_contain_text("Visiteurs 2")
    expect(reading).to_contain_text("par un lien 1")
    cy.stay(EPISODE)
    page.clock.fast_forward(11_000)
    expect(page.locator(".ticket.one dd")).to_contain_text("3")
    page.set_viewport_size({"width": 360, "height": 740})
    expect(picture).to_be_hidden()
    expect(page.locator("svg.chart.narrow")).to_be_visible()
    file = page.goto(f"{page.url.split('/staff/')[0]}/staff/charts/curve.svg?range=7")
    assert file is not None
    assert page.locator("rect.mark, .color-0 rect").first.evaluate("bar => getComputedStyle(bar).fill") == fills[0]
