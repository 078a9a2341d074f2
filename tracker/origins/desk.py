"""Staff's pages of origins: make one, take its links, its code, its QR code and its prints; see which ones worked."""

from __future__ import annotations

import re
import time
import unicodedata

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from tracker.dashboard import asked_period, offer_words
from tracker.errors import Refused
from tracker.leaderboard import sum_sharer
from tracker.origins.codes import SORTS, keep_origin, write_code
from tracker.origins.door import BY_HAND
from tracker.origins.links import add_origin, list_links
from tracker.origins.prints import FORMATS, draw_pdf
from tracker.origins.qr import draw_png, draw_svg
from tracker.origins.report import compare_media, list_origins
from tracker.pages import gettext as _
from tracker.pages import page_language
from tracker.services import Services, services
from tracker.staff.roles import only_who_may
from tracker.store import Row
from tracker.virality.days import days_made_at

blueprint = Blueprint("origins", __name__, url_prefix="/staff/origins")
blueprint.context_processor(offer_words)

QR_KINDS = {"svg": ("image/svg+xml", draw_svg), "png": ("image/png", draw_png)}


def name_sort(sort: str) -> str:
    words = {
        "poster": _("Affiche"),
        "flyer": _("Prospectus"),
        "magazine": _("Page de magazine"),
        "newsletter": _("Lettre d’information"),
        "partner": _("Site d’un partenaire"),
        "network": _("Publication sur un réseau"),
        "debate": _("Café-débat"),
        "stand": _("Stand, soirée, salle"),
        "other": _("Autre chose"),
    }
    return words.get(sort, sort)


def name_medium(medium: str) -> str:
    return {"print": _("Papier"), "web": _("Web"), "event": _("Événement")}.get(medium, medium)


@blueprint.get("/")
def origins() -> ResponseReturnValue:
    return show_origins()


@blueprint.post("/")
@only_who_may("make origins")
def post_origin() -> ResponseReturnValue:
    try:
        name, sort = request.form.get("name", ""), request.form.get("sort", "")
        id_ = add_origin(services(), name, sort if sort in SORTS else "", current_user.name)
    except ValueError:
        return show_origins(_("Donnez-lui un nom, de 80 caractères au plus.")), 422
    flash(_("Le lien est prêt. Il ne demande qu’à être collé quelque part."))
    return redirect(url_for("origins.origin", id_=id_), 303)


def show_origins(mistake: str = "") -> str:
    kit, period = services(), asked_period()
    rows = list_origins(kit.store, period.scope, int(time.time()))
    return render_template(
        "origins/origins.html",
        period=period,
        origins=rows,
        media=compare_media(rows),
        whole_known=not (period.episode or period.channel),
        made_at=days_made_at(kit.store),
        most=max((row["confirmed"] for row in rows), default=0),
        sorts=list(SORTS),
        name_sort=name_sort,
        name_medium=name_medium,
        mistake=mistake,
    )


def asked_origin(kit: Services, id_: str) -> Row:
    """{"sharer", "name", "created_at", "sort", "code"}. Raises Refused for one that there is not."""
    rows = kit.store.query(
        "select id as sharer, name, created_at from sharers where id = :id and kind = 'origin'", id=id_
    )
    if not rows:
        raise Refused("unknown_origin", "There is no such origin.", 404)
    return {**rows[0], **keep_origin(kit.store, id_, "", "", int(time.time()))}


def asked_episode(kit: Services) -> tuple[str, str]:
    """(slug, language) that a print is asked for: the newest in the page's language where nothing is said."""
    episodes, languages = kit.campaign.episodes, kit.campaign.languages
    wanted = request.args.get("episode", "")
    slug = wanted if wanted in episodes else next(iter(episodes), "")
    spoken = [each for each in languages if each in (episodes.get(slug, {}).get("paths") or {languages[0]: ""})]
    for language in (request.args.get("language"), page_language()):
        if language in spoken:
            return slug, language
    return slug, (spoken or languages)[0]


@blueprint.get("/<id_>")
def origin(id_: str) -> ResponseReturnValue:
    kit, period = services(), asked_period()
    row = asked_origin(kit, id_)
    episode, language = asked_episode(kit)
    number = kit.campaign.episodes.get(episode, {}).get("number") or 0
    return render_template(
        "origins/origin.html",
        period=period,
        origin=row,
        own=sum_sharer(kit.store, id_, period.scope),
        episode=episode,
        language=language,
        links=list_links(kit, id_),
        chosen={placement: address_for(kit, id_, episode, placement, language) for placement in ("ref", "qr")},
        code=write_code(row["code"], number),
        typed=kit.address_of(f"/p/{write_code(row['code'], number)}"),
        always=kit.address_of(f"/p/{row['code']}"),
        formats=list(FORMATS),
        name_sort=name_sort,
        sorts=list(SORTS),
        in_thread=BY_HAND,
    )


@blueprint.post("/<id_>")
@only_who_may("make origins")
def post_sort(id_: str) -> ResponseReturnValue:
    kit, sort = services(), request.form.get("sort", "")
    asked_origin(kit, id_)
    if sort not in SORTS:
        raise Refused("unknown_sort", f"An origin is one of {', '.join(SORTS)}.", 422)
    keep_origin(kit.store, id_, sort, current_user.name, int(time.time()))
    flash(_("C’est rangé."))
    return redirect(url_for("origins.origin", id_=id_), 303)


def show_file(content: bytes | str, mimetype: str, ending: str, *names: str) -> Response:
    """A download that browsers show first, under a name in plain letters."""
    headers = {"Content-Disposition": f'inline; filename="{file_name(*names)}.{ending}"'}
    return Response(content, mimetype=mimetype, headers=headers)


def address_for(kit: Services, id_: str, episode: str, placement: str, language: str) -> str:
    return kit.address_of(kit.link_path(id_, episode, placement, language))


def file_name(*parts: str) -> str:
    """A name for a download, in plain letters."""
    plain = unicodedata.normalize("NFKD", " ".join(parts)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "ricochet"


@blueprint.get("/<id_>/qr.<kind>")
def qr(id_: str, kind: str) -> ResponseReturnValue:
    kit = services()
    row = asked_origin(kit, id_)
    episode, language = asked_episode(kit)
    if kind not in QR_KINDS or not episode:
        raise Refused("unknown_picture", "QR codes are drawn as svg or png, once there is an episode.", 404)
    mimetype, draw = QR_KINDS[kind]
    picture = draw(address_for(kit, id_, episode, "qr", language))
    return show_file(picture, mimetype, kind, row["name"], "qr", language)


@blueprint.get("/<id_>/<format_>.pdf")
def print_(id_: str, format_: str) -> ResponseReturnValue:
    kit = services()
    row = asked_origin(kit, id_)
    episode, language = asked_episode(kit)
    if format_ not in FORMATS or not episode:
        raise Refused("unknown_format", f"Prints are {', '.join(FORMATS)}, once there is an episode.", 404)
    pdf = draw_pdf(kit, id_, row["code"], row["name"], format_, episode, language)
    return show_file(pdf, "application/pdf", "pdf", row["name"], format_, language)
