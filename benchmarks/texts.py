"""Campaigns of any size for benchmarks: made-up texts, the same on every run, and one film that all episodes share."""

from __future__ import annotations

import random
import shutil
from datetime import date, timedelta
from pathlib import Path

from chores.build import HERE

WORDS = (
    "le bureau examine toutes les excuses et les refuse une par une sans lever la tête parce que Madame Bernard "
    "connaît son métier depuis trente ans et que personne n'a jamais trouvé mieux qu'un chat ou une piscine"
)
EPISODE = """Title: {title}
Number: {number}
Excuse: {excuse}
Answer: {answer}
Date: {date}
Cause: repas
Film: film.mp4
Share: {text}
    {second}

{body}

## Script

[00:00.5] GAUTHIER: {line}
[00:03] MADAME BERNARD: {answer}
[00:05.5] GAUTHIER (triste): {second}
[00:08] (Le tampon tombe.)
[00:09] MADAME BERNARD: Excuse refusée. Suivant !
[00:11] FIN
"""


def write_campaign(folder: Path, episodes: int) -> Path:
    """The content folder of a campaign with so many episodes."""
    content = folder / "content"
    for name in ("episodes", "pages", "media"):
        (content / name).mkdir(parents=True, exist_ok=True)
    shutil.copy2(HERE / "content" / "media" / "jai-piscine.mp4", content / "media" / "film.mp4")
    chance, known = random.Random(7), WORDS.split()

    def say(words: int) -> str:
        return " ".join(chance.choice(known) for _ in range(words)).capitalize() + "."

    for number in range(1, episodes + 1):
        paragraphs = [
            f"{say(25)} *{say(4)}* « {say(3)} » : {say(20)} [Ici](https://example.org/{number})." for _ in range(4)
        ]
        text = EPISODE.format(
            title=f"L'excuse {number}, {say(3).lower()}",
            number=number,
            excuse=say(5),
            answer=say(8),
            date=date(2024, 1, 1) + timedelta(number % 900),
            text=say(12),
            second=say(10),
            line=say(9),
            body="\n\n".join(paragraphs),
        )
        (content / "episodes" / f"excuse-{number}.md").write_text(text, encoding="utf-8")
    return content
