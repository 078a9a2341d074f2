"""How a table is written: as CSV for people, as JSON for programs, a row at a time whatever the size.

CSV: UTF-8 with its mark, so that Excel reads accents; commas; amounts in units, times in the campaign's own time zone.
A text that a spreadsheet would run as a formula gets an apostrophe before it
(https://owasp.org/www-community/attacks/CSV_Injection). JSON: values as they are kept, see docs/api.md.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision

from tracker.services import Services
from tracker.store import Row

MARK = "\ufeff"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # wide ones too, for Excel in some countries


def harmless(value: Any) -> Any:
    """The value as a spreadsheet may show it, without running it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(DANGEROUS) else value


def spell(name: str, value: Any, timezone: ZoneInfo, digits: int) -> Any:
    """A cell: times and amounts written for people, everything else as it is."""
    if value is None:
        return ""
    if name == "at" or name.endswith("_at"):
        return datetime.fromtimestamp(value, timezone).strftime("%Y-%m-%d %H:%M:%S")
    if name == "amount" or name.endswith("_amount"):
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
