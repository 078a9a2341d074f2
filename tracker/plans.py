"""Answers that wait until something is on disk.

What a request asks is worked out first, without waiting: the answer, or a plan that says what to write and how to
answer then. Threads carry plans out by waiting; the event loop (tracker.front) goes on with others meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from tracker.store import Store, StoreError, Writing

Answer = TypeVar("Answer")


class Plan(NamedTuple, Generic[Answer]):
    """`write` gets `item` with others of its kind; `answer` gets the item's result, `otherwise` what went wrong."""

    write: Callable[[Writing, list[Any]], list[Any]]
    item: Any
    answer: Callable[[Any], Answer]
    otherwise: Callable[[StoreError], Answer]


def refuse(error: StoreError) -> Any:
    """For plans that have no other answer."""
    raise error


def carry_out(store: Store, plan: Plan[Answer]) -> Answer:
    """The answer, once what it promises is on disk."""
    try:
        result = store.record(plan.write, plan.item)
    except StoreError as error:
        return plan.otherwise(error)
    return plan.answer(result)


async def carry_out_in_loop(store: Store, plan: Plan[Answer]) -> Answer:
    """The same for coroutines."""
    try:
        result = await store.recorded(plan.write, plan.item)
    except StoreError as error:
        return plan.otherwise(error)
    return plan.answer(result)
