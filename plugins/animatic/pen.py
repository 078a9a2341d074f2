"""A pen for cartoons: closed and open curves with thick ink outlines, which can be moved, turned and scaled.

Coordinates are those of the film (640 by 360); pictures are drawn twice as large and made smaller at the end, which
smooths every edge.
"""

import math
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 640, 360
DETAIL = 2

PAPER, INK, RED, BLUE = "#FFF4DC", "#17130F", "#D3202F", "#1F3FBF"
YELLOW, MINT, WHITE = "#FFD23F", "#BFE3D0", "#FFFFFF"

Points = Sequence[tuple[float, float]]


@cache
def typeface(size: float, weight: str = "Black") -> ImageFont.FreeTypeFont:
    """Source Sans Pro at this size in film pixels; weights such as Black, Bold, BoldIt."""
    path = files("font_source_sans_pro") / "files" / f"SourceSansPro-{weight}.ttf"
    return ImageFont.truetype(str(path), round(size * DETAIL))


class Pen:
    """Draws on a picture; `moved` gives a pen whose origin stands elsewhere, turned (degrees) and scaled."""

    def __init__(self, image: Image.Image, a: float = DETAIL, b: float = 0, x: float = 0, y: float = 0) -> None:
        self.image = image
        self.draw = ImageDraw.Draw(image)
        self._a, self._b, self._x, self._y = a, b, x, y

    def moved(self, x: float, y: float, turn: float = 0, scale: float = 1) -> "Pen":
        left, top = self.place((x, y))
        cos, sin = math.cos(math.radians(turn)) * scale, math.sin(math.radians(turn)) * scale
        return Pen(self.image, self._a * cos - self._b * sin, self._a * sin + self._b * cos, left, top)

    def place(self, point: tuple[float, float]) -> tuple[float, float]:
        x, y = point
        return self._a * x - self._b * y + self._x, self._b * x + self._a * y + self._y

    def _thick(self, width: float) -> int:
        return max(1, round(width * math.hypot(self._a, self._b)))

    def shape(self, points: Points, fill: str | None, width: float = 3, ink: str = INK) -> None:
        """A polygon with its outline."""
        placed = [self.place(point) for point in points]
        if fill:
            self.draw.polygon(placed, fill)
        if width:
            self.draw.line([*placed, placed[0], placed[1]], ink, self._thick(width), joint="curve")

    def blob(self, points: Points, fill: str | None, width: float = 3, ink: str = INK) -> None:
        """A smooth closed curve through the points."""
        self.shape(_smooth([points[-1], *points, points[0], points[1]]), fill, width, ink)

    def oval(
        self, x: float, y: float, rx: float, ry: float, fill: str | None, width: float = 3, ink: str = INK
    ) -> None:
        turns = [math.tau * step / 32 for step in range(32)]
        self.shape([(x + rx * math.cos(turn), y + ry * math.sin(turn)) for turn in turns], fill, width, ink)

    def box(self, x: float, y: float, width: float, height: float, fill: str | None, ink: float = 3) -> None:
        self.shape([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], fill, ink)

    def stroke(self, points: Points, width: float = 3, ink: str = INK) -> None:
        """A smooth open curve with round ends."""
        curve = _smooth([points[0], *points, points[-1]]) if len(points) > 2 else list(points)
        placed = [self.place(point) for point in curve]
        thick = self._thick(width)
        self.draw.line(placed, ink, thick, joint="curve")
        for x, y in placed if thick > 20 else (placed[0], placed[-1]):  # thick joints show seams otherwise
            self.draw.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), ink)

    def limb(self, points: Points, width: float, fill: str) -> None:
        """An outlined arm, tail or cable."""
        self.stroke(points, width + 6, INK)
        self.stroke(points, width, fill)

    def write(self, x: float, y: float, text: str, size: float, ink: str = INK, weight: str = "Black") -> None:
        """Text centred on a point, never turned."""
        self.draw.text(self.place((x, y)), text, ink, typeface(size, weight), anchor="mm")

    def paste(self, picture: Image.Image, x: float, y: float) -> None:
        """Another picture with transparency (already in detail pixels), centred on a point."""
        left, top = self.place((x, y))
        self.image.paste(picture, (round(left - picture.width / 2), round(top - picture.height / 2)), picture)


def _smooth(points: Points) -> list[tuple[float, float]]:
    """A Catmull-Rom curve through all points but the first and the last, which only lead it."""
    curve = []
    for (ax, ay), (bx, by), (cx, cy), (dx, dy) in zip(points, points[1:], points[2:], points[3:], strict=False):
        for step in range(6):
            t = step / 6
            curve.append(
                tuple(
                    0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
                    for a, b, c, d in ((ax, bx, cx, dx), (ay, by, cy, dy))
                )
            )
    return [(x, y) for x, y in curve] + [(points[-2][0], points[-2][1])]
