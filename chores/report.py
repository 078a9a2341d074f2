"""`invoke report`: the weekly report, sent to those who want it, shown, or written as one page."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from chores.opened import open_tracker
from tracker.report.figures import last_week, read_report
from tracker.report.letter import write_page, write_text
from tracker.report.post import MailError
from tracker.report.sending import send_week
from tracker.report.subscribers import list_subscribers
from tracker.services import Services


def report(only_show: bool, file: Path | None, week: str, language: str) -> Iterator[str]:
    """Lines that tell what was done. Raises MailError, UnknownWeek."""
    now = int(time.time())
    with open_tracker() as (app, kit):
        found = read_report(kit, week or last_week(now, kit))
        if only_show:
            yield write_text(app, found, language)
        if file:
            file.write_text(write_page(app, found, language), encoding="utf-8")
            yield f"{file} has the report of {found.week}."
        if not only_show and not file:
            yield from send(app, kit, found.week, now)


def send(app: Flask, kit: Services, week: str, now: int) -> Iterator[str]:
    outcomes = list(send_week(app, week, list_subscribers(kit.store), now))
    for staff, problem in outcomes:
        yield f"{staff}: {problem or 'sent'}"
    if any(problem for _, problem in outcomes):
        raise MailError(f"The report of {week} did not reach everybody; what failed is tried again in half an hour.")
    if not outcomes:
        yield f"Nobody waits for the report of {week}."
