"""Staff: everything under /staff/ needs a sign-in, and every form there a token of its own.

Nothing here touches visitors: the one cookie of the tracker is set on staff pages alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from flask import Flask, redirect, request, session, url_for
from flask_login import LoginManager, current_user
from flask_wtf import CSRFProtect
from itsdangerous import BadSignature
from werkzeug import Response
from werkzeug.sansio.http import parse_cookie  # as Flask does: its other one fails at bytes that are no UTF-8

from tracker.board import count_waiting
from tracker.errors import Refused
from tracker.pages import STAFF_LANGUAGES, is_staff_page
from tracker.services import EXTENSION, services
from tracker.staff import moderation, people
from tracker.staff.accounts import ROLES, Member, StaffError, add_staff, resume_member
from tracker.staff.roles import may
from tracker.staff.sign_in import blueprint
from tracker.throttle import register_throttle

__all__ = ["ROLES", "StaffError", "add_staff", "blueprint", "is_staff_request", "register_staff"]

OPEN = {"staff.sign_in", "staff.post_sign_in", "staff.static"}  # what can be asked for without a sign-in

blueprint.register_blueprint(people.blueprint)
blueprint.register_blueprint(moderation.blueprint)


def register_staff(app: Flask) -> None:
    """Sessions, CSRF tokens and throttling, and the one guard through which every staff page goes."""
    settings = app.extensions[EXTENSION].settings
    app.config.update(
        SESSION_COOKIE_NAME="ricochet_staff",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.site_url.startswith("https://"),
        SESSION_COOKIE_PATH="/",  # so that the redirect knows staff when they follow a link
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.staff_session_hours),
        WTF_CSRF_CHECK_DEFAULT=False,  # visitors' addresses have no cookie to abuse; the guard checks staff forms
        WTF_CSRF_SSL_STRICT=False,  # the token and SameSite do the work; some browsers send no Referer
        WTF_CSRF_TIME_LIMIT=None,  # a form left open over lunch still works, as long as its session does
    )
    register_throttle(app)
    csrf = CSRFProtect(app)  # type: ignore[no-untyped-call]
    manager = LoginManager(app)
    manager.session_protection = None  # its "strong" mode would keep a hash of the address

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load_member(session_id: str) -> Member | None:
        return resume_member(services().store, session_id)

    @app.context_processor
    def offer_staff_names() -> dict[str, Any]:
        if not is_staff_page() or not current_user.is_authenticated:
            return {}
        return {"may": may, "waiting": count_waiting(services().store)}

    @app.before_request
    def guard() -> Response | None:
        if not is_staff_page():
            return None
        if any("\0" in value for value in (request.path, *request.values.values())):
            raise Refused("malformed_text", "No text has a null character in it.")
        if request.args.get("lang") in STAFF_LANGUAGES and "_user_id" in session:
            session["lang"] = request.args["lang"]
        if request.endpoint not in OPEN and not current_user.is_authenticated:
            wanted = request.full_path.rstrip("?") if request.method == "GET" else None
            return redirect(url_for("staff.sign_in", next=wanted))
        csrf.protect()  # type: ignore[no-untyped-call]
        return None


def is_staff_request(app: Flask) -> Callable[[Mapping[str, Any]], bool]:
    """Tells whether a WSGI environ carries a staff session of ours; by its signature alone, without the database."""
    name = app.config["SESSION_COOKIE_NAME"]
    lifetime = int(app.permanent_session_lifetime.total_seconds())

    def is_staff(environ: Mapping[str, Any]) -> bool:
        cookie = parse_cookie(environ.get("HTTP_COOKIE", "")).get(name)
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        if not cookie or serializer is None:
            return False
        try:
            return "_user_id" in serializer.loads(cookie, max_age=lifetime)
        except (BadSignature, TypeError):
            return False

    return is_staff
