"""One place that turns what went wrong into an answer: JSON with a named reason for scripts, a kind page for people."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import BadHost, HTTPException, SecurityError

from tracker.store import StoreBusy, StoreError

log = logging.getLogger(__name__)


class Refused(Exception):
    """A request that can't be done as it is; `name` is for scripts, the message says how to mend it."""

    def __init__(self, name: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.name = name
        self.status = status


def is_for_scripts() -> bool:
    """Whether the answer will be read by a program: the API, the hooks, or whoever asks for JSON."""
    return request.path.startswith(("/t/", "/hooks/", "/api/")) or request.accept_mimetypes.best == "application/json"


def answer_error(name: str, message: str, status: int, headers: Any = None) -> Response:
    """The error as JSON, or as a page."""
    if is_for_scripts():
        response = jsonify(error=name, message=message)
    else:
        response = Response(render_template("error.html", name=name, message=message, status=status))
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    for key, value in headers or []:
        if key.lower() in ("allow", "retry-after", "www-authenticate"):
            response.headers[key] = value
    return response


def register_errors(app: Flask) -> None:
    """Handlers for refusals, for HTTP's own errors, and for a database that does not answer."""

    @app.before_request
    def refuse_impossible_hosts() -> Response | None:
        """A Host that no host can have: Flask could build no address, not even on a page that says so."""
        if not isinstance(request.routing_exception, BadHost | SecurityError):
            return None
        message = "The Host of this request is no host's name."
        if is_for_scripts():
            return answer_error("bad_host", message, 400)
        return Response(f"{message}\n", 400, content_type="text/plain; charset=utf-8")

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return answer_error(error.name, str(error), error.status)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response | HTTPException:
        if error.code is None or error.code < 400:
            return error
        name = (error.name or "error").lower().replace(" ", "_")
        if error.code == 413:
            error.description = f"The body is too large: {request.max_content_length} bytes at most."
        answer = answer_error(name, error.description or error.name, error.code, error.get_headers())
        if error.code == 413:
            answer.headers["Connection"] = "close"  # the rest of the body is never read: nothing can follow it
        return answer

    @app.errorhandler(StoreError)
    def store_error(error: StoreError) -> Response:
        log.error("The database failed: %s", error)
        name = "busy" if isinstance(error, StoreBusy) else "unavailable"
        return answer_error(name, "The tracker can't keep this just now; try again shortly.", 503)
