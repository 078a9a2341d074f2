"""Shares: somebody passed an episode on through a channel. Their link is theirs for good; twice asked is one share."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify, request

from tracker.beacons import notice_request, read_body, text_field, unknown_episode, unknown_visit
from tracker.errors import Refused
from tracker.links import new_id
from tracker.plans import Plan, carry_out, refuse
from tracker.services import Services, services
from tracker.sharers import ensure_sharers
from tracker.store import Writing, listed
from tracker.totals import Change, add_to_totals
from tracker.verdicts import NO_VISITOR, refuses_counting, weigh
from tracker.visits.recording import read_visits

blueprint = Blueprint("shares", __name__, url_prefix="/t")

SAME_SHARE = 10  # seconds within which the same press is one share


@dataclass(slots=True)
class Share:
    """A share about to be written; `counts` is false for crawlers and staff, whose shares leave no row."""

    id: str
    visit: str
    episode: str
    channel: str
    variant: int
    at: int
    timezone: ZoneInfo
    counts: bool = True


def write_shares(writing: Writing, shares: list[Share]) -> list[str | None]:
    """Write each share once; the sharer's id for each, or None if its visit is none of ours."""
    visits = read_visits(writing, {share.visit for share in shares}, ("id", "verdict", "known"))
    sharers = [(visits[share.visit]["known"] or share.visit) if share.visit in visits else None for share in shares]
    counted = [
        (share, sharer)
        for share, sharer in zip(shares, sharers, strict=True)
        if sharer and share.counts and visits[share.visit]["verdict"] not in NO_VISITOR
    ]
    if not counted:
        return sharers
    last = recall_shares(writing, counted)
    new = []
    for share, sharer in counted:
        what = (sharer, share.episode, share.channel, share.variant)
        if last.get(what, 0) <= share.at - SAME_SHARE:
            last[what] = share.at
            new.append((share, sharer))
    ensure_sharers(writing, {sharer for _, sharer in new}, shares[0].at)
    writing.insert(
        "shares",
        ("id", "sharer", "visit_id", "episode", "channel", "variant", "at"),
        [
            (share.id, sharer, share.visit, share.episode, share.channel, share.variant, share.at)
            for share, sharer in new
        ],
    )
    changes = [Change(sharer, share.at, share.episode, share.channel, shares=1) for share, sharer in new]
    add_to_totals(writing, changes, shares[0].timezone)
    return sharers


def recall_shares(writing: Writing, counted: list[tuple[Share, str]]) -> dict[tuple[str, str, str, int], int]:
    """When these sharers shared within the last seconds: {(sharer, episode, channel, variant): at}."""
    marks, params = listed({sharer for _, sharer in counted})
    rows = writing.query(
        f"""
        select sharer, episode, channel, variant, at from shares
        where sharer in ({marks}) and at > :since order by at
        """,  # noqa: S608 - marks of our own
        **params,
        since=min(share.at for share, _ in counted) - SAME_SHARE,
    )
    return {(row["sharer"], row["episode"], row["channel"], row["variant"]): row["at"] for row in rows}


def plan_share(
    kit: Services, environ: Mapping[str, Any], body: Mapping[str, Any], findings: str
) -> Plan[tuple[dict[str, Any], int]]:
    """What POST /t/shares writes, answers, and its status. Raises Refused, and then nothing is written."""
    visit = kit.links.read("visit", text_field(body, "visit"))
    episode, placement = text_field(body, "episode"), text_field(body, "placement")
    language = text_field(body, "language", required=False)
    channel, variant = kit.campaign.read_placement(placement)
    if episode not in kit.campaign.episodes:
        raise unknown_episode(episode)
    if not channel:
        raise Refused(
            "unknown_placement", "The placement is a channel of campaign.json, and the number of a text: wa2."
        )
    if visit is None:
        raise unknown_visit()
    share = Share(
        id=new_id(),
        visit=visit,
        episode=episode,
        channel=channel,
        variant=variant,
        at=int(time.time()),
        timezone=kit.campaign.timezone,
        counts=weigh(findings).name not in NO_VISITOR,
    )

    def answer(sharer: str | None) -> tuple[dict[str, Any], int]:
        if sharer is None:
            raise unknown_visit()
        path = kit.link_path(sharer, episode, placement, language)
        impact = f"/impact/{kit.links.issue('impact', sharer)}"
        return {"url": kit.address_of(path), "impact": kit.address_of(impact)}, 201

    return Plan(write_shares, share, answer, refuse)


@blueprint.post("/shares")
def post_share() -> tuple[Response, int]:
    if refuses_counting(request.environ):
        return jsonify(url=None, impact=None), 200
    kit = services()
    answer, status = carry_out(kit.store, plan_share(kit, request.environ, read_body(), notice_request()))
    return jsonify(answer), status
