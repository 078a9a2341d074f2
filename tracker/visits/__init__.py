"""Visits: one arrival of somebody, through a link or directly.

Every visit that was answered with a token is on disk. What does not count is kept with the reason.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request

from tracker.beacons import notice_request, read_body, text_field, unknown_episode, unknown_visit
from tracker.links import new_id
from tracker.plans import Plan, carry_out, refuse
from tracker.services import Services, services
from tracker.verdicts import find, refuses_counting
from tracker.visits.recording import Arrival, Seen, add_finding, write_arrivals, write_seen

blueprint = Blueprint("visits", __name__, url_prefix="/t")

NOBODY: dict[str, Any] = {"visit": None, "link": None, "variants": {}}  # for those who asked not to be counted


def describe_visit(
    kit: Services,
    environ: Mapping[str, Any],
    episode: str,
    sharer: str | None = None,
    known: str | None = None,
    source: str | None = None,
    findings: str | None = None,
    placement: str = "",
) -> Arrival:
    """Somebody who came without following a link of ours, already confirmed by their page.

    `placement` is that of a player on another site, which is a page of ours where no link led.
    """
    now = int(time.time())
    channel, variant = kit.campaign.read_placement(placement)
    visitor, yesterday = kit.visitors.hashes(environ)
    arrival = Arrival(
        id=new_id(),
        sharer=sharer,
        episode=episode or None,
        channel=channel or None,
        variant=variant or None,
        at=now,
        verdict="human",
        rule="none",
        visitor=visitor,
        yesterday=yesterday,
        timezone=kit.campaign.timezone,
        seen_at=now,
        known=known,
        source=source,
    )
    add_finding(arrival, find(environ) if findings is None else findings)
    return arrival


def describe_page(
    kit: Services,
    environ: Mapping[str, Any],
    visit: str,
    known: str | None = None,
    findings: str | None = None,
    acted: bool = False,
) -> Seen:
    """A page that confirms the visit of this id, or resumes it; `acted` if somebody did something there."""
    visitor, yesterday = kit.visitors.hashes(environ)
    return Seen(
        id=visit,
        fresh_id=new_id(),
        at=int(time.time()),
        findings=find(environ) if findings is None else findings,
        visitor=visitor,
        yesterday=yesterday,
        timezone=kit.campaign.timezone,
        known=known,
        acted=acted,
        shared=kit.store.shared,
    )


def identity(kit: Services, visit: Arrival) -> dict[str, Any]:
    """What a page is told: its private visit token, its public link token, and which share texts to use."""
    return {
        "visit": kit.links.issue("visit", visit.id),
        "link": kit.links.issue("link", visit.known or visit.id),
        "variants": kit.texts.choose(visit.id),
    }


def read_known(kit: Services, body: Mapping[str, Any]) -> str | None:
    """The id of the identity that a visitor keeps on their own device; None without one, or with a broken one."""
    token = body.get("known")
    return kit.links.read("visit", token) or kit.links.read("link", token)


def read_source(body: Mapping[str, Any]) -> str | None:
    """The site that somebody came from, as a bare host name; never a whole address, which may hold private things."""
    source = text_field(body, "source", required=False)[:300].strip().lower()
    try:
        host = urlsplit(source if "//" in source else f"//{source}").hostname
    except ValueError:
        return None
    return host[:100] if host and all(c.isalnum() or c in ".-" for c in host) else None


Told = tuple[dict[str, Any], int]  # what a page is answered, and the status


def plan_visit(kit: Services, environ: Mapping[str, Any], body: Mapping[str, Any], findings: str) -> Plan[Told]:
    """What POST /t/visits writes and answers. Raises Refused."""
    episode = text_field(body, "episode")
    if episode and episode not in kit.campaign.episodes:
        raise unknown_episode(episode)
    arrival = describe_visit(
        kit,
        environ,
        episode,
        sharer=kit.links.read("link", body.get("link")),
        known=read_known(kit, body),
        source=read_source(body),
        findings=findings,
        placement=text_field(body, "placement", required=False),
    )
    return Plan(write_arrivals, arrival, lambda visit: (identity(kit, visit), 201), refuse)


def plan_seen(kit: Services, environ: Mapping[str, Any], body: Mapping[str, Any], findings: str) -> Plan[Told]:
    """What POST /t/seen writes and answers. Raises Refused, and then nothing is written."""
    id_ = kit.links.read("visit", text_field(body, "visit"))
    if id_ is None:
        raise unknown_visit()
    acted = bool(text_field(body, "acted", required=False))
    page = describe_page(kit, environ, id_, known=read_known(kit, body), findings=findings, acted=acted)

    def answer(visit: Arrival | None) -> Told:
        if visit is None:
            raise unknown_visit()
        return identity(kit, visit), 200

    return Plan(write_seen, page, answer, refuse)


@blueprint.post("/visits")
def post_visit() -> tuple[Response, int]:
    if refuses_counting(request.environ):
        return jsonify(NOBODY), 200
    kit = services()
    answer, status = carry_out(kit.store, plan_visit(kit, request.environ, read_body(), notice_request()))
    return jsonify(answer), status


@blueprint.post("/seen")
def post_seen() -> tuple[Response, int]:
    if refuses_counting(request.environ):
        return jsonify(NOBODY), 200
    kit = services()
    answer, status = carry_out(kit.store, plan_seen(kit, request.environ, read_body(), notice_request()))
    return jsonify(answer), status
