"""Exports: a platform's own list of payments as CSV, in whatever encoding, separator, language and order of columns.

Which columns mean what is guessed from the names that platforms use, or said once and remembered.
"""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from tracker.choices import keep_choice, read_choice
from tracker.gifts.money import BadAmount, guess_language, read_money
from tracker.gifts.notices import read_visit
from tracker.store import Store

SEPARATORS = ",;\t|"
NEEDED = ("payment", "amount", "date")
COLUMNS = (*NEEDED, "refunded", "currency", "status", "account", "visit")
# Names of columns in platforms' exports, without signs and accents: see docs/gifts.md for where each was seen.
USUAL = {
    "payment": ("payment", "paymentintentid", "referencepaiement", "numeropaiement", "numerodepaiement", "idpaiement"),
    "amount": ("amount", "montant", "montanttotal", "montantdupaiement", "montantdudon"),
    "date": ("date", "createddateutc", "createdutc", "created", "datedupaiement", "datepaiement", "datedudon"),
    "refunded": ("refunded", "amountrefunded", "montantrembourse"),
    "currency": ("currency", "devise"),
    "status": ("status", "statut", "statutdupaiement", "etat", "etatdupaiement"),
    "account": ("account", "organizationslug"),
    "visit": ("visitid", "visit", "clientreferenceid", "clientreferenceidmetadata", "ricochet"),
}
# Said of a payment in its status column; any other word means that the money did not come, or not yet.
PAID = {"paid", "succeeded", "authorized", "complete", "completed", "paye", "valide", "autorise", "refunded"} | {
    "partiallyrefunded",
    "partialrefund",
    "rembourse",
    "processed",
}
GONE = {"refunded", "rembourse"}


class ExportError(Exception):
    """A file that can't be read as a list of payments; the text says the mend."""


@dataclass(slots=True)
class Line:
    """One payment of the platform's list: amounts in minor units, `refunded` of it in all."""

    number: int
    payment: str
    amount: int
    at: int
    refunded: int = 0
    account: str = ""
    visit_id: str | None = None


@dataclass
class Export:
    """A platform's list. `problems` are lines that could not be taken, each with its number and reason."""

    lines: list[Line] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unpaid: Counter[str] = field(default_factory=Counter)
    columns: Mapping[str, str] = field(default_factory=dict)
    tells_refunds: bool = False


def fold(name: str) -> str:
    """A column's name without case, accents and signs."""
    plain = name.lower().translate(str.maketrans("éèêàâîïôûç", "eeeaaiiouc"))
    return re.sub(r"[^a-z0-9]", "", plain)


def decode(raw: bytes) -> str:
    """The file's text: UTF-8 with or without its mark, UTF-16 with it, else what Windows writes in France."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def read_table(raw: bytes) -> tuple[list[str], list[dict[str, str]]]:
    """(names of columns, rows). Raises ExportError."""
    try:
        text = decode(raw)
    except UnicodeDecodeError:
        raise ExportError("The file is no text: export it as CSV, not as a workbook.") from None
    if "\0" in text or text.startswith("PK"):
        raise ExportError("The file is no text: export it as CSV, not as a workbook.")
    head = text[:20_000].rpartition("\n")[0] or text
    try:
        dialect: csv.Dialect | type[csv.Dialect] = csv.Sniffer().sniff(head, SEPARATORS)
        separator = dialect.delimiter
    except csv.Error:
        separator = max(SEPARATORS, key=text.partition("\n")[0].count)
    first = text.partition("\n")[0]
    if separator not in first:
        separator = max(SEPARATORS, key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True) if any(row)]
    except csv.Error as error:
        raise ExportError(f"The file is broken or cut off ({error}). Export it again.") from None
    if len(rows) < 1 or len(rows[0]) < len(NEEDED):
        raise ExportError("The file has no columns: its first line must name them, such as payment;amount;date.")
    names = [name.strip() for name in rows[0]]
    return names, [dict(zip(names, [cell.strip() for cell in row], strict=False)) for row in rows[1:]]


def parse_columns(text: str) -> dict[str, str]:
    """`payment=Référence,amount=Montant` as {"payment": "Référence", ...}. Raises ExportError."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    unknown = [what.strip() for what, _equals, _name in pairs if what.strip() not in COLUMNS]
    if unknown:
        raise ExportError(f"There is no {unknown[0]!r} to find in a column; there are {', '.join(COLUMNS)}.")
    return {what.strip(): name.strip() for what, _equals, name in pairs if name.strip()}


def choose_columns(store: Store, provider: str, names: list[str], said: str) -> dict[str, str]:
    """Which column is what: as said now, else as remembered, else as platforms call them. Raises ExportError."""
    kept = read_choice(store, remembered(provider))
    before: dict[str, str] = json.loads(kept["value"]) if kept else {}
    usual = {what: next((name for name in names if fold(name) in words), "") for what, words in USUAL.items()}
    usual["payment"] = next((name for word in USUAL["payment"] for name in names if fold(name) == word), "")
    chosen = {
        what: name
        for what, name in {**usual, **{w: n for w, n in before.items() if n in names}, **parse_columns(said)}.items()
        if name
    }
    for what, name in chosen.items():
        if name not in names:
            raise ExportError(f"There is no column {name!r} for {what}. There are: {', '.join(names)}.")
    missing = [what for what in NEEDED if what not in chosen]
    if missing:
        example = ",".join(f"{what}=COLUMN" for what in missing)
        raise ExportError(
            f"Which column is the {' and the '.join(missing)}? Say it once: --columns '{example}'. "
            f"There are: {', '.join(names)}."
        )
    return chosen


def remembered(provider: str) -> str:
    return f"gifts_columns:{provider}"


def remember_columns(store: Store, provider: str, columns: Mapping[str, str], by: str) -> None:
    keep_choice(store, remembered(provider), json.dumps(dict(columns), ensure_ascii=False), by)


def read_export(raw: bytes, store: Store, provider: str, currency: str, timezone: ZoneInfo, said: str = "") -> Export:
    """The payments of a file. Raises ExportError for a file that is no list of payments."""
    names, rows = read_table(raw)
    columns = choose_columns(store, provider, names, said)
    export = Export(columns=columns, tells_refunds="refunded" in columns)
    money = [row.get(columns[what], "") for row in rows for what in ("amount", "refunded") if what in columns]
    try:
        language = guess_language(money, currency) or "en"
    except BadAmount as error:
        raise ExportError(f"Amounts can't be read: {error}.") from None
    clock = Clock([row.get(columns["date"], "") for row in rows], columns["date"], timezone)
    for number, row in enumerate(rows, start=2):
        try:
            take_line(
                export, {what: row.get(name, "") for what, name in columns.items()}, number, currency, language, clock
            )
        except (BadAmount, ValueError) as error:
            export.problems.append(f"line {number}: {error}")
    export.lines = merge_lines(export)
    return export


def take_line(
    export: Export, cells: Mapping[str, str], number: int, currency: str, language: str, clock: Clock
) -> None:
    """Add one line. Raises ValueError, saying what is wrong with it."""
    if not cells["payment"]:
        raise ValueError("no payment number")
    if cells.get("currency", currency).upper() != currency:
        raise ValueError(f"in {cells['currency']!r}, not in {currency}")
    status = fold(cells.get("status", ""))
    if status and status not in PAID:
        export.unpaid[cells["status"]] += 1
        return
    amount = read_money(cells["amount"], currency, language)
    refunded = read_money(cells["refunded"], currency, language) if cells.get("refunded") else 0
    if status in GONE and "refunded" not in cells:
        refunded, export.tells_refunds = abs(amount), True
    if amount < 0:  # a line of its own for what was paid back
        amount, refunded, export.tells_refunds = 0, -amount, True
    export.lines.append(
        Line(
            number=number,
            payment=cells["payment"][:200],
            amount=amount,
            at=clock.read(cells["date"]),
            refunded=abs(refunded),
            account=cells.get("account", "")[:200],
            visit_id=read_visit(cells.get("visit")),
        )
    )


def merge_lines(export: Export) -> list[Line]:
    """One line for each payment: its gift, and what was paid back of it on lines of their own."""
    merged: dict[tuple[str, str], Line] = {}
    seen: set[tuple[str, str, int, int, int]] = set()
    for line in export.lines:
        mark = (line.account, line.payment, line.amount, line.refunded, line.at)
        kept = merged.setdefault((line.account, line.payment), line)
        if kept is line or mark in seen:
            seen.add(mark)
            continue
        seen.add(mark)
        if line.amount and kept.amount:
            export.problems.append(f"line {line.number}: payment {line.payment} stands on line {kept.number} already")
            continue
        if line.amount:
            kept.amount, kept.at, kept.visit_id = line.amount, line.at, line.visit_id
        kept.refunded += line.refunded
    return list(merged.values())


class Clock:
    """Reads the dates of one file: days first or months first is decided for all of them."""

    SHAPES = ("%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y")

    def __init__(self, texts: list[str], column: str, timezone: ZoneInfo) -> None:
        self.timezone: tzinfo = UTC if "utc" in column.lower() else timezone
        starts = [found for text in texts if (found := re.match(r"(\d+)/(\d+)/\d{4}", text))]
        figures = [(int(found[1]), int(found[2])) for found in starts]
        day_first = any(first > 12 for first, _second in figures)
        month_first = any(second > 12 for _first, second in figures)
        if day_first and month_first:
            raise ExportError("Some dates have the day first, others the month. Export them as 2026-11-22.")
        self.shapes = [shape.replace("%d/%m", "%m/%d") if month_first else shape for shape in self.SHAPES]

    def read(self, text: str) -> int:
        """Seconds since 1970. Raises ValueError."""
        tidy = " ".join(text.replace(" à ", " ").split())
        moment = self._parse(tidy)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.timezone)
        return max(int(moment.timestamp()), 0)

    def _parse(self, text: str) -> datetime:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
        for shape in self.shapes:
            try:
                return datetime.strptime(text, shape)  # noqa: DTZ007 (its zone is the file's, see read)
            except ValueError:
                continue
        raise ValueError(f"{text!r} is no date")


def newest(lines: list[Line]) -> int:
    """When the list was made, as far as it shows: not before its newest payment."""
    return max((line.at for line in lines), default=int(time.time()))
