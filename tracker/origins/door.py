"""Where typed codes arrive: GET /p/K7MWF leads on to the origin's link, which counts the visit as any other.

Nothing is recorded here: whoever comes, crawlers too, is judged by the link that they are sent to.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from tracker.origins.codes import find_origin, read_code
from tracker.pages import page_language
from tracker.services import Services, services

blueprint = Blueprint("codes", __name__)

BY_HAND = "hand"  # the channel of what was typed


@blueprint.get("/p/")
def door() -> ResponseReturnValue:
    typed = request.args.get("code", "")
    return lead(typed) if typed else render_template("origins/code.html", typed="", wrong=False)


@blueprint.get("/p/<code>")
def follow_code(code: str) -> ResponseReturnValue:
    return lead(code)


def lead(typed: str) -> ResponseReturnValue:
    """On to the episode that the code names; a kind page for a code that is none of ours."""
    kit = services()
    code = read_code(typed)
    origin = find_origin(kit.store, code.code) if code else None
    if origin is None or code is None:
        answer = Response(render_template("origins/code.html", typed=typed[:40], wrong=True), 404)
    else:
        episode, language = choose_episode(kit, code.number)
        answer = Response(status=302, headers={"Location": kit.link_path(origin, episode, BY_HAND, language)})
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def choose_episode(kit: Services, number: int) -> tuple[str, str]:
    """(slug, language) of the episode with this number, or the newest, in the visitor's language if it speaks it."""
    episodes = kit.campaign.episodes
    numbered = [slug for slug, episode in episodes.items() if number and episode.get("number") == number]
    slug = (numbered or list(episodes) or ["-"])[0]
    paths = episodes.get(slug, {}).get("paths") or {}
    language = page_language()
    return slug, language if language in paths else kit.campaign.languages[0]
