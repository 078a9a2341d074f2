"""Take it away: every table as CSV or JSON, with its progress (/staff/export/).

What programs read is tracker.takeaway.api, with tokens of tracker.takeaway.tokens (/staff/tokens/).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from tracker.dashboard import asked_period, offer_words
from tracker.dashboard.exports import TABLES, Asked
from tracker.dashboard.period import Period
from tracker.errors import Refused
from tracker.pages import gettext as _
from tracker.services import services
from tracker.takeaway.forms import write_csv, write_json
from tracker.takeaway.progress import begin_export, list_exports, watch_rows

blueprint = Blueprint("takeaway", __name__, url_prefix="/staff/export")
blueprint.context_processor(offer_words)

FORMS = {"csv": "text/csv", "json": "application/json"}
PIECE = 64 * 1024  # characters that go out at once


@blueprint.get("/")
def exports() -> ResponseReturnValue:
    return render_template(
        "takeaway/exports.html",
        period=asked_period(),
        tables=describe_tables(),
        exports=list_exports(services().store),
    )


@blueprint.get("/progress")
def progress() -> ResponseReturnValue:
    """The newest exports, for the script that shows how far they are."""
    shown = ("id", "written", "expected", "state")
    response = jsonify(exports=[{name: row[name] for name in shown} for row in list_exports(services().store)])
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/<table>.<form>")
def export(table: str, form: str) -> ResponseReturnValue:
    return answer_table(table, form, asked_period(), current_user.name if request.method == "GET" else "")


def answer_table(table: str, form: str, period: Period, by: str = "") -> Response:
    """The table as a file, a piece at a time; X-Rows says how many rows there will be. Raises Refused.

    Under the name in `by` it is noted who takes it, and how far it is.
    """
    kit = services()
    if table not in TABLES or form not in FORMS:
        raise Refused("unknown_table", f"There is no such table; there are {', '.join(TABLES)}, as csv or json.", 404)
    columns = TABLES[table].columns
    asked = Asked(request.args.get("by", ""), request.args.get("below", ""))
    rows, expected = TABLES[table].open(kit, period, asked)
    watched = watch_rows(kit.store, begin_export(kit.store, table, form, by, expected), rows) if by else None
    rows = rows if watched is None else watched
    if form == "csv":
        lines = write_csv(kit, columns, rows)
    else:
        lines = write_json(describe_export(table, period, kit.campaign.currency, expected), columns, rows)
    name = f"{table}-{period.since}-{period.until}.{form}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Rows": str(expected),
    }
    response = Response(gather(lines), mimetype=FORMS[form], headers=headers)
    if watched is not None:
        response.call_on_close(watched.close)
    return response


def describe_export(table: str, period: Period, currency: str, expected: int) -> dict[str, Any]:
    """What stands before the rows of a table as JSON."""
    return {
        "table": table,
        "since": period.since.isoformat(),
        "until": period.until.isoformat(),
        "episode": period.episode or None,
        "channel": period.channel or None,
        "currency": currency,
        "count": expected,
    }


def gather(lines: Iterator[str]) -> Iterator[str]:
    """The same text in larger pieces: a line each would cost more than reading it."""
    piece: list[str] = []
    size = 0
    for line in lines:
        piece.append(line)
        size += len(line)
        if size >= PIECE:
            yield "".join(piece)
            piece, size = [], 0
    yield "".join(piece)


def describe_tables() -> list[tuple[str, str]]:
    """(name, what is in it) of every table that can be taken away."""
    words = {
        "sharers": _("Le classement : ce que le lien de chacun a rapporté ces jours-là"),
        "channels": _("Les mêmes mesures, canal par canal"),
        "episodes": _("Les mêmes mesures, épisode par épisode"),
        "days": _("Les mêmes mesures, jour après jour"),
        "branches": _("Les mêmes, avec tous les liens que le leur a fait naître"),
        "placements": _("Les mêmes mesures, par canal et par texte"),
        "hours": _("Heure par heure : la courbe d’un jour de lancement"),
        "funnel": _("De la visite au don : combien sont arrivés à chaque étape"),
        "stops": _("Où l’on décroche, film par film"),
        "virality": _("Le ratio de viralité, ce qui le fait, et ce que chaque canal et chaque épisode y ajoute"),
        "generations": _("Le ratio, génération par génération, et entre quoi et quoi il se trouve vraiment"),
        "journeys": _("Toutes les mesures, par épisode, canal et texte à la fois"),
        "texts": _("Les textes à l’essai : leur réussite, leur chance d’être le meilleur"),
        "origins": _("Les liens nommés : affiches, lettres, partenaires ; leur code, et toute la suite"),
        "media": _("Papier, web, événements, côte à côte"),
        "tree": _("L’arbre entier, depuis le début : qui a été amené par qui, et ce que vaut chaque branche"),
        "gifts": _("Chaque écriture du registre des dons, avec la personne à qui elle est créditée"),
        "conversions": _("Tout ce qui a été crédité à quelqu’un"),
        "notices": _("Ce que les plateformes de don nous ont dit, et ce que nous en avons fait"),
        "verdicts": _("Pourquoi des visites comptent ou ne comptent pas"),
        "floods": _("Les rafales, comptées par minute"),
        "shares": _("Chaque envoi : qui, quoi, par quel canal, quand"),
        "visits": _("Chaque visite, avec son verdict. C’est la plus longue"),
    }
    return [(name, words.get(name, "")) for name in TABLES]
