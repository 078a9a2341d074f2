"""The rubber stamp: its red mark, worn as ink is, and the wooden tool that leaves it."""

from functools import cache
from random import Random

from PIL import Image, ImageChops, ImageDraw

from plugins.animatic.pen import DETAIL, INK, PAPER, RED, WIDTH, Pen, typeface


@cache
def draw_mark(text: str, width: int, turn: float) -> Image.Image:
    """The mark, about `width` film pixels wide, turned anticlockwise by `turn` degrees; a large one fills two lines."""
    large = width > 200
    lines = text.rsplit(" ", 1) if large else [text]
    font = typeface(100)
    widest = max(font.getlength(line) for line in lines)
    font = typeface(100 * width * DETAIL * 0.88 / widest)
    rim = max(3, width // 38)
    row: int = round(font.getbbox("É")[3] - font.getbbox("É")[1]) + 2 * rim
    wide, high = width * DETAIL, row * len(lines) + 6 * rim

    ink = Image.new("L", (wide, high), 0)
    draw = ImageDraw.Draw(ink)
    draw.rounded_rectangle((0, 0, wide - 1, high - 1), rim * 3, outline=255, width=round(rim * (1.3 if large else 2)))
    if large:
        inner = round(rim * 2.1)
        draw.rounded_rectangle((inner, inner, wide - inner, high - inner), rim * 2, outline=255, width=rim // 2)
    for place, line in enumerate(lines):
        draw.text((wide / 2, 3 * rim + row * (place + 1) - rim), line, 255, font, anchor="ms")
    chance = Random(text)  # noqa: S311 (specks where the ink did not take)
    for _ in range(wide * high // 1500 if large else 0):
        x, y, size = chance.random() * wide, chance.random() * high, 0.6 + chance.random() * 3.4
        draw.ellipse((x - size, y - size, x + size, y + size), 70)

    paper = Image.new("L", ink.size, 0)
    ImageDraw.Draw(paper).rounded_rectangle((0, 0, wide - 1, high - 1), rim * 3, fill=255)
    mark = Image.new("RGBA", ink.size, PAPER)
    mark.paste(RED, (0, 0), ink)
    mark.putalpha(ImageChops.lighter(paper, ink))
    return mark.rotate(turn, Image.Resampling.BICUBIC, expand=True)


def draw_tool(pen: Pen, x: float, y: float, label: str) -> None:
    """The stamp itself, as wide as a bad day, its rubber at `y`, with its owner's name."""
    tool = pen.moved(x, y)
    tool.blob([(-30, -150), (-46, -200), (-30, -246), (0, -256), (30, -246), (46, -200), (30, -150)], "#B5763A", 5)
    tool.stroke([(-26, -214), (-18, -234), (-2, -242)], 7, "#D9A066")
    tool.shape([(-26, -156), (26, -156), (34, -74), (-34, -74)], "#8E5526", 5)
    tool.box(-WIDTH * 0.33, -82, WIDTH * 0.66, 62, "#B5763A", 5)
    tool.box(-WIDTH * 0.33, -28, WIDTH * 0.66, 24, RED, 5)
    tool.box(-90, -68, 180, 30, PAPER, 3)
    tool.write(0, -53, label.upper()[:48], min(15, 300 / max(1, len(label))), INK)
