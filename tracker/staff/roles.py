"""What each role may do. Everybody signed in may look; changing things needs the role for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask_login import current_user

from tracker.errors import Refused

P = ParamSpec("P")
R = TypeVar("R")

MAY = {
    "make origins": ("admin", "marketer"),
    "count from": ("admin", "marketer"),
    "credit gifts": ("admin", "marketer"),
    "make tokens": ("admin", "marketer"),
    "stop texts": ("admin", "marketer"),
    "moderate": ("admin", "editor"),
    "manage staff": ("admin",),
}


def may(deed: str) -> bool:
    """Whether whoever is signed in may do this."""
    return current_user.is_authenticated and current_user.role in MAY[deed]


def check_role(deed: str) -> None:
    """Raises Refused for whoever may not do this."""
    if not may(deed):
        raise Refused("not_your_role", f"This needs the role {' or '.join(MAY[deed])}. Ask an admin.", 403)


def only_who_may(deed: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Refuses the view to everybody else."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            check_role(deed)
            return view(*args, **kwargs)

        return guarded

    return decorate
