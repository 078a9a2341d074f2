"""Tables of what happened one by one: gifts and what became of them, notifications, shares, visits and verdicts."""

from __future__ import annotations

from tracker.dashboard import records
from tracker.dashboard.exports.table import EVERYBODY, Table, one_by_one
from tracker.gifts.credits import list_odd, list_unclaimed
from tracker.gifts.forms import list_forms

BOOKS = {
    "gifts": one_by_one(
        (
            *("at", "kind", "amount", "currency", "livemode", "provider", "account", "payment", "visit_id"),
            *("sharer", "name", "pseudonym", "episode", "channel"),
        ),
        records.GIFTS,
        "visits",
        payments="gifts",
    ),
    "deeds": one_by_one(
        ("at", "done_by", "deed", "provider", "account", "payment", "sharer", "name", "amount", "note"),
        records.DEEDS,
        payments="gift_deeds",
    ),
    "unclaimed": Table(
        ("at", "amount", "provider", "account", "payment", "form", "visit_id"),
        lambda kit, _period, _asked: list_unclaimed(kit.store, EVERYBODY),
    ),
    "odd": Table(
        ("at", "amount", "gifts", "provider", "account", "payment"),
        lambda kit, _period, _asked: list_odd(kit.store, EVERYBODY),
    ),
    "forms": Table(
        ("provider", "form", "gifts", "unclaimed", "sharer", "name", "bound_by", "bound_at"),
        lambda kit, _period, _asked: list_forms(kit.store, EVERYBODY),
    ),
    "conversions": one_by_one(("at", "kind", "reference", "sharer", "name", "visit_id", "means"), records.CONVERSIONS),
    "notices": one_by_one(("at", "provider", "verdict", "detail", "payment"), records.NOTICES),
    "verdicts": Table(
        ("verdict", "rule", "visits", "seen"), lambda kit, period, _: records.count_verdicts(kit.store, period)
    ),
    "floods": one_by_one(("at", "sharer", "name", "count"), records.FLOODS),
    "shares": one_by_one(("at", "id", "sharer", "episode", "channel", "variant"), records.SHARES, "shares"),
    "visits": one_by_one(
        ("at", "id", "sharer", "episode", "channel", "variant", "verdict", "rule", "seen_at", "source"),
        records.VISITS,
        "visits",
    ),
}
