"""Rebuilds the site when a file changes, for `make up`. A mistake keeps the last good site and is printed.

Where one episode changed, its page comes first, at once; lists and feeds follow with the whole.
"""

import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

from watchfiles import Change, DefaultFilter, watch

from chores.build import HERE, BuildError, Built, build_site
from chores.glance import show_at_once

WATCHED = ("content", "theme", "plugins", "pelicanconf.py", "settings.py")
SETTLE = 120  # milliseconds without a further change: an editor writes a file in several steps


class _Sources(DefaultFilter):
    """What people write, not what editors and Python leave beside it."""

    def __call__(self, change: Change, path: str) -> bool:
        return super().__call__(change, path) and not Path(path).name.startswith((".", "~", "#", "4913"))


def watch_and_build(stop_event: threading.Event, built: Built | None = None) -> None:
    """Builds a preview after each change, until `stop_event` is set. Prints one line for each build; never raises.

    `built` is the last build, whose pages can be shown again at once.
    """
    places = [HERE / place for place in WATCHED if (HERE / place).exists()]
    python_changed = False
    for changes in watch(
        *places,
        watch_filter=_Sources(),
        stop_event=stop_event,
        debounce=SETTLE * 8,
        step=SETTLE,
        rust_timeout=1000,
        raise_interrupt=False,
    ):
        paths = {Path(path) for _, path in changes}
        python_changed = python_changed or any(path.suffix == ".py" for path in paths)
        print(f"{_name(paths)} changed: building...", flush=True)
        if python_changed:
            print(_build_apart(), flush=True)
            continue
        if built and (address := _glance(paths, built)):
            print(f"Already to be seen: {address}", flush=True)
        built, told = _build_here(built)
        print(told, flush=True)


def _glance(paths: set[Path], built: Built) -> str:
    """The address of the one episode that changed, if its page could be written at once."""
    if len(paths) > 1 or next(iter(paths)).parent != HERE / "content" / "episodes":
        return ""
    try:
        return show_at_once(next(iter(paths)), built.site, built.output)
    except Exception:  # noqa: BLE001 (the build, which comes next, tells what is wrong)
        return ""


def _build_here(built: Built | None = None) -> tuple[Built | None, str]:
    """The build that stands afterwards, and what to say."""
    try:
        new = build_site(preview=True)
        return new, str(new)
    except BuildError as error:
        return built, str(error)
    except Exception as error:  # noqa: BLE001 (watching goes on, whatever a half-written theme does)
        return built, f"The site cannot be built, and stays as it was.\n{type(error).__name__}: {error}"


def _build_apart() -> str:
    """Once Python code has changed, this process knows only the old code: a fresh one builds."""
    code = "from chores.watch import _build_here; print(_build_here()[1])"
    done = subprocess.run([sys.executable, "-c", code], cwd=HERE, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()


def _name(paths: Iterable[Path]) -> str:
    names = sorted(path.name for path in paths)
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
