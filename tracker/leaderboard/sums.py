"""What the whole campaign brought, what one sharer did, and those below; whom nobody had brought before."""

from __future__ import annotations

from typing import Any, Literal

from tracker.leaderboard.scope import SUMS, Scope
from tracker.standings import HOURLY, newest_settled, next_day
from tracker.store import Row, Store
from tracker.totals import MEASURES

Column = Literal["day", "episode", "channel"]
MANY_CHILDREN = 1000
LARGEST_CHILDREN = """and sharers.id in (
  select sharer from branches where parent = :sharer and confirmed > 0 order by confirmed desc, sharer limit :limit
)"""
HOURLY_SUMS = ", ".join(f"coalesce(sum({name}), 0) as {name}" for name in HOURLY)


def campaign_days(store: Store, scope: Scope) -> tuple[str, dict[str, Any]]:
    """A subquery of the scope's days, by episode and channel, and its parameters; `brought` came by somebody's link.

    Days that are settled are added up already; only the newest are read from totals.
    """
    columns = ", ".join(("day", "episode", "channel", *MEASURES))
    return join_days(
        store,
        scope,
        f"select {columns}, brought from sums",  # noqa: S608 - names of our own
        f"select {columns}, case when sharer <> '' then confirmed else 0 end as brought from totals",  # noqa: S608
    )


def campaign_hours(store: Store, scope: Scope) -> tuple[str, dict[str, Any]]:
    """The same without visits, at the same cost however many there are in a day: the newest days are read by hours."""
    columns = ", ".join(("day", "episode", "channel", *HOURLY))
    return join_days(store, scope, f"select {columns} from sums", f"select {columns} from hours")  # noqa: S608


def join_days(store: Store, scope: Scope, settled: str, newest: str) -> tuple[str, dict[str, Any]]:
    """The rows of one statement for days that are settled, of the other for those after them."""
    where, params = scope.where()
    last = newest_settled(store)
    sql = f"({settled} where {where} union all {newest} where {where.replace(':since', ':newest')}) as days"
    return sql, {**params, "newest": max(scope.since, next_day(last)) if last else scope.since}


def sum_hourly(store: Store, scope: Scope) -> Row:
    """HOURLY, the measures that every moment of the campaign is known by; `brought` came by somebody's link."""
    days, params = campaign_hours(store, scope)
    return store.query(f"select {HOURLY_SUMS} from {days}", **params)[0]  # noqa: S608


def sum_hourly_by(store: Store, scope: Scope, column: Column) -> list[Row]:
    """The same for each day (in order), episode or channel (most confirmed visitors first)."""
    days, params = campaign_hours(store, scope)
    order = "day" if column == "day" else f"confirmed desc, {column}"
    sql = f"select {column}, {HOURLY_SUMS} from {days} group by {column} order by {order}"  # noqa: S608
    return store.query(sql, **params)


def sum_all(store: Store, scope: Scope) -> Row:
    """The measures of totals; `brought` is how many of the confirmed came by somebody's link."""
    days, params = campaign_days(store, scope)
    (row,) = store.query(f"select {SUMS}, coalesce(sum(brought), 0) as brought from {days}", **params)  # noqa: S608
    return row


def sum_by(store: Store, scope: Scope, column: Column) -> list[Row]:
    """The same for each day (in order), episode or channel (most confirmed visitors first)."""
    days, params = campaign_days(store, scope)
    order = "day" if column == "day" else f"confirmed desc, visits desc, {column}"
    return store.query(
        f"select {column}, {SUMS}, coalesce(sum(brought), 0) as brought from {days} group by {column} order by {order}",  # noqa: S608
        **params,
    )


def sum_sharer(store: Store, sharer: str, scope: Scope) -> Row:
    """The measures of one sharer's own link."""
    where, params = scope.where()
    (row,) = store.query(f"select {SUMS} from totals where sharer = :sharer and {where}", sharer=sharer, **params)  # noqa: S608
    return row


def sum_sharer_by_day(store: Store, sharer: str, scope: Scope) -> list[Row]:
    """{"day", measures} of one sharer's own link, on days on which it brought anything."""
    where, params = scope.where()
    return store.query(
        f"select day, {SUMS} from totals where sharer = :sharer and {where} group by day order by day",  # noqa: S608
        sharer=sharer,
        **params,
    )


def list_children(store: Store, sharer: str, scope: Scope, limit: int = 200) -> list[Row]:
    """Sharers whom this one's link brought, with their measures, most confirmed visitors first.

    Of thousands, those with the largest branches are looked at (tracker.branches), and the others left out, unless
    more than MANY_CHILDREN are wanted.
    """
    where, params = scope.where()
    counted = store.query("select children from branches where sharer = :sharer", sharer=sharer)
    many = limit <= MANY_CHILDREN and counted and counted[0]["children"] > MANY_CHILDREN
    largest = LARGEST_CHILDREN if many else ""
    return store.query(
        f"""
        select sharers.id as sharer, sharers.kind as kind, sharers.name as name, sharers.generation as generation,
          pseudonyms.name as pseudonym, {SUMS}
        from sharers
        left join totals on totals.sharer = sharers.id and {where}
        left join pseudonyms on pseudonyms.sharer = sharers.id and pseudonyms.state = 'approved'
        where sharers.parent = :sharer {largest}
        group by sharers.id, sharers.kind, sharers.name, sharers.generation, pseudonyms.name
        order by confirmed desc, visits desc, sharers.id limit :limit
        """,  # noqa: S608
        sharer=sharer,
        limit=limit,
        **params,
    )


def count_new_sharers(store: Store, scope: Scope, since_at: int, until_at: int) -> int:
    """People who became sharers between two moments; with an episode or channel, those whom these had brought."""
    join = "join visits on visits.id = sharers.id" if scope.episode or scope.channel else ""
    conditions = [f"visits.{name} = :{name}" for name in ("episode", "channel") if getattr(scope, name)]
    params = {name: getattr(scope, name) for name in ("episode", "channel") if getattr(scope, name)}
    where = " and ".join(["sharers.kind = 'visit'", "created_at >= :since_at", "created_at < :until_at", *conditions])
    (row,) = store.query(
        f"select count(*) as sharers from sharers {join} where {where}",  # noqa: S608
        since_at=since_at,
        until_at=until_at,
        **params,
    )
    return int(row["sharers"])
