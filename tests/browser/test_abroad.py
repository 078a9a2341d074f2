"""The counter on somebody else's page, and what pages tell of films when they go out of sight."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.people import SLUG, TO_THE_END, People
from tests.browser.places import Counter, listening

pytestmark = pytest.mark.browser

OUT_OF_SIGHT = "() => dispatchEvent(new Event('pagehide'))"


@pytest.fixture
def open_blog() -> Iterator[Callable[[str], str]]:
    """Puts some HTML on a page of another site; its address."""
    with ExitStack() as open_sites:

        def publish(html: str) -> str:
            class Blog(BaseHTTPRequestHandler):
                def do_GET(self) -> None:
                    self.send_response(200)
                    self.send_header("Content-Type", "text/html; charset=utf-8")
                    self.end_headers()
                    self.wfile.write(f"<!doctype html><link rel=icon href='data:,'><h1>Blog</h1>{html}".encode())

                def log_message(self, *_: Any) -> None:
                    """Keeps quiet."""

            return f"http://127.0.0.1:{open_sites.enter_context(listening(Blog))}/"

        yield publish


def test_who_watches_on_another_page_is_credited_to_whoever_put_the_film_there(
    people: People, counter: Counter, open_blog: Callable[[str], str]
) -> None:
    ana = people("ana")
    page = ana.open()
    ana_s = ana.stay()
    page.locator(".paste summary").click()
    with page.expect_response("**/t/shares"):
        page.get_by_role("button", name="Copier le code").click()
    expect(page.locator(".passes [data-said]")).to_contain_text("Code copié")
    code = page.locator("[data-code]").input_value()
    assert [share["channel"] for share in counter.shares()] == ["emb"]

    bo = people("bo")
    bo.open(open_blog(code))
    player = bo.page.frame_locator("iframe")
    expect(player.locator("[data-call]")).to_be_visible()
    with bo.page.expect_response("**/t/visits"):
        player.locator("[data-call]").click()
    (visit,) = (visit for visit in counter.visits() if visit["id"] != ana_s)
    assert (visit["sharer"], visit["channel"], visit["source"], visit["verdict"]) == (
        ana_s,
        "emb",
        "127.0.0.1",
        "human",
    )

    player.locator("video").evaluate(TO_THE_END)
    expect(player.locator("[data-finale]")).to_be_visible()
    expect(player.locator("[data-finale] [data-pass=wa]")).to_be_visible()
    with bo.context.expect_page() as opened:
        player.locator(".strip a[data-own]").click()
    bo.page = opened.value
    bo.page.wait_for_url(f"**/episodes/{SLUG}/**")
    with bo.page.expect_response("**/t/seen"):
        bo.act()
    assert len(counter.visits()) == 2, "on our own site Bo is still the same visitor"


def test_how_far_a_film_was_watched_is_told_when_the_page_goes_out_of_sight(people: People, counter: Counter) -> None:
    ana = people("ana")
    page = ana.open()
    visit = ana.stay()
    ana.play()
    assert "/t/watched" not in ana.told
    for wanted in (0, 4):
        with page.expect_response("**/t/watched") as answer:
            page.evaluate(OUT_OF_SIGHT)
        assert answer.value.status == 201
        assert [row["quartile"] for row in counter.rows("select * from films where visit_id = :id", id=visit)] == [
            wanted
        ]
        if not wanted:
            ana.watch_to_the_end()
    page.evaluate(OUT_OF_SIGHT)
    ana.settle()
    assert ana.told.count("/t/watched") == 2
