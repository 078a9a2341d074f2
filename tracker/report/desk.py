"""GET /staff/report/: a week on one page, to read or to print; who wants it by e-mail; and the page that stops it."""

from __future__ import annotations

import time
from datetime import timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from tracker.charts import draw_for_page
from tracker.dashboard import offer_words
from tracker.errors import Refused
from tracker.pages import STAFF_LANGUAGES, page_language
from tracker.pages import gettext as _
from tracker.report.figures import UnknownWeek, last_week, name_week, period_of, read_report, read_week
from tracker.report.letter import describe, write_letter
from tracker.report.post import MailError, can_post, open_post, post_letter
from tracker.report.sending import list_sent_to, next_time
from tracker.report.subscribers import (
    BadAddress,
    find_subscriber,
    read_stop_token,
    stop_token,
    subscribe,
    unsubscribe,
)
from tracker.services import services
from tracker.throttle import limiter

blueprint = Blueprint("report", __name__, url_prefix="/staff/report")
blueprint.context_processor(offer_words)
stopping = Blueprint("stopping", __name__, url_prefix="/report")


@blueprint.get("/")
def report() -> ResponseReturnValue:
    return show_report()


def show_report(mistake: str = "", address: str = "") -> str:
    kit, now = services(), time.time()
    week = request.args.get("week") or last_week(now, kit)
    try:
        monday, found = read_week(week), read_report(kit, week)
    except UnknownWeek as error:
        raise Refused("unknown_week", str(error), 404) from None
    said = describe(found)
    subscriber = find_subscriber(kit.store, current_user.name)
    return render_template(
        "report/report.html",
        **said,
        period=period_of(kit, monday),
        picture="" if found.is_empty else draw_for_page(said["chart"]),
        before=name_week(monday - timedelta(days=7)),
        after=name_week(monday + timedelta(days=7)) if week < last_week(now, kit) else "",
        subscriber=subscriber,
        address=address or (subscriber["address"] if subscriber else ""),
        can_post=can_post(kit.settings),
        next_time=int(next_time(kit, now).timestamp()) if kit.settings.report_hour >= 0 else None,
        sent=list_sent_to(kit.store, current_user.name, current_user.role),
        mistake=mistake,
    )


@blueprint.post("/subscribe")
def post_subscribe() -> ResponseReturnValue:
    language = request.form.get("language", "")
    try:
        if request.form.get("agreed") != "yes":
            return show_report(_("Cochez la case : sans votre accord, rien n’est gardé."), request.form["address"]), 422
        subscribe(
            services().store,
            current_user.name,
            request.form.get("address", ""),
            language if language in STAFF_LANGUAGES else page_language(),
        )
    except (BadAddress, KeyError):
        return show_report(_("Cette adresse ne mène nulle part. Il en faut une avec une arobase."), ""), 422
    flash(_("C’est noté. Le prochain rapport part lundi."))
    return redirect(url_for("report.report"), 303)


@blueprint.post("/unsubscribe")
def post_unsubscribe() -> ResponseReturnValue:
    unsubscribe(services().store, current_user.name)
    flash(_("C’est arrêté, et l’adresse est oubliée."))
    return redirect(url_for("report.report"), 303)


@blueprint.post("/try")
@limiter.limit("5 per hour")
def post_try() -> ResponseReturnValue:
    """Send the newest report to oneself at once, to see that mails arrive."""
    kit, now = services(), time.time()
    subscriber = find_subscriber(kit.store, current_user.name)
    if subscriber is None or not can_post(kit.settings):
        raise Refused("no_address", "There is no address to send to, or no mail server is set.", 422)
    stop = kit.address_of(url_for("stopping.stop", token=stop_token(kit, current_user.name)))
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    found = read_report(kit, last_week(now, kit))
    try:
        with open_post(kit.settings) as server:
            post_letter(server, write_letter(app, found, subscriber["address"], subscriber["language"], stop, now))
    except MailError as error:
        flash(_("Le serveur de courrier a refusé : %(reason)s") % {"reason": error})
    else:
        flash(_("C’est parti. Regardez votre boîte, et les indésirables aussi, avec leurs excuses."))
    return redirect(url_for("report.report"), 303)


@stopping.get("/stop/<token>")
def stop(token: str) -> ResponseReturnValue:
    """The page with the one button: mail scanners follow links, and must stop nothing."""
    if read_stop_token(services(), token) is None:
        raise Refused("unknown_report", "This address stops nothing: it may have been cut when it was copied.", 404)
    return render_template("report/stop.html", stopped=False)


@stopping.post("/stop/<token>")
def post_stop(token: str) -> ResponseReturnValue:
    """From that page, or from the mail program's own button (RFC 8058)."""
    staff = read_stop_token(services(), token)
    if staff is None:
        raise Refused("unknown_report", "This address stops nothing: it may have been cut when it was copied.", 404)
    unsubscribe(services().store, staff)
    return render_template("report/stop.html", stopped=True)
