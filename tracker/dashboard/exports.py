"""Every table that staff may take away, as CSV for people and as JSON for programs, a row at a time whatever the size.

CSV: UTF-8 with its mark, so that Excel reads accents; commas; amounts in units, times in the campaign's own time zone.
A text that a spreadsheet would run as a formula gets an apostrophe before it
(https://owasp.org/www-community/attacks/CSV_Injection). JSON: values as they are kept, see docs/api.md.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision

from tracker.dashboard import records
from tracker.dashboard.period import Period
from tracker.leaderboard import file_code, rank_sharers, sum_by, sum_origins
from tracker.services import Services
from tracker.store import Row
from tracker.totals import MEASURES
from tracker.virality.days import GENERATION, JOURNEY
from tracker.virality.figures import read_generations, read_journeys

MARK = "\ufeff"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
EVERYBODY = 1_000_000_000

Reader = Callable[[Services, Period], Iterable[Row]]


@dataclass(frozen=True)
class Table:
    """A table that can be taken away: its columns, how its rows are read, and how many there will be.

    `count` is None where `read` gives all rows at once.
    """

    columns: tuple[str, ...]
    read: Reader
    count: Callable[[Services, Period], int] | None = None

    def open(self, kit: Services, period: Period) -> tuple[Iterable[Row], int]:
        """The rows, and how many they are going to be (some more may be written meanwhile)."""
        if self.count is not None:
            return self.read(kit, period), self.count(kit, period)
        rows = list(self.read(kit, period))
        return rows, len(rows)


def read_sharers(kit: Services, period: Period) -> Iterable[Row]:
    for rank, row in enumerate(rank_sharers(kit.store, period.scope, limit=EVERYBODY), start=1):
        yield {**row, "rank": rank, "code": file_code(row["sharer"])}


def one_by_one(columns: tuple[str, ...], sql: str, table: str = "") -> Table:
    """A table of records, oldest first; of one episode or channel if it has them."""

    def ask(period: Period) -> tuple[str, dict[str, Any]]:
        return records.filtered(sql, table, period) if table else (sql, dict(records.within(period)))

    def read(kit: Services, period: Period) -> Iterable[Row]:
        text, params = ask(period)
        return kit.store.stream(f"{text} order by at", **params)

    def count(kit: Services, period: Period) -> int:
        text, params = ask(period)
        (row,) = kit.store.query(f"select count(*) as count from ({text}) as asked", **params)  # noqa: S608
        return int(row["count"])

    return Table(columns, read, count)


TREE = """
    select branches.sharer as sharer, sharers.kind as kind, sharers.name as name, pseudonyms.name as pseudonym,
      sharers.parent as parent, sharers.generation as generation, sharers.created_at as created_at,
      branches.children as children, branches.depth as depth, branches.sharers - 1 as relays,
      branches.confirmed as confirmed, branches.gifts as gifts, branches.amount as amount
    from branches
    join sharers on sharers.id = branches.sharer
    left join pseudonyms on pseudonyms.sharer = branches.sharer and pseudonyms.state = 'approved'
    order by branches.sharer
"""


def read_tree(kit: Services, _period: Period) -> Iterable[Row]:
    """All branches since the beginning, as tracker.branches added them up."""
    return ({**row, "code": file_code(row["sharer"])} for row in kit.store.stream(TREE))


def count_tree(kit: Services, _period: Period) -> int:
    return int(kit.store.query("select count(*) as count from branches")[0]["count"])


def read_generation_rows(kit: Services, period: Period) -> Iterable[Row]:
    for each in read_generations(kit.store, period.scope):
        figures = (each.sharers, each.shares, each.visitors, each.recruits)
        yield {"generation": each.key, **dict(zip(GENERATION, figures, strict=True))}


TABLES = {
    "sharers": Table(("rank", "sharer", "code", "kind", "name", "pseudonym", "generation", *MEASURES), read_sharers),
    "channels": Table(("channel", *MEASURES), lambda kit, period: sum_by(kit.store, period.scope, "channel")),
    "episodes": Table(("episode", *MEASURES), lambda kit, period: sum_by(kit.store, period.scope, "episode")),
    "days": Table(("day", *MEASURES), lambda kit, period: sum_by(kit.store, period.scope, "day")),
    "generations": Table(("generation", *GENERATION), read_generation_rows),
    "journeys": Table(
        ("episode", "channel", "variant", *JOURNEY),
        lambda kit, period: read_journeys(kit.store, period.scope, "episode", "channel", "variant"),
    ),
    "origins": Table(
        ("sharer", "name", "created_at", *MEASURES), lambda kit, period: sum_origins(kit.store, period.scope)
    ),
    "tree": Table(
        (
            *("sharer", "code", "kind", "name", "pseudonym", "parent", "generation", "created_at"),
            *("children", "depth", "relays", "confirmed", "gifts", "amount"),
        ),
        read_tree,
        count_tree,
    ),
    "gifts": one_by_one(
        (
            *("at", "kind", "amount", "currency", "livemode", "provider", "account", "payment", "visit_id"),
            *("sharer", "name", "pseudonym", "episode", "channel"),
        ),
        records.GIFTS,
        "visits",
    ),
    "conversions": one_by_one(("at", "kind", "reference", "sharer", "name", "visit_id", "means"), records.CONVERSIONS),
    "notices": one_by_one(("at", "provider", "verdict", "detail", "payment"), records.NOTICES),
    "verdicts": Table(
        ("verdict", "rule", "visits", "seen"), lambda kit, period: records.count_verdicts(kit.store, period)
    ),
    "floods": one_by_one(("at", "sharer", "name", "count"), records.FLOODS),
    "shares": one_by_one(("at", "id", "sharer", "episode", "channel", "variant"), records.SHARES, "shares"),
    "visits": one_by_one(
        ("at", "id", "sharer", "episode", "channel", "variant", "verdict", "rule", "seen_at", "source"),
        records.VISITS,
        "visits",
    ),
}


def harmless(value: Any) -> Any:
    """The value as a spreadsheet may show it, without running it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(DANGEROUS) else value


def spell(name: str, value: Any, timezone: ZoneInfo, digits: int) -> Any:
    """A cell: times and amounts written for people, everything else as it is."""
    if value is None:
        return ""
    if name == "at" or name.endswith("_at"):
        return datetime.fromtimestamp(value, timezone).strftime("%Y-%m-%d %H:%M:%S")
    if name == "amount":
        return f"{Decimal(int(value)).scaleb(-digits):.{digits}f}"
    return harmless(value)


def write_csv(kit: Services, columns: tuple[str, ...], rows: Iterable[Row]) -> Iterator[str]:
    """The lines of a table, the first with the names of its columns."""
    timezone, digits = kit.campaign.timezone, get_currency_precision(kit.campaign.currency)
    line = io.StringIO()
    writer = csv.writer(line)
    line.write(MARK)
    writer.writerow(columns)
    for row in rows:
        yield line.getvalue()
        line.seek(0)
        line.truncate()
        writer.writerow([spell(name, row.get(name), timezone, digits) for name in columns])
    yield line.getvalue()


def plain(name: str, value: Any) -> Any:
    """A value for programs: moments as ISO 8601 in UTC, everything else as it is kept (amounts in minor units)."""
    if value is not None and (name == "at" or name.endswith("_at")):
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def write_json(head: dict[str, Any], columns: tuple[str, ...], rows: Iterable[Row]) -> Iterator[str]:
    """One object: what `head` says, then "rows", an object a line. Only a whole one ends in ]}."""
    yield json.dumps({**head, "columns": columns}, ensure_ascii=False)[:-1] + ', "rows": ['
    between = "\n"
    for row in rows:
        yield between + json.dumps({name: plain(name, row.get(name)) for name in columns}, ensure_ascii=False)
        between = ",\n"
    yield "\n]}\n"
