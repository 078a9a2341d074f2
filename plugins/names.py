"""What files are called: a.md is in the first language, a.en.md in English; the stem makes the address."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from plugins.fields import Wrong
from plugins.mistakes import Mistake


def list_files(
    folder: Path, languages: Sequence[str], pattern: str = "*.md"
) -> tuple[list[tuple[Path, str, str]], list[Mistake]]:
    """(file, stem, language) of each Markdown file that is no note (_...), by name; and whose names are mistakes."""
    named: list[tuple[Path, str, str]] = []
    mistakes: list[Mistake] = []
    for file in sorted(folder.glob(pattern)):
        if file.suffix != ".md" or file.name.startswith((".", "_")):
            continue
        try:
            named.append((file, *split_name(file, languages)))
        except Wrong as wrong:
            mistakes.append(Mistake(file, 1, wrong.what, wrong.mend))
    return named, mistakes


def split_name(file: Path, languages: Sequence[str]) -> tuple[str, str]:
    """The stem and the language of a file's name: a.md is in the first language, a.en.md in English.

    Raises Wrong if the stem would not make a good address, or the language is not one of the campaign's.
    """
    stem, dot, lang = file.name.removesuffix(".md").partition(".")
    if dot and (lang not in languages or lang == languages[0]):
        known = ", ".join(f"{stem}.{code}.md" for code in languages[1:])
        what = f"the file's name says the language {lang!r}, which is not a translation's"
        raise Wrong(what, f"name it {stem}.md or {known}")
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", stem, re.ASCII):
        better = make_slug(stem) or "jai-piscine"
        what = "the file's name makes the address: small letters without accents, figures and hyphens only"
        raise Wrong(what, f"rename it {better}{dot}{lang}.md")
    return stem, lang or languages[0]


def make_slug(title: str) -> str:
    """An address from a title: « J'ai piscine ! » gives jai-piscine."""
    plain = title.lower().replace("œ", "oe").replace("æ", "ae").replace("'", "").replace("’", "")
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")
