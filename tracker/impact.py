"""Impact: what one person set in motion, for their eyes; and their way onto the public board, if they want it.

The address itself is the secret: its token is made under a salt of its own, so that a public link doesn't open it.
"""

from __future__ import annotations

import time

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.board import LONGEST_NAME, ask_for_pseudonym, find_pseudonym, withdraw_pseudonym
from tracker.choices import counting_since
from tracker.errors import Refused
from tracker.gifts.credits import may_show_sum
from tracker.leaderboard import FIRST_DAY, Scope, sum_sharer
from tracker.pages import page_language
from tracker.services import services
from tracker.sharers import branch_of, ensure_sharer, file_code
from tracker.throttle import limiter

JOINER = "\u200d"  # invisible, but no trick: many emoji are held together by it
blueprint = Blueprint("impact", __name__, url_prefix="/impact")


def read_token(token: str) -> str:
    """The sharer whose page this is. Raises Refused, kindly, for anything else."""
    sharer = services().links.read("impact", token)
    if sharer is None:
        raise Refused("unknown_file", "This address opens no file: it may have been cut when it was copied.", 404)
    return sharer


def tidy_pseudonym(name: str) -> str:
    """The pseudonym on one line; "" for none, for one too long, or for one that is made of tricks."""
    tidy = " ".join(name.split())
    plain = tidy.replace(JOINER, "")
    return tidy if plain and len(tidy) <= LONGEST_NAME and plain.isprintable() else ""


def show_impact(sharer: str, token: str, mistake: bool = False) -> Response:
    kit = services()
    since = counting_since(kit.store) or FIRST_DAY
    newest = next(iter(kit.campaign.episodes), "")
    own = kit.address_of(kit.link_path(sharer, newest, "page", page_language())) if newest else ""
    response = make_response(
        render_template(
            "impact/impact.html",
            code=file_code(sharer),
            direct=sum_sharer(kit.store, sharer, Scope(since=since)),
            branch=branch_of(kit.store, sharer, since),
            show_sum=may_show_sum(kit.store, sharer),
            own_link=own,
            token=token,
            pseudonym=find_pseudonym(kit.store, sharer),
            mistake=mistake,
            longest=LONGEST_NAME,
        )
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is a secret
    return response


@blueprint.get("/<token>")
def impact(token: str) -> ResponseReturnValue:
    return show_impact(read_token(token), token)


@blueprint.post("/<token>")
@limiter.limit("20 per hour")
def post_pseudonym(token: str) -> ResponseReturnValue:
    sharer, store = read_token(token), services().store
    if request.form.get("deed") == "withdraw":
        withdraw_pseudonym(store, sharer)
    elif name := tidy_pseudonym(request.form.get("name", "")):
        with store.atomic() as writing:
            ensure_sharer(writing, sharer, int(time.time()))
        ask_for_pseudonym(store, sharer, name)
    else:
        return show_impact(sharer, token, mistake=True), 422
    answer = redirect(url_for("impact.impact", token=token, lang=page_language(), _anchor="board"), 303)
    answer.headers["Cache-Control"] = "no-store"
    return answer
