"""Signing in and out, and one's own password. Guessing is slowed down, by place and by account."""

from __future__ import annotations

import hashlib
import re

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user
from werkzeug import Response

from tracker.pages import gettext as _
from tracker.services import services
from tracker.staff.accounts import Member, StaffError, change_password, check_new_password, check_password
from tracker.throttle import limiter

blueprint = Blueprint("staff", __name__, url_prefix="/staff", static_folder="../static", static_url_path="/static")

LOCAL = re.compile(r"/staff/[A-Za-z0-9_/.?=&%+:-]*", re.ASCII)


def wrong(response: Response) -> bool:
    """Only wrong tries use up the allowance."""
    return response.status_code == 401


def same_account() -> str:
    """The account tried; hashed, since a password may have been typed in its place."""
    name = request.form.get("name", "").strip().lower()
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def safe_next(wanted: str | None) -> str:
    """Where to go after signing in: a page of ours for staff, whatever was asked for."""
    return wanted if wanted and LOCAL.fullmatch(wanted) else url_for("dashboard.overview")


def begin_session(member: Member) -> None:
    """A session of its own, which takes over nothing from before but the language."""
    language = session.get("lang") or request.args.get("lang")
    session.clear()
    session.permanent = True
    if language in ("fr", "en"):
        session["lang"] = language
    login_user(member)


@blueprint.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(safe_next(request.args.get("next")))
    return render_template("staff/sign_in.html", name="", wrong=False)


@blueprint.post("/sign-in")
@limiter.limit("10 per 15 minutes", deduct_when=wrong)
@limiter.limit("30 per 15 minutes", key_func=same_account, deduct_when=wrong)
def post_sign_in() -> ResponseReturnValue:
    name = request.form.get("name", "")
    member = check_password(services().store, name, request.form.get("password", ""))
    if member is None:
        return render_template("staff/sign_in.html", name=name[:60], wrong=True), 401
    begin_session(member)
    return redirect(safe_next(request.args.get("next")), 303)


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    logout_user()
    session.clear()
    return redirect(url_for("staff.sign_in"), 303)


@blueprint.get("/password")
def password() -> ResponseReturnValue:
    return render_template("staff/password.html", mistake="")


@blueprint.post("/password")
@limiter.limit("10 per 15 minutes", deduct_when=wrong)
def post_password() -> ResponseReturnValue:
    store, wanted = services().store, request.form.get("wanted", "")
    if check_password(store, current_user.name, request.form.get("password", "")) is None:
        return render_template("staff/password.html", mistake=_("Ce n’est pas votre mot de passe actuel.")), 401
    try:
        check_new_password(wanted)
    except StaffError:
        mistake = _("Il faut au moins dix caractères. Quatre mots au hasard font très bien l’affaire.")
        return render_template("staff/password.html", mistake=mistake), 422
    begin_session(change_password(store, current_user, wanted))
    flash(_("C’est changé. Vos autres sessions sont fermées."))
    return redirect(url_for("dashboard.overview"), 303)
