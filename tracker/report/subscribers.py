"""Who wants the weekly report: an address for each account of staff, given by themselves; one click stops it."""

from __future__ import annotations

import re
import time

from itsdangerous import BadSignature, URLSafeSerializer

from tracker.services import Services
from tracker.store import Row, Store

# What mail servers really take, and nothing that could end a header: one @, no blanks, a domain with a dot.
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}", re.ASCII)
LONGEST_ADDRESS = 254


class BadAddress(ValueError):
    """No mail would arrive there."""


def subscribe(store: Store, staff: str, address: str, language: str) -> None:
    """Keep that this person wants the report, at this address. Raises BadAddress."""
    address = address.strip()
    if len(address) > LONGEST_ADDRESS or ADDRESS.fullmatch(address) is None or ".." in address:
        raise BadAddress("An address has one @, as in stef@example.org.")
    store.execute(
        """
        insert into subscribers (staff, address, language, consented_at) values (:staff, :address, :language, :now)
        on conflict (staff) do update set address = excluded.address, language = excluded.language,
          consented_at = excluded.consented_at
        """,
        staff=staff,
        address=address,
        language=language,
        now=int(time.time()),
    )


def unsubscribe(store: Store, staff: str) -> bool:
    """Forget the address; whether there was one."""
    return store.execute("delete from subscribers where staff = :staff", staff=staff) > 0


def find_subscriber(store: Store, staff: str) -> Row | None:
    """{"staff", "address", "language", "consented_at"}, or None."""
    rows = list_subscribers(store, staff)
    return rows[0] if rows else None


def list_subscribers(store: Store, staff: str = "") -> list[Row]:
    """Everybody who wants it and whose account was open all the while since; one of them if named."""
    return store.query(
        """
        select subscribers.* from subscribers
        join staff on staff.name = subscribers.staff and staff.created_at <= subscribers.consented_at
        where :staff = '' or subscribers.staff = :staff order by subscribers.staff
        """,
        staff=staff,
    )


def stop_token(kit: Services, staff: str) -> str:
    """What stands in the address that stops the report of this person."""
    return str(serializer(kit).dumps(staff))


def read_stop_token(kit: Services, token: str) -> str | None:
    """Whose report it stops, or None for anything that we did not write."""
    try:
        return str(serializer(kit).loads(token))
    except BadSignature:
        return None


def serializer(kit: Services) -> URLSafeSerializer:
    return URLSafeSerializer(kit.settings.secrets, salt="report")
