"""The tables of the office itself, for staff alone, never for programs: who works here, what went out to whom, tokens,
names that wait for the stamp. Each is as its page shows it, whatever the period."""

from __future__ import annotations

from collections.abc import Iterable

from flask_login import current_user

from tracker.board import list_all_pseudonyms
from tracker.dashboard.exports import Asked, Table
from tracker.dashboard.exports.table import EVERYBODY
from tracker.dashboard.period import Period
from tracker.report.sending import list_sent_to
from tracker.services import Services
from tracker.staff.accounts import list_staff
from tracker.store import Row
from tracker.takeaway.progress import list_exports
from tracker.takeaway.tokens import list_tokens


def read_letters(kit: Services, _period: Period, _asked: Asked) -> Iterable[Row]:
    """Weekly reports that went out: one's own, or everybody's for admins."""
    return list_sent_to(kit.store, current_user.name, current_user.role, EVERYBODY)


OFFICE = {
    "names": Table(
        ("sharer", "name", "state", "asked_at", "judged_by", "judged_at"),
        lambda kit, _period, _asked: list_all_pseudonyms(kit.store),
    ),
    "letters": Table(("week", "staff", "sent_at", "problem"), read_letters),
    "exports": Table(
        ("began_at", "what", "format", "taken_by", "state", "written", "expected"),
        lambda kit, _period, _asked: list_exports(kit.store, EVERYBODY),
    ),
    "tokens": Table(
        ("name", "made_by", "made_at", "used_at", "revoked_by", "revoked_at"),
        lambda kit, _period, _asked: list_tokens(kit.store),
    ),
    "people": Table(
        ("name", "role", "created_at"), lambda kit, _period, _asked: list_staff(kit.store), needs="manage staff"
    ),
}
