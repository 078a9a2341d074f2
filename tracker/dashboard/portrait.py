"""One sharer: how they came, what their link and all links below it brought, generation by generation, and how sure."""

from __future__ import annotations

from typing import Any

from tracker.choices import counting_since
from tracker.dashboard.period import Period
from tracker.leaderboard import list_children, sum_sharer
from tracker.services import Services
from tracker.sharers import path_to
from tracker.standings import HOURLY, read_spans
from tracker.store import Row, Store
from tracker.uncounted import CAME_BACK, reading_until, sum_uncounted

MEASURES = tuple(name for name in HOURLY if name != "brought")
READY = "standings as brought on brought.span = 'ever' and brought.sharer = branch.id"
FROM_TOTALS = f"""(
  select sharer, {", ".join(f"sum({name}) as {name}" for name in MEASURES)} from totals where day >= :since
  group by sharer
) as brought on brought.sharer = branch.id"""  # noqa: S608 - names of our own


def portray(kit: Services, id_: str, period: Period) -> dict[str, Any] | None:
    """Names for the page of a sharer; None if there is none of this id."""
    store = kit.store
    path = path_to(store, id_)
    if not path:
        return None
    own = sum_sharer(store, id_, period.scope)
    generations = branch_by_generation(store, id_, counting_since(store))
    arrivals = store.query("select episode, channel, variant, at, source from visits where id = :id", id=id_)
    return {
        "person": {**path[0], "sharer": id_},
        "path": [{**row, "sharer": row["id"]} for row in reversed(path)],
        "arrival": arrivals[0] if arrivals else None,
        "own": own,
        "generations": generations,
        "branch": sum_generations(generations),
        "children": list_children(store, id_, period.scope),
        "verdicts": list_verdicts(store, id_, period, own),
        "judged": reading_until(store, kit.campaign.timezone),
    }


def branch_by_generation(store: Store, sharer: str, since_day: str) -> list[Row]:
    """{"generation", "sharers", measures but visits} of a sharer (first) and of each generation below them.

    `sharers` are those of that generation, the measures what their own links brought.
    """
    span = read_spans(store).get("ever")
    ready = span is not None and span.since == since_day
    sums = ", ".join(f"coalesce(sum(brought.{name}), 0) as {name}" for name in MEASURES)
    return store.query(
        f"""
        with recursive branch (id, generation) as (
          select id, generation from sharers where id = :id
          union
          select sharers.id, sharers.generation from sharers join branch on sharers.parent = branch.id
        )
        select branch.generation as generation, count(*) as sharers, {sums}
        from branch left join {READY if ready else FROM_TOTALS}
        group by branch.generation order by branch.generation
        """,  # noqa: S608
        id=sharer,
        **({} if ready else {"since": since_day}),
    )


def sum_generations(generations: list[Row]) -> Row:
    """The whole branch: {"sharers", "depth", measures but visits}."""
    sums = {name: int(sum(row[name] for row in generations)) for name in ("sharers", *MEASURES)}
    return {**sums, "depth": len(generations) - 1}


def list_verdicts(store: Store, sharer: str, period: Period, own: Row) -> list[Row]:
    """{"verdict", "visits", "counts"} of the visits by their own link, those that count first, then the most frequent.

    Of those that count, "confirmed" and "human" (nobody looked at the page). Of one episode or channel, only these are
    known.
    """
    counted = [("confirmed", own["confirmed"]), ("human", own["visits"] - own["confirmed"])]
    rows = [{"verdict": name, "visits": visits, "counts": True} for name, visits in counted]
    if not period.episode and not period.channel:
        found = sum_uncounted(store, period.scope, [sharer])
        order = sorted(found, key=lambda key: (key[1] not in CAME_BACK, -found[key], key[1]))
        rows += [{"verdict": key[1], "visits": found[key], "counts": False} for key in order]
    return rows
