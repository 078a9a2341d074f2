"""What people can mend is told in one clear sentence, with a non-zero exit; tracebacks are for faults of ours."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from invoke.exceptions import Exit

# By name, so that the menu need not load all modules that raise them.
KNOWN = {
    "Problem",
    "SettingsError",
    "BuildError",
    "EpisodeError",
    "StaffError",
    "StoreError",
    "Mistakes",
    "AnimaticError",
    "FilmError",
    "ExportError",
    "MailError",
    "UnknownWeek",
}


def told_kindly(chore: Callable[..., None]) -> Callable[..., None]:
    """The chore, ending by Exit where it raises one of KNOWN, or is stopped by Ctrl-C."""

    @wraps(chore)
    def run(*args: Any, **more: Any) -> None:
        try:
            chore(*args, **more)
        except KeyboardInterrupt:
            raise Exit("Stopped.", code=130) from None
        except Exception as error:
            if type(error).__name__ not in KNOWN:
                raise
            raise Exit(str(error), code=1) from None

    return run
