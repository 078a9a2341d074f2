"""Who and what makes it spread: figures over any range of the campaign's days, never scanning visits.

A day is text such as 2026-11-22, in the campaign's own time zone; `Scope` says which days, episode and channel count.
The usual ranges, for all episodes and channels, are read from `standings`; any other is added up from `totals`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Literal

from tracker.standings import (
    HOURLY,
    Span,
    find_span,
    followers_made_at,
    newest_day,
    newest_settled,
    next_day,
    read_spans,
)
from tracker.store import Row, Store, listed
from tracker.totals import MEASURES

By = Literal["confirmed", "gifts", "amount", "visits", "shares"]
BranchBy = Literal["confirmed", "gifts", "amount"]
BRANCH_BY = ("confirmed", "gifts", "amount")
FIRST_DAY, LAST_DAY = "0000-00-00", "9999-99-99"
SUMS = ", ".join(f"coalesce(sum({name}), 0) as {name}" for name in MEASURES)
MANY_CHILDREN = 1000
LARGEST_CHILDREN = """and sharers.id in (
  select sharer from branches where parent = :sharer and confirmed > 0 order by confirmed desc, sharer limit :limit
)"""
LONGEST_READ = 1000  # ranks at once; whoever takes all of them away reads totals
FEW = 30  # ranks of any days at once, which are found among few sharers
CANDIDATES, MOST_CANDIDATES = 50, 1000
CODE = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without look-alikes: people read these codes to each other


@dataclass(frozen=True)
class Scope:
    """What counts: days from `since` to `until`, both included; one episode or channel, or "" for all of them."""

    since: str = FIRST_DAY
    until: str = LAST_DAY
    episode: str = ""
    channel: str = ""

    def where(self) -> tuple[str, dict[str, Any]]:
        """The condition on totals, and its parameters."""
        parts, params = ["day >= :since and day <= :until"], {"since": self.since, "until": self.until}
        for name in ("episode", "channel"):
            if value := getattr(self, name):
                parts.append(f"{name} = :{name}")
                params[name] = value
        return " and ".join(parts), params


@lru_cache(maxsize=4096)
def file_code(id_: str) -> str:
    """A short stable name for a sharer who has none, such as 7F3KQ."""
    number = int.from_bytes(blake2b(id_.encode(), digest_size=8).digest(), "big")
    letters = ""
    for _ in range(5):
        number, place = divmod(number, len(CODE))
        letters += CODE[place]
    return letters


def campaign_days(store: Store, scope: Scope) -> tuple[str, dict[str, Any]]:
    """A subquery of the scope's days, by episode and channel, and its parameters; `brought` came by somebody's link.

    Days that are settled are added up already; only the newest are read from totals.
    """
    where, params = scope.where()
    settled = newest_settled(store)
    newest = max(scope.since, next_day(settled)) if settled else scope.since
    columns = ", ".join(("day", "episode", "channel", *MEASURES))
    sql = f"""(
        select {columns}, brought from sums where {where}
        union all
        select {columns}, case when sharer <> '' then confirmed else 0 end as brought
        from totals where {where.replace(":since", ":newest")}
    ) as days"""  # noqa: S608
    return sql, {**params, "newest": newest}


def campaign_hours(store: Store, scope: Scope) -> tuple[str, dict[str, Any]]:
    """The same without visits, at the same cost however many there are in a day: the newest days are read by hours."""
    where, params = scope.where()
    settled = newest_settled(store)
    newest = max(scope.since, next_day(settled)) if settled else scope.since
    columns = ", ".join(("day", "episode", "channel", *HOURLY))
    sql = f"""(
        select {columns} from sums where {where}
        union all
        select {columns} from hours where {where.replace(":since", ":newest")}
    ) as days"""  # noqa: S608
    return sql, {**params, "newest": newest}


def sum_hourly(store: Store, scope: Scope) -> Row:
    """HOURLY, the measures that every moment of the campaign is known by; `brought` came by somebody's link."""
    days, params = campaign_hours(store, scope)
    sums = ", ".join(f"coalesce(sum({name}), 0) as {name}" for name in HOURLY)
    return store.query(f"select {sums} from {days}", **params)[0]  # noqa: S608


def sum_hourly_by(store: Store, scope: Scope, column: Literal["day", "episode", "channel"]) -> list[Row]:
    """The same for each day (in order), episode or channel (most confirmed visitors first)."""
    days, params = campaign_hours(store, scope)
    sums = ", ".join(f"coalesce(sum({name}), 0) as {name}" for name in HOURLY)
    order = "day" if column == "day" else f"confirmed desc, {column}"
    return store.query(f"select {column}, {sums} from {days} group by {column} order by {order}", **params)  # noqa: S608


def sum_all(store: Store, scope: Scope) -> Row:
    """The measures of totals; `brought` is how many of the confirmed came by somebody's link."""
    days, params = campaign_days(store, scope)
    (row,) = store.query(f"select {SUMS}, coalesce(sum(brought), 0) as brought from {days}", **params)  # noqa: S608
    return row


def sum_by(store: Store, scope: Scope, column: Literal["day", "episode", "channel"]) -> list[Row]:
    """The same for each day (in order), episode or channel (most confirmed visitors first)."""
    days, params = campaign_days(store, scope)
    order = "day" if column == "day" else f"confirmed desc, visits desc, {column}"
    return store.query(
        f"select {column}, {SUMS}, coalesce(sum(brought), 0) as brought from {days} group by {column} order by {order}",  # noqa: S608
        **params,
    )


def rank_sharers(
    store: Store, scope: Scope, by: By = "confirmed", limit: int = 100, kind: str = "", offset: int = 0
) -> list[Row]:
    """Sharers with their measures, best first: {"sharer", "kind", "name", "pseudonym", "generation", measures}.

    Where figures are equal, whoever's link is older stands first. `kind` keeps only sharers of that kind, such as
    "origin". By visits, the order may be some minutes old, see `ranked_at`; figures never are.
    """
    if by not in MEASURES:
        raise ValueError(f"can't rank by {by!r}; choose one of {', '.join(MEASURES)}")
    standing = not (scope.episode or scope.channel or kind) and limit <= LONGEST_READ
    if standing and (span := find_span(store, scope.since, scope.until)):
        if by == "visits" and followers_made_at(store, span) is None:
            return rank_by_visits(store, span, limit, offset)
        return rank_standings(store, span, by, limit, offset)
    where, params = scope.where()
    if kind:
        where += " and sharer in (select id from sharers where kind = :kind)"
        params["kind"] = kind
    elif by != "visits" and limit + offset <= FEW and (best := find_best(store, scope, by, limit + offset)) is not None:
        marks, them = listed(best or [""])
        where += f" and sharer in ({marks})"
        params |= them
    ranked = f"""
        select sharer, {SUMS} from totals where sharer <> '' and {where} group by sharer having sum({by}) > 0
        order by {by} desc, sharer limit :limit offset :offset
    """  # noqa: S608
    return with_names(store, ranked, by, limit=limit, offset=offset, **params)


def find_best(store: Store, scope: Scope, by: str, wanted: int) -> list[str] | None:
    """Sharers among whom the best of these days are; None if that takes as long as adding all up.

    Nobody has more in some days than ever: once so many have more in these days than the next one has ever, that one
    and all after it are out of question.
    """
    span = read_spans(store).get("ever")
    if span is None or span.since > scope.since or span.until < scope.until:
        return None
    found: list[tuple[int, str]] = []
    for start in range(0, MOST_CANDIDATES, CANDIDATES):
        rows = store.query(
            f"""
            select sharer, {by} as value from standings where span = 'ever' and {by} > 0
            order by {by} desc, sharer limit :limit offset :offset
            """,  # noqa: S608
            limit=CANDIDATES,
            offset=start,
        )
        if rows and len(found) >= wanted and sorted(found, reverse=True)[wanted - 1][0] > rows[0]["value"]:
            break
        if rows:
            where, params = scope.where()
            marks, them = listed([row["sharer"] for row in rows])
            where = f"sharer in ({marks}) and {where.replace('day ', LOOSE_DAY)}"
            sums = f"select sharer, sum({by}) as value from totals where {where} group by sharer"  # noqa: S608
            found += [(row["value"], row["sharer"]) for row in store.query(sums, **them, **params)]
        if len(rows) < CANDIDATES:
            break
    else:
        return None
    return [sharer for _, sharer in sorted(found, key=lambda each: (-each[0], each[1]))[:wanted]]


LOOSE_DAY = "day || '' "  # so that the few sharers' rows are read, and not those of all in these days


# One look at the key for each of the two days. The sharer is named twice lest SQLite take the index of sharers, which
# has no visits: three times as slow.
NEWEST_VISITS = """
    select sum(totals.visits) from totals
    where totals.day in (:day, :last) and totals.sharer in (ranked.sharer, ranked.sharer)
"""
NO_DAYS = {"day": "", "last": ""}


def with_names(store: Store, ranked: str, by: str, more: str = "", **params: Any) -> list[Row]:
    """The ranks of a statement, with what is known of their sharers; `more` are columns of one's own."""
    return store.query(
        f"""
        select ranked.*, sharers.kind as kind, sharers.name as name, sharers.generation as generation,
          pseudonyms.name as pseudonym{more}
        from ({ranked}) as ranked
        left join sharers on sharers.id = ranked.sharer
        left join pseudonyms on pseudonyms.sharer = ranked.sharer and pseudonyms.state = 'approved'
        order by ranked.{by} desc, ranked.sharer
        """,  # noqa: S608
        **params,
    )


def ranked_at(store: Store, scope: Scope, by: By) -> int | None:
    """The moment whose order rank_sharers gives, where it is made in the background; None: it is that of now."""
    if by != "visits" or scope.episode or scope.channel:
        return None
    span = find_span(store, scope.since, scope.until)
    return followers_made_at(store, span) if span else None


def in_order(ranks: Iterable[Row], by: By) -> list[Row]:
    """These ranks in the order of their figures of now, where that in which they came is older."""
    return sorted(ranks, key=lambda row: (-row[by], row["sharer"]))


def rank_standings(store: Store, span: Span, by: str, limit: int, offset: int) -> list[Row]:
    """The best of a span. Standings have the visits of settled days; those of the newest are added for these few."""
    value = "visits + recent" if by == "visits" else by
    ranked = f"""
        select sharer, {", ".join(MEASURES)}, {value} as value from standings where span = :span and {value} > 0
        order by {value} desc, sharer limit :limit offset :offset
    """  # noqa: S608
    first = newest_day(span)
    days = {"day": max(first, next_day(span.until, -1)), "last": span.until} if first <= span.until else NO_DAYS
    more = f", coalesce(({NEWEST_VISITS}), 0) as newest"
    rows = with_names(store, ranked, "value", more, span=span.name, limit=limit, offset=offset, **days)
    for row in rows:
        row["visits"] += row.pop("newest")
        del row["value"]
    return rows


def rank_by_visits(store: Store, span: Span, limit: int, offset: int) -> list[Row]:
    """The most followed of a span, where no order stands ready: among all who were followed in its newest days."""
    ranked = f"""
        with recent (sharer, visits) as (
          select sharer, sum(visits) from totals
          where day >= :newest and day <= :until and sharer <> '' group by sharer
        ), candidates (sharer) as (
          select sharer from recent
          union
          select sharer from (
            select sharer from standings where span = :span and visits > 0 order by visits desc, sharer limit :best
          ) as best
        ), parts as (
          select {", ".join(("sharer", *MEASURES))} from standings
          where span = :span and sharer in (select sharer from candidates)
          union all
          select sharer, visits, {", ".join("0" for _ in MEASURES[1:])} from recent
        )
        select sharer, {SUMS} from parts group by sharer having sum(visits) > 0
        order by visits desc, sharer limit :limit offset :offset
    """  # noqa: S608
    params: dict[str, Any] = {"newest": newest_day(span), "until": span.until, "best": limit + offset}
    return with_names(store, ranked, "visits", span=span.name, limit=limit, offset=offset, **params)


def rank_branches(store: Store, limit: int = 100, offset: int = 0, by: BranchBy = "confirmed") -> list[Row]:
    """Sharers by what their whole branch brought ever: {"sharer", "relays", "confirmed", "gifts", "amount", names}.

    `relays` are the sharers below. As old as tracker.branches.branches_made_at says.
    """
    if by not in BRANCH_BY:
        raise ValueError(f"can't rank branches by {by!r}; choose one of {', '.join(BRANCH_BY)}")
    ranked = f"""
        select sharer, sharers - 1 as relays, confirmed, gifts, amount from branches where {by} > 0
        order by {by} desc, sharer limit :limit offset :offset
    """  # noqa: S608
    return with_names(store, ranked, by, limit=limit, offset=offset)


def sum_origins(store: Store, scope: Scope) -> list[Row]:
    """Every named origin, those without figures too: {"sharer", "name", "created_at", measures}, newest first."""
    where, params = scope.where()
    return store.query(
        f"""
        select sharers.id as sharer, sharers.name as name, sharers.created_at as created_at, {SUMS}
        from sharers left join totals on totals.sharer = sharers.id and {where}
        where sharers.kind = 'origin' group by sharers.id, sharers.name, sharers.created_at
        order by sharers.created_at desc, sharers.id desc
        """,  # noqa: S608
        **params,
    )


def sum_sharer(store: Store, sharer: str, scope: Scope) -> Row:
    """The measures of one sharer's own link."""
    where, params = scope.where()
    (row,) = store.query(f"select {SUMS} from totals where sharer = :sharer and {where}", sharer=sharer, **params)  # noqa: S608
    return row


def list_children(store: Store, sharer: str, scope: Scope, limit: int = 200) -> list[Row]:
    """Sharers whom this one's link brought, with their measures, most confirmed visitors first.

    Of thousands, those with the largest branches are looked at (tracker.branches), and the others left out.
    """
    where, params = scope.where()
    counted = store.query("select children from branches where sharer = :sharer", sharer=sharer)
    largest = "" if not counted or counted[0]["children"] <= MANY_CHILDREN else LARGEST_CHILDREN
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
