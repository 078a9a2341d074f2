"""Print, web and event side by side: what each medium and each origin brought."""

from __future__ import annotations

from tracker.leaderboard import Scope, sum_origins
from tracker.origins.codes import MEDIA, SORTS, adopt_origins, list_sorts
from tracker.store import Row, Store
from tracker.totals import MEASURES


def list_origins(store: Store, scope: Scope, now: int) -> list[Row]:
    """Every origin, newest first, those without figures too: {"sharer", "name", "created_at", "sort", "medium", "code",
    measures}."""
    adopt_origins(store, now)
    sorts = list_sorts(store)
    rows = []
    for row in sum_origins(store, scope):
        kept = sorts[row["sharer"]]
        rows.append({**row, "sort": kept["sort"], "code": kept["code"], "medium": SORTS.get(kept["sort"], "web")})
    return rows


def compare_media(origins: list[Row]) -> list[Row]:
    """{"medium", "origins", measures} for each medium, also those that nothing was made for."""
    return [
        {
            "medium": medium,
            "origins": sum(row["medium"] == medium for row in origins),
            **{name: sum(int(row[name]) for row in origins if row["medium"] == medium) for name in MEASURES},
        }
        for medium in MEDIA
    ]
