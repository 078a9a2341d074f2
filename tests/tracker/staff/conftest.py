"""An account at the door."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.tracker.conftest import PASSWORD, Member
from tracker.services import Services
from tracker.staff import add_staff

Browser = Callable[..., Member]


@pytest.fixture
def account(kit: Services) -> None:
    """Stef has an account, and has not signed in."""
    add_staff(kit.store, "Stef", PASSWORD, "admin")
