"""The script of an episode: timed lines, read from Markdown and turned into captions.

The format is in docs/episodes.md. Reading never raises: what cannot be understood becomes a mistake.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from plugins.mistakes import Mistake

MOODS = {
    "content": "happy",
    "triste": "sad",
    "fâché": "angry",
    "étonné": "surprised",
    "fier": "proud",
    "gêné": "awkward",
}
"""Each mood that can be written in French, and its English name; a script may use either."""

CAPTION_SECONDS = 7.0
CAPTION_WIDTH = 42

_TIMED = re.compile(r"\[([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]))?\](.*)")
_EXAMPLE = "write [00:04] GAUTHIER: words, [00:04] (what happens) or [00:04] FIN"


@dataclass(frozen=True)
class Line:
    """One line of a script, `number` in its file. `mood` is as written, "" for none; an action has no speaker."""

    at: float
    kind: Literal["speech", "action", "end"]
    speaker: str
    mood: str
    text: str
    number: int

    @property
    def time(self) -> str:
        """When, as people read it: 0:04."""
        return f"{int(self.at) // 60}:{int(self.at) % 60:02}"

    @property
    def feeling(self) -> str:
        """The mood under its English name, whatever the language of the script; "" for none."""
        return MOODS.get(self.mood.casefold(), self.mood.casefold())


def read_script(lines: list[str], first_line: int, file: Path) -> tuple[list[Line], list[Mistake]]:
    """The lines that could be read and the mistakes in all of them; `first_line` is where `lines` start in `file`."""
    script: list[Line] = []
    mistakes: list[Mistake] = []

    for number, written in enumerate(lines, first_line):
        text = " ".join(written.split())
        if not text:
            continue
        line, problem = _read_line(text, number)
        if line and not problem:
            problem = _misplaced(line, script)
        if problem:
            mistakes.append(Mistake(file, number, *problem))
        if line:
            script.append(line)

    if not script and not mistakes:
        mistakes.append(Mistake(file, first_line, "the script is empty", _EXAMPLE))
    elif script and not any(line.kind == "end" for line in script):
        last = max(line.number for line in script)
        mistakes.append(Mistake(file, last, "the script has no end", "add a last line such as [00:12] FIN"))
    return script, mistakes


_Problem = tuple[str, str]


def _read_line(text: str, number: int) -> tuple[Line | None, _Problem | None]:
    found = _TIMED.fullmatch(text)
    if not found:
        return None, (f"this script line has no time that can be read: {_quote(text)}", _EXAMPLE)
    minutes, seconds, tenths, rest = found.groups()
    if int(seconds) > 59:
        return None, (f"there is no second {seconds} in a minute", "write minutes and seconds, such as [01:05]")
    at = int(minutes) * 60 + int(seconds) + int(tenths or 0) / 10
    rest = rest.strip()

    if rest.rstrip(".").upper() in {"FIN", "END"}:
        return Line(at, "end", "", "", rest, number), None
    if rest.startswith("("):
        return _read_action(rest, at, number)
    return _read_speech(rest, at, number)


def _read_action(rest: str, at: float, number: int) -> tuple[Line | None, _Problem | None]:
    if not rest.endswith(")"):
        return None, (f"the parenthesis is not closed: {_quote(rest)}", "end the line with )")
    words = rest[1:-1].strip()
    if not words:
        return None, ("nothing happens between the parentheses", "say what happens, such as (Le tampon tombe.)")
    return Line(at, "action", "", "", words, number), None


def _read_speech(rest: str, at: float, number: int) -> tuple[Line | None, _Problem | None]:
    who, colon, words = (part.strip() for part in rest.partition(":"))
    speaker, opening, mood = (part.strip() for part in who.partition("("))
    if opening and not mood.endswith(")"):
        return None, (f"the parenthesis of the mood is not closed: {_quote(rest)}", "write GAUTHIER (triste): words")
    if not colon or not speaker:
        return None, (f"it is not clear who speaks: {_quote(rest)}", _EXAMPLE)
    if not words:
        return None, (f"{speaker} says nothing", "write words after the colon, or take the line out")

    mood = mood.removesuffix(")").strip()
    line = Line(at, "speech", speaker, mood, words, number)
    if opening and line.feeling not in MOODS.values():
        moods = ", ".join([*MOODS, *MOODS.values()])
        return line, (f"the mood {_quote(mood)} is unknown", f"use one of {moods}")
    return line, None


def _misplaced(line: Line, before: list[Line]) -> _Problem | None:
    """What is wrong with where a line stands among those before it."""
    if not before:
        return None
    last = before[-1]
    if any(earlier.kind == "end" for earlier in before):
        if line.kind == "end":
            return "the script ends twice", "keep one FIN, as its last line"
        return f"{_quote(line.text)} comes after the end", "move it above FIN, or take it out"
    if line.at < last.at:
        return f"this line is out of order: {line.time} comes after {last.time}", "put the lines in the order of time"
    if line.at == last.at and line.kind == "end":
        return f"the film ends at {line.time}, when its last line starts", "give the last line time: move FIN later"
    if line.at == last.at and line.kind == last.kind == "speech":
        return f"two people speak at once at {line.time}", "start the second a little later, such as [00:04.5]"
    return None


def _quote(text: str) -> str:
    """A piece of what was written, short enough for a message and safe for a terminal."""
    seen = "".join(sign if sign.isprintable() else "?" for sign in text)
    return f"« {seen if len(seen) <= 50 else seen[:49] + '…'} »"


def captions(lines: list[Line], duration: float, language: str) -> str:
    """WebVTT of what is said, each caption shown until the next line, 7 seconds at most, inside `duration`."""
    cues = []
    for line in lines:
        if line.kind != "speech":
            continue
        later = [other.at for other in lines if other.at > line.at]
        end = min([line.at + CAPTION_SECONDS, duration, *later])
        if end > line.at:
            words = "\n".join(_escape(part) for part in _break(line.text))
            cues.append(f"{_stamp(line.at)} --> {_stamp(end)}\n<v {_escape(line.speaker)}>{words}\n")
    return "\n".join([f"WEBVTT\nKind: captions\nLanguage: {language}\n", *cues])


def _break(text: str) -> list[str]:
    """One line of a caption, or two of about the same width; French signs stay with their word."""
    words = re.sub(r" ([;:!?»])", "\u00a0\\1", re.sub(r"« ", "«\u00a0", text)).split(" ")
    whole = " ".join(words)
    if len(whole) <= CAPTION_WIDTH or len(words) < 2:
        return [whole]
    halves = [[" ".join(words[:cut]), " ".join(words[cut:])] for cut in range(1, len(words))]
    return min(halves, key=lambda pair: max(map(len, pair)) - 8 * pair[0].endswith((",", ".", "?", "!", ":", ";", "…")))


def _stamp(seconds: float) -> str:
    thousandths = round(seconds * 1000)
    minutes, thousandths = divmod(thousandths, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{thousandths // 1000:02}.{thousandths % 1000:03}"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
