"""What our pages tell (/t/visits, /t/seen, /t/shares), answered without Flask where a request is plain.

Plain is what browsers on our own pages send: JSON of known length, without a cookie. The same plans are carried out
here and in Flask's views; everything else, and everything that goes wrong, is handed to Flask, the one place that
refuses.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any

from theme.headers import FIXED, content_policy
from tracker.beacons import origin_of
from tracker.errors import Refused
from tracker.plans import Plan, carry_out
from tracker.services import Services
from tracker.shares import plan_share
from tracker.store import StoreError
from tracker.verdicts import find, refuses_counting
from tracker.visits import Told, plan_seen, plan_visit

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PLANS = {"/t/visits": plan_visit, "/t/seen": plan_seen, "/t/shares": plan_share}
LONGEST = 4096  # bytes; what pages tell is far shorter
MISTAKES = (ValueError, RecursionError, Refused, StoreError)  # Flask meets them again, and tells them
spell_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
STATUS = {200: "200 OK", 201: "201 CREATED"}


class Swift:
    """WSGI application: answers plain beacons, hands everything else to `inner`."""

    def __init__(self, inner: WSGIApplication, kit: Services, is_crowd: Callable[[Mapping[str, Any]], bool]) -> None:
        """`is_crowd` counts a try, and says whether it was one too many."""
        self.inner = inner
        self.kit = kit
        self.is_crowd = is_crowd
        self.site = origin_of(kit.settings.site_url)
        self.headers = [
            ("Content-Type", "application/json"),
            ("Vary", "Origin, Cookie"),
            ("Content-Security-Policy", content_policy()),
            *FIXED.items(),
        ]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self.is_plain(environ):
            return self.inner(environ, start_response)
        raw = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        answer = None
        if (plan := self.plan(environ, raw)) is not None:
            with suppress(*MISTAKES):
                answer = carry_out(self.kit.store, plan)
        if answer is None:
            environ["wsgi.input"] = BytesIO(raw)
            return self.inner(environ, start_response)
        status, headers, body = self.spell(environ, answer)
        start_response(status, headers)
        return [body]

    def plan(self, environ: Mapping[str, Any], raw: bytes) -> Plan[Told] | None:
        """What a plain request asks for; None for whatever Flask had better refuse."""
        try:
            body = json.loads(raw)
            plan = PLANS[environ["PATH_INFO"]](self.kit, environ, body, find(environ)) if type(body) is dict else None
        except MISTAKES:
            return None
        return None if plan is None or self.is_crowd(environ) else plan  # what Flask is handed, it counts itself

    def spell(self, environ: Mapping[str, Any], answer: Told) -> tuple[str, list[tuple[str, str]], bytes]:
        """Status, headers and body of an answer."""
        told, status = answer
        body = spell_json(told).encode()
        headers = [*self.headers, ("Content-Length", str(len(body)))]
        if environ.get("HTTP_ORIGIN") == self.site:
            headers.append(("Access-Control-Allow-Origin", self.site))
        return STATUS[status], headers, body

    def is_plain(self, environ: Mapping[str, Any]) -> bool:
        """Whether this is what a browser on one of our pages sends."""
        length = environ.get("CONTENT_LENGTH") or ""
        return (
            environ["PATH_INFO"] in PLANS
            and environ["REQUEST_METHOD"] == "POST"
            and environ.get("CONTENT_TYPE") == "application/json"
            and "HTTP_COOKIE" not in environ
            and "HTTP_TRANSFER_ENCODING" not in environ
            and length.isascii()
            and length.isdigit()
            and len(length) < 5
            and int(length) <= LONGEST
            and environ.get("HTTP_ORIGIN") in (None, self.site)
            and not refuses_counting(environ)
        )
