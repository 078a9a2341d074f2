"""`invoke staff`: who may look at the dashboard."""

from __future__ import annotations

from chores.opened import open_tables
from settings import Settings
from tracker.staff.accounts import add_staff, list_staff


def let_in(settings: Settings, name: str, password: str, role: str = "") -> str:
    """Add somebody, or change their password; a line that tells it. Raises StaffError.

    A role that is not said is theirs of before; the very first person is an admin, others are marketers.
    """
    with open_tables(settings.tracker_database) as store:
        people = {row["name"]: row["role"] for row in list_staff(store)}
        role = role or people.get(name) or ("marketer" if people else "admin")
        done = add_staff(store, name, password, role)
    return f"{name} was {done}: {role}. They sign in at {settings.site_url}/staff/"
