"""The set: the mint wall of the Bureau des excuses, counter 3, its clock, its plant and its ticket display."""

import math
from functools import cache

from PIL import Image

from plugins.animatic.pen import BLUE, DETAIL, HEIGHT, INK, MINT, PAPER, RED, WHITE, WIDTH, YELLOW, Pen

_SIGNS = {"fr": "GUICHET 3", "en": "COUNTER 3"}
_POSTERS = {
    "fr": [
        ("CHATS ADMIS", "SUR", "JUSTIFICATIF"),
        ("TOUTE", "EXCUSE SERA", "EXAMINÉE"),
        ("SOURIEZ,", "VOUS ÊTES", "REFUSÉ"),
        ("EXCUSES :", "DE 14 H", "À 14 H 05"),
    ],
    "en": [
        ("CATS BY", "APPOINTMENT", "ONLY"),
        ("EVERY", "EXCUSE WILL", "BE EXAMINED"),
        ("SMILE, YOU", "ARE BEING", "DENIED"),
        ("EXCUSES:", "2 P.M. TO", "2.05 P.M."),
    ],
}


@cache
def draw_wall(number: int, language: str) -> Image.Image:
    """Everything behind the people that does not move."""
    posters = _POSTERS.get(language, _POSTERS["fr"])
    image = Image.new("RGB", (WIDTH * DETAIL, HEIGHT * DETAIL), MINT)
    pen = Pen(image)
    for x in range(20, WIDTH, 64):
        pen.stroke([(x, 0), (x, 250)], 2, "#B2D9C4")
    pen.box(-10, 262, WIDTH + 20, 110, "#86B79E")
    pen.box(-10, 254, WIDTH + 20, 10, "#F2E3BC")

    pen.oval(50, 152, 36, 36, WHITE, 5)
    for hour in range(12):
        right, down = math.sin(math.tau * hour / 12), -math.cos(math.tau * hour / 12)
        pen.stroke([(50 + 25 * right, 152 + 25 * down), (50 + 29 * right, 152 + 29 * down)], 3 if hour % 3 else 5)

    pen.box(272, 118, 80, 50, "#2A2522", 4)
    pen.write(312, 129, "TICKET", 11, YELLOW, "Bold")
    pen.write(312, 148, f"{number:03}", 32, "#FF5A4D", "Bold")
    pen.box(268, 180, 88, 72, YELLOW, 3.5)
    for row, text in enumerate(posters[number % len(posters)]):
        pen.write(312, 196 + row * 17, text, 13)
    pen.oval(312, 243, 3, 3, RED, 0)

    pen.box(396, 84, 200, 230, "#DDF1E6", 0)  # behind the window: her side
    for shelf in (150, 206):
        pen.box(400, shelf, 192, 7, "#C98F4E", 2.5)
        for place, x in enumerate(range(404, 588, 14)):
            tint = (PAPER, "#9CC5E8", "#E8B49C", PAPER, YELLOW)[(place * 7 + shelf) % 5]
            pen.box(x, shelf - 36 + (place * 5 + shelf) % 9, 13, 36 - (place * 5 + shelf) % 9, tint, 2)
    return image


def draw_clock(pen: Pen, seconds: float, hurry: float) -> None:
    """The hands; `hurry` adds hours, for the days when forty years pass."""
    for turn, long, width in (
        (seconds / 60 + 0.35 + hurry, 26, 2.5),
        (0.9 + hurry / 3, 22, 4),
        (0.42 + hurry / 12, 14, 5),
    ):
        x, y = math.sin(math.tau * turn), -math.cos(math.tau * turn)
        pen.stroke([(50, 152), (50 + long * x, 152 + long * y)], width, RED if width < 3 else INK)
    pen.oval(50, 152, 4, 4, INK, 0)


def draw_counter(pen: Pen, language: str) -> None:
    """The window frame and the counter, which stand before Madame Bernard."""
    for x in (410, 580):
        pen.stroke([(x - 10, 130), (x - 24, 190)], 3, WHITE)
        pen.stroke([(x + 4, 124), (x - 22, 206)], 3, WHITE)
    for x in (386, 594):
        pen.box(x, 60, 14, 250, "#C98F4E", 3.5)
    pen.box(378, 56, 238, 34, BLUE, 4)
    pen.write(497, 72, _SIGNS.get(language, _SIGNS["fr"]), 25, WHITE)
    pen.box(236, 318, 420, 60, "#C98F4E", 4)
    for x in range(262, 640, 50):
        pen.stroke([(x, 330), (x, 372)], 2.5, "#A87238")
    pen.shape([(248, 296), (650, 296), (650, 320), (224, 320)], "#E5B778", 4)
    pen.shape([(440, 300), (520, 300), (528, 314), (432, 314)], PAPER, 2.5)
    pen.stroke([(452, 305), (508, 305)], 2, "#9A927F")
    pen.stroke([(450, 309), (496, 309)], 2, "#9A927F")
    _draw_plant(pen.moved(606, 300))


def _draw_plant(pen: Pen) -> None:
    for x, y in ((-26, -50), (-12, -74), (8, -80), (24, -58), (32, -32), (-32, -28)):
        pen.blob([(0, -14), (x * 0.45 - 9, y * 0.6), (x, y), (x * 0.55 + 9, y * 0.5)], "#3C9A5F", 2.5)
    pen.shape([(-20, -20), (20, -20), (14, 12), (-14, 12)], "#D9643A", 3)
    pen.box(-23, -25, 46, 9, "#D9643A", 3)
