"""GET /api/ and /api/<table>: our tables for programs, read-only, with `Authorization: Bearer TOKEN`.

No cookie is read or set here: a signed-in browser gets nothing without a token. docs/api.md has an example.
"""

from __future__ import annotations

import time

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from limits import RateLimitItemPerMinute

from tracker.dashboard import asked_period
from tracker.dashboard.exports import TABLES
from tracker.errors import answer_error
from tracker.services import EXTENSION, services
from tracker.takeaway import FORMS, answer_table
from tracker.takeaway.tokens import find_token, note_use
from tracker.throttle import CROWDS, Allowance, too_many

blueprint = Blueprint("api", __name__, url_prefix="/api")

READER = RateLimitItemPerMinute(120)  # requests of one token
ALLOWANCE = "ricochet-readers"
SAY = "Send `Authorization: Bearer TOKEN`, with a token that staff made on /staff/tokens/."


def register_api(app: Flask) -> None:
    app.extensions[ALLOWANCE] = Allowance(app.extensions[EXTENSION].store, READER)
    app.register_blueprint(blueprint)


@blueprint.before_request
def open_door() -> Response | None:
    """Let in whoever has an open token; strangers are counted as all that pages tell, and let nothing be written."""
    kit = services()
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    token = find_token(kit.store, value.strip()) if scheme.lower() == "bearer" else None
    if token is None:
        crowd = current_app.extensions[CROWDS]
        if crowd.is_over(request.environ):
            return too_many(crowd.until(request.environ))
        said = 'Bearer realm="ricochet"' + (', error="invalid_token"' if value else "")
        return answer_error("unauthorised", SAY, 401, [("WWW-Authenticate", said)])
    if until := current_app.extensions[ALLOWANCE].until(token["id"]):
        return too_many(until)
    note_use(kit.store, token, int(time.time()))
    return None


@blueprint.after_request
def keep_to_oneself(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Authorization"
    return response


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Which tables there are."""
    site = services().settings.site_url
    tables = [
        {
            "name": name,
            "columns": table.columns,
            "addresses": {form: f"{site}/api/{name}.{form}" for form in FORMS},
            "needs": ["below"] if table.of_one else [],
        }
        for name, table in TABLES.items()
    ]
    return jsonify(tables=tables)


@blueprint.get("/<table>")
@blueprint.get("/<table>.<form>")
def table(table: str, form: str = "json") -> ResponseReturnValue:
    return answer_table(TABLES, table, form, asked_period())
