"""Ids and the tokens made from them. A token is `ID.SIGNATURE`, checked without reading any database.

Each purpose has its own salt: a link token is public, a visit token is private to its visitor, and neither can be made
from the other. Ids sort by the time at which they were made.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from itsdangerous import BadSignature, Signer
from itsdangerous.signer import HMACAlgorithm

Salt = Literal["link", "visit", "impact"]

ID_LENGTH = 16
SIGNATURE_BYTES = 12  # 96 bits: exactly 16 characters of base64, so that no token has a second spelling
TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{ID_LENGTH}}}\.[A-Za-z0-9_-]{{16}}", re.ASCII)
EPOCH = 1_577_836_800  # 2020-01-01: 48 bits of four microseconds reach until 2055
TICKS = 250_000  # a second

# base64's own alphabet does not sort like the bytes that it writes; this one, in ASCII order, does.
SORTED = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz",
)


class ShortHMAC(HMACAlgorithm):
    """HMAC-SHA256 cut to 96 bits."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        mac = keyed(key).copy()
        mac.update(value)
        return mac.digest()[:SIGNATURE_BYTES]


@lru_cache(maxsize=64)
def keyed(key: bytes) -> hmac.HMAC:
    """To copy: a key costs more than what it signs."""
    return hmac.new(key, digestmod=hashlib.sha256)


class Links:
    """Issues and reads tokens under the campaign's keys (oldest first; the last one signs, all are accepted)."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._signers = {salt: make_signer(keys, salt) for salt in ("link", "visit", "impact")}

    def issue(self, salt: Salt, id_: str) -> str:
        """The id's token for this purpose."""
        return self._signers[salt].sign(id_).decode()

    def read(self, salt: Salt, token: object) -> str | None:
        """The id in a token of this purpose, or None for anything else, however spelt."""
        if not isinstance(token, str) or TOKEN.fullmatch(token) is None:
            return None
        try:
            return self._signers[salt].unsign(token).decode()
        except BadSignature:
            return None


def make_signer(keys: Sequence[str], salt: str) -> Signer:
    """A signer of its own for each salt. Keys are derived here, once, and not again for every token."""
    derived = [Signer(key, salt=salt, key_derivation="hmac", digest_method=hashlib.sha256).derive_key() for key in keys]
    return Signer(derived, salt=salt, key_derivation="none", algorithm=ShortHMAC(hashlib.sha256))


_last_tick = 0
_random: list[bytes] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_random.clear)  # two processes must never draw the same


def random_bytes() -> bytes:
    """Six random bytes of the system's. It is asked for many at once: each asking lets all other threads run first."""
    try:
        return _random.pop()
    except IndexError:
        drawn = secrets.token_bytes(6 * 512)
        _random.extend(drawn[place : place + 6] for place in range(6, len(drawn), 6))
        return drawn[:6]


def new_id(now: float | None = None) -> str:
    """An id of 16 characters: 48 bits of time, then 48 random bits. `now` is in seconds since 1970."""
    global _last_tick
    tick = int(((time.time() if now is None else now) - EPOCH) * TICKS)
    if now is None:
        # Two ids in one tick keep their order; if two threads race here, they only share a tick.
        tick = _last_tick = max(tick, _last_tick + 1) if tick + TICKS > _last_tick else tick
    raw = tick.to_bytes(6, "big", signed=False) + random_bytes()
    return urlsafe_b64encode(raw).decode().translate(SORTED)


def first_id(at: float) -> str:
    """The lowest id that could be made at that time: all made since are higher, all made before are lower."""
    raw = max(int((at - EPOCH) * TICKS), 0).to_bytes(6, "big") + bytes(6)
    return urlsafe_b64encode(raw).decode().translate(SORTED)
