"""README's pictures, taken from a demo of its own: real pages, a throw-away database, nobody's data."""

from __future__ import annotations

import secrets
import shutil
import socket
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from chores.build import build_site
from chores.launch import wait_until_open
from chores.opened import open_tables
from chores.serve import Problem, Server
from settings import HERE, load
from tracker.campaign import read_campaign
from tracker.demo import fill
from tracker.staff.accounts import add_staff

PICTURES = HERE / "docs" / "pictures"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def take() -> None:
    """Writes docs/pictures/home.jpg and dashboard.jpg. Raises Problem without a Chromium."""
    program = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if program is None:
        raise Problem("Chromium is missing. On Debian: apt install chromium")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        settings = load(_env_file=None, host="127.0.0.1", port=port)
        build_site(OUTPUT_PATH=f"{folder}/output", SITEURL=settings.site_url)
        database, password = f"{folder}/demo.db", secrets.token_urlsafe(9)
        with open_tables(database) as store:
            fill(store, read_campaign(Path(folder, "output", "campaign.json").read_text(encoding="utf-8")))
            add_staff(store, "Stef", password, "marketer")
        server = Server(
            {
                "PORT": str(port),
                "HOST": "127.0.0.1",
                "SITE_URL": settings.site_url,
                "OUTPUT": f"{folder}/output",
                "CAMPAIGN": "",
                "TRACKER_DATABASE": database,
                "TRACKER_SECRETS": secrets.token_urlsafe(32),
            }
        )
        try:
            wait_until_open(settings, server)
            with sync_playwright() as player:
                browser = player.chromium.launch(executable_path=program, args=QUIET)
                take_pictures(browser, settings.site_url, password)
                browser.close()
        finally:
            server.stop()


def take_pictures(browser: Browser, site: str, password: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(viewport={"width": 1200, "height": 860}, locale="fr-FR", reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{site}/")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=PICTURES / "home.jpg", type="jpeg", quality=72)
    page.goto(f"{site}/staff/sign-in?lang=en")
    page.get_by_label("Name").fill("Stef")
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/staff/")
    page.goto(f"{site}/staff/?lang=en")
    page.screenshot(path=PICTURES / "dashboard.jpg", type="jpeg", quality=72)
    for picture in sorted(PICTURES.glob("*.jpg")):
        print(f"{picture.relative_to(HERE)}: {picture.stat().st_size // 1024} KB")
