"""What an origin is (a poster, a newsletter, a debate...), and its code, short enough to be typed by hand: /p/K7MWF.

The code's signs are capitals and digits of which no two look alike. Whatever else is typed is read as the sign that it
was mistaken for, so that a 0 for a D or an l for an L still arrives. After the five may stand an episode's number.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import NamedTuple

from tracker.store import Row, Store

MEDIA = ("print", "web", "event")
SORTS: Mapping[str, str] = {  # sort -> medium
    "poster": "print",
    "flyer": "print",
    "magazine": "print",
    "newsletter": "web",
    "partner": "web",
    "network": "web",
    "debate": "event",
    "stand": "event",
    "other": "web",
}
SIGNS = "BCDFHJKLMNPRSTVWX4679"
LENGTH = 5
MISTAKEN = str.maketrans("AEGIOQUYZ012358", "4F6LDDVV7DL7BSB")
DIGITS = str.maketrans("OQDILZSB", "00011258")


class Code(NamedTuple):
    """What was typed: an origin's code, and an episode's number (0: none)."""

    code: str
    number: int


def read_code(typed: str) -> Code | None:
    """None for what can't be a code, however kindly it is read."""
    signs = re.sub(r"[^0-9A-Z]", "", typed[:40].upper())
    number = signs[LENGTH:].translate(DIGITS)
    if len(signs) < LENGTH or len(number) > 4 or (number and not number.isdigit()):
        return None
    return Code(signs[:LENGTH].translate(MISTAKEN), int(number or 0))


def write_code(code: str, number: int = 0) -> str:
    """The code as it is printed, leading to the newest episode, or to the one of this number."""
    return f"{code}-{number}" if number else code


def find_origin(store: Store, code: str) -> str | None:
    """The id of the origin with this code."""
    rows = store.query("select sharer from origins where code = :code", code=code)
    return rows[0]["sharer"] if rows else None


def keep_origin(store: Store, sharer: str, sort: str, by: str, now: int) -> Row:
    """{"sort", "code"} of an origin; a code is made if it has none, its sort changed if one is told.

    Raises ValueError for a sort that there is not.
    """
    if sort and sort not in SORTS:
        raise ValueError(f"An origin is one of {', '.join(SORTS)}.")
    with store.atomic() as writing:
        for _ in range(20):  # two codes are seldom the same by chance
            code = "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
            writing.insert(
                "origins",
                ("sharer", "sort", "code", "made_by", "made_at"),
                [(sharer, sort or "other", code, by or None, now)],
                "on conflict do nothing",
            )
            rows = writing.query("select sort, code from origins where sharer = :sharer", sharer=sharer)
            if rows:
                break
        if sort and rows[0]["sort"] != sort:
            writing.execute("update origins set sort = :sort where sharer = :sharer", sort=sort, sharer=sharer)
    return {**rows[0], "sort": sort or rows[0]["sort"]}


def adopt_origins(store: Store, now: int) -> None:
    """Codes for origins that were made before there were codes."""
    for row in store.query(
        "select id from sharers where kind = 'origin' and id not in (select sharer from origins) order by id"
    ):
        keep_origin(store, row["id"], "", "", now)


def list_sorts(store: Store) -> dict[str, Row]:
    """{origin: {"sort", "code"}}."""
    return {row["sharer"]: row for row in store.query("select sharer, sort, code from origins")}
