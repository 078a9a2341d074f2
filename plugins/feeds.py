"""Atom and RSS feeds, one of each per language, with the film as enclosure."""

from email.utils import format_datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

from pelican import signals

from plugins.films import write_whole
from plugins.languages import Site
from plugins.shown import Shown

ATOM = "http://www.w3.org/2005/Atom"
MOST = 50


def make_atom(site: Site, lang: str) -> bytes:
    """An Atom feed (RFC 4287) of the newest episodes in a language; it changes only when they do."""
    about = site.describe(lang)
    feed = Xml.Element("feed", {"xmlns": ATOM, "xml:lang": lang})
    home = f"{site.url}{about['home']}"
    _say(feed, "title", about["name"])
    _say(feed, "subtitle", about["tagline"])
    _say(feed, "id", home)
    Xml.SubElement(feed, "link", {"href": home, "rel": "alternate", "type": "text/html"})
    Xml.SubElement(feed, "link", {"href": f"{site.url}{about['feed']}", "rel": "self", "type": "application/atom+xml"})
    episodes = _newest(site, lang)
    _say(feed, "updated", max(e.date for e in episodes).isoformat() if episodes else "1970-01-01T00:00:00+00:00")
    _say(Xml.SubElement(feed, "author"), "name", about["organisation"])
    for episode in episodes:
        entry = Xml.SubElement(feed, "entry", {"xml:lang": episode.lang})
        _say(entry, "title", episode.title)
        _say(entry, "id", episode.url)
        _say(entry, "published", episode.date.isoformat())
        _say(entry, "updated", episode.date.isoformat())
        Xml.SubElement(entry, "link", {"href": episode.url, "rel": "alternate", "type": "text/html"})
        if episode.film.src:
            Xml.SubElement(entry, "link", {"href": f"{site.url}{episode.film.src}", **_enclosure(site, episode)})
        Xml.SubElement(entry, "category", {"term": episode.cause.code, "label": episode.cause.name})
        _say(entry, "summary", episode.summary)
        _say(entry, "content", str(episode.body).replace('="/', f'="{site.url}/')).set("type", "html")
    return _finish(feed)


def make_rss(site: Site, lang: str) -> bytes:
    """The same as RSS 2.0, for the readers that know nothing else."""
    about = site.describe(lang)
    rss = Xml.Element("rss", {"version": "2.0", "xmlns:atom": ATOM})
    channel = Xml.SubElement(rss, "channel")
    _say(channel, "title", about["name"])
    _say(channel, "link", f"{site.url}{about['home']}")
    _say(channel, "description", about["tagline"])
    _say(channel, "language", lang)
    here = f"{site.url}{about['home']}feeds/rss.xml"
    Xml.SubElement(channel, "atom:link", {"href": here, "rel": "self", "type": "application/rss+xml"})
    for episode in _newest(site, lang):
        item = Xml.SubElement(channel, "item")
        _say(item, "title", episode.title)
        _say(item, "link", episode.url)
        _say(item, "guid", episode.url)
        _say(item, "pubDate", format_datetime(episode.date))
        _say(item, "description", episode.summary)
        if episode.film.src:
            enclosure = _enclosure(site, episode)
            address = {"url": f"{site.url}{episode.film.src}"}
            Xml.SubElement(item, "enclosure", address | {name: enclosure[name] for name in ("length", "type")})
    return _finish(rss)


def _newest(site: Site, lang: str) -> list[Shown]:
    return sorted(site.published[lang], key=lambda episode: (episode.date, episode.number), reverse=True)[:MOST]


def _enclosure(site: Site, episode: Shown) -> dict[str, str]:
    file = Path(site.settings["PATH"]) / episode.film.src.removeprefix("/")
    return {"rel": "enclosure", "type": episode.film.type, "length": str(file.stat().st_size)}


def _say(parent: Xml.Element, name: str, text: str) -> Xml.Element:
    element = Xml.SubElement(parent, name)
    element.text = "".join(sign for sign in text if sign in "\t\n" or ord(sign) >= 32)
    return element


def _finish(root: Xml.Element) -> bytes:
    Xml.indent(root, " ")
    xml: bytes = Xml.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + xml + b"\n"


def write_feeds(pelican: Any) -> None:
    site: Site = pelican.settings["SITE"]
    for lang in site.languages:
        folder = Path(pelican.output_path) / site.home(lang).strip("/") / "feeds"
        write_whole(folder / "atom.xml", make_atom(site, lang))
        write_whole(folder / "rss.xml", make_rss(site, lang))


def register() -> None:
    signals.finalized.connect(write_feeds)
