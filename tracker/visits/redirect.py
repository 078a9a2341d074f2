"""The one hot address, /r/EPISODE/PLACEMENT/LINK_TOKEN, as a thin WSGI application in front of Flask.

Whoever follows a link gets a visit of their own, on disk before the answer, and is sent to the episode. Crawlers get
the episode's card. Whatever is wrong with a link, people land on an episode or on the home page, never on an error.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from tracker.links import new_id
from tracker.plans import Plan, carry_out
from tracker.services import Services
from tracker.store import StoreError
from tracker.verdicts import find, refuses_counting, weigh
from tracker.visits.bursts import Bursts
from tracker.visits.card import draw_card
from tracker.visits.recording import Arrival, add_finding, write_arrivals

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

FLOOD = 6000  # visits a minute from one visitor hash: more than people behind one address ever make

Headers = list[tuple[str, str]]


class Answer(NamedTuple):
    """Status, headers and body."""

    status: str
    headers: Headers
    body: bytes = b""


class Link(NamedTuple):
    """An address of ours taken apart; `sharer` is None for a link that nobody signed."""

    language: str
    episode: str
    channel: str
    variant: int
    sharer: str | None


class Redirect:
    """WSGI application: answers /r/... and /LANGUAGE/r/..., hands everything else to `inner`."""

    def __init__(self, inner: WSGIApplication, kit: Services, is_staff: Callable[[Mapping[str, Any]], bool]) -> None:
        self.inner = inner
        self.kit = kit
        self.is_staff = is_staff
        self.bursts = Bursts(kit.store)
        self.unpromised = 0  # visitors sent on without a token, because the database could not keep up
        self._minute = 0
        self._crowd: Counter[int] = Counter()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = self.plan(environ)
        if answer is None:
            return self.inner(environ, start_response)
        status, headers, body = carry_out(self.kit.store, answer) if isinstance(answer, Plan) else answer
        start_response(status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def plan(self, environ: Mapping[str, Any]) -> Answer | Plan[Answer] | None:
        """The answer, or what to write before it; None for whatever is no link of ours."""
        path = environ["PATH_INFO"]
        prefix = self.prefix_of(path)
        if prefix is None or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return None
        findings = find(environ)
        if not findings and "HTTP_COOKIE" in environ and self.is_staff(environ):
            findings = "staff"
        return self.answer(environ, self.read_link(prefix, path), findings)

    def prefix_of(self, path: str) -> str | None:
        """What the path begins with, if that is a link of ours: /r/ or /en/r/."""
        return next((prefix for prefix in self.kit.campaign.link_prefixes if path.startswith(prefix)), None)

    def read_link(self, prefix: str, path: str) -> Link:
        """What stands in the path, as far as it can be read."""
        campaign = self.kit.campaign
        parts = path.removeprefix(prefix).encode("latin-1").decode("utf-8", "replace").split("/")
        episode, placement, token = (*parts, "", "", "")[:3]
        channel, variant = campaign.read_placement(placement)
        sharer = self.kit.links.read("link", token) if len(parts) == 3 else None
        known = episode if episode in campaign.episodes else ""
        return Link(campaign.link_prefixes[prefix], known, channel, variant, sharer)

    def answer(self, environ: Mapping[str, Any], link: Link, findings: str) -> Answer | Plan[Answer]:
        """For somebody of whom this was noticed, at this link."""
        verdict = weigh(findings)
        if verdict.name in ("bot", "preview") and verdict.rule != "head":
            self.keep_later(environ, link, findings)
            body = draw_card(self.kit, link, asked_for(environ))
            return Answer("200 OK", [HTML, ("Content-Length", str(len(body))), *QUIET], body)
        location = self.kit.campaign.episode_path(link.episode, link.language)
        if verdict.rule == "head":
            self.keep_later(environ, link, findings)
        elif link.sharer is not None and not refuses_counting(environ):
            try:
                return self.keep(self.arrival(environ, link, findings), location)
            except StoreError as error:  # the salt of a new day could not be had
                return self.promise_nothing(location, error)
        return lead_to(location)

    def keep(self, arrival: Arrival, location: str) -> Answer | Plan[Answer]:
        """Write the visit; its visit token goes along once it is on disk."""
        beyond = self.beyond_flood(arrival)
        if beyond == 1:
            add_finding(arrival, "flood")
            self.kit.store.record_later(write_arrivals, arrival)
        if beyond > 0:
            self.kit.store.record_later(write_floods, (arrival.sharer or "", arrival.at // 60))
            return lead_to(location)
        if arrival.verdict == "human":
            self.bursts.notice(arrival)

        def promise(written: Arrival) -> Answer:
            return lead_to(f"{location}#{self.kit.links.issue('visit', written.id)}")

        return Plan(write_arrivals, arrival, promise, partial(self.promise_nothing, location))

    def promise_nothing(self, location: str, error: StoreError) -> Answer:
        """Send somebody on all the same."""
        self.unpromised += 1
        log.error("A visitor was sent on without a token: %s", error)
        return lead_to(location)

    def keep_later(self, environ: Mapping[str, Any], link: Link, findings: str) -> None:
        """Keep a crawler's look, without making it wait. A link that nobody signed leaves nothing to keep."""
        if link.sharer is not None:
            with suppress(StoreError):
                arrival = self.arrival(environ, link, findings)
                if arrival.rule == "head":
                    self.bursts.notice(arrival)
                self.kit.store.record_later(write_arrivals, arrival)

    def arrival(self, environ: Mapping[str, Any], link: Link, findings: str) -> Arrival:
        visitor, yesterday = self.kit.visitors.hashes(environ)
        verdict = weigh(findings)
        return Arrival(
            id=new_id(),
            sharer=link.sharer,
            episode=link.episode or None,
            channel=link.channel or None,
            variant=link.variant or None,
            at=int(time.time()),
            verdict=verdict.name,
            rule=verdict.rule,
            visitor=visitor,
            yesterday=yesterday,
            timezone=self.kit.campaign.timezone,
            findings=findings,
        )

    def beyond_flood(self, arrival: Arrival) -> int:
        """How many more visits than people make this place has sent this minute; 0 or less in peace."""
        minute = arrival.at // 60
        if minute != self._minute:
            self._minute, self._crowd = minute, Counter()
        self._crowd[arrival.visitor] += 1
        return self._crowd[arrival.visitor] - FLOOD


HTML = ("Content-Type", "text/html; charset=utf-8")
QUIET: Headers = [
    ("Cache-Control", "no-store"),
    ("X-Robots-Tag", "noindex, nofollow"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("X-Content-Type-Options", "nosniff"),
]


def lead_to(location: str) -> Answer:
    return Answer("302 Found", [("Location", location), ("Content-Length", "0"), *QUIET])


def asked_for(environ: Mapping[str, Any]) -> str:
    """The path that was asked for, as it goes into an address."""
    return quote(environ["PATH_INFO"].encode("latin-1"), safe="/:@!$&'()*+,;=~-._")


def write_floods(writing: Any, floods: list[tuple[str, int]]) -> list[None]:
    """Count what came in floods: one row for each link and minute."""
    writing.insert(
        "floods",
        ("sharer", "minute", "count"),
        [(*key, count) for key, count in sorted(Counter(floods).items())],
        "on conflict (sharer, minute) do update set count = floods.count + excluded.count",
    )
    return [None] * len(floods)
