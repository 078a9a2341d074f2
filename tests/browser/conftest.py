"""A real Chromium before a real server: the site is built once, each file of tests gets a database of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from chores.build import build_site
from tests.browser.people import People, Visitor
from tests.browser.places import Counter, Platform, Site, open_platform
from tests.conftest import AGENTS
from tests.ports import free_port

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # whatever a page tries, nothing leaves the machine
]
KEPT = ["--disable-back-forward-cache"]  # Playwright switches it off; people have it
PATIENCE = 15_000  # milliseconds; a busy machine is slow, not wrong


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. For the package only: Playwright's loop must not run under other tests."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        mend = "There is no Chromium. On Debian: apt-get install chromium"
        if os.environ.get("STRICT"):
            pytest.fail(mend)
        pytest.skip(mend)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS, ignore_default_args=KEPT)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def platform() -> Iterator[Platform]:
    with open_platform() as platform:
        yield platform


@pytest.fixture(scope="package")
def site(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The demo campaign, built for a free port, whose gifts go to the stand-in platform."""
    site = Site(tmp_path_factory.mktemp("site") / "output", free_port(), platform)
    target = {"name": "donner", "address": platform.address, "provider": "generic", "field": "visit_id"}
    build_site(OUTPUT_PATH=str(site.output), SITEURL=site.address, TARGETS=[target])
    return site


@pytest.fixture(scope="module")
def open_counter(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """The server, open as long as this file of tests runs."""
    counter = Counter(site, tmp_path_factory.mktemp("counter"))
    try:
        counter.open()
        yield counter
    finally:
        counter.close()


@pytest.fixture
def counter(open_counter: Counter, platform: Platform) -> Counter:
    """The server, with eyes for what this test brings about."""
    open_counter.begin()
    platform.asked.clear()
    return open_counter


@pytest.fixture
def people(chromium: Browser, site: Site) -> Iterator[People]:
    """people("ana"): a browser of Ana's own, with her own user agent. Nobody's console may complain about anything."""
    present: list[Visitor] = []

    def arrive(name: str, **options: object) -> Visitor:
        options = {"user_agent": AGENTS[name], "locale": "fr-FR", "reduced_motion": "reduce", **options}
        scripts = bool(options.get("java_script_enabled", True))
        visitor = Visitor(chromium.new_context(**options), site, scripts)
        present.append(visitor)
        return visitor

    yield arrive
    for visitor in present:
        visitor.leave()
