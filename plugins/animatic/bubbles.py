"""Words on the picture: speech bubbles, captions of what happens, the title and the last card."""

from PIL import Image

from plugins.animatic.pen import DETAIL, HEIGHT, INK, PAPER, RED, WHITE, WIDTH, YELLOW, Pen, typeface

_TYPED_PER_SECOND = 42
_LAST_WORDS = {
    "fr": [
        "À vous.",
        "Au suivant !",
        "Et vous ?",
        "Prenez un ticket.",
        "Le guichet est ouvert.",
        "Ticket suivant : vous.",
    ],
    "en": ["Your turn.", "Next, please!", "And you?", "Take a ticket.", "The counter is open.", "Next ticket: you."],
}


def bind_words(text: str) -> str:
    """Typography for the screen: curly apostrophes, and French signs that never stand alone."""
    for sign in ";:!?»":
        text = text.replace(f" {sign}", f"\u00a0{sign}")
    return text.replace("« ", "«\u00a0").replace("'", "’")


def draw_speech(image: Image.Image, text: str, mouth: tuple[float, float], age: float, offstage: bool = False) -> None:
    """A bubble above the mouth it comes from, typed in quickly; a voice from offstage gets a yellow band."""
    pen = Pen(image)
    text = bind_words(text)
    size, lines = _fit(text, 500 if len(text) > 24 else 400, 92)
    high = len(lines) * size * 1.04 + 20
    wide = max(_width(line, size) for line in lines) + 36
    x = min(max(mouth[0], wide / 2 + 12), WIDTH - wide / 2 - 12)
    top = 10 + (6 if age < 0.08 else 0)

    if not offstage:
        tip = (mouth[0] + (x - mouth[0]) * 0.12, max(top + high + 12, min(mouth[1] - 78, top + high + 34)))
        root = min(max(mouth[0], x - wide / 2 + 34), x + wide / 2 - 34)
        tail = [(root - 15, top + high - 4), tip, (root + 15, top + high - 4)]
        pen.shape(tail, WHITE, 4)
    _panel(pen, x - wide / 2, top, wide, high, YELLOW if offstage else WHITE, 20)
    if not offstage:
        pen.shape([(root - 12, top + high - 7), (tip[0], tip[1] - 7), (root + 12, top + high - 7)], WHITE, 0)
    _type(pen, lines, x, top + 10, size, round(age * _TYPED_PER_SECOND) + 2)


def draw_happening(image: Image.Image, text: str) -> None:
    """A small caption card for what happens."""
    pen = Pen(image)
    size, lines = _fit(bind_words(text), 560, 60, 25, "BoldIt")
    high = len(lines) * size * 1.04 + 14
    wide = max(_width(line, size, "BoldIt") for line in lines) + 36
    pen.box(WIDTH / 2 - wide / 2 + 4, 16, wide, high, INK, 0)
    pen.box(WIDTH / 2 - wide / 2, 12, wide, high, YELLOW, 3.5)
    _type(pen, lines, WIDTH / 2, 19, size, 999, weight="BoldIt")


def draw_later(image: Image.Image, text: str) -> None:
    """A card over the whole picture, for when time passes."""
    pen = Pen(image)
    pen.box(-5, -5, WIDTH + 10, HEIGHT + 10, YELLOW, 0)
    for x in range(-40, WIDTH + 80, 40):
        pen.shape([(WIDTH / 2, HEIGHT / 2), (x * 2 - 320, -200), (x * 2 - 290, -200)], "#FFC60F", 0)
        pen.shape([(WIDTH / 2, HEIGHT / 2), (x * 2 - 320, 560), (x * 2 - 290, 560)], "#FFC60F", 0)
    size, lines = _fit(bind_words(text), 560, 260, 84)
    _type(pen, lines, WIDTH / 2, HEIGHT / 2 - len(lines) * size * 0.52, size, 999)


def draw_title(image: Image.Image, number: int, title: str, language: str, leaving: float) -> None:
    """The ticket with the number and the excuse; `leaving` from 0 to 1 slides it out."""
    pen = Pen(image).moved(0, 120 * leaving**2)
    size, lines = _fit(bind_words(title), 560, 40, 36)
    wide = max(220, max(_width(line, size) for line in lines) + 48)
    pen.box(18, 272, 150, 40, RED, 3.5)
    pen.write(93, 286, f"EXCUSE {'No.' if language == 'en' else 'N°'} {number}", 22, WHITE)
    _ticket(pen, 18, 300, wide, 52, PAPER)
    _type(pen, lines, 18 + wide / 2, 325 - len(lines) * size * 0.52, size, 999)


def draw_end(image: Image.Image, number: int, campaign: str, language: str, age: float) -> None:
    """The last card: whose film it was, and a word for who watches."""
    pen = Pen(image)
    drop = 24 if age < 0.09 else 0
    pen.box(-5, -5, WIDTH + 10, HEIGHT + 10, RED, 0)
    _ticket(pen, 40, 34 + drop, WIDTH - 80, 222, PAPER)
    size, lines = _fit(bind_words(campaign).upper(), 500, 180, 80)
    _type(pen, lines, WIDTH / 2, 145 + drop - len(lines) * size * 0.54, size, 999)
    if age > 0.35:
        words = _LAST_WORDS.get(language, _LAST_WORDS["fr"])
        pen.write(WIDTH / 2, 306, bind_words(words[(number - 1) % len(words)]), 46, WHITE)


def _ticket(pen: Pen, x: float, y: float, wide: float, high: float, fill: str) -> None:
    """A box with perforated sides."""
    pen.box(x, y, wide, high, fill, 4)
    for rise in range(12, int(high), 16):
        for side in (x, x + wide):
            pen.oval(side, y + rise, 4, 4, INK, 0)


def _panel(pen: Pen, x: float, y: float, wide: float, high: float, fill: str, round_by: float) -> None:
    left, top = x * DETAIL, y * DETAIL
    box = (left, top, left + wide * DETAIL, top + high * DETAIL)
    pen.draw.rounded_rectangle(box, round_by * DETAIL, fill, INK, 4 * DETAIL)


def _type(pen: Pen, lines: list[str], x: float, top: float, size: float, shown: int, weight: str = "Black") -> None:
    """Centred lines, of which only the first `shown` letters are there yet."""
    for row, line in enumerate(lines):
        start = x - _width(line, size, weight) / 2
        spot = pen.place((start, top + (row + 0.5) * size * 1.04))
        pen.draw.text(spot, line[: max(0, shown)], INK, typeface(size, weight), anchor="lm")
        shown -= len(line)


def _fit(text: str, wide: float, high: float, largest: int = 38, weight: str = "Black") -> tuple[int, list[str]]:
    """The largest size at which the text fits in, and its lines; what is far too long ends in an ellipsis."""
    for size in range(largest, 15, -2):
        lines = _wrap(text, wide, size, weight)
        if len(lines) * size * 1.04 <= high and all(_width(line, size, weight) <= wide for line in lines):
            return size, _balance(text, lines, size, weight)
    lines = _wrap(" ".join(word[:40] for word in text.split(" ")), wide, 16, weight)
    room = max(1, int(high / 17))
    return 16, lines if len(lines) <= room else [*lines[: room - 1], lines[room - 1][:40] + "…"]


def _balance(text: str, lines: list[str], size: float, weight: str) -> list[str]:
    """As many lines, of about the same width, which reads better in a bubble."""
    for part in range(50, 100, 5):
        narrow = _wrap(text, _width(text, size, weight) / len(lines) * (part + 50) / 100, size, weight)
        if len(narrow) == len(lines):
            return narrow
    return lines


def _wrap(text: str, wide: float, size: float, weight: str) -> list[str]:
    lines: list[str] = []
    for word in text.split(" "):
        if lines and _width(f"{lines[-1]} {word}", size, weight) <= wide:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _width(text: str, size: float, weight: str = "Black") -> float:
    return typeface(size, weight).getlength(text) / DETAIL
