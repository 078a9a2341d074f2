"""Days by generation and by placement, added up in the background: `generations`, `journeys`, `cycles`.

Today is added up again every minute if something changed, from its own rows alone; a day that is over once more, and
then only when its totals change (a gift that was refunded). So these figures have an age, see `days_made_at`.

`generations`: of people, by the generation of whoever acted. `sharers` are new ones of that generation, `shares` and
`confirmed` those by and through their links, `recruits` the new sharers of the next generation whom they brought.
`journeys`: by episode, channel and variant (0: none). `visits`, `confirmed` are human visits that came that way,
`came_back` those of people who were known already, `refused` those of machines, staff and repeats; `relayed` are those
confirmed who came by a person's link (an origin's is none), `begun` and `finished` visits in which a film was,
`sharing` visits that shared; `began` are those who became sharers, `recruits` the relayed among them; `shares` were
made that way; `gifts` came from those visits.
`reaches`: whole branches of what the joke passes by, see tracker.virality.reach.
`stops`: how far each episode's film was watched.
`cycles`: how long recruits took to become sharers themselves, counted from the moment that whoever brought them did, in
steps of a quarter of an octave.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from tracker.links import first_id
from tracker.refreshed import Pace, forget_refreshed, put_refreshed, read_refreshed
from tracker.standings import MEASURES, SETTLES, newest_settled, next_day
from tracker.store import Row, Store, Writing
from tracker.totals import begin_of
from tracker.virality.reach import REACH, add_up_reaches, keep_trails

STEPS = 4  # of an octave: what a cycle is told by is right within a tenth
SAME_CLOCK = 3600  # seconds by which an id may be older or younger than its row says
OVER = "over"  # how the state of a day ends that changes no more, unless its totals do
STOP = ("begun", "quarter", "half", "most", "whole")
GENERATION = ("sharers", "shares", "confirmed", "recruits")
JOURNEY = (
    *("visits", "confirmed", "came_back", "refused", "relayed", "begun"),
    *("finished", "sharing", "shares", "recruits", "began", "gifts", "amount"),
)

BY_GENERATION = """
    select generation, count(*) as sharers from sharers
    where kind = 'visit' and created_at >= :since and created_at < :until group by generation
"""
RECRUITS_BY_GENERATION = """
    select above.generation as generation, count(*) as recruits
    from sharers join sharers as above on above.id = sharers.parent
    where sharers.kind = 'visit' and above.kind = 'visit'
      and sharers.created_at >= :since and sharers.created_at < :until
    group by above.generation
"""
DEEDS_BY_GENERATION = """
    select sharers.generation as generation, sum(sums.shares) as shares, sum(sums.confirmed) as confirmed
    from (
      select sharer, sum(shares) as shares, sum(confirmed) as confirmed from totals where day = :day and sharer <> ''
      group by sharer having sum(shares) <> 0 or sum(confirmed) <> 0
    ) as sums join sharers on sharers.id = sums.sharer
    where sharers.kind = 'visit' group by sharers.generation
"""

VISITS = """
    select visits.episode as episode, visits.channel as channel, visits.variant as variant,
      sum(case when verdict = 'human' then 1 else 0 end) as visits,
      sum(case when verdict = 'human' and seen_at is not null then 1 else 0 end) as confirmed,
      sum(case when verdict in ('returning', 'self') then 1 else 0 end) as came_back,
      sum(case when verdict in ('human', 'returning', 'self') then 0 else 1 end) as refused,
      sum(case when verdict = 'human' and seen_at is not null and sharers.kind = 'visit' then 1 else 0 end) as relayed
    from visits left join sharers on sharers.id = visits.sharer
    where visits.at >= :since and visits.at < :until group by 1, 2, 3
"""
FILMS = """
    select visits.episode as episode, visits.channel as channel, visits.variant as variant, count(*) as begun,
      sum(finished) as finished
    from (
      select visit_id, max(case when quartile >= 4 then 1 else 0 end) as finished from films
      where at >= :since and at < :until group by visit_id
    ) as watched join visits on visits.id = watched.visit_id and visits.verdict = 'human'
    group by 1, 2, 3
"""
SHARING = """
    select visits.episode as episode, visits.channel as channel, visits.variant as variant, count(*) as sharing
    from (
      select distinct visit_id from shares where id >= :first and id < :last and at >= :since and at < :until
    ) as sent join visits on visits.id = sent.visit_id and visits.verdict = 'human'
    group by 1, 2, 3
"""
SHARES = """
    select episode, channel, variant, count(*) as shares from shares
    where id >= :first and id < :last and at >= :since and at < :until group by 1, 2, 3
"""
BEGAN = """
    select visits.episode as episode, visits.channel as channel, visits.variant as variant, count(*) as began
    from sharers join visits on visits.id = sharers.id
    where sharers.kind = 'visit' and sharers.created_at >= :since and sharers.created_at < :until group by 1, 2, 3
"""
RECRUITS = """
    select visits.episode as episode, visits.channel as channel, visits.variant as variant, count(*) as recruits
    from sharers join sharers as above on above.id = sharers.parent and above.kind = 'visit'
    join visits on visits.id = sharers.id
    where sharers.kind = 'visit' and sharers.created_at >= :since and sharers.created_at < :until group by 1, 2, 3
"""
# As tracker.totals counts them: what is left of a payment, on the day of its gift.
GIFTS = """
    select visits.episode as episode, visits.channel as channel, visits.variant as variant,
      sum(case when net.amount > 0 then 1 else 0 end) as gifts, sum(net.amount) as amount
    from (
      select gift.visit_id as visit_id, (
        select sum(amount) from gifts as each where each.provider = gift.provider and each.account = gift.account
          and each.payment = gift.payment and each.livemode = 1
      ) as amount
      from gifts as gift where gift.kind = 'gift' and gift.livemode = 1 and gift.at >= :since and gift.at < :until
    ) as net left join visits on visits.id = net.visit_id
    group by 1, 2, 3
"""
STOPS = """
    select episode, count(*) as begun, sum(case when quartile >= 1 then 1 else 0 end) as quarter,
      sum(case when quartile >= 2 then 1 else 0 end) as half, sum(case when quartile >= 3 then 1 else 0 end) as most,
      sum(case when quartile >= 4 then 1 else 0 end) as whole
    from films where at >= :since and at < :until group by episode
"""
GAPS = """
    select sharers.created_at - above.created_at as gap
    from sharers join sharers as above on above.id = sharers.parent and above.kind = 'visit'
    where sharers.kind = 'visit' and sharers.created_at >= :since and sharers.created_at < :until
"""

Placement = tuple[str, str, int]  # episode, channel, variant
Cells = tuple[Any, ...]


class DayRefresher:
    """Keeps the days of one store current; one for each process. Made anew, it begins by looking at every day."""

    def __init__(self) -> None:
        self._pace = Pace()

    def refresh(self, store: Store, timezone: ZoneInfo, now: float) -> int:
        """Add up again what changed, if it is time; how many days that were."""
        if not self._pace.is_due:
            return 0
        with self._pace.timed():
            return refresh_days(store, timezone, now)


def refresh_days(store: Store, timezone: ZoneInfo, now: float) -> int:
    """Add up again each day whose totals changed since it was; newest first; how many days that were."""
    kept = {
        row["what"].removeprefix("day:"): row["state"]
        for row in store.query("select what, state from refreshed where what >= 'day:' and what < 'day;'")
    }
    changed, days = 0, describe_days(store, timezone, now)
    keep_trails(store)
    for day, state in days:
        if kept.get(day) != state:
            make_day(store, day, state, timezone, int(now))
            changed += 1
    over = [day for day, state in days if state.endswith(OVER)]
    with store.atomic() as writing:
        put_refreshed(writing, "days", int(now), over[0] if over else "")
    return changed


def describe_days(store: Store, timezone: ZoneInfo, now: float) -> list[tuple[str, str]]:
    """Every day with figures, the newest first, with a text that changes when they do."""
    sums = ", ".join(f"sum({name}) as {name}" for name in MEASURES)
    settled = newest_settled(store)
    rows = store.query(
        f"""
        select day, {sums} from sums group by day
        union all select day, {sums} from totals where day > :settled group by day
        """,  # noqa: S608 - names of our own
        settled=settled,
    )
    (film,) = store.query("select max(at) as at from films")
    days = []
    for row in sorted(rows, key=lambda row: str(row["day"]), reverse=True):
        is_over = now >= begin_of(next_day(row["day"]), timezone) + SETTLES
        figures = [*(row[name] for name in MEASURES), OVER if is_over else f"film {film['at']}"]
        days.append((row["day"], " ".join(map(str, figures))))
    return days


def make_day(store: Store, day: str, state: str, timezone: ZoneInfo, now: int) -> None:
    """Add up a day, and put it in the place of what was there."""
    since, until = begin_of(day, timezone), begin_of(next_day(day), timezone)
    tables = add_up_day(store, day, since, until)
    with store.atomic() as writing:
        for table, (columns, rows) in tables.items():
            writing.execute(f"delete from {table} where day = :day", day=day)  # noqa: S608
            for start in range(0, len(rows), 500):
                writing.insert(table, ("day", *columns), [(day, *row) for row in rows[start : start + 500]])
        put_refreshed(writing, f"day:{day}", now, state)


def add_up_day(store: Store, day: str, since: int, until: int) -> dict[str, tuple[tuple[str, ...], list[Cells]]]:
    """Columns and rows of each table, without their day."""
    within = {"since": since, "until": until}
    generations: dict[int, Row] = defaultdict(lambda: dict.fromkeys(GENERATION, 0))
    for sql in (BY_GENERATION, RECRUITS_BY_GENERATION, DEEDS_BY_GENERATION):
        for row in store.query(sql, **({"day": day} if ":day" in sql else within)):
            generations[row.pop("generation")].update(row)
    ids = {"first": first_id(since - SAME_CLOCK), "last": first_id(until + SAME_CLOCK)}
    journeys: dict[Placement, Row] = defaultdict(lambda: dict.fromkeys(JOURNEY, 0))
    for sql in (VISITS, FILMS, SHARING, SHARES, RECRUITS, BEGAN, GIFTS):
        for row in store.query(sql, **within, **(ids if ":first" in sql else {})):
            placement = (row.pop("episode") or "", row.pop("channel") or "", row.pop("variant") or 0)
            journeys[placement].update({name: int(value or 0) for name, value in row.items()})
    stops = store.query(STOPS, **within)
    steps = Counter(step_of(row["gap"]) for row in store.query(GAPS, **within))
    reaches = add_up_reaches(store, since, until)
    return {
        "generations": (("generation", *GENERATION), rows_of(generations, GENERATION)),
        "journeys": (("episode", "channel", "variant", *JOURNEY), rows_of(journeys, JOURNEY)),
        "reaches": (("what", "name", "variant", *REACH), rows_of(reaches, REACH)),
        "stops": (("episode", *STOP), [(row["episode"], *(row[name] for name in STOP)) for row in stops]),
        "cycles": (("step", "recruits"), sorted(steps.items())),
    }


def add_up_again(writing: Writing, day: str) -> None:
    """Have a day added up again although its totals are the same: a gift of it is credited to somebody else now."""
    forget_refreshed(writing, f"day:{day}")


def rows_of(found: Mapping[Any, Row], names: tuple[str, ...]) -> list[Cells]:
    """Rows by their keys, in order."""
    keys = ((key, key if isinstance(key, tuple) else (key,)) for key in sorted(found))
    return [(*cells, *(found[key][name] for name in names)) for key, cells in keys]


def step_of(gap: int) -> int:
    """The step that a time of so many seconds falls into; times of no length, in the first."""
    return int(STEPS * math.log2(max(gap, 1)))


def seconds_of(step: float) -> float:
    """The seconds at which a step begins, or that lie within it."""
    return float(2 ** (step / STEPS))


def days_made_at(store: Store) -> int | None:
    """The moment at which all days were last looked at; None before the first time."""
    made = read_refreshed(store, "days")
    return made["at"] if made else None


def days_complete(store: Store) -> str:
    """The newest day up to which all that are over have been added up; "" before the first time."""
    made = read_refreshed(store, "days")
    return str(made["state"]) if made else ""
