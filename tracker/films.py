"""Films: how far each visit watched an episode's film, told once by its page, so that staff see where people stop."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, jsonify, request

from tracker.beacons import notice_request, read_body, text_field, unknown_episode, unknown_visit
from tracker.errors import Refused
from tracker.services import services
from tracker.store import Row, Store, Writing, listed
from tracker.verdicts import NO_VISITOR, refuses_counting, weigh

blueprint = Blueprint("films", __name__, url_prefix="/t")

QUARTERS = 4  # 0: begun, 4: seen to the end


@dataclass(frozen=True)
class Watched:
    """How far a film was watched in one visit, in quarters of its length."""

    visit: str
    episode: str
    quartile: int
    at: int


def write_watched(writing: Writing, told: list[Watched]) -> list[bool]:
    """Keep the furthest point of each visit and episode; False for what is not kept: no visit of ours, or no person."""
    marks, params = listed({each.visit for each in told})
    people = {
        row["id"]
        for row in writing.query(
            f"select id, verdict from visits where id in ({marks})",  # noqa: S608 - marks of our own
            **params,
        )
        if row["verdict"] not in NO_VISITOR
    }
    furthest: dict[tuple[str, str], Watched] = {}
    for each in told:
        key = (each.visit, each.episode)
        if each.visit in people and (key not in furthest or furthest[key].quartile < each.quartile):
            furthest[key] = each
    if furthest:
        writing.insert(
            "films",
            ("visit_id", "episode", "quartile", "at"),
            [(each.visit, each.episode, each.quartile, each.at) for each in furthest.values()],
            "on conflict (visit_id, episode) do update set quartile = excluded.quartile, at = excluded.at "
            "where excluded.quartile > films.quartile",
        )
    return [each.visit in people for each in told]


def count_stops(store: Store, since: str, until: str, episode: str = "") -> list[Row]:
    """For each episode watched from day to day: {"episode", "begun", "quarter", "half", "most", "whole"}, all that got
    so far. Most watched first. As old as tracker.virality.days says."""
    return store.query(
        f"""
        select episode, sum(begun) as begun, sum(quarter) as quarter, sum(half) as half, sum(most) as most,
          sum(whole) as whole
        from stops where day >= :since and day <= :until {"and episode = :episode" if episode else ""}
        group by episode order by begun desc, episode
        """,  # noqa: S608 - a choice between two texts of ours
        since=since,
        until=until,
        **({"episode": episode} if episode else {}),
    )


def read_quartile(value: Any) -> int:
    """How far, from 0 to 4, as JSON or form fields have it. Raises Refused."""
    if isinstance(value, str) and value in ("0", "1", "2", "3", "4"):
        return int(value)
    if type(value) is int and 0 <= value <= QUARTERS:
        return value
    raise Refused("bad_quartile", "The field 'quartile' must be a whole number from 0 (begun) to 4 (seen to the end).")


@blueprint.post("/watched")
def post_watched() -> tuple[Response, int]:
    if refuses_counting(request.environ):
        return jsonify(kept=False), 200
    kit = services()
    body = read_body()
    visit = kit.links.read("visit", text_field(body, "visit"))
    episode, quartile = text_field(body, "episode"), read_quartile(body.get("quartile"))
    if episode not in kit.campaign.episodes:
        raise unknown_episode(episode)
    if not visit:
        raise unknown_visit()
    if weigh(notice_request()).name in NO_VISITOR:
        return jsonify(kept=False), 200
    kept = kit.store.record(write_watched, Watched(visit, episode, quartile, int(time.time())))
    return jsonify(kept=kept), 201 if kept else 200
