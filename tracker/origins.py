"""Origins: a newsletter, a poster or a partner with a link of its own, made by staff, so that its visits are known."""

from __future__ import annotations

import time
from typing import NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.choices import counting_since
from tracker.leaderboard import FIRST_DAY, Scope, sum_origins
from tracker.pages import gettext as _
from tracker.services import Services, services
from tracker.sharers import make_origin
from tracker.staff.roles import only_who_may

blueprint = Blueprint("origins", __name__, url_prefix="/staff/origins")

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


def describe_origin(kit: Services, name: str) -> list[OriginLink]:
    """The links of the origin of this name, which is made if there is none. Raises ValueError for a bad name."""
    return list_links(kit, make_origin(kit.store, tidy_name(name), int(time.time())))


@blueprint.get("/")
def origins() -> ResponseReturnValue:
    return show_origins()


@blueprint.post("/")
@only_who_may("make origins")
def post_origin() -> ResponseReturnValue:
    kit = services()
    try:
        id_ = make_origin(kit.store, tidy_name(request.form.get("name", "")), int(time.time()))
    except ValueError:
        return show_origins(_("Donnez-lui un nom, de 80 caractères au plus.")), 422
    flash(_("Le lien est prêt. Il ne demande qu’à être collé quelque part."))
    return redirect(url_for("origins.origins", _anchor=f"o-{id_}"), 303)


def show_origins(mistake: str = "") -> str:
    kit = services()
    scope = Scope(since=counting_since(kit.store) or FIRST_DAY)
    rows = [{**row, "links": list_links(kit, row["sharer"])} for row in sum_origins(kit.store, scope)]
    return render_template("origins/origins.html", origins=rows, mistake=mistake)
