"""Many hands: work on many items is shared out to as many processes as there are processors.

Only where that is safe (Linux, no other threads) and worth it; else, and whenever a helper fails, it is done here, so
that mistakes are raised where they can be told.
"""

import os
import pickle
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from plugins.progress import follow

Item = TypeVar("Item")
Result = TypeVar("Result")

WORTH_IT = 200  # items from which starting helpers pays
MOST_HANDS = 8


def share_out(work: Callable[[Item], Result], items: Sequence[Item], what: str) -> list[Result]:
    """What `work` returns for each item, in order. It must change nothing that others need, save files of its own.

    `what` is said to whoever waits, with how much of it is done (of our own share, which goes on like the others').
    """
    hands = _count_hands() if len(items) >= WORTH_IT else 1
    if hands == 1:
        return [work(item) for item in follow(items, what)]
    shares = [items[at::hands] for at in range(hands)]
    helpers = [_call_helper(work, share) for share in shares[1:]]
    try:
        done = [[work(item) for item in follow(shares[0], what)]]
    finally:
        brought = [_wait_for(*helper) for helper in helpers]
    for share, results in zip(shares[1:], brought, strict=True):
        done.append([work(item) for item in share] if results is None else results)
    return [done[at % hands][at // hands] for at in range(len(items))]


def _count_hands() -> int:
    if sys.platform != "linux" or threading.active_count() > 1:
        return 1
    return min(len(os.sched_getaffinity(0)), MOST_HANDS)


def _call_helper(work: Callable[[Any], Any], share: Sequence[Any]) -> tuple[int, int]:
    """The process that does a share, and the pipe by which it will bring the results."""
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # about threads: there are none that hold a lock
        helper = os.fork()
    if helper:
        os.close(writing)
        return helper, reading
    status = 1
    try:
        os.close(reading)
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(pickle.dumps([work(item) for item in share], pickle.HIGHEST_PROTOCOL))
        status = 0
    finally:
        os._exit(status)  # nothing of the parent's is flushed or cleared away twice


def _wait_for(helper: int, reading: int) -> list[Any] | None:
    """What a helper brought; None if it failed."""
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()
    _, status = os.waitpid(helper, 0)
    results: list[Any] | None = pickle.loads(data) if status == 0 else None  # noqa: S301 (our own helper's)
    return results
