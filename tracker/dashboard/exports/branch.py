"""Tables of the share tree: all of it, what is below a sharer, and who followed their link."""

from __future__ import annotations

from collections.abc import Iterable

from tracker.choices import counting_since
from tracker.dashboard.exports.table import EVERYBODY, Asked, Table
from tracker.dashboard.period import Period
from tracker.dashboard.portrait import MEASURES as OF_BRANCHES
from tracker.dashboard.portrait import branch_by_generation, list_verdicts
from tracker.leaderboard import list_children, sum_sharer
from tracker.services import Services
from tracker.sharers import file_code
from tracker.store import Row
from tracker.totals import MEASURES

BELOW = """
    with recursive below (id) as (
      select id from sharers where id = :below
      union
      select sharers.id from sharers join below on sharers.parent = below.id
    )
"""
TREE = """
    select branches.sharer as sharer, sharers.kind as kind, sharers.name as name, pseudonyms.name as pseudonym,
      sharers.parent as parent, sharers.generation as generation, sharers.created_at as created_at,
      branches.children as children, branches.depth as depth, branches.sharers - 1 as relays,
      branches.confirmed as confirmed, branches.gifts as gifts, branches.amount as amount
    from branches
    join sharers on sharers.id = branches.sharer
    left join pseudonyms on pseudonyms.sharer = branches.sharer and pseudonyms.state = 'approved'
"""
TREE_BY = ("confirmed", "relays", "gifts", "amount", "depth")


def read_tree(kit: Services, _period: Period, asked: Asked) -> Iterable[Row]:
    """All branches since the beginning, or those below one sharer, as tracker.branches added them up."""
    sql = f"{BELOW}{TREE} where branches.sharer in (select id from below)" if asked.below else TREE  # noqa: S608
    order = f"{asked.by} desc, " if asked.by else ""
    rows = kit.store.stream(f"{sql} order by {order}branches.sharer", **below(asked))
    return ({**row, "code": file_code(row["sharer"])} for row in rows)


def count_tree(kit: Services, _period: Period, asked: Asked) -> int:
    sql = "select count(*) as count from branches"
    if asked.below:
        sql = f"{BELOW}{sql} where sharer in (select id from below)"  # noqa: S608
    return int(kit.store.query(sql, **below(asked))[0]["count"])


def below(asked: Asked) -> dict[str, str]:
    return {"below": asked.below} if asked.below else {}


def read_descent(kit: Services, _period: Period, asked: Asked) -> Iterable[Row]:
    return branch_by_generation(kit.store, asked.below, counting_since(kit.store))


def read_children(kit: Services, period: Period, asked: Asked) -> Iterable[Row]:
    rows = list_children(kit.store, asked.below, period.scope, EVERYBODY)
    return ({**row, "code": file_code(row["sharer"])} for row in rows)


def read_followers(kit: Services, period: Period, asked: Asked) -> Iterable[Row]:
    rows = list_verdicts(kit.store, asked.below, period, sum_sharer(kit.store, asked.below, period.scope))
    return ({**row, "counts": int(row["counts"])} for row in rows)


BRANCHES = {
    "tree": Table(
        (
            *("sharer", "code", "kind", "name", "pseudonym", "parent", "generation", "created_at"),
            *("children", "depth", "relays", "confirmed", "gifts", "amount"),
        ),
        read_tree,
        count_tree,
        TREE_BY,
    ),
    "descent": Table(("generation", "sharers", *OF_BRANCHES), read_descent, of_one=True),
    "children": Table(
        ("sharer", "code", "kind", "name", "pseudonym", "generation", *MEASURES), read_children, of_one=True
    ),
    "followers": Table(("verdict", "visits", "counts"), read_followers, of_one=True),
}
