"""A poster's way, in a real browser: Stef makes it, sees its code, and Ana, who stands before it, types the code in."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.people import TOKEN, People
from tests.browser.places import Counter
from tests.browser.test_access import find_barriers, sign_in

pytestmark = pytest.mark.browser


def test_a_poster_is_made_found_on_a_wall_and_typed_in(people: People, counter: Counter) -> None:
    counter.hire("Stef", "marketer")
    stef = people("stef", locale="fr-FR")
    page = stef.open("/staff/origins/?lang=fr")
    sign_in(stef)
    page = stef.open("/staff/origins/")
    page.locator("main [name=name]").fill("Affiche du tram")
    page.locator("main [name=sort]").select_option("poster")
    page.get_by_role("button", name="Créer le lien").click()
    expect(page.locator("h1")).to_have_text("Affiche du tram")
    assert page.locator("img.qr").evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    with page.expect_request("**/a4.pdf*") as asked:
        page.evaluate("() => { fetch(document.querySelector('.prints a').href); }")
    answer = asked.value.response()
    assert answer
    assert answer.headers["content-type"] == "application/pdf"
    barriers = find_barriers(page)
    barriers += [f"texts: {barrier}" for barrier in find_barriers(stef.open("/staff/texts/"))]
    (code,) = (row["code"] for row in counter.rows("select code from origins"))

    ana = people("ana", locale="fr-FR")
    page = ana.open("/p/")
    barriers += [f"door: {barrier}" for barrier in find_barriers(page)]
    page.locator("[name=code]").fill(f" {code[:3].lower()} {code[3:].lower()} 1")
    counter.begin()
    page.get_by_role("button", name="Ouvrir le dossier").click()
    page.wait_for_url(re.compile(r"/episodes/jai-pas-de-monnaie/"))
    visit = ana.stay()
    page.wait_for_url(re.compile(rf"#via-{TOKEN}$"))
    rows = counter.rows(
        """
        select visits.id as id, channel, verdict, name from visits join sharers on sharers.id = visits.sharer
        where visits.id > :since
        """,
        since=counter.since,
    )
    assert rows == [{"id": visit, "channel": "hand", "verdict": "human", "name": "Affiche du tram"}]
    assert barriers == []
