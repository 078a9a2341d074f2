"""Tokens with which programs read our tables: made, named and revoked by staff, who see when each was last used.

Only a token's hash is kept (SHA-256: it has 256 random bits, nobody can try them all), so it is shown once. A token
may read, nothing else, and only as long as its maker's account is open. Rows stay: they say who made and revoked what.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from tracker.errors import Refused
from tracker.links import new_id
from tracker.pages import gettext as _
from tracker.services import services
from tracker.staff.roles import may, only_who_may
from tracker.store import Row, Store
from tracker.throttle import limiter

blueprint = Blueprint("tokens", __name__, url_prefix="/staff/tokens")

PREFIX = "ricochet_"  # so that whoever finds one, or a scanner of secrets, knows what it opens
TOKEN = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}", re.ASCII)
LONGEST_NAME = 80
EVERY = 60  # seconds between two notes of a token's last use

OPEN = """
    select api_tokens.*, staff.name is not null as has_maker from api_tokens
    left join staff on staff.name = api_tokens.made_by and staff.created_at <= api_tokens.made_at
"""


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def make_token(store: Store, name: str, by: str, now: int) -> str:
    """A new token; only now can it be read. Raises ValueError for a name that can't be read."""
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > LONGEST_NAME or not tidy.isprintable():
        raise ValueError(f"A token has a name of 1 to {LONGEST_NAME} characters, such as 'Tableau de bord'.")
    token = PREFIX + secrets.token_urlsafe(32)
    store.execute(
        "insert into api_tokens (id, name, hash, made_by, made_at) values (:id, :name, :hash, :by, :now)",
        id=new_id(),
        name=tidy,
        hash=hash_token(token),
        by=by,
        now=now,
    )
    return token


def find_token(store: Store, token: str) -> Row | None:
    """The open token's row, or None for one that was revoked, whose maker has left, or that never was."""
    if TOKEN.fullmatch(token) is None:
        return None
    rows = store.query(f"{OPEN} where hash = :hash and revoked_at is null", hash=hash_token(token))
    return rows[0] if rows and rows[0]["has_maker"] else None


def note_use(store: Store, token: Row, now: int) -> None:
    """Keep when it was last used, to the minute: reading must not cost a write each time."""
    if token["used_at"] is None or abs(now - token["used_at"]) >= EVERY:
        store.execute("update api_tokens set used_at = :now where id = :id", now=now, id=token["id"])


def list_tokens(store: Store) -> list[Row]:
    """All that ever were, open ones first, without their hashes; `has_maker`: whether their maker still works here."""
    rows = store.query(f"{OPEN} order by revoked_at is not null, made_at desc, id desc")
    return [{name: value for name, value in row.items() if name != "hash"} for row in rows]


def revoke_token(store: Store, id_: str, by: str, now: int) -> bool:
    """Close a token for ever; whether it was open."""
    changed = store.execute(
        "update api_tokens set revoked_by = :by, revoked_at = :now where id = :id and revoked_at is null",
        id=id_,
        by=by,
        now=now,
    )
    return changed > 0


@blueprint.get("/")
def tokens() -> ResponseReturnValue:
    return show_tokens()


@blueprint.post("/")
@only_who_may("make tokens")
@limiter.limit("30 per hour")
def post_token() -> ResponseReturnValue:
    try:
        token = make_token(services().store, request.form.get("name", ""), current_user.name, int(time.time()))
    except ValueError:
        return show_tokens(mistake=_("Donnez-lui un nom, de 80 caractères au plus.")), 422
    return show_tokens(made=token), 201


@blueprint.post("/revoke")
@only_who_may("make tokens")
def post_revoke() -> ResponseReturnValue:
    store, id_ = services().store, request.form.get("id", "")
    if not any(row["id"] == id_ and may_revoke(row) for row in list_tokens(store)):
        raise Refused("not_your_token", "Only whoever made this token, or an admin, may revoke it.", 403)
    revoke_token(store, id_, current_user.name, int(time.time()))
    flash(_("C’est révoqué. Le programme qui s’en servait trouvera porte close."))
    return redirect(url_for("tokens.tokens"), 303)


def may_revoke(row: Row) -> bool:
    """Whether whoever is signed in may close this token."""
    return may("make tokens") and (row["made_by"] == current_user.name or current_user.role == "admin")


def show_tokens(made: str = "", mistake: str = "") -> str:
    return render_template(
        "takeaway/tokens.html",
        tokens=list_tokens(services().store),
        made=made,
        mistake=mistake,
        may_revoke=may_revoke,
        longest=LONGEST_NAME,
    )
