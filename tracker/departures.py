"""Departures: on the way to give. /go/TARGET notes the step and leads to the donation platform with the bare visit id.

There is no open redirect: targets are the campaign's own, from campaign.json.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus, urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, redirect, request

from tracker.beacons import who_is_asking
from tracker.errors import Refused
from tracker.gifts.recording import PROVIDERS
from tracker.links import new_id
from tracker.services import Services, services
from tracker.store import StoreError, Writing
from tracker.verdicts import refuses_counting

log = logging.getLogger(__name__)

blueprint = Blueprint("departures", __name__)

AMOUNT = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)  # what a button of the donate page suggests, in whole units


def write_departures(writing: Writing, rows: list[tuple[str, str | None, str, int]]) -> list[None]:
    """Rows of (id, visit_id, target, at)."""
    writing.insert("departures", ("id", "visit_id", "target", "at"), rows)
    return [None] * len(rows)


def donation_address(target: Mapping[str, Any], visit: str | None, amount: str = "") -> str:
    """The platform's address, with the visit's bare id in the field that the platform carries through.

    `amount`, in units of the currency, goes into the target's `amount_field`, if staff named one. All else stays letter
    for letter as staff wrote it.
    """
    parts = urlsplit(str(target["address"]))
    ours = {field_of(target): visit, str(target.get("amount_field") or ""): amount}
    added = {field: value for field, value in ours.items() if field and value}
    dropped = {field_of(target), *added}
    query = [part for part in parts.query.split("&") if part and unquote_plus(part.partition("=")[0]) not in dropped]
    if added:
        query.append(urlencode(added))
    return urlunsplit(parts._replace(query="&".join(query)))


def field_of(target: Mapping[str, Any]) -> str:
    """The query field that staff named, or else the one of the target's provider."""
    provider = PROVIDERS.get(str(target.get("provider")))
    return str(target.get("field") or (provider.FIELD if provider else "visit_id"))


def where_we_are(kit: Services, address: str) -> str:
    """The address; a page of our own is on the host that serves it, whichever the site was built for."""
    ours = f"{kit.campaign.site.get('url')}/"
    return kit.address_of(f"/{address.removeprefix(ours)}") if address.startswith(ours) else address


def note_departure(kit: Services, target: str, visit: str | None) -> None:
    """Keep the step. Nothing here may hold up somebody who is about to give."""
    try:
        kit.store.record(write_departures, (new_id(), visit, target, int(time.time())))
    except StoreError as error:
        log.error("A departure to %s was not kept: %s", target, error)


@blueprint.get("/go/<target>")
def go(target: str) -> Response:
    kit = services()
    found = kit.campaign.targets.get(target)
    if found is None:
        raise Refused("unknown_target", "There is no such donation page.", 404)
    visit = None if refuses_counting(request.environ) else kit.links.read("visit", request.args.get("by"))
    if request.method == "GET" and who_is_asking().name == "human" and not refuses_counting(request.environ):
        note_departure(kit, target, visit)
    amount = request.args.get("amount", "")
    here = {**found, "address": where_we_are(kit, str(found["address"]))}
    response = redirect(donation_address(here, visit, amount if AMOUNT.fullmatch(amount) else ""))
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    assert isinstance(response, Response)
    return response
