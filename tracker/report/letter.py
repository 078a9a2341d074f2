"""The report in words: as a mail (text and HTML, the chart as a picture in it), in the language of whoever gets it."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, render_template

from theme.wording import format_brief
from tracker.charts import Chart, Series, draw_png
from tracker.dashboard import first_day_of
from tracker.dashboard.overview import look_at
from tracker.dashboard.telling import show_change
from tracker.dashboard.words import name_sharer
from tracker.pages import format_day, number, page_language
from tracker.pages import gettext as _
from tracker.report.figures import Report, period_of
from tracker.services import EXTENSION, Services, services
from tracker.store import Row

CHART = (600, 220)
PICTURE = "semaine"  # the chart's name inside the letter


@contextmanager
def speaking(app: Flask, language: str) -> Iterator[None]:
    """Templates outside a request: in this language, with the site's own address."""
    kit: Services = app.extensions[EXTENSION]
    with app.test_request_context(f"/staff/report/?lang={language}", base_url=kit.settings.site_url):
        yield


def describe(report: Report) -> dict[str, Any]:
    """What all forms of the report say, in the language of this moment."""
    kit = services()
    campaign, lang = kit.campaign, page_language()
    return {
        "report": report,
        "figures": describe_figures(report),
        "sentence": tell_week(report),
        "sentences": find_what_matters(kit, report),
        "span": tell_span(report.since, report.until),
        "chart": draw_week(report),
        "name_sharer": name_sharer,
        "channel_name": lambda code: campaign.channel(code, lang) if code else _("Sans canal"),
        "episode_name": lambda slug: campaign.title(slug, lang) if slug else _("Sans épisode"),
        "dashboard": kit.address_of("/staff/"),
    }


def tell_span(since: date, until: date) -> str:
    """Du 16 au 22 novembre 2026, in as many words as it takes."""
    first, last = format_day(since), format_day(until)
    if since.year == until.year:
        first = first.rsplit(" ", 1)[0] if since.month != until.month else first.split(" ")[0]
    return _("du %(first)s au %(last)s") % {"first": first, "last": last}


def describe_figures(report: Report) -> list[tuple[str, str, int, str]]:
    """(measure, name, value, change) of the figures that matter; the change is "" where there is no week before."""
    names = {
        "confirmed": _("visiteurs confirmés"),
        "brought": _("amenés par le lien de quelqu’un"),
        "shares": _("envois"),
        "new_sharers": _("nouveaux passeurs"),
        "gifts": _("dons"),
        "amount": _("récoltés"),
    }
    return [(key, name, int(report.sums[key]), tell_change(report, key)) for key, name in names.items()]


def tell_change(report: Report, key: str) -> str:
    """+12 % or −3 % on the week before, or what it was where percent would say nothing."""
    if report.before is None:
        return ""
    now, before = int(report.sums[key]), int(report.before[key])
    if now == before:
        return _("comme la semaine d’avant")
    if before < 10 and key != "amount":
        return _("%(before)s la semaine d’avant") % {"before": number(before)}
    if before <= 0:
        return _("rien la semaine d’avant")
    if not round((now - before) / before, 2):
        return _("autant que la semaine d’avant")
    return _("%(change)s sur la semaine d’avant") % {"change": show_change(now, before)}


def tell_week(report: Report) -> str:
    """The week in a sentence, of what was counted and no more."""
    sums = report.sums
    if report.is_empty:
        return _("Rien n’a été compté cette semaine. Même les excuses ont pris des vacances.")
    words = {"people": number(sums["confirmed"]), "brought": number(sums["brought"]), "gifts": number(sums["gifts"])}
    said = (
        _("Venus pour de vrai : %(people)s, dont %(brought)s par le lien de quelqu’un. Excuses refusées : %(gifts)s.")
        if sums["gifts"] > 0
        else _("Venus pour de vrai : %(people)s, dont %(brought)s par le lien de quelqu’un. Les excuses ont tenu bon.")
    )
    return said % words


def find_what_matters(kit: Services, report: Report) -> list[str]:
    """What the dashboard says of these days, by the same rules (tracker.dashboard.story)."""
    if report.is_empty:
        return []
    said: list[str] = look_at(kit, period_of(kit, report.since), first_day_of(kit.store))["sentences"]
    return said


def draw_week(report: Report) -> Chart:
    """Confirmed visitors day by day, those whom somebody brought below; a mark where somebody gave."""
    by_day = {row["day"]: row for row in report.days}
    days = [report.since + timedelta(days=place) for place in range(7)]
    rows: list[Row | None] = [by_day.get(day.isoformat()) for day in days]
    return Chart(
        kind="stack",
        title=_("Visiteurs confirmés, jour après jour. Un trait rouge sous les jours où quelqu’un a donné."),
        labels=tuple(format_brief(day, page_language(), "Ed") for day in days),
        series=(Series(_("visiteurs"), tuple(row["confirmed"] if row else 0 for row in rows)),),
        marks=frozenset(place for place, row in enumerate(rows) if row and row["gifts"] > 0),
        spell=number,
    )


def write_page(app: Flask, report: Report, language: str) -> str:
    """The report as one HTML file that needs nothing else."""
    with speaking(app, language):
        said = describe(report)
        picture = "data:image/png;base64," + b64encode(draw_png(said["chart"], CHART, 2)).decode()
        return render_template("report/letter.html", **said, picture=picture, stop="")


def write_text(app: Flask, report: Report, language: str, stop: str = "") -> str:
    with speaking(app, language):
        return render_template("report/letter.txt", **describe(report), stop=stop)


def write_letter(app: Flask, report: Report, to: str, language: str, stop: str, now: float) -> EmailMessage:
    """The report as a mail. `stop` is the address that ends it, with one click and without a sign-in."""
    kit: Services = app.extensions[EXTENSION]
    text = write_text(app, report, language, stop)
    with speaking(app, language):
        said = describe(report)
        page = render_template("report/letter.html", **said, picture=f"cid:{PICTURE}", stop=stop)
        subject = _("La semaine %(span)s : %(sentence)s") % {"span": said["span"], "sentence": said["sentence"]}
        picture = draw_png(said["chart"], CHART, 2)
    letter = EmailMessage()
    letter["Subject"] = " ".join(subject.split())
    letter["From"] = read_sender(kit.settings.mail_from)
    letter["To"] = Address(addr_spec=to)
    letter["Date"] = format_datetime(datetime.fromtimestamp(now, kit.campaign.timezone))
    # The same letter has the same name however often it is sent: who gets it twice sees it once.
    name = hashlib.sha256(f"{report.week} {stop}".encode()).hexdigest()[:24]
    letter["Message-ID"] = f"<{report.week}.{name}@{urlsplit(kit.settings.site_url).hostname}>"
    letter["List-Unsubscribe"] = f"<{stop}>"
    letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    letter["Auto-Submitted"] = "auto-generated"
    letter["Content-Language"] = language
    letter.set_content(text)
    letter.add_alternative(page, subtype="html")
    html = letter.get_payload()[1]  # type: ignore[index]
    html.add_related(picture, "image", "png", cid=f"<{PICTURE}>", disposition="inline")  # type: ignore[union-attr]
    return letter


def read_sender(text: str) -> Address:
    """MAIL_FROM, such as `Le Bureau <bureau@example.org>`; settings have checked it."""
    name, address = parseaddr(text)
    return Address(name, addr_spec=address)
