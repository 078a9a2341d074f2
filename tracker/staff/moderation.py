"""Moderation: nothing that a stranger wrote is shown to others before staff said yes."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from tracker.board import judge_pseudonym, list_pseudonyms
from tracker.pages import gettext as _
from tracker.services import services
from tracker.staff.roles import only_who_may

blueprint = Blueprint("moderation", __name__, url_prefix="/moderation")


@blueprint.get("/")
def names() -> ResponseReturnValue:
    store = services().store
    states = {state: list_pseudonyms(store, state) for state in ("waiting", "approved", "refused")}
    return render_template("moderation/names.html", states=states)


@blueprint.post("/")
@only_who_may("moderate")
def post_judgement() -> ResponseReturnValue:
    form = request.form
    approved = form.get("judgement") == "approve"
    done = judge_pseudonym(services().store, form.get("sharer", ""), form.get("name", ""), approved, current_user.name)
    if not done:
        flash(_("Ce nom a changé entre-temps : relisez-le."))
    else:
        flash(_("Tamponné : accepté.") if approved else _("Tamponné : refusé."))
    return redirect(url_for("staff.moderation.names"), 303)
