"""What is printed for an origin, as PDF: a poster from A3 to A5, and a card that stands on a table.

All of it keeps five millimetres of white around at least, since office printers can't reach the edge, and is drawn with
shapes and embedded type: sharp at any size. The QR code is never smaller than three centimetres.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from theme import wording
from tracker.origins.codes import write_code
from tracker.origins.drawing import POSTER, TYPED, Pen, clean, fit, shrink
from tracker.origins.qr import make_qr
from tracker.services import Services

WIDTH, HEIGHT = 210.0, 297.0  # A4; all other sizes are this one, larger or smaller
TRANSLATIONS = Path(__file__).parents[1] / "translations"


class Words(NamedTuple):
    """All that stands on a print, as its typeface can draw it; `address` is what its QR code holds."""

    campaign: str
    organisation: str
    excuse: str
    number: str
    stamp: str
    question: str
    scan: str
    type_in: str
    length: str
    litter: str
    short: str
    address: str


class Format(NamedTuple):
    """A size of paper in millimetres, how large A4 is drawn on it, and what draws it."""

    width: float
    height: float
    scale: float
    draw: Callable[[Pen, Words], None]


def draw_pdf(kit: Services, origin: str, code: str, name: str, format_: str, episode: str, language: str) -> bytes:
    """The PDF of a format for this origin, with this episode's excuse in this language."""
    size = FORMATS[format_]
    words = choose_words(kit, origin, code, episode, language)
    out = BytesIO()
    paper = (size.width * mm, size.height * mm)
    canvas = Canvas(out, pagesize=paper, invariant=1, lang=language, initialFontName=POSTER)
    canvas.setTitle(f"{name} · {words.excuse}")
    canvas.setAuthor(kit.campaign.site.get("organisation") or words.campaign)
    canvas.setSubject(words.campaign)
    canvas.scale(mm * size.scale, mm * size.scale)
    size.draw(Pen(canvas, kit.campaign.look.get("colours") or {}), words)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def choose_words(kit: Services, origin: str, code: str, episode: str, language: str) -> Words:
    campaign, first = kit.campaign, kit.campaign.languages[0]
    _ = wording.translations(language, TRANSLATIONS).gettext
    known = campaign.episodes.get(episode, {})

    def said(texts: Mapping[str, str] | None) -> str:
        return wording.typeset((texts or {}).get(language) or (texts or {}).get(first) or "", language)

    number, seconds = known.get("number") or 0, round(known.get("duration") or 0)
    words = Words(
        campaign=(said(campaign.site.get("name")) or "Ricochet").upper(),
        organisation=campaign.site.get("organisation") or "",
        excuse=said(known.get("excuses")) or said(campaign.site.get("tagline")) or "…",
        number=_("Excuse n° %(num)s") % {"num": number} if number else "",
        stamp=_("Excuse refusée").upper(),
        question=_("Et vous, c’est quoi votre excuse ?"),
        scan=_("Visez le carré avec votre téléphone,"),
        type_in=_("ou tapez, comme à la machine :"),
        length=_("Le film dure %(num)s secondes. Aucun justificatif demandé.") % {"num": seconds}
        if 0 < seconds < 120
        else _("Aucun justificatif demandé."),
        litter=_("Ne pas jeter sur la voie publique."),
        short=f"{urlsplit(kit.settings.site_url).netloc}/p/{write_code(code, number)}",
        address="",
    )
    address = kit.address_of(kit.link_path(origin, episode, "qr", language))
    return Words(*map(clean, words))._replace(address=address)


def draw_poster(pen: Pen, words: Words) -> None:
    pen.box(8.6, 8.6, WIDTH - 17.2, HEIGHT - 17.2, fill="paper", line=1.2)
    pen.plate(18, 263, 15, words.campaign, 118)
    pen.text(192, 270.6, words.number, shrink(words.number, POSTER, 8, 50), align="right")
    pen.text(192, 264.6, words.organisation, shrink(words.organisation, TYPED, 4.6, 50), TYPED, align="right")
    pen.box(18, 256, 174, 0.9, fill="black")
    _right, bottom = pen.bubble(18, 247, words.excuse, 171, 112)
    pen.handle(174, 100.6, 29)
    pen.stamp(104, max(bottom - 16, 122), words.stamp, 104, 7)
    draw_note(pen, words)
    pen.text(18, 12.3, words.litter, 2.9, TYPED)


def draw_note(pen: Pen, words: Words) -> None:
    """The yellow post-it at the foot: where to go."""
    pen.box(20.2, 17.8, 174, 80, fill="black")
    pen.box(18, 20, 174, 80, fill="note", line=1.2)
    pen.box(25, 28, 64, 64, fill="bubble", line=1.2)
    pen.qr(25.6, 28.6, 62.8, make_qr(words.address))
    size, lines = fit(words.question.upper(), 92, 32)
    top = 92 - size * 0.68
    for place, line in enumerate(lines):
        pen.text(96, top - place * size * 0.98, line, size)
    pen.text(96, 51, words.scan, shrink(words.scan, TYPED, 5.2, 92), TYPED)
    pen.text(96, 44.6, words.type_in, shrink(words.type_in, TYPED, 5.2, 92), TYPED)
    pen.text(96, 35, words.short, shrink(words.short, POSTER, 9, 92))
    pen.text(96, 28.4, words.length, shrink(words.length, TYPED, 3.9, 92), TYPED)


def draw_table_card(pen: Pen, words: Words) -> None:
    """The same on both halves, head to head: folded in the middle, it stands and can be read from both sides."""
    half = HEIGHT / 2
    draw_half(pen, words)
    with pen.moved(WIDTH, HEIGHT, 180):
        draw_half(pen, words)
    for x in (0, WIDTH - 7):  # where to fold
        pen.box(x, half - 0.15, 7, 0.3, fill="black")


def draw_half(pen: Pen, words: Words) -> None:
    pen.box(8.6, 8.6, WIDTH - 17.2, HEIGHT / 2 - 17.2, fill="paper", line=1.2)
    pen.plate(15, 121, 11.5, words.campaign, 82)
    pen.text(128, 124.4, words.number, shrink(words.number, POSTER, 6, 28), align="right")
    _right, bottom = pen.bubble(15, 114, words.excuse, 111, 66)
    pen.stamp(84, max(bottom - 14, 28), words.stamp, 70, 7)
    pen.text(15, 12.4, words.litter, 2.6, TYPED)
    pen.box(137.6, 15.4, 58, 118, fill="black")
    pen.box(136, 17, 58, 116, fill="note", line=1.2)
    size, lines = fit(words.question.upper(), 50, 26)
    for place, line in enumerate(lines):
        pen.text(140, 129 - size * 0.68 - place * size * 0.98, line, size)
    pen.box(141, 49, 48, 48, fill="bubble", line=1)
    pen.qr(141.5, 49.5, 47, make_qr(words.address))
    for y, line in ((42, words.scan), (38, words.type_in)):
        pen.text(165, y, line, shrink(line, TYPED, 3.5, 50), TYPED, align="centre")
    host, _slash, code = words.short.rpartition("/")
    pen.text(165, 31, f"{host}/", shrink(f"{host}/", POSTER, 5.5, 50), align="centre")
    pen.text(165, 21.5, code, shrink(code, POSTER, 11, 50), align="centre")


FORMATS: Mapping[str, Format] = {
    "a4": Format(210, 297, 1, draw_poster),
    "a5": Format(148, 210, 148 / 210, draw_poster),
    "a3": Format(297, 420, 297 / 210, draw_poster),
    "table": Format(210, 297, 1, draw_table_card),
}
