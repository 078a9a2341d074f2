"""What all of /t/... has in common: bodies as form fields or JSON, only from our own pages, within bounds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from flask import Flask, Request, Response, request
from flask_login import current_user

from tracker.errors import Refused
from tracker.services import services
from tracker.verdicts import Verdict, find, weigh

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

LONGEST_FIELD = 500
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
SPELT = "".join(map(chr, range(128)))  # what `quote` leaves as it is


def read_body() -> Mapping[str, Any]:
    """The fields of the request, from a JSON object or a form."""
    if request.mimetype in ("application/json", "text/plain", ""):  # sendBeacon of plain bytes says nothing
        try:
            body = json.loads(request.get_data(cache=False) or b"{}")
        except (ValueError, RecursionError):
            raise Refused("malformed_body", "The body is not JSON. Send a JSON object or form fields.") from None
        if not isinstance(body, dict):
            raise Refused("malformed_body", 'The body must be a JSON object, such as {"episode": "..."}.')
        return body
    if request.mimetype not in FORMS and request.content_length:
        raise Refused("malformed_body", "Say what the body is: Content-Type: application/json, or a form's.")
    return request.form


def text_field(body: Mapping[str, Any], name: str, required: bool = True) -> str:
    """A field that must be a text of reasonable length."""
    value = body.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        raise Refused(f"missing_{name}", f"The field {name!r} is missing, or is not a text.")
    if len(value) > LONGEST_FIELD:
        raise Refused(f"long_{name}", f"The field {name!r} is longer than {LONGEST_FIELD} characters.")
    if "\0" in value or not value.isprintable():
        raise Refused(f"bad_{name}", f"The field {name!r} holds signs that are no text.")
    return value


def unknown_episode(slug: str) -> Refused:
    """The answer to a page that tells of an episode that the campaign does not have."""
    return Refused("unknown_episode", f"There is no episode {slug[:80]!r}; see campaign.json for those there are.", 404)


def unknown_visit() -> Refused:
    """The answer to somebody whose visit token was never one of ours."""
    return Refused("unknown_visit", "This is not a visit token of ours. Begin a visit with POST /t/visits.", 404)


def notice_request() -> str:
    """What is noticed about this request, as tracker.verdicts.find says it; `staff` for somebody signed in."""
    findings = find(request.environ)
    return "staff" if not findings and current_user.is_authenticated else findings


def who_is_asking() -> Verdict:
    """The verdict on this request."""
    return weigh(notice_request())


def refuse_foreign_pages() -> None:
    """Only our own pages may speak for their visitors. A missing Origin is accepted: browsers leave it out at times."""
    origin = request.headers.get("Origin")
    if origin is None or not request.path.startswith("/t/") or request.method in ("GET", "HEAD"):
        return
    if origin not in (f"{request.scheme}://{request.host}", origin_of(services().settings.site_url)):
        raise Refused("foreign_origin", "This address answers only the campaign's own pages.", 403)


def let_own_pages_read(response: Response) -> Response:
    """Where the site is served from one host and the tracker from another, browsers ask whether its pages may."""
    if request.path.startswith("/t/"):
        site = origin_of(services().settings.site_url)
        response.headers.add("Vary", "Origin")
        if request.headers.get("Origin") == site:
            response.headers["Access-Control-Allow-Origin"] = site
            if request.method == "OPTIONS":
                response.headers["Access-Control-Allow-Methods"] = "POST"
                response.headers["Access-Control-Allow-Headers"] = "Content-Type"
                response.headers["Access-Control-Max-Age"] = "7200"
    return response


def origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


class AnyRequest(Request):
    """A request whose query may hold any bytes: those that no address may hold as they are, are spelt as `%FF`."""

    def __init__(self, environ: WSGIEnvironment, *args: Any, **more: Any) -> None:
        query = environ.get("QUERY_STRING") or ""
        if not query.isascii():
            environ["QUERY_STRING"] = quote(query, safe=SPELT, encoding="latin-1")
        super().__init__(environ, *args, **more)


def register_beacons(app: Flask) -> None:
    app.request_class = AnyRequest
    app.before_request(refuse_foreign_pages)
    app.after_request(let_own_pages_read)
