"""Figures that keep themselves fresh: the live part of the overview, and the screen on the wall of a launch day.

An open page asks every few seconds, with the version that it has; as long as nothing changed, the answer is 304, made
from a few rows. The screen needs a sign-in, or a link of its own that staff make and can take back.
"""

from __future__ import annotations

import hmac
import secrets
import time

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from tracker.choices import counting_since, keep_choice, read_choice
from tracker.dashboard import asked_period, first_day_of, offer_words
from tracker.dashboard.overview import look_at, version_of
from tracker.dashboard.period import read_period
from tracker.errors import Refused
from tracker.leaderboard import FIRST_DAY, Scope, sum_hourly
from tracker.pages import gettext as _
from tracker.services import Services, services
from tracker.staff.roles import only_who_may

blueprint = Blueprint("live", __name__)
blueprint.context_processor(offer_words)

KIOSK = "kiosk"  # the choice that holds the key of the screen's link; "" when it was taken back


def answer_if_changed(version: str, template: str, **names: object) -> Response:
    """The template, or 304 for a page that has this version already."""
    tag = f'"{version}"'
    if request.headers.get("If-None-Match") == tag:
        response = Response(status=304)
    else:
        response = make_response(render_template(template, **names))
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.get("/staff/live")
def figures() -> ResponseReturnValue:
    """The live part of the overview."""
    kit = services()
    version = version_of(kit.store, kit.campaign, request.query_string.decode("ascii", "replace"))
    if request.headers.get("If-None-Match") == f'"{version}"':
        return answer_if_changed(version, "")
    period = asked_period()
    return answer_if_changed(
        version, "dashboard/live.html", period=period, **look_at(kit, period, first_day_of(kit.store))
    )


@blueprint.get("/staff/kiosk")
def kiosk() -> ResponseReturnValue:
    return show_kiosk(services(), url_for("live.kiosk"))


@blueprint.get("/kiosk/<key>")
def kiosk_by_link(key: str) -> ResponseReturnValue:
    kit = services()
    kept = kiosk_key(kit)
    if not kept or not hmac.compare_digest(kept.encode(), key.encode()):
        raise Refused("unknown_kiosk", "This screen's link was taken back, or never given.", 404)
    return show_kiosk(kit, url_for("live.kiosk_by_link", key=key))


@blueprint.post("/staff/kiosk")
@only_who_may("count from")
def post_kiosk() -> ResponseReturnValue:
    """Make a new link for the screen, which ends the one before; or only end it."""
    ends = request.form.get("deed") == "end"
    keep_choice(services().store, KIOSK, "" if ends else secrets.token_urlsafe(16), current_user.name)
    flash(_("Le lien de l’écran ne mène plus nulle part.") if ends else _("L’écran a son lien. L’ancien est mort."))
    return redirect(url_for("dashboard.overview", _anchor="kiosk"), 303)


def kiosk_key(kit: Services) -> str:
    """The key of the screen's link, "" if there is none."""
    choice = read_choice(kit.store, KIOSK)
    return str(choice["value"]) if choice else ""


def show_kiosk(kit: Services, address: str) -> Response:
    version = version_of(kit.store, kit.campaign, "kiosk")
    if request.headers.get("If-None-Match") == f'"{version}"':
        return answer_if_changed(version, "")
    first_day = first_day_of(kit.store)
    period = read_period({"range": "today"}, kit.campaign, time.time(), counting_since(kit.store), first_day)
    ever = sum_hourly(kit.store, Scope(since=counting_since(kit.store) or FIRST_DAY))
    return answer_if_changed(
        version,
        "dashboard/kiosk.html",
        period=period,
        ever=ever,
        address=address,
        **look_at(kit, period, first_day),
    )
