"""Gifts: donations, as the donation platforms tell them, never the visitor's browser.

Each provider is one module with the same three answers (see tracker.gifts.provider); the ledger counts each gift once;
`desk` is what staff see and do; `exports` and `reconcile` compare a platform's own export with the ledger.
"""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, request

from tracker.errors import Refused
from tracker.gifts.fetching import fetch_json
from tracker.gifts.provider import Message
from tracker.gifts.recording import PROVIDERS, record_message, record_notice
from tracker.services import services
from tracker.visitors import client_address

__all__ = ["PROVIDERS", "blueprint", "record_notice"]

blueprint = Blueprint("gifts", __name__, url_prefix="/hooks")

LONGEST_BODY = 256 * 1024
FETCH = "RICOCHET_FETCH"  # app.config: another way to ask platforms' APIs, for tests


@blueprint.post("/<provider>")
def receive(provider: str) -> tuple[Response, int]:
    kit = services()
    if provider not in PROVIDERS or not PROVIDERS[provider].is_open(kit.settings):
        raise Refused("unknown_provider", "No such hook here, or its secret is not set (see `invoke settings`).", 404)
    if (request.content_length or 0) > LONGEST_BODY:
        raise Refused("body_too_large", f"A notification has at most {LONGEST_BODY} bytes.", 413)
    request.max_content_length = LONGEST_BODY  # larger ones are refused as they come in, also without a length
    message = Message(
        headers=dict(request.headers),
        body=request.get_data(cache=False),
        address=client_address(request.environ, kit.settings.trusted_proxies),
        settings=kit.settings,
        fetch=current_app.config.get(FETCH, fetch_json),
    )
    return jsonify(status=record_message(kit, provider, message)), 200
