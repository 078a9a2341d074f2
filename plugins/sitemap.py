"""sitemap.xml, with each page's languages and each episode's film; and robots.txt, which closes what is not theirs."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

from pelican import signals

from plugins.films import write_whole
from plugins.languages import Site
from plugins.shown import Shown

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
VIDEO = "http://www.google.com/schemas/sitemap-video/1.1"
XHTML = "http://www.w3.org/1999/xhtml"
UNLISTED = ("platform",)
CLOSED = ("/go/", "/staff/", "/impact/", "/t/", "/hooks/", "/drafts/")
CARD_DRAWERS = ("facebookexternalhit", "Twitterbot", "LinkedInBot", "WhatsApp", "TelegramBot", "Slackbot", "Discordbot")
"""Crawlers that draw the card of a link somebody passed on. Some obey robots.txt: closed out, they would draw none."""


def make_sitemap(site: Site) -> bytes:
    """Published pages only: home, episodes, pages, in every language they exist in."""
    root = Xml.Element("urlset", {"xmlns": SITEMAP, "xmlns:xhtml": XHTML, "xmlns:video": VIDEO})
    homes = {lang: f"{site.url}{site.home(lang)}" for lang in site.languages}
    for address in homes.values():
        _add(root, address, homes)
    for episode in site.episodes:
        if episode.status == "published":
            versions = {o.lang: o.url for o in episode.translations.values() if o.status == "published"}
            element = _add(root, episode.url, versions, f"{episode.date:%Y-%m-%d}")
            _add_film(site, element, episode)
    for page in _listed(site.pages):
        others = _listed(page.translations)
        _add(root, f"{site.url}/{page.url}", {o.lang: f"{site.url}/{o.url}" for o in (page, *others)})
    Xml.indent(root, " ")
    xml: bytes = Xml.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + xml + b"\n"


def _listed(pages: Iterable[Any]) -> list[Any]:
    wanted = (page for page in pages if page.status == "published" and page.template not in UNLISTED)
    return sorted(wanted, key=lambda page: (page.stem, page.lang))


def _add(root: Xml.Element, address: str, versions: Mapping[str, str], changed: str = "") -> Xml.Element:
    element = Xml.SubElement(root, "url")
    Xml.SubElement(element, "loc").text = address
    if changed:
        Xml.SubElement(element, "lastmod").text = changed
    for lang, other in sorted(versions.items()) if len(versions) > 1 else ():
        Xml.SubElement(element, "xhtml:link", {"rel": "alternate", "hreflang": lang, "href": other})
    return element


def _add_film(site: Site, element: Xml.Element, episode: Shown) -> None:
    film = episode.film
    video = Xml.SubElement(element, "video:video")
    Xml.SubElement(video, "video:thumbnail_loc").text = f"{site.url}{film.poster}"
    Xml.SubElement(video, "video:title").text = episode.title
    Xml.SubElement(video, "video:description").text = episode.summary
    if film.remote:
        Xml.SubElement(video, "video:player_loc").text = film.remote.embed
    else:
        Xml.SubElement(video, "video:content_loc").text = f"{site.url}{film.src}"
    if film.duration:
        Xml.SubElement(video, "video:duration").text = str(max(1, round(film.duration)))
    Xml.SubElement(video, "video:publication_date").text = episode.date.isoformat()


def make_robots(site: Site) -> str:
    """What robots should leave alone. Personal links are for those only who draw cards of them."""
    links = [*(f"Disallow: {site.home(lang)}r/" for lang in site.languages), "Disallow: /p/"]
    closed = [f"Disallow: {path}" for path in CLOSED]
    drawers = [f"User-agent: {name}" for name in CARD_DRAWERS]
    everybody = ["User-agent: *", *links, *closed]
    return "\n".join([*everybody, "", *drawers, *closed, "", f"Sitemap: {site.url}/sitemap.xml", ""])


def write_sitemap(pelican: Any) -> None:
    site: Site = pelican.settings["SITE"]
    output = Path(pelican.output_path)
    write_whole(output / "sitemap.xml", make_sitemap(site))
    write_whole(output / "robots.txt", make_robots(site).encode())


def register() -> None:
    signals.finalized.connect(write_sitemap)
