"""Take it away: every table as CSV or JSON, with its progress (/staff/export/).

What programs read is tracker.takeaway.api, with tokens of tracker.takeaway.tokens (/staff/tokens/).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from tracker.dashboard import asked_period, offer_words
from tracker.dashboard.exports import TABLES, Asked, Table
from tracker.dashboard.period import Period
from tracker.errors import Refused
from tracker.pages import gettext as _
from tracker.services import services
from tracker.staff.roles import check_role, may
from tracker.takeaway.forms import write_csv, write_json
from tracker.takeaway.office import OFFICE
from tracker.takeaway.progress import begin_export, list_exports, watch_rows

blueprint = Blueprint("takeaway", __name__, url_prefix="/staff/export")
blueprint.context_processor(offer_words)

FORMS = {"csv": "text/csv", "json": "application/json"}
PIECE = 64 * 1024  # characters that go out at once
FOR_STAFF = {**TABLES, **OFFICE}


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
    by = current_user.name if request.method == "GET" else ""
    return answer_table(FOR_STAFF, table, form, asked_period(), by)


def answer_table(tables: Mapping[str, Table], table: str, form: str, period: Period, by: str = "") -> Response:
    """One of these tables as a file, a piece at a time; X-Rows says how many rows there will be. Raises Refused.

    Under the name in `by` it is noted who takes it, and how far it is.
    """
    kit = services()
    if table not in tables or form not in FORMS:
        raise Refused("unknown_table", f"There is no such table; there are {', '.join(tables)}, as csv or json.", 404)
    if tables[table].needs:
        check_role(tables[table].needs)
    columns = tables[table].columns
    asked = Asked(request.args.get("by", ""), request.args.get("below", ""), request.args.to_dict())
    rows, expected = tables[table].open(kit, period, asked)
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


def describe_tables() -> list[tuple[str, str, bool]]:
    """(name, what is in it, whether it is one sharer's) of every table that whoever is signed in can take away."""
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
        "projection": _("Et si cela continue : les générations à venir, au ratio d’aujourd’hui"),
        "journeys": _("Toutes les mesures, par épisode, canal et texte à la fois"),
        "texts": _("Les textes à l’essai : leur réussite, leur chance d’être le meilleur"),
        "origins": _("Les liens nommés : affiches, lettres, partenaires ; leur code, et toute la suite"),
        "media": _("Papier, web, événements, côte à côte"),
        "links": _("Toutes les adresses des liens nommés, épisode par épisode"),
        "tree": _("L’arbre entier, depuis le début : qui a été amené par qui, et ce que vaut chaque branche"),
        "descent": _("La branche d’un passeur, génération par génération"),
        "children": _("Ceux que le lien d’un passeur a amenés, devenus passeurs à leur tour"),
        "followers": _("Qui a suivi le lien d’un passeur, et ce qu’on en a pensé"),
        "gifts": _("Chaque écriture du registre des dons, avec la personne à qui elle est créditée"),
        "deeds": _("Ce que l’équipe a fait à la main : crédits, corrections, dons saisis"),
        "unclaimed": _("Les dons dont personne n’a le crédit"),
        "odd": _("Les paiements qui ne tombent pas juste"),
        "forms": _("Les formulaires des plateformes, et à qui ils sont"),
        "conversions": _("Tout ce qui a été crédité à quelqu’un"),
        "notices": _("Ce que les plateformes de don nous ont dit, et ce que nous en avons fait"),
        "verdicts": _("Pourquoi des visites comptent ou ne comptent pas"),
        "floods": _("Les rafales, comptées par minute"),
        "shares": _("Chaque envoi : qui, quoi, par quel canal, quand"),
        "visits": _("Chaque visite, avec son verdict. C’est la plus longue"),
        "names": _("Les noms à tamponner, au tableau, refusés"),
        "letters": _("Les rapports de la semaine qui sont partis"),
        "exports": _("Ce qui a été emporté, par qui, quand"),
        "tokens": _("Les jetons des programmes : qui les a faits, quand ils ont servi"),
        "people": _("L’équipe : noms et rôles"),
    }
    open_to_all = {name: table for name, table in FOR_STAFF.items() if not table.needs or may(table.needs)}
    return [(name, words.get(name, ""), table.of_one) for name, table in open_to_all.items()]
