"""Writes a new episode, ready to fill in: `invoke episode "J'ai poney"`. It never overwrites."""

import re
from datetime import UTC, datetime
from pathlib import Path

from chores.build import HERE
from plugins.names import make_slug

EPISODES = HERE / "content" / "episodes"


class EpisodeError(Exception):
    """No episode was written; the text says why, and the mend."""


TEMPLATE = """\
Title: {title}
Number: {number}
Excuse: {excuse}
Answer: La réponse de Madame Bernard, en une phrase.
Date: {date}
Cause: {cause}
Film: {slug}.mp4
Share: Ce que reçoivent les amis : une phrase qui donne envie de cliquer.
    Une autre, pour voir laquelle marche le mieux.
Status: draft

Le texte de la page, en deux ou trois phrases.

## Script

[00:00.5] GAUTHIER: {excuse}
[00:03] MADAME BERNARD: ...
[00:05] GAUTHIER (triste): ...
[00:08] (Le tampon tombe.)
[00:09.5] MADAME BERNARD: Excuse refusée. Suivant !
[00:12] FIN
"""


def write_episode(title: str, folder: Path = EPISODES, cause: str = "") -> Path:
    """Writes the French file of a new episode, a draft with a free number, and returns it. Raises EpisodeError."""
    title = " ".join(title.split())
    slug = make_slug(title)
    if not slug:
        raise EpisodeError('The title makes no address. Mend: give one with letters, such as "J\'ai piscine".')
    if len(title) > 80:
        raise EpisodeError(f"The title has {len(title)} characters, 80 at most. Mend: take out {len(title) - 80}.")
    excuse = title if title.endswith((".", "!", "?", "…")) else f"{title}."
    text = TEMPLATE.format(
        title=title,
        number=_find_free_number(folder),
        excuse=excuse,
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        cause=cause or _find_usual_cause(folder),
        slug=slug,
    )
    file = folder / f"{slug}.md"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        raise EpisodeError(f"{_shorten(file)} is there already. Mend: open it, or choose another title.") from None
    except OSError as error:
        raise EpisodeError(f"{_shorten(file)} cannot be written: {error.strerror}. Mend: its permissions.") from None
    return file


def explain_next_steps(file: Path) -> str:
    """What to do with a new episode, for people to read."""
    slug = file.stem
    return (
        f"Written: {_shorten(file)}, a draft.\n"
        f"1. Fill it in; docs/episodes.md explains each heading.\n"
        f"2. Put the film in content/media/{slug}.mp4, or draw one to try the joke: invoke animatic {slug}\n"
        f"3. invoke check tells what is still wrong; make up shows it under /drafts/{slug}/\n"
        f"4. English: copy it to {slug}.en.md and translate; Number, Date, Cause and Film may be left out there.\n"
        f"5. Ready? Take out the line « Status: draft »."
    )


def _find_free_number(folder: Path) -> int:
    return max((int(number) for number in _read_headings(folder, r"Number\s*:\s*(\d{1,6})")), default=0) + 1


def _find_usual_cause(folder: Path) -> str:
    """The cause that most episodes have."""
    causes = _read_headings(folder, r"Cause\s*:\s*(\S+)")
    return max(sorted(set(causes)), key=causes.count, default="repas")


def _read_headings(folder: Path, pattern: str) -> list[str]:
    """What a heading says in every episode that can be read."""
    texts = (file.read_text(encoding="utf-8", errors="replace") for file in sorted(folder.glob("*.md")))
    return [value for text in texts for value in re.findall(rf"^{pattern}", text, re.MULTILINE | re.IGNORECASE)]


def _shorten(file: Path) -> str:
    return str(file.relative_to(HERE)) if file.is_relative_to(HERE) else str(file)
