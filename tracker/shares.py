"""Shares: somebody passed an episode on through a channel. Their link is theirs for good; twice asked is one share."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify, request

from tracker.beacons import notice_request, read_body, text_field, unknown_visit
from tracker.errors import Refused
from tracker.links import new_id
from tracker.plans import Plan, carry_out, refuse
from tracker.services import Services, services
from tracker.sharers import ensure_sharer
from tracker.store import Writing
from tracker.totals import Change, add_to_totals
from tracker.verdicts import refuses_counting, weigh

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
    changes: list[Change] = []
    sharers = [write_share(writing, share, changes) for share in shares]
    add_to_totals(writing, changes, shares[0].timezone)
    return sharers


def write_share(writing: Writing, share: Share, changes: list[Change]) -> str | None:
    visit = writing.query("select verdict, known from visits where id = :id", id=share.visit)
    if not visit:
        return None
    sharer: str = visit[0]["known"] or share.visit
    if not share.counts or visit[0]["verdict"] in ("bot", "preview", "staff"):
        return sharer
    same = writing.query(
        """
        select id from shares where sharer = :sharer and at > :since and episode = :episode and channel = :channel
          and variant = :variant
        """,
        sharer=sharer,
        since=share.at - SAME_SHARE,
        episode=share.episode,
        channel=share.channel,
        variant=share.variant,
    )
    if not same:
        ensure_sharer(writing, sharer, share.at)
        columns = ("id", "sharer", "visit_id", "episode", "channel", "variant", "at")
        values = (share.id, sharer, share.visit, share.episode, share.channel, share.variant, share.at)
        writing.insert("shares", columns, [values])
        changes.append(Change(sharer, share.at, share.episode, share.channel, shares=1))
    return sharer


def plan_share(
    kit: Services, environ: Mapping[str, Any], body: Mapping[str, Any], findings: str
) -> Plan[tuple[dict[str, Any], int]]:
    """What POST /t/shares writes, answers, and its status. Raises Refused, and then nothing is written."""
    visit = kit.links.read("visit", text_field(body, "visit"))
    episode, placement = text_field(body, "episode"), text_field(body, "placement")
    language = text_field(body, "language", required=False)
    channel, variant = kit.campaign.read_placement(placement)
    if episode not in kit.campaign.episodes:
        raise Refused("unknown_episode", "There is no such episode; see campaign.json for those there are.", 404)
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
        counts=weigh(findings).name not in ("bot", "preview", "staff"),
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
