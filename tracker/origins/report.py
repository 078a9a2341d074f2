"""Print, web and event side by side: what each medium and each origin brought."""

from __future__ import annotations

from tracker.leaderboard import SUMS, Scope
from tracker.origins.codes import MEDIA, SORTS, adopt_origins, list_sorts
from tracker.store import Row, Store
from tracker.totals import MEASURES
from tracker.virality.reach import REACH, WHOLE, read_reaches


def list_origins(store: Store, scope: Scope, now: int) -> list[Row]:
    """Every origin, newest first, those without figures too: {"sharer", "name", "created_at", "sort", "medium", "code",
    measures, WHOLE}. WHOLE is what came by its link and by all links below, on the scope's days."""
    adopt_origins(store, now)
    sorts = list_sorts(store)
    reaches = {row["name"]: row for row in read_reaches(store, scope, "origin")}
    rows = []
    for row in sum_origins(store, scope):
        kept = sorts[row["sharer"]]
        reach = reaches.get(row["sharer"], {})
        whole = {f"whole_{name}": int(reach.get(name, 0)) for name in REACH}
        told = {"sort": kept["sort"], "code": kept["code"], "medium": SORTS.get(kept["sort"], "web")}
        rows.append({**row, **told, **whole})
    return rows


def compare_media(origins: list[Row]) -> list[Row]:
    """{"medium", "origins", measures, WHOLE} for each medium, also those that nothing was made for."""
    return [
        {
            "medium": medium,
            "origins": sum(row["medium"] == medium for row in origins),
            **{name: sum(int(row[name]) for row in origins if row["medium"] == medium) for name in (*MEASURES, *WHOLE)},
        }
        for medium in MEDIA
    ]


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
