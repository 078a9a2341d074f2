"""Reads the campaign's episodes from their Markdown files and checks them, as docs/episodes.md fixes.

Every mistake of every file is gathered before anything is said. Pure Python: Pelican comes in elsewhere.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from plugins import fields, films
from plugins.fields import Rules, Wrong
from plugins.headings import Document, Heading, read_document
from plugins.mistakes import Mistake
from plugins.names import list_files
from plugins.progress import follow
from plugins.script import Line, read_script

_Reader = Callable[[Heading, Rules], Any]
READERS: dict[str, _Reader] = {
    "Title": lambda heading, rules: fields.read_words(heading, 80),
    "Number": lambda heading, rules: fields.read_number(heading),
    "Excuse": lambda heading, rules: fields.read_words(heading, 90),
    "Answer": lambda heading, rules: fields.read_words(heading, 140),
    "Date": lambda heading, rules: fields.read_date(heading),
    "Cause": fields.read_cause,
    "Share": lambda heading, rules: fields.read_share_texts(heading),
    "Film": fields.read_film,
    "Poster": fields.read_poster,
    "Captions": fields.read_captions,
    "Length": lambda heading, rules: fields.read_number(heading),
    "Season": lambda heading, rules: fields.read_number(heading),
    "Summary": lambda heading, rules: fields.read_words(heading, 200),
    "Status": lambda heading, rules: fields.read_status(heading),
}
WANTED = ("Title", "Number", "Excuse", "Answer", "Date", "Cause", "Share", "Film")
TAKEN_FROM_THE_ORIGINAL = ("Number", "Date", "Cause", "Film", "Length", "Poster", "Status", "Season")
SAME_IN_EVERY_LANGUAGE = ("Number", "Cause", "Season")
_SCRIPT = re.compile(r"#{1,6}[ \t]*script[ \t]*:?[ \t]*#*[ \t]*", re.IGNORECASE)


@dataclass(frozen=True)
class Episode:
    """One episode in one language, as its file has it. `film` is a file's name in media or an https address;
    `date` is local to the campaign; `length` (seconds) is set for films elsewhere, `media` for films here."""

    file: Path
    slug: str
    lang: str
    number: int
    title: str
    excuse: str
    answer: str
    date: datetime
    cause: str
    film: str
    share_texts: tuple[str, ...]
    poster: str
    captions: str
    length: int | None
    summary: str
    status: str
    script: tuple[Line, ...]
    body: str
    media: films.Film | None
    season: int = 0

    @property
    def elsewhere(self) -> bool:
        return "://" in self.film


@dataclass
class _Reading:
    """A file being read: the values that could be read so far, and the mistakes."""

    document: Document
    slug: str
    lang: str
    values: dict[str, Any] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)
    script: list[Line] = field(default_factory=list)
    body: str = ""

    @property
    def file(self) -> Path:
        return self.document.file

    def blame(self, heading: str, what: str, mend: str, below: int = 0) -> None:
        found = self.document.headings.get(heading)
        self.mistakes.append(Mistake(self.file, found.line + below if found else 1, what, mend))


def read_episodes(
    folder: Path,
    causes: Collection[str],
    media: Path,
    languages: Sequence[str] = ("fr", "en"),
    cache: Path | None = None,
    pattern: str = "*.md",
) -> tuple[list[Episode], list[Mistake]]:
    """The episodes without a mistake, newest number first, and the mistakes of all the others.

    The first language is the original's. `cache` remembers what films say of themselves; `pattern` names the files.
    """
    rules = Rules(causes, media)
    readings, mistakes = _open_files(folder, languages, pattern)
    originals = {reading.slug: reading for reading in readings if reading.lang == languages[0]}
    for reading in follow(readings, "Reading episodes and films"):
        original = originals.get(reading.slug)
        _read_fields(reading, rules, original if reading.lang != languages[0] else None)
        _read_body(reading)
        _check_film(reading, rules, cache or folder / ".cache")
        if not original:
            wanted = reading.file.with_name(f"{reading.slug}.md")
            what = f"this translation has no original: there is no {wanted.name}"
            reading.mistakes.append(Mistake(reading.file, 1, what, f"write {wanted.name} first, or rename this file"))
    _refuse_same_numbers(originals.values())

    for reading in readings:
        mistakes += reading.mistakes
    good = [_finish(reading) for reading in readings if not reading.mistakes]
    good.sort(key=lambda episode: (-episode.number, languages.index(episode.lang)))
    return good, sorted(mistakes, key=lambda mistake: (str(mistake.file), mistake.line))


def _open_files(folder: Path, languages: Sequence[str], pattern: str) -> tuple[list[_Reading], list[Mistake]]:
    named, mistakes = list_files(folder, languages, pattern)
    readings = []
    for file, slug, lang in named:
        document, found = read_document(file, READERS)
        readings.append(_Reading(document, slug, lang, mistakes=found))
    readings.sort(key=lambda reading: (languages.index(reading.lang), reading.slug))
    return readings, mistakes


def _read_fields(reading: _Reading, rules: Rules, original: _Reading | None) -> None:
    unreadable = not reading.document.headings and bool(reading.mistakes)
    for name, read in READERS.items():
        heading = reading.document.headings.get(name)
        if heading and heading.text:
            try:
                reading.values[name] = read(heading, rules)
            except Wrong as wrong:
                reading.blame(name, wrong.what, wrong.mend, wrong.below)
        elif original and name in TAKEN_FROM_THE_ORIGINAL:
            if name in original.values:
                reading.values[name] = original.values[name]
        elif name in WANTED and not unreadable:
            state = "is empty" if heading else "is missing"
            reading.blame(name, f"{name} {state}", f"write a heading such as {EXAMPLES[name]}")

    for name in SAME_IN_EVERY_LANGUAGE if original else ():
        ours, theirs = reading.values.get(name), original and original.values.get(name)
        if ours and theirs and ours != theirs:
            told = original.file.name if original else ""
            reading.blame(name, f"{name} is {ours} here and {theirs} in {told}", "leave it out of the translation")
    if original:
        _follow(reading, original)


def _follow(reading: _Reading, original: _Reading) -> None:
    """A translation is never more public than its original, nor earlier."""
    order = ("published", "hidden", "draft")
    ours, theirs = (each.values.get("Status", "published") for each in (reading, original))
    reading.values["Status"] = max(ours, theirs, key=order.index)
    if "Date" in reading.values and "Date" in original.values:
        reading.values["Date"] = max(reading.values["Date"], original.values["Date"])


EXAMPLES = {
    "Title": "Title: J'ai piscine",
    "Number": "Number: 7",
    "Excuse": "Excuse: J'ai piscine.",
    "Answer": "Answer: L'eau est à 28 degrés. La soupe aussi.",
    "Date": "Date: 2026-09-07",
    "Cause": "Cause: repas",
    "Share": "Share: what friends receive",
    "Film": "Film: jai-piscine.mp4",
}


def _read_body(reading: _Reading) -> None:
    lines = list(reading.document.body)
    starts = [at for at, line in enumerate(lines) if _SCRIPT.fullmatch(line.strip())]
    if starts:
        first = starts[0]
        reading.body = "\n".join(lines[:first]).strip("\n")
        line = reading.document.body_line + first + 1
        reading.script, mistakes = read_script(lines[first + 1 :], line, reading.file)
        reading.mistakes += mistakes
    elif reading.document.headings:
        last = reading.document.body_line + len(lines) - 1
        mend = "end the file with ## Script and its lines, such as [00:04] GAUTHIER: J'ai piscine."
        reading.mistakes.append(Mistake(reading.file, max(last, 1), "there is no Script section", mend))


def _check_film(reading: _Reading, rules: Rules, cache: Path) -> None:
    film = reading.values.get("Film")
    if not film:
        return
    length: float = 0
    if "://" in film:
        if "Poster" not in reading.values and "Poster" not in reading.document.headings:
            reading.blame("Film", "a film elsewhere needs a Poster of its own", "add Poster: and a picture in media")
        length = reading.values.get("Length") or 0
    else:
        if "Length" in reading.document.headings:
            reading.blame("Length", "Length is only for films elsewhere: ours are measured", "take it out")
        try:
            file = rules.media / film
            reading.values["media"] = films.measure(file, cache)
            length = reading.values["media"].duration
        except films.FilmError as error:
            if "Film" in reading.document.headings:
                ready = f"`invoke film YOUR-FILM --name {file.stem}`"
                mend = f"copy it there again, or make an MP4 of it (H.264 and AAC) with {ready}"
                reading.blame("Film", f"{film} cannot be shown: {error}", mend)
            return
    late = next((line for line in reading.script if length and line.at > length + 0.5), None)
    if late:
        what = f"this line comes at {late.time}, but the film ends at {int(length // 60)}:{length % 60:04.1f}"
        mend = f"move it earlier, or draw the film again with `invoke animatic {reading.slug}`"
        reading.mistakes.append(Mistake(reading.file, late.number, what, mend))


def _refuse_same_numbers(originals: Collection[_Reading]) -> None:
    first: dict[int, _Reading] = {}
    free = max((reading.values.get("Number", 0) for reading in originals), default=0) + 1
    for reading in originals:
        number = reading.values.get("Number")
        if number in first:
            what = f"the number {number} is already taken by {first[number].file.name}"
            reading.blame("Number", what, f"use a free one, such as {free}")
        elif number:
            first[number] = reading


def _finish(reading: _Reading) -> Episode:
    values = reading.values
    return Episode(
        file=reading.file,
        slug=reading.slug,
        lang=reading.lang,
        number=values["Number"],
        title=values["Title"],
        excuse=values["Excuse"],
        answer=values["Answer"],
        date=values["Date"],
        cause=values["Cause"],
        film=values["Film"],
        share_texts=values["Share"],
        poster=values.get("Poster", ""),
        captions=values.get("Captions", ""),
        length=values.get("Length"),
        summary=values.get("Summary", ""),
        status=values.get("Status", "published"),
        script=tuple(reading.script),
        body=reading.body,
        media=values.get("media"),
        season=values.get("Season", 0),
    )
