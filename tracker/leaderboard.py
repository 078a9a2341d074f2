"""Who and what makes it spread: figures from `totals`, over any range of the campaign's days, never scanning visits.

A day is text such as 2026-11-22, in the campaign's own time zone; `Scope` says which days, episode and channel count.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal

from tracker.store import Row, Store
from tracker.totals import MEASURES

By = Literal["confirmed", "gifts", "amount", "visits", "shares"]
FIRST_DAY, LAST_DAY = "0000-00-00", "9999-99-99"
SUMS = ", ".join(f"coalesce(sum({name}), 0) as {name}" for name in MEASURES)
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


def file_code(id_: str) -> str:
    """A short stable name for a sharer who has none, such as 7F3KQ."""
    number = int.from_bytes(blake2b(id_.encode(), digest_size=8).digest(), "big")
    letters = ""
    for _ in range(5):
        number, place = divmod(number, len(CODE))
        letters += CODE[place]
    return letters


def sum_all(store: Store, scope: Scope) -> Row:
    """The measures of totals; `brought` is how many of the confirmed came by somebody's link."""
    where, params = scope.where()
    brought = "coalesce(sum(case when sharer <> '' then confirmed else 0 end), 0) as brought"
    (row,) = store.query(f"select {SUMS}, {brought} from totals where {where}", **params)  # noqa: S608
    return row


def sum_by(store: Store, scope: Scope, column: Literal["day", "episode", "channel"]) -> list[Row]:
    """Measures for each day (in order), episode or channel (most confirmed visitors first)."""
    where, params = scope.where()
    order = "day" if column == "day" else f"confirmed desc, visits desc, {column}"
    return store.query(
        f"select {column}, {SUMS} from totals where {where} group by {column} order by {order}",  # noqa: S608
        **params,
    )


def rank_sharers(
    store: Store, scope: Scope, by: By = "confirmed", limit: int = 100, kind: str = "", offset: int = 0
) -> list[Row]:
    """Sharers with their measures, best first: {"sharer", "kind", "name", "pseudonym", "generation", measures}.

    `kind` keeps only sharers of that kind, such as "origin".
    """
    if by not in MEASURES:
        raise ValueError(f"can't rank by {by!r}; choose one of {', '.join(MEASURES)}")
    where, params = scope.where()
    if kind:
        where += " and sharer in (select id from sharers where kind = :kind)"
        params["kind"] = kind
    return store.query(
        f"""
        select ranked.*, sharers.kind as kind, sharers.name as name, sharers.generation as generation,
          pseudonyms.name as pseudonym
        from (
          select sharer, {SUMS} from totals where sharer <> '' and {where} group by sharer having sum({by}) > 0
          order by {by} desc, confirmed desc, visits desc, sharer limit :limit offset :offset
        ) as ranked
        left join sharers on sharers.id = ranked.sharer
        left join pseudonyms on pseudonyms.sharer = ranked.sharer and pseudonyms.state = 'approved'
        order by ranked.{by} desc, ranked.confirmed desc, ranked.visits desc, ranked.sharer
        """,  # noqa: S608
        limit=limit,
        offset=offset,
        **params,
    )


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
    """Sharers whom this one's link brought, with their measures, most confirmed visitors first."""
    where, params = scope.where()
    return store.query(
        f"""
        select sharers.id as sharer, sharers.kind as kind, sharers.name as name, sharers.generation as generation,
          pseudonyms.name as pseudonym, {SUMS}
        from sharers
        left join totals on totals.sharer = sharers.id and {where}
        left join pseudonyms on pseudonyms.sharer = sharers.id and pseudonyms.state = 'approved'
        where sharers.parent = :sharer
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
