"""Checks the whole campaign: episodes, pages, menus, legal notice. `invoke check` and the build share it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugins.episodes import Episode, read_episodes
from plugins.headings import nearest
from plugins.mistakes import Mistake
from plugins.names import make_slug
from plugins.pages import PageText, read_pages
from plugins.palette import list_palettes
from plugins.prose import check_texts

LEGAL = {
    "publisher": "who publishes the site (a name, or a charity's full name)",
    "publisher_address": "the publisher's postal address",
    "director": "the director of publication (directeur ou directrice de la publication)",
    "host": "who hosts the site",
    "host_address": "the host's postal address",
    "host_phone": "the host's telephone number",
}
"""What French law wants on every site (LCEN, article 1-1: https://www.legifrance.gouv.fr/loda/id/JORFTEXT000000801164)."""


TEXTS = {".md", ".mdown", ".markdown", ".txt", ".docx", ".doc", ".odt", ".rtf"}
"""What people write episodes in, before they know better."""

NOT_FOR_PAGES = {"404", "base", "embed", "episode", "home", "site"}
"""Templates that are not a page's."""


@dataclass(frozen=True)
class Campaign:
    """All that staff wrote, checked."""

    episodes: list[Episode]
    pages: list[PageText]


def check_campaign(settings: Mapping[str, Any]) -> tuple[Campaign, list[Mistake]]:
    """The campaign's content and every mistake in it. `settings` are those of pelicanconf.py."""
    content, languages = Path(settings["PATH"]), settings["LANGUAGES"]
    causes = [cause["code"] for cause in settings["CAUSES"]]
    templates = {file.stem for file in (Path(settings["THEME"]) / "templates").glob("*.html")} - NOT_FOR_PAGES
    episodes, mistakes = read_episodes(
        content / "episodes", causes, content / "media", languages, Path(settings["CACHE_FOLDER"])
    )
    pages, of_pages = read_pages(content / "pages", templates, languages)
    conf = Path(settings["CONFIGURATION"])
    mistakes += of_pages
    mistakes += _find_strays(content)
    mistakes += check_texts([*episodes, *pages], content / "media", languages[0], links=not mistakes)
    mistakes += _check_menus(settings, conf, content / "pages")
    mistakes += _check_palette(settings, conf)
    mistakes += _check_legal(settings, conf)
    return Campaign(episodes, pages), mistakes


def _find_strays(content: Path) -> list[Mistake]:
    """What was meant as an episode or a page, but stands where nobody reads it."""
    strays = []
    for folder in (content / "episodes", content / "pages"):
        for file in sorted(folder.rglob("*")):
            deep = file.parent != folder
            if (
                file.suffix.lower() not in TEXTS
                or file.name.startswith((".", "_"))
                or (file.suffix == ".md" and not deep)
            ):
                continue
            slug = make_slug(file.name.partition(".")[0]) or "jai-piscine"
            mend = (
                f"save it as plain text under content/{folder.name}/{slug}.md, or call it _{file.name} if it is a note"
            )
            what = "folders in here are not read" if deep else f"only files ending in .md are read, not {file.suffix}"
            strays.append(Mistake(file, 1, what, mend))
    return strays


def _check_menus(settings: Mapping[str, Any], conf: Path, folder: Path) -> list[Mistake]:
    """Menus name pages by their file."""
    stems = {file.name.partition(".")[0] for file in folder.glob("*.md")}
    if not stems:
        return []
    named = [(setting, name) for setting in ("MENU", "FOOTER_MENU") for name in settings[setting]]
    named += [("DONATE_PAGE", settings["DONATE_PAGE"])] if settings["DONATE_PAGE"] else []
    return [
        Mistake(conf, find_line(conf, setting), f"{setting} names the page {name}, which does not exist", mend)
        for setting, name in named
        if name not in stems
        for mend in [f"write content/pages/{name}.md, or take it out of {setting}{nearest(name, stems)}"]
    ]


def _check_palette(settings: Mapping[str, Any], conf: Path) -> list[Mistake]:
    """The colours that the settings ask for exist."""
    name, known = settings["PALETTE"], list_palettes(Path(settings["THEME"]))
    if name in known:
        return []
    what, mend = f"PALETTE names {name!r}, which does not exist", f"use one of {', '.join(known)}{nearest(name, known)}"
    return [Mistake(conf, find_line(conf, "PALETTE"), what, mend)]


def _check_legal(settings: Mapping[str, Any], conf: Path) -> list[Mistake]:
    """Mentions légales are compulsory: a site that goes online names its publisher, its director and its host."""
    if not settings["LEGAL_REQUIRED"]:
        return []
    line, first = find_line(conf, "LEGAL"), settings["LANGUAGES"][0]
    given = {key: text if isinstance(text, str) else text.get(first, "") for key, text in settings["LEGAL"].items()}
    return [
        Mistake(conf, line, f"LEGAL lacks {key}: {meaning}", f'fill in "{key}" in LEGAL')
        for key, meaning in LEGAL.items()
        if not given.get(key, "").strip()
    ]


def find_line(file: Path, setting: str) -> int:
    """Where a setting is set, for a message."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return 1
    return next((at for at, line in enumerate(lines, 1) if line.startswith((f"{setting} ", f"{setting}:"))), 1)
