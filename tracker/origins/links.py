"""The links of an origin: one for each episode, language and placement. The same name is the same origin."""

from __future__ import annotations

import time
from typing import NamedTuple

from tracker.origins.codes import keep_origin, list_sorts
from tracker.origins.qr import draw_text
from tracker.services import Services
from tracker.sharers import make_origin

PLACEMENTS = ("ref", "qr")  # to click on, and to print
LONGEST_NAME = 80


class OriginLink(NamedTuple):
    """One address of an origin. `title` is the episode's, "" for the link that stands for the whole campaign."""

    title: str
    episode: str
    language: str
    placement: str
    address: str


def list_links(kit: Services, origin: str) -> list[OriginLink]:
    """An origin's links: first one for each placement to the newest episode, then each episode in its languages."""
    campaign = kit.campaign
    links = []
    newest = next(iter(campaign.episodes), "")
    for placement in PLACEMENTS if newest else ():
        path = kit.link_path(origin, newest, placement, campaign.languages[0])
        links.append(OriginLink("", newest, campaign.languages[0], placement, kit.address_of(path)))
    for slug, episode in campaign.episodes.items():
        for language in campaign.languages:
            if language not in (episode.get("paths") or {campaign.languages[0]: ""}):
                continue
            for placement in PLACEMENTS:
                address = kit.address_of(kit.link_path(origin, slug, placement, language))
                links.append(OriginLink(campaign.title(slug, language), slug, language, placement, address))
    return links


def tidy_name(name: str) -> str:
    """The name as it is kept: one line, single spaces. Raises ValueError for none, or one that can't be read."""
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > LONGEST_NAME or not tidy.isprintable():
        raise ValueError(f"An origin has a name of 1 to {LONGEST_NAME} characters, such as 'Newsletter 12'.")
    return tidy


def add_origin(kit: Services, name: str, sort: str = "", by: str = "") -> str:
    """The id of the origin of this name, which is made, with its code, if there is none. A sort that is told is kept.

    Raises ValueError for a bad name or a sort that there is not.
    """
    now = int(time.time())
    id_ = make_origin(kit.store, tidy_name(name), now)
    keep_origin(kit.store, id_, sort, by, now)
    return id_


def tell_origin(kit: Services, name: str, sort: str = "") -> list[str]:
    """An origin as lines for a terminal: its links, its code, its QR code. Made, and refused, as by add_origin."""
    id_ = add_origin(kit, name, sort)
    links = list_links(kit, id_)
    lines = [f"{link.address}  ({link.title or 'newest episode'}, {link.language}, {link.placement})" for link in links]
    lines.append(f"{kit.address_of('/p/' + list_sorts(kit.store)[id_]['code'])}  (to type by hand)")
    lines.append(f"{kit.address_of(f'/staff/origins/{id_}')}  (posters and table cards)")
    printed = next((link.address for link in links if link.placement == "qr"), "")
    return [*lines, draw_text(printed)] if printed else lines
