"""What each heading of an episode must be: one function per kind, which returns its value or says what is wrong."""

import re
import unicodedata
import warnings
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PIL import Image

from plugins.elsewhere import recognise
from plugins.headings import Heading, nearest, quote

X_LIMIT, X_LINK = 280, 23
VARIANTS = 9
STATUSES = ("published", "draft", "hidden")
_LINK = re.compile(r"https?://\S+")
_HEAVY = re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")


class Wrong(Exception):
    """A heading's value is wrong: what, the mend, and how many lines below the heading."""

    def __init__(self, what: str, mend: str, below: int = 0) -> None:
        super().__init__(what)
        self.what, self.mend, self.below = what, mend, below


@dataclass(frozen=True)
class Rules:
    """What headings are checked against."""

    causes: Collection[str]
    media: Path


def read_words(heading: Heading, most: int) -> str:
    """Some words, at most so many characters."""
    text = unicodedata.normalize("NFC", heading.text)
    if len(text) > most:
        raise Wrong(f"{heading.name} has {len(text)} characters, {most} at most", f"take out {len(text) - most}")
    return text


def read_number(heading: Heading) -> int:
    """A whole number from 1."""
    if not re.fullmatch(r"[1-9][0-9]{0,5}", heading.text, re.ASCII):
        raise Wrong(f"{heading.name} is not a whole number from 1: {quote(heading.text)}", "write figures, such as 7")
    return int(heading.text)


def read_date(heading: Heading) -> datetime:
    """A day, or a day and an hour, by the campaign's own clock."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d)?", heading.text, re.ASCII):
        try:
            date = datetime.fromisoformat(heading.text)
        except ValueError as error:
            raise Wrong(f"there is no such date: {quote(heading.text)} ({error})", "look at a calendar") from None
        if not 2000 <= date.year <= 2100:
            raise Wrong(f"nobody will see the year {date.year} here", "look at the first four figures, such as 2026")
        return date
    mend = "write the year, the month and the day, such as 2026-09-07, or 2026-09-07 18:00"
    raise Wrong(f"this date cannot be read: {quote(heading.text)}", mend)


def read_cause(heading: Heading, rules: Rules) -> str:
    """The code of one of the campaign's causes."""
    if heading.text not in rules.causes:
        mend = f"use one of {', '.join(rules.causes)}{nearest(heading.text, rules.causes)}"
        raise Wrong(f"the cause {quote(heading.text)} is unknown", f"{mend}; they are CAUSES in pelicanconf.py")
    return heading.text


def read_share_texts(heading: Heading) -> tuple[str, ...]:
    """The texts that friends receive, each short enough for every network together with its link."""
    lines = [(below, " ".join(line.split())) for below, line in enumerate(heading.lines)]
    texts = [(below, unicodedata.normalize("NFC", line)) for below, line in lines if line]
    for below, text in texts:
        over = count_for_x(text) + 1 + X_LINK - X_LIMIT
        if over > 0:
            limit = f"with its link, this share text has {X_LIMIT + over} characters; X takes {X_LIMIT} at most"
            raise Wrong(limit, f"take out {over}", below)
    if len(texts) > VARIANTS:
        raise Wrong(f"there are {len(texts)} share texts, {VARIANTS} at most", "keep the best", texts[VARIANTS][0])
    return tuple(text for _, text in texts)


def count_for_x(text: str) -> int:
    """Characters as X counts them: links are 23, Latin and common signs 1, others (emoji, Chinese...) 2.

    The ranges are those of version 3 of twitter-text; joined emoji may count a little more here than there.
    """
    rest, links = _LINK.subn("", text)
    return X_LINK * links + len(rest) + len(_HEAVY.findall(rest))


def read_film(heading: Heading, rules: Rules) -> str:
    """The name of a film in media, or the canonical address of one elsewhere."""
    if "://" in heading.text or re.match(r"(www\.|youtu)", heading.text):
        remote = recognise(heading.text if "://" in heading.text else f"https://{heading.text}")
        if not remote:
            mend = "use the address of one film on YouTube, Vimeo, PeerTube or Dailymotion, or a file in content/media"
            raise Wrong(f"no film can be shown from this address: {quote(heading.text)}", mend)
        return remote.address
    slug = heading.text.partition(".")[0]
    return find_media(heading, rules, (".mp4",), f"put your film there, or draw one with `invoke animatic {slug}`")


def find_media(heading: Heading, rules: Rules, endings: tuple[str, ...], mend: str) -> str:
    """The name of an existing file in media, with one of these endings."""
    name = heading.text
    if "/" in name or "\\" in name or name.startswith("."):
        raise Wrong(f"{heading.name} is not a plain file name: {quote(name)}", "write the name of a file in media")
    if Path(name).suffix.lower() not in endings:
        raise Wrong(f"{quote(name)} does not end in {' or '.join(endings)}", f"use a file ending in {endings[0]}")
    if not (rules.media / name).is_file():
        there = [file.name for file in rules.media.glob("*") if file.suffix.lower() in endings]
        raise Wrong(f"there is no {name} in content/{rules.media.name}{nearest(name, there)}", mend)
    return name


def read_poster(heading: Heading, rules: Rules) -> str:
    """The name of a picture in media."""
    name = find_media(heading, rules, (".jpg", ".jpeg", ".png"), "put the picture there, or take the heading out")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(rules.media / name) as picture:
                picture.verify()
    except Image.DecompressionBombError:
        raise Wrong(f"{name} has far too many pixels", "save it again at most 4000 pixels wide") from None
    except (OSError, SyntaxError, ValueError):
        raise Wrong(f"{name} cannot be read as a picture", "save it again as .jpg or .png") from None
    return name


def read_captions(heading: Heading, rules: Rules) -> str:
    """The name of a WebVTT file in media."""
    name = find_media(heading, rules, (".vtt",), "put the captions there, or take the heading out")
    if not (rules.media / name).read_bytes().removeprefix(b"\xef\xbb\xbf").startswith(b"WEBVTT"):
        raise Wrong(f"{name} does not begin with WEBVTT", "save the captions in the WebVTT format")
    return name


def read_status(heading: Heading) -> str:
    """One of published, draft and hidden."""
    if heading.text.lower() not in STATUSES:
        mend = f"use one of {', '.join(STATUSES)}{nearest(heading.text, STATUSES)}"
        raise Wrong(f"the status {quote(heading.text)} is unknown", mend)
    return heading.text.lower()
