"""Every table as CSV: UTF-8 with its mark, so that Excel reads accents; commas; a row at a time, whatever the size.

A text that a spreadsheet would run as a formula gets an apostrophe before it
(https://owasp.org/www-community/attacks/CSV_Injection). Amounts are in units, times in the campaign's own time zone.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision

from tracker.dashboard import records
from tracker.dashboard.period import Period
from tracker.leaderboard import file_code, rank_sharers, sum_by, sum_origins
from tracker.services import Services
from tracker.store import Row
from tracker.totals import MEASURES

MARK = "\ufeff"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
EVERYBODY = 1_000_000_000


class Table(NamedTuple):
    """A table that can be taken away: its columns, and how its rows are read."""

    columns: tuple[str, ...]
    read: Callable[[Services, Period], Iterable[Row]]


def read_sharers(kit: Services, period: Period) -> Iterable[Row]:
    for rank, row in enumerate(rank_sharers(kit.store, period.scope, limit=EVERYBODY), start=1):
        yield {**row, "rank": rank, "code": file_code(row["sharer"])}


def streaming(sql: str, table: str = "") -> Callable[[Services, Period], Iterable[Row]]:
    """Rows of a statement of records, oldest first; of one episode or channel if the table has them."""

    def read(kit: Services, period: Period) -> Iterable[Row]:
        text, params = records.filtered(sql, table, period) if table else (sql, records.within(period))
        return kit.store.stream(f"{text} order by at", **params)

    return read


TABLES = {
    "sharers": Table(("rank", "sharer", "code", "kind", "name", "pseudonym", "generation", *MEASURES), read_sharers),
    "channels": Table(("channel", *MEASURES), lambda kit, period: sum_by(kit.store, period.scope, "channel")),
    "episodes": Table(("episode", *MEASURES), lambda kit, period: sum_by(kit.store, period.scope, "episode")),
    "days": Table(("day", *MEASURES), lambda kit, period: sum_by(kit.store, period.scope, "day")),
    "origins": Table(
        ("sharer", "name", "created_at", *MEASURES), lambda kit, period: sum_origins(kit.store, period.scope)
    ),
    "gifts": Table(
        (
            *("at", "kind", "amount", "currency", "livemode", "provider", "account", "payment", "visit_id"),
            *("sharer", "name", "pseudonym", "episode", "channel"),
        ),
        streaming(records.GIFTS, "visits"),
    ),
    "conversions": Table(("at", "kind", "reference", "sharer", "name", "visit_id"), streaming(records.CONVERSIONS)),
    "notices": Table(("at", "provider", "verdict", "detail", "payment"), streaming(records.NOTICES)),
    "verdicts": Table(
        ("verdict", "rule", "visits", "seen"), lambda kit, period: records.count_verdicts(kit.store, period)
    ),
    "floods": Table(("at", "sharer", "name", "count"), streaming(records.FLOODS)),
    "shares": Table(("at", "id", "sharer", "episode", "channel", "variant"), streaming(records.SHARES, "shares")),
    "visits": Table(
        ("at", "id", "sharer", "episode", "channel", "variant", "verdict", "rule", "seen_at", "source"),
        streaming(records.VISITS, "visits"),
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


def write_csv(kit: Services, table: Table, period: Period) -> Iterator[str]:
    """The table's lines, the first with the names of its columns."""
    timezone, digits = kit.campaign.timezone, get_currency_precision(kit.campaign.currency)
    line = io.StringIO()
    writer = csv.writer(line)
    line.write(MARK)
    writer.writerow(table.columns)
    for row in table.read(kit, period):
        yield line.getvalue()
        line.seek(0)
        line.truncate()
        writer.writerow([spell(name, row.get(name), timezone, digits) for name in table.columns])
    yield line.getvalue()
