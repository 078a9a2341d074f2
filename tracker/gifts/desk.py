"""Gifts as staff handle them: those that nobody brought, one payment and its story, forms, and the window of credit."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from tracker.choices import keep_choice
from tracker.dashboard import offer_words, words
from tracker.errors import Refused
from tracker.gifts.credits import (
    LONGEST_NOTE,
    File,
    correct_by_hand,
    credit_by_hand,
    enter_by_hand,
    find_sharer,
    list_odd,
    list_unclaimed,
    open_file,
)
from tracker.gifts.forms import bind_form, list_forms, read_form
from tracker.gifts.ledger import BY_FORM, BY_HAND, WINDOW_CHOICE, Payment, read_window
from tracker.gifts.money import BadAmount, guess_language, read_money
from tracker.gifts.recording import PROVIDERS
from tracker.pages import gettext as _
from tracker.pages import ngettext, page_language
from tracker.services import services
from tracker.staff.roles import only_who_may

blueprint = Blueprint("desk", __name__, url_prefix="/staff/gifts")
blueprint.context_processor(offer_words)

SHOWN = 100
LONGEST_WINDOW = 730


@blueprint.context_processor
def offer_terms() -> dict[str, Any]:
    return {
        "name_deed": words.name_deed,
        "window": read_window(services().store),
        "longest_note": LONGEST_NOTE,
    }


def asked_payment(source: Any) -> Payment:
    return Payment(*(str(source.get(name, ""))[:200] for name in Payment._fields))


def asked_amount() -> int:
    """The form's amount in minor units. Raises Refused."""
    text, currency = request.form.get("amount", ""), services().campaign.currency
    try:
        return read_money(text, currency, guess_language([text], currency) or page_language())
    except BadAmount as error:
        raise Refused("bad_amount", f"This is no amount: {error}.", 422) from None


def asked_sharer() -> str | None:
    """The form's sharer: pasted, or chosen from the named links; None for nobody. Raises Refused."""
    text = request.form.get("sharer", "").strip() or request.form.get("origin", "")
    return find_sharer(services(), text) if text else None


def asked_owner() -> str | None:
    """The same where somebody must be named, or nobody on purpose. Raises Refused."""
    if request.form.get("deed") == "nobody":
        return None
    if (sharer := asked_sharer()) is None:
        raise Refused("unknown_sharer", "Say whose it is: a link, a sharer's page, or a named link.", 422)
    return sharer


def payment_page(payment: Payment) -> ResponseReturnValue:
    return redirect(url_for("desk.payment", **payment._asdict()), 303)


@blueprint.get("/unclaimed")
def unclaimed() -> ResponseReturnValue:
    kit = services()
    return render_template(
        "gifts/unclaimed.html",
        gifts=list_unclaimed(kit.store, SHOWN),
        odd=list_odd(kit.store),
        forms=list_forms(kit.store),
        providers=[name for name, provider in PROVIDERS.items() if provider.is_open(kit.settings)],
        origins=origins_by_name(),
        today=datetime.fromtimestamp(time.time(), kit.campaign.timezone).date(),
    )


def origins_by_name() -> list[Any]:
    return services().store.query("select id, name from sharers where kind = 'origin' order by name, id")


@blueprint.get("/payment")
def payment() -> ResponseReturnValue:
    file = open_file(services().store, asked_payment(request.args))
    return render_template(
        "gifts/payment.html",
        file=file,
        credited=explain_credit(file) if file.chain else "",
        origins=origins_by_name(),
    )


def explain_credit(file: File) -> str:
    """Whom a gift is credited to, and by what, in a sentence."""
    sentences = {
        BY_FORM: _("Crédité à %(who)s par son formulaire, %(form)s : la plateforme n’a rendu aucun numéro de visite."),
        BY_HAND: _("Crédité à %(who)s, que l’équipe a désigné."),
    }
    last_link = _("Crédité à %(who)s, dont le lien a été suivi en dernier.")
    return sentences.get(file.means, last_link) % {"who": words.name_sharer(file.chain[0]), "form": file.form}


@blueprint.post("/form")
@only_who_may("credit gifts")
def post_form() -> ResponseReturnValue:
    kit, form = services(), read_form(request.form.get("form", ""))
    sharer = asked_owner()
    credited = bind_form(kit, request.form.get("provider", ""), form, sharer, current_user.name)
    if sharer is None:
        flash(_("Ce formulaire n’est plus à personne. Ce qu’il a déjà crédité reste."))
    elif credited:
        noted = ngettext("Noté : un don d’avant lui revient.", "Noté : %(num)s dons d’avant lui reviennent.", credited)
        flash(noted % {"num": credited})
    else:
        flash(_("C’est noté. Cela vaut pour les dons à venir."))
    return redirect(url_for("desk.unclaimed", _anchor="forms"), 303)


@blueprint.post("/credit")
@only_who_may("credit gifts")
def post_credit() -> ResponseReturnValue:
    kit, wanted = services(), asked_payment(request.form)
    credit_by_hand(kit, wanted, asked_owner(), current_user.name, request.form.get("note", ""))
    flash(_("C’est noté, avec votre nom. Les totaux ont suivi."))
    return payment_page(wanted)


@blueprint.post("/correct")
@only_who_may("credit gifts")
def post_correction() -> ResponseReturnValue:
    wanted = asked_payment(request.form)
    correct_by_hand(services(), wanted, asked_amount(), current_user.name, request.form.get("note", ""))
    flash(_("La correction est au registre. Rien n’en est effacé."))
    return payment_page(wanted)


@blueprint.post("/enter")
@only_who_may("credit gifts")
def post_gift() -> ResponseReturnValue:
    kit = services()
    try:
        day = datetime.strptime(request.form.get("day", ""), "%Y-%m-%d").replace(hour=12, tzinfo=kit.campaign.timezone)
    except ValueError:
        raise Refused("bad_day", "The day must be written as 2026-11-22.", 422) from None
    at = max(int(day.timestamp()), 0)
    made = enter_by_hand(kit, asked_amount(), at, current_user.name, request.form.get("note", ""), asked_sharer())
    flash(_("Le don est au registre. Merci pour la saisie, et pour lui."))
    return payment_page(made)


@blueprint.post("/window")
@only_who_may("credit gifts")
def post_window() -> ResponseReturnValue:
    days = request.form.get("days", 0, type=int)
    if not 1 <= days <= LONGEST_WINDOW:
        raise Refused("bad_days", f"The window is between 1 and {LONGEST_WINDOW} days.", 422)
    keep_choice(services().store, WINDOW_CHOICE, str(days), current_user.name)
    flash(_("Compris. Cela vaut pour les dons à venir ; les anciens gardent leur crédit."))
    return redirect(url_for("dashboard.gifts"), 303)
