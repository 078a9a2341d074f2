"""The share tree from one sharer down: the largest branches one by one, the many small ones folded into one.

Everything is read from `branches`, whose indexes hold each sharer's children in the order of their size: a picture
costs the same below a newsletter with a hundred thousand children as below a friend with three.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from tracker.branches import read_whole
from tracker.store import Row, Store

By = Literal["confirmed", "sharers", "amount"]
SIZES: tuple[By, ...] = ("confirmed", "sharers", "amount")  # what the size of a branch may stand for
DEEPEST_SKIP = 100_000

NODES = """
    select branches.sharer as sharer, branches.parent as parent, branches.children as children,
      branches.depth as depth, branches.sharers as sharers, branches.confirmed as confirmed, branches.gifts as gifts,
      branches.amount as amount, coalesce(own.confirmed, 0) as own_confirmed, coalesce(own.amount, 0) as own_amount,
      sharers.kind as kind, sharers.name as name, sharers.generation as generation, pseudonyms.name as pseudonym
    from branches
    left join standings as own on own.span = 'ever' and own.sharer = branches.sharer
    left join sharers on sharers.id = branches.sharer
    left join pseudonyms on pseudonyms.sharer = branches.sharer and pseudonyms.state = 'approved'
"""


@dataclass
class Node:
    """A branch: its root's names and figures (of the whole branch; `own_...` of the root's own link alone)."""

    row: Row
    by: By
    children: list[Node] = field(default_factory=list)
    skipped: int = 0  # larger children that were left out, since somebody turned the page
    folded: int = 0  # smaller children that are not in `children`
    folded_size: int = 0  # their size together
    level: int = 0  # where the drawing puts it: generations below its root; pixels from its top, and how high
    top: float = 0
    height: float = 0
    folded_height: float = 0

    @property
    def sharer(self) -> str:
        return str(self.row["sharer"])

    @property
    def size(self) -> int:
        """What it stands for in the picture: visitors, sharers or minor units; never negative."""
        return max(int(self.row[self.by]), 0)

    @property
    def own_size(self) -> int:
        return 1 if self.by == "sharers" else max(int(self.row[f"own_{self.by}"]), 0)

    @property
    def below(self) -> int:
        """What its children are together."""
        return max(self.size - self.own_size, 0)

    def walk(self) -> Iterator[Node]:
        """This branch and all that are drawn below it, each before those below."""
        yield self
        for child in self.children:
            yield from child.walk()


def read_root(store: Store, sharer: str, by: By) -> Node | None:
    """The branch of a sharer, or with "" the whole tree; None if it was not added up yet."""
    if sharer:
        rows = store.query(f"{NODES} where branches.sharer = :sharer", sharer=sharer)
        return Node(rows[0], by) if rows else None
    whole = read_whole(store)
    if whole is None or not whole[0]["sharers"]:
        return None
    nobody: dict[str, Any] = {"sharer": "", "kind": "whole", "name": None, "pseudonym": None, "generation": 0}
    return Node({**whole[0], **nobody, "parent": "", "own_confirmed": 0, "own_amount": 0}, by)


def read_children(store: Store, parent: Node, limit: int, skip: int = 0) -> list[Node]:
    """Its largest children, but for the first `skip`: only such as have a size."""
    if not parent.row["children"]:
        return []
    rows = store.query(
        f"{NODES} where branches.parent = :parent and branches.{parent.by} > 0 "
        f"order by branches.{parent.by} desc, branches.sharer limit :limit offset :skip",
        parent=parent.sharer,
        limit=limit,
        skip=skip,
    )
    return [Node(row, parent.by) for row in rows]


def size_of_first(store: Store, parent: Node, count: int) -> int:
    """The size of its first children together."""
    (row,) = store.query(
        f"""
        select coalesce(sum(size), 0) as size from (
          select {parent.by} as size from branches where parent = :parent and {parent.by} > 0
          order by {parent.by} desc, sharer limit :count
        ) as first
        """,  # noqa: S608 - names of our own
        parent=parent.sharer,
        count=count,
    )
    return int(row["size"])
