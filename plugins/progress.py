"""Says how far a long step of a build is, to whoever waits before the screen; quick steps go by without a word."""

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")

PATIENCE = 1.0  # seconds without a word
OFTEN, SELDOM = 0.2, 5.0  # seconds between two words: on a terminal, where a line is written over, and in a log


def follow(items: Sequence[Item], what: str) -> Iterator[Item]:
    """The items, one after the other; meanwhile standard error tells how many are done, once that takes long."""
    terminal = sys.stderr.isatty()
    due = time.monotonic() + PATIENCE
    said = False
    for done, item in enumerate(items):
        if time.monotonic() >= due:
            line = f"{what}: {done} of {len(items)}"
            print(f"\r\033[K{line}" if terminal else line, end="" if terminal else "\n", file=sys.stderr, flush=True)
            due = time.monotonic() + (OFTEN if terminal else SELDOM)
            said = True
        yield item
    if said and terminal:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
