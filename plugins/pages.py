"""Reads the pages of content/pages and checks them: about.md is in the first language, about.en.md in English.

Pages that share the first part of their file's name are translations of each other; each may have its own address.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from plugins import fields
from plugins.fields import Wrong
from plugins.headings import Document, Heading, quote, read_document
from plugins.mistakes import Mistake
from plugins.names import list_files, make_slug

KNOWN = ("Title", "Slug", "Menu", "Summary", "Template", "Status")
RESERVED = frozenset(
    "api,board,cards,captions,drafts,embed,episodes,feeds,go,hooks,impact,kiosk,media,metrics,p,pictures,"  # noqa: SIM905
    "posters,r,report,staff,t,theme".split(",")
)
"""What stands there is the site's own, or the tracker's."""


@dataclass(frozen=True)
class PageText:
    """One page in one language. `menu` is its name in menus; `template` is empty for the usual one."""

    file: Path
    stem: str
    lang: str
    slug: str
    title: str
    menu: str
    summary: str
    template: str
    status: str
    body: str


def read_pages(
    folder: Path, templates: Collection[str], languages: Sequence[str] = ("fr", "en")
) -> tuple[list[PageText], list[Mistake]]:
    """The pages without a mistake, by name and language, and the mistakes of the others."""
    pages: list[PageText] = []
    taken: dict[tuple[str, str], Path] = {}
    named, mistakes = list_files(folder, languages)
    for file, stem, lang in named:
        document, found = read_document(file, KNOWN)
        page = _read_page(document, stem, lang, templates, languages, found)
        if page and (first := taken.setdefault((lang, page.slug), file)) != file:
            what = f"the address {page.slug} is already taken by {first.name}"
            found.append(Mistake(file, _line(document, "Slug"), what, "give this page another Slug"))
        mistakes += found
        if page and not found:
            pages.append(page)
    return pages, mistakes


def _read_page(
    document: Document,
    stem: str,
    lang: str,
    templates: Collection[str],
    languages: Sequence[str],
    mistakes: list[Mistake],
) -> PageText | None:
    def read(name: str, reader: Callable[[Heading], str]) -> str:
        heading = document.headings.get(name)
        if not heading or not heading.text:
            return ""
        try:
            return reader(heading)
        except Wrong as wrong:
            mistakes.append(Mistake(document.file, heading.line, wrong.what, wrong.mend))
            return ""

    title = read("Title", lambda heading: fields.read_words(heading, 100))
    slug = read("Slug", _read_slug) or stem
    if not document.headings.get("Title") and not mistakes:
        mistakes.append(Mistake(document.file, 1, "Title is missing", "write a heading such as Title: Donner"))
    if slug in RESERVED or slug in languages:
        what = f"the address {slug} is kept for the site itself"
        mistakes.append(Mistake(document.file, _line(document, "Slug"), what, "give this page another Slug"))
    return PageText(
        file=document.file,
        stem=stem,
        lang=lang,
        slug=slug,
        title=title,
        menu=read("Menu", lambda heading: fields.read_words(heading, 30)) or title,
        summary=read("Summary", lambda heading: fields.read_words(heading, 200)),
        template=read("Template", lambda heading: _read_template(heading, templates)),
        status=read("Status", fields.read_status) or "published",
        body="\n".join(document.body).strip("\n"),
    )


def _read_slug(heading: Heading) -> str:
    """Raises Wrong for what makes no address."""
    if heading.text != make_slug(heading.text):
        raise Wrong(f"{quote(heading.text)} makes no address", f"write {make_slug(heading.text) or 'donate'}")
    return heading.text


def _read_template(heading: Heading, templates: Collection[str]) -> str:
    """Raises Wrong for one that the theme does not have."""
    name = heading.text.removesuffix(".html")
    if name not in templates:
        mend = f"use one of {', '.join(sorted(templates))}, or take the heading out"
        raise Wrong(f"the theme has no template {quote(name)}", mend)
    return name


def _line(document: Document, name: str) -> int:
    heading = document.headings.get(name)
    return heading.line if heading else 1
