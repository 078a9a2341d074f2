"""Reconciling: a platform's own list beside our ledger. What is missing on either side is told; nothing counts twice.

Payments match by their number. What we missed is written under the same names as a notification would have been, so
that one that comes late changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tracker.gifts.exports import Export, ExportError, Line, newest, read_export, remember_columns
from tracker.gifts.ledger import Entry, write_entry
from tracker.gifts.money import plain_amount
from tracker.gifts.recording import LARGEST, PROVIDERS
from tracker.services import Services
from tracker.store import Row, Writing


@dataclass
class Comparison:
    """A list beside the ledger: what we missed (payments, refunds), what differs and what the list has not."""

    agreed: int = 0
    missing_here: list[Line] = field(default_factory=list)
    refunds_here: list[tuple[Line, int]] = field(default_factory=list)
    differing: list[tuple[Line, int]] = field(default_factory=list)
    missing_there: list[Row] = field(default_factory=list)

    @property
    def changes(self) -> int:
        return len(self.missing_here) + len(self.refunds_here)


LEDGER = """
    select account, payment, sum(amount) as net,
      sum(case when kind = 'gift' then amount else 0 end) as gift,
      sum(case when kind = 'gift' then at else 0 end) as at
    from gifts where provider = :provider and livemode = 1 group by account, payment
"""


def compare(source: Writing, provider: str, export: Export) -> Comparison:
    """What would change, and what can't be settled by a list."""
    ledger = {(row["account"], row["payment"]): row for row in source.query(LEDGER, provider=provider)}
    accounts = {payment: account for account, payment in ledger}
    only = next(iter(accounts.values()), "") if len(set(accounts.values())) == 1 else ""
    found = Comparison()
    for line in export.lines:
        if not line.account:  # lists of one account seldom name it
            line.account = accounts.get(line.payment, only)
        row = ledger.pop((line.account, line.payment), None)
        if row is None or not int(row["gift"]):
            found.missing_here.append(line)
            continue
        given, net = int(row["gift"]), int(row["net"])
        if line.amount and line.amount != given:
            found.differing.append((line, given))
        elif export.tells_refunds and given - net < line.refunded:
            found.refunds_here.append((line, given - net))
        elif export.tells_refunds and given - net > line.refunded:
            found.differing.append((line, net))
        else:
            found.agreed += 1
    since, until = min((line.at for line in export.lines), default=0), newest(export.lines)
    found.missing_there = [
        {"account": account, "payment": payment, **row}
        for (account, payment), row in sorted(ledger.items())
        if int(row["gift"]) and since <= row["at"] <= until
    ]
    return found


def reconcile(kit: Services, provider: str, export: Export, as_of: int, dry_run: bool) -> Comparison:
    """Compare, and write what we missed unless it is a dry run: all of it or nothing. `as_of`: when it was exported."""
    with kit.store.atomic() as writing:
        found = compare(writing, provider, export)
        absurd = [line for line in found.missing_here if not 0 < line.amount <= LARGEST]
        found.missing_here = [line for line in found.missing_here if line not in absurd]
        export.problems += [f"line {line.number}: {line.payment} has no amount that a gift can have" for line in absurd]
        if not dry_run:
            for line in found.missing_here:
                write_line(kit, writing, provider, line, as_of, with_gift=True)
            for line, _already in found.refunds_here:
                write_line(kit, writing, provider, line, as_of, with_gift=False)
    return found


def write_line(kit: Services, writing: Writing, provider: str, line: Line, as_of: int, with_gift: bool) -> None:
    def entry(name: str, kind: str, amount: int, at: int) -> Entry:
        return Entry(
            provider=provider,
            account=line.account,
            payment=line.payment,
            entry=name,
            kind=kind,
            amount=amount,
            currency=kit.campaign.currency,
            visit_id=line.visit_id if kind == "gift" else None,
            livemode=True,
            at=at,
            received_at=int(time.time()),
            timezone=kit.campaign.timezone,
        )

    if with_gift:
        write_entry(writing, entry("gift", "gift", line.amount, line.at))
    if line.refunded:
        write_entry(writing, entry(f"refunded:{line.refunded}@{as_of}", "refunded", line.refunded, as_of))


def describe(found: Comparison, export: Export, currency: str, dry_run: bool) -> Iterator[str]:
    """The comparison for people, a line at a time."""

    def money(minor: int) -> str:
        return f"{plain_amount(int(minor), currency)} {currency}"

    would = "would be added" if dry_run else "added"
    yield "Columns: " + ", ".join(f"{what} = {name}" for what, name in export.columns.items())
    for line in found.missing_here:
        refunded = f", of which {money(line.refunded)} refunded" if line.refunded else ""
        yield f"{line.payment}: {money(line.amount)}{refunded}: not in our ledger, {would}"
    for line, already in found.refunds_here:
        yield f"{line.payment}: {money(line.refunded)} refunded there, {money(already)} here: the difference {would}"
    for line, ours in found.differing:
        there = money(line.amount - line.refunded)
        yield f"{line.payment}: {there} there, {money(ours)} here: left as it is, for staff to look into"
    for row in found.missing_there:
        yield f"{row['payment']}: {money(row['net'])} in our ledger, not in the list: left as it is"
    yield from (f"not taken: {problem}" for problem in export.problems)
    missed = sum(line.amount - line.refunded for line in found.missing_here)
    missed -= sum(line.refunded - already for line, already in found.refunds_here)
    statuses = ", ".join(f"{status}: {count}" for status, count in export.unpaid.most_common())
    yield (
        f"{found.agreed} agree, {found.changes} {would} ({money(missed)}), {len(found.differing)} differ, "
        f"{len(found.missing_there)} only here, {len(export.problems)} not taken, {export.unpaid.total()} not paid"
        f"{f' ({statuses})' if statuses else ''}."
    )


def import_file(kit: Services, file: Path, provider: str, columns: str, dry_run: bool) -> Iterator[str]:
    """Reconcile a file, and tell of it a line at a time. Raises ExportError for one that can't be read."""
    if provider not in PROVIDERS:
        raise ExportError(f"There is no provider {provider!r}; there are {', '.join(PROVIDERS)}.")
    try:
        raw, written_at = file.read_bytes(), int(file.stat().st_mtime)
    except OSError as error:
        raise ExportError(f"Can't read {file} ({error.strerror}).") from None
    currency = kit.campaign.currency
    export = read_export(raw, kit.store, provider, currency, kit.campaign.timezone, columns)
    found = reconcile(kit, provider, export, max(written_at, newest(export.lines)), dry_run)
    if not dry_run:
        remember_columns(kit.store, provider, export.columns, "invoke gifts import")
    yield from describe(found, export, currency, dry_run)
