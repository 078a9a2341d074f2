"""Sending: each subscriber gets a week's report once, however many processes, cron jobs and people ask for it.

Who sends claims a row first, in a transaction of its own. What a mail server refused is tried again, some times.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from datetime import time as clock_time

from flask import Flask

from tracker.report.figures import last_week, monday_of, read_report
from tracker.report.letter import write_letter
from tracker.report.post import MailError, can_post, open_post, post_letter
from tracker.report.subscribers import list_subscribers, stop_token
from tracker.services import EXTENSION, Services
from tracker.store import Row, Store

log = logging.getLogger(__name__)

AGAIN = 1800  # seconds after which what was claimed and not sent may be tried again
TRIES = 5


def claim(store: Store, week: str, staff: str, now: int) -> bool:
    """Take it upon us to send this person this week's report; whether nobody else has, or did."""
    with store.atomic() as writing:
        rows = writing.query(
            "select tries, claimed_at, sent_at from reports where week = :week and staff = :staff",
            week=week,
            staff=staff,
        )
        if rows and (rows[0]["sent_at"] or rows[0]["tries"] >= TRIES or now - rows[0]["claimed_at"] < AGAIN):
            return False
        writing.execute(
            """
            insert into reports (week, staff, tries, claimed_at) values (:week, :staff, 1, :now)
            on conflict (week, staff) do update set tries = reports.tries + 1, claimed_at = excluded.claimed_at
            """,
            week=week,
            staff=staff,
            now=now,
        )
    return True


def note_outcome(store: Store, week: str, staff: str, now: int, problem: str = "") -> None:
    store.execute(
        "update reports set sent_at = :sent_at, problem = :problem where week = :week and staff = :staff",
        week=week,
        staff=staff,
        sent_at=None if problem else now,
        problem=problem[:300] or None,
    )


def list_sent(store: Store, limit: int = 20) -> list[Row]:
    """{"week", "staff", "tries", "claimed_at", "sent_at", "problem"}, newest first."""
    return store.query("select * from reports order by week desc, staff limit :limit", limit=limit)


def list_sent_to(store: Store, staff: str, role: str, limit: int = 20) -> list[Row]:
    """Those that somebody of staff may see: their own, or everybody's for admins."""
    return [row for row in list_sent(store, limit) if row["staff"] == staff or role == "admin"]


def send_week(app: Flask, week: str, people: list[Row], now: int) -> Iterator[tuple[str, str]]:
    """Send a week to those of these subscribers who have not had it: (staff, problem or "") of each.

    Raises MailError if the mail server can't be reached: then nothing was claimed.
    """
    kit: Services = app.extensions[EXTENSION]
    report = read_report(kit, week)
    with open_post(kit.settings) as server:
        for person in people:
            if not claim(kit.store, week, person["staff"], now):
                continue
            stop = kit.address_of(f"/report/stop/{stop_token(kit, person['staff'])}")
            try:
                post_letter(server, write_letter(app, report, person["address"], person["language"], stop, now))
            except MailError as error:
                note_outcome(kit.store, week, person["staff"], now, str(error))
                yield person["staff"], str(error)
            else:
                note_outcome(kit.store, week, person["staff"], now)
                yield person["staff"], ""


def waiting_people(store: Store, week: str, before: float, now: int) -> list[Row]:
    """Subscribers from before this moment who may still get this week."""
    settled = {
        row["staff"]
        for row in store.query("select staff, tries, claimed_at, sent_at from reports where week = :week", week=week)
        if row["sent_at"] or row["tries"] >= TRIES or now - row["claimed_at"] < AGAIN
    }
    return [row for row in list_subscribers(store) if row["staff"] not in settled and row["consented_at"] < before]


def send_due(app: Flask, now: float) -> list[tuple[str, str]]:
    """On Mondays from REPORT_HOUR on (or later in the week, if that was missed), send what nobody has sent yet."""
    kit: Services = app.extensions[EXTENSION]
    hour = kit.settings.report_hour
    if hour < 0 or not can_post(kit.settings):
        return []
    monday = monday_of(now, kit)
    due = datetime.combine(monday, clock_time(hour), kit.campaign.timezone).timestamp()
    if now < due:
        return []
    week = last_week(now, kit)
    people = waiting_people(kit.store, week, due, int(now))
    return list(send_week(app, week, people, int(now))) if people else []


def send_by_itself(app: Flask, pause: float = 60) -> None:
    """For a thread of the server: look each minute; what went wrong is logged, and tried again later."""
    while True:
        try:
            for staff, problem in send_due(app, time.time()):
                log.log(logging.ERROR if problem else logging.INFO, "Report for %s: %s", staff, problem or "sent")
            rest = pause
        except Exception as error:  # noqa: BLE001 - whatever it was, next week's must still go out
            log.error("The weekly report could not be sent, and will be tried again: %s", error)
            rest = AGAIN
        time.sleep(rest)


def next_time(kit: Services, now: float) -> datetime:
    """When the tracker sends by itself next."""
    hour = max(kit.settings.report_hour, 0)
    moment = datetime.combine(monday_of(now, kit), clock_time(hour), kit.campaign.timezone)
    return moment if moment.timestamp() > now else moment + timedelta(days=7)
