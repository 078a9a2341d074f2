"""What the Excuse Office is made of, as shapes on paper: plate, bubble, stamp, post-it. All lengths are millimetres.

See docs/look.md. Type is Source Sans, which is embedded, so that every printer sets the same lines.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import font_source_sans_pro
import segno
from reportlab.lib.colors import HexColor
from reportlab.pdfbase.pdfmetrics import getFont, registerFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from tracker.origins.qr import QUIET

FONTS = Path(font_source_sans_pro.__file__).parent / "files"
POSTER, TYPED = "Black", "Semibold"
USUAL = {  # the counter's own colours; a campaign's come with campaign.json
    "paper": "#fff4dc",
    "black": "#17130f",
    "stamp": "#d3202f",
    "plate": "#1f3fbf",
    "cream": "#fff4dc",
    "note": "#ffd23f",
    "bubble": "#ffffff",
    "wood": "#e6cf9c",
}
STEP = 0.98  # from line to line, as a part of the size of type
CAP = 0.66  # the height of a capital, likewise


class Pen:
    """Draws on one page in the campaign's colours. The origin is below on the left."""

    def __init__(self, canvas: Canvas, colours: Mapping[str, str]) -> None:
        self.canvas = canvas
        self.colours = {name: HexColor(colours.get(name, usual)) for name, usual in USUAL.items()}
        register_fonts()

    @contextmanager
    def moved(self, x: float, y: float, degrees: float = 0, scale: float = 1) -> Iterator[None]:
        """Draw around another point, turned."""
        self.canvas.saveState()
        self.canvas.translate(x, y)
        self.canvas.rotate(degrees)
        self.canvas.scale(scale, scale)
        yield
        self.canvas.restoreState()

    def box(
        self, x: float, y: float, width: float, height: float, fill: str = "", line: float = 0, ink: str = "black"
    ) -> None:
        self.canvas.setLineJoin(0)
        if fill:
            self.canvas.setFillColor(self.colours[fill])
        if line:
            self.canvas.setStrokeColor(self.colours[ink])
            self.canvas.setLineWidth(line)
        self.canvas.rect(x, y, width, height, stroke=int(line > 0), fill=int(bool(fill)))

    def text(self, x: float, y: float, words: str, size: float, font: str = POSTER, **look: Any) -> None:
        """One line from its base line; `align` is left, right or centre, `ink` a colour."""
        self.canvas.setFillColor(self.colours[look.get("ink", "black")])
        self.canvas.setFont(font, size)
        draw = {"right": self.canvas.drawRightString, "centre": self.canvas.drawCentredString}
        draw.get(look.get("align", "left"), self.canvas.drawString)(x, y, words)

    def plate(self, x: float, y: float, height: float, words: str, widest: float) -> None:
        """The enamel plate with the campaign's name."""
        size = shrink(words, POSTER, height * 0.62, widest - height)
        width = measure(words, POSTER, size) + height
        self.box(x, y, width, height, fill="plate")
        self.box(x + 0.9, y + 0.9, width - 1.8, height - 1.8, line=0.5, ink="cream")
        self.text(x + height / 2, y + (height - size * CAP) / 2, words, size, ink="cream")

    def bubble(self, x: float, top: float, words: str, widest: float, highest: float) -> tuple[float, float]:
        """What somebody says, as large as there is room for; the bubble's right and its bottom."""
        room = min(widest, highest) * 0.09
        size, lines = fit(words, widest - 2 * room, highest - 2 * room)
        width = max(max(measure(line, POSTER, size) for line in lines), widest * 0.5) + 2 * room
        height = size * (STEP * (len(lines) - 1) + CAP) + 2 * room * 1.15
        bottom, radius = top - height, min(room * 1.5, height / 2)
        for shift, fill in ((2.2, "black"), (0.0, "bubble")):
            self.outline(x + shift, bottom - shift, width, height, radius, fill)
        base = top - room * 1.15 - size * CAP
        for place, line in enumerate(lines):
            self.text(x + room, base - place * size * STEP, line, size)
        return x + width, bottom

    def outline(self, x: float, y: float, width: float, height: float, radius: float, fill: str) -> None:
        """A round box with a tail at its left foot."""
        right, top, soft = x + width, y + height, radius * 0.45
        tail, wide, deep = x + radius + width * 0.05, min(width * 0.14, 16), min(height * 0.3, 17)
        path = self.canvas.beginPath()
        path.moveTo(tail + wide, y)
        path.lineTo(right - radius, y)
        path.curveTo(right - soft, y, right, y + soft, right, y + radius)
        path.lineTo(right, top - radius)
        path.curveTo(right, top - soft, right - soft, top, right - radius, top)
        path.lineTo(x + radius, top)
        path.curveTo(x + soft, top, x, top - soft, x, top - radius)
        path.lineTo(x, y + radius)
        path.curveTo(x, y + soft, x + soft, y, x + radius, y)
        path.lineTo(tail, y)
        path.lineTo(tail - wide * 0.35, y - deep)
        path.close()
        self.canvas.setLineJoin(1)
        self.canvas.setLineWidth(1.5)
        self.canvas.setStrokeColor(self.colours["black"])
        self.canvas.setFillColor(self.colours[fill])
        self.canvas.drawPath(path, stroke=1, fill=1)

    def stamp(self, x: float, y: float, words: str, width: float, degrees: float) -> None:
        """The verdict around a point: red, a little askew, its ink worn."""
        height = width * 0.29
        with self.moved(x, y, degrees):
            self.canvas.translate(-width / 2, -height / 2)
            self.canvas.setFillColor(self.colours["bubble"])
            self.canvas.roundRect(-0.8, -0.8, width + 1.6, height + 1.6, height * 0.14, stroke=0, fill=1)
            self.canvas.setStrokeColor(self.colours["stamp"])
            for inset, line in ((0.0, height * 0.075), (height * 0.12, height * 0.025)):
                self.canvas.setLineWidth(line)
                edge = inset + line / 2
                self.canvas.roundRect(edge, edge, width - 2 * edge, height - 2 * edge, height * 0.1, stroke=1, fill=0)
            size = shrink(words, POSTER, height * 0.62, width - height * 0.62)
            self.text(width / 2, (height - size * CAP) / 2, words, size, align="centre", ink="stamp")
            self.canvas.setFillColor(self.colours["bubble"])
            chance = random.Random(2)  # noqa: S311 - where ink did not take: the same specks every time
            for _ in range(120):
                speck = chance.uniform(0.004, 0.016) * height
                self.canvas.circle(chance.uniform(0, width), chance.uniform(0, height), speck, stroke=0, fill=1)

    def handle(self, x: float, y: float, size: float) -> None:
        """The rubber stamp itself, standing on a point, as if the clerk had just put it down."""
        with self.moved(x, y, scale=size):
            self.canvas.setLineWidth(0.035)
            self.canvas.setStrokeColor(self.colours["black"])
            self.canvas.setLineJoin(1)
            self.canvas.setFillColor(self.colours["black"])
            self.canvas.rect(-0.5, 0, 1, 0.1, stroke=1, fill=1)
            self.canvas.setFillColor(self.colours["wood"])
            self.canvas.roundRect(-0.46, 0.1, 0.92, 0.24, 0.06, stroke=1, fill=1)
            neck = self.canvas.beginPath()
            neck.moveTo(-0.2, 0.34)
            neck.curveTo(-0.05, 0.5, -0.08, 0.6, -0.13, 0.78)
            neck.lineTo(0.13, 0.78)
            neck.curveTo(0.08, 0.6, 0.05, 0.5, 0.2, 0.34)
            neck.close()
            self.canvas.setFillColor(self.colours["stamp"])
            self.canvas.drawPath(neck, stroke=1, fill=1)
            self.canvas.ellipse(-0.25, 0.7, 0.25, 1.12, stroke=1, fill=1)

    def qr(self, x: float, y: float, side: float, code: segno.QRCode) -> None:
        """A QR code with its quiet zone, both within `side`; one path, so that no seams are seen."""
        modules = code.symbol_size(scale=1, border=0)[0]
        module = side / (modules + 2 * QUIET)
        self.box(x, y, side, side, fill="bubble")
        path = self.canvas.beginPath()
        for row, signs in enumerate(code.matrix):
            for column, dark in enumerate(signs):
                if dark:
                    left, above = x + (QUIET + column) * module, y + side - (QUIET + row + 1) * module
                    path.rect(left, above, module, module)
        self.canvas.setFillColor(self.colours["black"])
        self.canvas.drawPath(path, stroke=0, fill=1)


@cache
def register_fonts() -> None:
    for name in (POSTER, TYPED):
        registerFont(TTFont(name, str(FONTS / f"SourceSansPro-{name}.ttf")))


def clean(words: str) -> str:
    """What the typeface can draw: emoji and scripts that it lacks are left out."""
    register_fonts()
    known = getFont(POSTER).face.charToGlyph
    plain = unicodedata.normalize("NFC", words).replace("\u202f", "\u00a0")
    seen = "".join(sign for sign in plain if sign in " \u00a0" or (sign.isprintable() and ord(sign) in known))
    return re.sub(" +", " ", seen).strip(" ")


def measure(words: str, font: str, size: float) -> float:
    return float(getFont(font).stringWidth(words, size))


def shrink(words: str, font: str, size: float, widest: float) -> float:
    """The size at which the line is no wider, `size` at most."""
    register_fonts()
    wide = measure(words, font, size)
    return size if wide <= widest else size * widest / wide


def fit(words: str, width: float, height: float, font: str = POSTER) -> tuple[float, list[str]]:
    """The largest size at which the words fill the room, and their lines; what fits at none is cut."""
    register_fonts()
    size = height
    while True:
        lines = wrap(words, font, size, width)
        fits = size * (STEP * (len(lines) - 1) + CAP) <= height and all(
            measure(line, font, size) <= width for line in lines
        )
        if fits:
            return size, lines
        if size < height * 0.07:
            return size, [*lines[: int(height / size / STEP) - 1], "…"]
        size *= 0.96


def wrap(words: str, font: str, size: float, width: float) -> list[str]:
    """Lines of at most so many millimetres where that is possible; only ordinary spaces break them."""
    lines = [""]
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}".strip(" ")
        if measure(longer, font, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line for line in lines if line] or ["…"]
