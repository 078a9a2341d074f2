"""The card that networks show of an episode: 1200×630, the excuse as a poster, a frame of the film behind it.

Cards are remembered by a hash of all they are made from, this file included, so that a build draws only what changed.
"""

import functools
import hashlib
import re
import unicodedata
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import font_source_sans_pro
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from plugins.episodes import Episode
from plugins.films import draw_still, encode_jpeg, remember
from theme.wording import translations, typeset

WIDTH, HEIGHT = 1200, 630
MOST_BYTES = 280_000
BAND, PADDING = 92, 44
Colours = Mapping[str, str]
FONTS = Path(font_source_sans_pro.__file__).parent / "files"


def draw_card(episode: Episode, settings: Mapping[str, Any], cache: Path) -> bytes | Path:
    """The JPEG of an episode's card, or its place in the cache."""
    folder = Path(settings["PATH"]) / "media"
    frame = _take_background(episode, folder, cache)
    say = translations(episode.lang).gettext
    names = settings["SITE_NAMES"]
    words = {
        "excuse": typeset(episode.excuse, episode.lang),
        "number": f"{say('Excuse n°')}\u00a0{episode.number}",
        "stamp": say("Excuse refusée").upper(),
        "campaign": names.get(episode.lang) or names[settings["LANGUAGES"][0]],
        "organisation": settings["ORGANISATION"],
    }
    colours = {name: settings["COLOURS"].light[name] for name in ("paper", "black", "stamp", "plate", "note", "bubble")}
    drawn_from = repr((sorted(words.items()), sorted(colours.items())))
    key = hashlib.sha256(b"\0".join([_own_code(), frame, drawn_from.encode()]))
    remembered = cache / f"{key.hexdigest()[:24]}.card.jpg"
    if remembered.is_file():
        return remembered
    picture = encode_jpeg(compose(words, Image.open(BytesIO(frame)), colours), MOST_BYTES, best=90)
    remember(remembered, picture)
    return picture


@functools.cache
def _own_code() -> bytes:
    return Path(__file__).read_bytes()


def _take_background(episode: Episode, folder: Path, cache: Path) -> bytes:
    """The picture behind: when the first line, the excuse as a rule, has been said and not answered yet."""
    if episode.elsewhere:
        return (folder / episode.poster).read_bytes()
    later = [line.at for line in episode.script[1:]]
    return draw_still(folder / episode.film, cache, max(later[0] - 0.2, 0) if later else None)


def compose(words: Mapping[str, str], frame: Image.Image, colours: Colours) -> Image.Image:
    """The poster: frame behind, bubble in front, ticket above it, stamp across it, the campaign's name below."""
    card = _fill(frame.convert("RGB"), colours)
    right, bottom = _draw_bubble(card, clean(words["excuse"]) or "…", colours)
    _draw_band(card, clean(words["campaign"]), clean(words["organisation"]), colours)
    _paste_turned(card, _make_ticket(clean(words["number"]), colours), (50, 20), 3)
    _paste_turned(
        card,
        _make_stamp(clean(words["stamp"]), colours),
        (max(right - 330, 300 if bottom < 380 else 650), bottom - 48),
        8,
    )
    return card


def _fill(frame: Image.Image, colours: Colours) -> Image.Image:
    """The frame, a little closer, over all that the band leaves free: its foot, where people stand, is kept, and its
    head, where an animatic's own bubbles hang, is not."""
    height = HEIGHT - BAND
    scale = max(WIDTH / frame.width, height / frame.height) * 1.16
    size = (max(WIDTH, round(frame.width * scale)), max(height, round(frame.height * scale)))
    frame = frame.resize(size, Image.Resampling.LANCZOS)
    left, top = (frame.width - WIDTH) // 2, frame.height - height
    card = Image.new("RGB", (WIDTH, HEIGHT), colours["paper"])
    card.paste(frame.crop((left, top, left + WIDTH, top + height)))
    return card


def _draw_bubble(card: Image.Image, excuse: str, colours: Colours) -> tuple[int, int]:
    """The excuse in a bubble that fits it; returns its right and its bottom."""
    font, lines = fit(excuse, 740, 292)
    step = round(font.size * 0.98)
    left, top = 44, 66
    right = left + 2 * PADDING + max(400, round(max(font.getlength(line) for line in lines)))
    bottom = top + 2 * PADDING + 8 + step * len(lines)

    shape, edge = (_cut_bubble((left, top, right, bottom), width) for width in (0, 5))
    for colour, mask in (
        (colours["black"], ImageChops.offset(edge, 12, 12)),
        (colours["black"], edge),
        (colours["bubble"], shape),
    ):
        card.paste(Image.new("RGB", card.size, colour), mask=mask)

    write = ImageDraw.Draw(card)
    for at, line in enumerate(lines):
        place = (left + PADDING, top + PADDING + step * at + round(font.size * 0.82))
        write.text(place, line, font=font, fill=colours["black"], anchor="ls")
    return right, bottom


def _cut_bubble(box: tuple[int, int, int, int], wider: int) -> Image.Image:
    """The mask of a bubble with its tail, so many pixels wider than its box all around."""
    mask = Image.new("L", (WIDTH * 2, HEIGHT * 2), 0)
    left, top, right, bottom = (side * 2 for side in box)
    more = wider * 2
    pen = ImageDraw.Draw(mask)
    pen.rounded_rectangle((left - more, top - more, right + more, bottom + more), 84 + more, fill=255)
    tail = [(left + at, bottom + down) for at, down in ((130, -8), (300, -8), (110, 100), (130, -8))]
    pen.polygon(tail, fill=255)
    if more:
        pen.line(tail, fill=255, width=more * 2, joint="curve")
    return mask.resize((WIDTH, HEIGHT), Image.Resampling.BOX)


def fit(text: str, width: int, height: int) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """The largest type in which the text fits, and its lines; what fits in none is cut."""
    for size in range(156, 27, -4):
        font = _font("Black", size)
        lines = wrap(text, font, width)
        if round(size * 0.98) * len(lines) <= height:
            return font, lines
    lines = lines[: height // round(font.size * 0.98)]
    return font, [*lines[:-1], lines[-1][:-1] + "…"]


def wrap(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Lines of at most so many pixels, evenly filled; only ordinary spaces break them."""
    lines = _fill_lines(text, font, width)
    if len(lines) > 1 and len(text) < 200:  # the narrowest width that needs no further line makes the even ones
        for narrower in range(width - 20, width // 2, -20):
            even = _fill_lines(text, font, narrower)
            if len(even) > len(lines):
                break
            lines = even
    return lines


def _fill_lines(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines = [""]
    for word in (part for whole in text.split(" ") for part in _break_word(whole, font, width)):
        longer = f"{lines[-1]} {word}".strip(" ")
        if font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line for line in lines if line]


def _break_word(word: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    parts = [""]
    for sign in word:
        if parts[-1] and font.getlength(parts[-1] + sign) > width:
            parts.append("")
        parts[-1] += sign
    return parts


def _draw_band(card: Image.Image, campaign: str, organisation: str, colours: Colours) -> None:
    """The strip of form paper at the foot, with the campaign's name."""
    pen = ImageDraw.Draw(card)
    pen.rectangle((0, HEIGHT - BAND, WIDTH, HEIGHT), fill=colours["paper"])
    pen.rectangle((0, HEIGHT - BAND, WIDTH, HEIGHT - BAND + 7), fill=colours["black"])
    pen.text((50, 605), campaign, font=_shrink("Black", 56, campaign, 700), fill=colours["black"], anchor="ls")
    small = _shrink("Bold", 34, organisation, 360)
    pen.text((WIDTH - 50, 604), organisation, font=small, fill=colours["plate"], anchor="rs")


def _make_ticket(text: str, colours: Colours) -> Image.Image:
    """A yellow ticket with its perforated edges."""
    font = _shrink("Black", 46, text, 420)
    width, height = round(font.getlength(text)) + 88, 84
    ticket = Image.new("RGBA", (width * 2, height * 2))
    pen = ImageDraw.Draw(ticket)
    pen.rectangle((8, 8, width * 2 - 8, height * 2 - 8), fill=colours["note"], outline=colours["black"], width=10)
    for y in range(18, height * 2, 26):
        for x in (6, width * 2 - 6):
            pen.ellipse((x - 11, y - 9, x + 11, y + 9), fill=(0, 0, 0, 0))
    for y in range(22, height * 2 - 16, 18):
        pen.line((58, y, 58, y + 8), fill=colours["black"], width=4)
    ticket = ticket.resize((width, height), Image.Resampling.LANCZOS)
    ImageDraw.Draw(ticket).text((width // 2 + 12, height // 2 + 1), text, font=font, fill=colours["black"], anchor="mm")
    return ticket


def _make_stamp(text: str, colours: Colours) -> Image.Image:
    """A rubber stamp: red, uneven like ink on paper, with a double frame."""
    font = _shrink("Black", 74, text, 430)
    width, height = round(font.getlength(text)) + 72, 128
    ink = Image.new("L", (width, height), 0)
    pen = ImageDraw.Draw(ink)
    pen.rounded_rectangle((4, 4, width - 5, height - 5), 16, outline=255, width=9)
    pen.rounded_rectangle((19, 19, width - 20, height - 20), 8, outline=255, width=3)
    pen.text((width // 2, height // 2 + 1), text, font=font, fill=255, anchor="mm")
    stamp = Image.new("RGBA", ink.size, colours["stamp"])
    stamp.putalpha(ImageChops.multiply(ink, _make_wear(ink.size)))
    paper = Image.new("RGBA", ink.size, (255, 253, 248, 0))
    plate = Image.new("L", ink.size, 0)
    ImageDraw.Draw(plate).rounded_rectangle((2, 2, width - 3, height - 3), 18, fill=225)
    paper.putalpha(plate)  # a breath of paper below, so that red stays red on any film
    return Image.alpha_composite(paper, stamp)


def _make_wear(size: tuple[int, int]) -> Image.Image:
    """Where a stamp's ink did not take: the same specks every time, so that a card is the same on every build."""
    width, height = 61, 17
    specks = bytes(hashlib.blake2b(f"{at}".encode(), digest_size=1).digest()[0] for at in range(width * height))
    wear = Image.frombytes("L", (width, height), specks).resize(size, Image.Resampling.BICUBIC)
    return wear.point(lambda value: 150 if value < 34 else 255).filter(ImageFilter.GaussianBlur(0.8))


def _paste_turned(card: Image.Image, piece: Image.Image, place: tuple[int, int], degrees: float) -> None:
    turned = piece.rotate(degrees, Image.Resampling.BICUBIC, expand=True)
    left = min(place[0], WIDTH - turned.width - 24)
    card.paste(turned, (left, place[1]), turned)


def _shrink(weight: str, size: int, text: str, width: int) -> ImageFont.FreeTypeFont:
    """The font at the largest size, from `size` down, at which the text is no wider."""
    while size > 12 and _font(weight, size).getlength(text) > width:
        size -= 2
    return _font(weight, size)


@functools.cache
def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    # The basic layout engine is the same in every build of Pillow, so that cards are too.
    file = FONTS / f"SourceSansPro-{weight}.ttf"
    return ImageFont.truetype(str(file), size, layout_engine=ImageFont.Layout.BASIC)


def clean(text: str) -> str:
    """What the typeface can draw: emoji, marks of direction and scripts that it lacks are left out."""
    plain = unicodedata.normalize("NFC", text).replace("\u202f", "\u00a0")
    seen = "".join(sign for sign in plain if sign in " \u00a0" or (sign.isprintable() and _has_glyph(sign)))
    return re.sub(" +", " ", seen).strip()


@functools.cache
def _has_glyph(sign: str) -> bool:
    font = _font("Black", 40)
    missing, drawn = font.getmask("\U0010ffff"), font.getmask(sign)
    return bool(drawn.getbbox()) and (drawn.size != missing.size or bytes(drawn) != bytes(missing))
