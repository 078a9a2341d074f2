"""Reads a Markdown file's headings and body, each with its line, and tells what cannot be read.

Reading never raises: an unreadable file is a mistake like any other.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from plugins.mistakes import Mistake

_HEADING = re.compile(r"([^\W\d_][\w -]*?)[ \t\u00a0\u202f]*:(?:\s+(.*)|)")
_FENCE = {"---", "..."}

IN_FRENCH = {
    "titre": "Title",
    "numéro": "Number",
    "numero": "Number",
    "réponse": "Answer",
    "réplique": "Answer",
    "partage": "Share",
    "affiche": "Poster",
    "sous-titres": "Captions",
    "durée": "Length",
    "résumé": "Summary",
    "saison": "Season",
    "statut": "Status",
    "état": "Status",
    "modèle": "Template",
    "adresse": "Slug",
}
"""What somebody may write who thinks in French, for a helpful mend."""


@dataclass(frozen=True)
class Heading:
    """One heading: its lines, the first beside its name, further ones set in below; `line` is where it begins."""

    name: str
    line: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it on one line, with single spaces."""
        return " ".join(" ".join(self.lines).split())


@dataclass(frozen=True)
class Document:
    """A file's headings by name, and its body, which begins at `body_line`."""

    file: Path
    headings: dict[str, Heading] = field(default_factory=dict)
    body: tuple[str, ...] = ()
    body_line: int = 1


def read_document(file: Path, known: Iterable[str]) -> tuple[Document, list[Mistake]]:
    """What the file says under the known headings, and what is wrong with how it says it."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        mend = "save it again with the encoding UTF-8"
        return Document(file), [Mistake(file, line, "this file is not in UTF-8", mend)]
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return Document(file), [Mistake(file, 1, f"this file cannot be read: {reason}", "mend its permissions")]
    if not text.strip():
        mend = "`invoke episode` writes one that only wants filling in; or delete this file"
        return Document(file), [Mistake(file, 1, "this file is empty", mend)]
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        return Document(file), [Mistake(file, line, "this is not a text file", "put a Markdown file in its place")]
    return _split(file, text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), {n.lower(): n for n in known})


def _split(file: Path, lines: list[str], known: dict[str, str]) -> tuple[Document, list[Mistake]]:
    fenced = lines[0].rstrip() == "---"
    headings: dict[str, Heading] = {}
    mistakes: list[Mistake] = []
    current: Heading | None = None
    at = 1 if fenced else 0

    while at < len(lines) and (line := lines[at]).strip():
        at += 1
        if fenced and line.rstrip() in _FENCE:
            break
        if line[0] in " \t\u00a0" and current:
            current = Heading(current.name, current.line, (*current.lines, line.strip()))
            if current.name in headings and headings[current.name].line == current.line:
                headings[current.name] = current
            continue
        found = _HEADING.fullmatch(line.rstrip())
        if not found:
            mend = "write NAME: words, set a further line in by four spaces, or leave an empty line before the text"
            mend = "write it at the very left of its line" if line[0].isspace() else mend
            mistakes.append(Mistake(file, at, f"this is not a heading: {quote(line)}", mend))
            continue
        name = known.get(found[1].lower())
        current = Heading(name or found[1], at, (found[2] or "",))
        if not name:
            mistakes.append(Mistake(file, at, f"the heading {quote(found[1])} is unknown", _suggest(found[1], known)))
        elif name in headings:
            first = headings[name].line
            mistakes.append(Mistake(file, at, f"{name} is there twice, first in line {first}", "take one of them out"))
        else:
            headings[name] = current
    if fenced:
        mistakes += _refuse_quotes(file, headings.values())
    return Document(file, headings, tuple(lines[at:]), at + 1), mistakes


def _refuse_quotes(file: Path, headings: Iterable[Heading]) -> list[Mistake]:
    """Between --- lines some think of YAML, whose quotation marks and hyphens people would read here."""
    return [
        Mistake(file, heading.line + below, f"{heading.name} is written as in YAML: {quote(line)}", mend)
        for heading in headings
        for below, line in enumerate(heading.lines)
        if re.match(r"- ", line) or re.fullmatch(r"\"[^\"]*\"|'[^']*'|[>|]-?", line.strip())
        for mend in [
            "take out the marks around it, which people would read; each further line is set in by four spaces"
        ]
    ]


def _suggest(name: str, known: dict[str, str]) -> str:
    meant = IN_FRENCH.get(name.lower())
    if not meant or meant.lower() not in known:
        close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.6)
        meant = known[close[0]] if close else None
    return f"did you mean {meant}?" if meant else f"use one of {', '.join(known.values())}"


def quote(text: str) -> str:
    """A piece of what was written, short enough for a message and safe for a terminal."""
    seen = "".join(sign if sign.isprintable() else "?" for sign in " ".join(text.split()))
    return f"« {seen if len(seen) <= 60 else seen[:59] + '…'} »"


def nearest(written: str, possible: Iterable[str]) -> str:
    """« , perhaps X » when something like what was written exists, else nothing."""
    choices = {choice.lower(): choice for choice in possible}
    close = difflib.get_close_matches(written.lower(), choices, n=1, cutoff=0.6)
    return f", perhaps {choices[close[0]]}" if close else ""
