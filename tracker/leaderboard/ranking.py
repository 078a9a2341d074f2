"""Sharers ranked by what their links brought, best first, without adding up more than has to be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tracker.leaderboard.scope import BRANCH_BY, SUMS, BranchBy, By, Scope
from tracker.standings import Span, find_span, followers_made_at, newest_day, next_day, read_spans
from tracker.store import Row, Store, listed
from tracker.totals import MEASURES

LONGEST_READ = 1000  # ranks at once; whoever takes all of them away reads totals
FEW = 30  # ranks of any days at once, which are found among few sharers
CANDIDATES, MOST_CANDIDATES = 50, 1000
LOOSE_DAY = "day || '' "  # so that the few sharers' rows are read, and not those of all in these days

# One look at the key for each of the two days. The sharer is named twice lest SQLite take the index of sharers, which
# has no visits: three times as slow.
NEWEST_VISITS = """
    select sum(totals.visits) from totals
    where totals.day in (:day, :last) and totals.sharer in (ranked.sharer, ranked.sharer)
"""
NO_DAYS = {"day": "", "last": ""}


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
    elif limit + offset <= FEW and (best := find_best(store, scope, by, limit + offset)) is not None:
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
    and all after it are out of question. Of visits in days that are not settled, standings don't know all.
    """
    span = read_spans(store).get("ever")
    if span is None or span.since > scope.since or span.until < scope.until:
        return None
    if by == "visits" and span.settled < scope.until:
        return None
    ever = "visits + recent" if by == "visits" else by  # as the indexes have their orders
    found: list[tuple[int, str]] = []
    for start in range(0, MOST_CANDIDATES, CANDIDATES):
        rows = store.query(
            f"""
            select sharer, {ever} as value from standings where span = 'ever' and {ever} > 0
            order by {ever} desc, sharer limit :limit offset :offset
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
