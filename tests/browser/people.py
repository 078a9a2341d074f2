"""Somebody in a browser of their own, who walks through the site while everything their pages do is written down."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Locator, Page, Request, expect

from tests.browser.places import Site

EPISODE = "/episodes/jai-pas-de-monnaie/"
SLUG = "jai-pas-de-monnaie"
TOKEN = r"[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{16}"
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
TELLING = re.compile(r"/t/(visits|seen)$")

WATCH = """seconds => new Promise((done) => {
    const film = document.querySelector("video");
    const look = () => film.currentTime > seconds && done(film.currentTime);
    film.addEventListener("timeupdate", look);
    look();
})"""
TO_THE_END = """() => new Promise((done) => {
    const film = document.querySelector("video");
    film.addEventListener("ended", () => done(true));
    const hurry = () => { film.currentTime = film.duration - 0.2; film.play(); };
    if (film.readyState) hurry();
    else { film.addEventListener("loadedmetadata", hurry, { once: true }); film.play(); }
})"""


class Visitor:
    """A person. `asked` is every request of their pages, `complaints` what the browser's console had to say."""

    def __init__(self, context: BrowserContext, site: Site, scripts: bool = True) -> None:
        self.context = context
        self.site = site
        self.scripts = scripts
        self.asked: list[Request] = []
        self.complaints: list[str] = []
        self.forgiven: str | None = None
        context.set_default_timeout(15_000)
        context.on("request", lambda request: self.asked.append(request))
        context.on("console", lambda said: self.complaints.append(said.text) if said.type in BAD else None)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.page: Page = context.new_page()

    def open(self, path: str = EPISODE) -> Page:
        """Go to a path of the site, or to a whole address."""
        self.page.goto(path if path.startswith("http") else self.site.address + path)
        self.look()
        return self.page

    def look(self) -> None:
        """See the page; by then its script, which is fetched once it is painted, runs."""
        if self.scripts:
            self.page.wait_for_function("() => !document.querySelector('script[data-src]') || window.ricochet")

    def open_tab(self, path: str = EPISODE) -> Page:
        """The same in a tab of its own; the former one stays open."""
        self.page = self.context.new_page()
        return self.open(path)

    def stay(self, path: str = "") -> str:
        """Do something on the page (opened first, if a path is given); the visit's id once the tracker knows it."""
        if path:
            self.open(path)
        with self.page.expect_response(lambda answer: bool(TELLING.search(urlsplit(answer.url).path))) as answer:
            self.act()
        self.page.wait_for_url(re.compile(rf"#via-{TOKEN}$"))
        return str(answer.value.json()["visit"]).partition(".")[0]

    def act(self) -> None:
        """What only somebody who is there does."""
        self.look()
        self.page.keyboard.press("Shift")

    def settle(self) -> None:
        """Do something, and give whatever it sets off the time of a request: then nothing more comes."""
        self.act()
        self.page.evaluate("() => fetch(location.pathname, { cache: 'no-store' }).then(() => true)")

    @property
    def told(self) -> list[str]:
        """Paths under /t that this visitor's pages wrote to, in order."""
        paths = [urlsplit(request.url).path for request in self.asked if request.method == "POST"]
        return [path for path in paths if path.startswith("/t/")]

    @property
    def strangers(self) -> list[str]:
        """Addresses elsewhere that pages loaded something from; where somebody went by a link doesn't count."""
        return [
            request.url
            for request in self.asked
            if not request.url.startswith((self.site.address, "data:", "blob:")) and not request.is_navigation_request()
        ]

    @property
    def identity(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.page.evaluate("() => window.ricochet.identity")
        return found

    def way(self, code: str) -> Locator:
        """A way to pass the episode on, in the list that stands on the page."""
        return self.page.locator(f"[data-passes] [data-pass={code}]")

    def give(self) -> Locator:
        return self.page.locator("a[data-give]:visible").first

    def play(self) -> None:
        self.page.locator("[data-call]").click()
        self.page.evaluate(WATCH, 0.3)

    def watch_to_the_end(self) -> None:
        self.page.evaluate(TO_THE_END)
        expect(self.page.locator("[data-finale]")).to_be_visible()

    @contextmanager
    def network(self, host: str) -> Iterator[list[str]]:
        """A network answers with an empty page, without leaving the machine; what it was asked for."""
        opened: list[str] = []

        def answer(route: Any) -> None:
            opened.append(route.request.url)
            route.fulfill(body=THERE, content_type="text/html")

        pattern = re.compile(rf"https://{re.escape(host)}/")
        self.context.route(pattern, answer)
        yield opened
        self.context.unroute(pattern)

    def pass_on(self, code: str = "wa", host: str = "wa.me") -> str:
        """Press a way; the address that the network was given, once the tracker has noted it."""
        with self.network(host) as opened:
            with self.page.expect_response("**/t/shares") as noted, self.context.expect_page() as popup:
                self.way(code).click()
            popup.value.wait_for_load_state()
            popup.value.close()
        assert noted.value.status == 201
        return opened[0]

    def leave(self) -> None:
        """Close the browser; then what nobody should have met."""
        self.context.close()
        unforgiven = [each for each in self.complaints if not (self.forgiven and re.search(self.forgiven, each))]
        assert not unforgiven, unforgiven
        assert not self.strangers, self.strangers


def link_of(visitor: Visitor, id_: str, placement: str = "wa") -> str:
    """The link of whoever has this visitor's id, as their page hands it out."""
    assert visitor.identity is not None
    assert visitor.identity["link"].startswith(id_)
    return f"{visitor.site.address}/r/{SLUG}/{placement}/{visitor.identity['link']}"


BAD = ("error", "warning")
THERE = "<!doctype html><title>There</title><link rel=icon href='data:,'>"  # browsers ask for an icon, unasked

People = Callable[..., Visitor]
