"""The people who work here, as admins see them: add somebody, change a role or a password, close an account."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from tracker.pages import gettext as _
from tracker.services import services
from tracker.staff.accounts import ROLES, LastAdmin, StaffError, add_staff, list_staff, remove_staff
from tracker.staff.roles import only_who_may

blueprint = Blueprint("people", __name__, url_prefix="/people")


@blueprint.get("/")
@only_who_may("manage staff")
def people() -> ResponseReturnValue:
    return render_template("staff/people.html", people=list_staff(services().store), roles=ROLES, mistake="", name="")


@blueprint.post("/")
@only_who_may("manage staff")
def post_people() -> ResponseReturnValue:
    store, name = services().store, request.form.get("name", "")
    mistake = ""
    try:
        add_staff(store, name, request.form.get("password", ""), request.form.get("role", ""))
    except LastAdmin:
        mistake = _("C’est le dernier compte admin : nommez-en un autre d’abord.")
    except StaffError:
        mistake = _("Il faut un nom, un rôle, et un mot de passe d’au moins dix caractères.")
    if mistake:
        page = render_template("staff/people.html", people=list_staff(store), roles=ROLES, mistake=mistake, name=name)
        return page, 422
    flash(_("C’est enregistré. Transmettez le mot de passe de vive voix : les murs n’écoutent pas, les e-mails si."))
    return redirect(url_for("staff.people.people"), 303)


@blueprint.post("/remove")
@only_who_may("manage staff")
def post_remove() -> ResponseReturnValue:
    name = request.form.get("name", "")
    try:
        remove_staff(services().store, name)
    except LastAdmin:
        flash(_("C’est le dernier compte admin : nommez-en un autre d’abord."))
        return redirect(url_for("staff.people.people"), 303)
    flash(_("Le compte est fermé."))
    return redirect(url_for("staff.people.people" if name != current_user.name else "staff.sign_in"), 303)
