"""What staff write in Markdown, as HTML; and what in it would not work: links to nowhere, tags that browsers refuse."""

import re
from collections.abc import Collection, Iterator
from functools import cache, lru_cache
from html.parser import HTMLParser
from pathlib import Path

from markdown import Markdown

from plugins.episodes import Episode
from plugins.headings import nearest, quote
from plugins.mistakes import Mistake
from plugins.pages import RESERVED, PageText
from plugins.pictures import Fault, check_picture
from theme.wording import typeset_html

_REFUSED = {"base", "embed", "form", "frame", "iframe", "link", "meta", "object", "script", "style"}
_WORTH_A_LOOK = re.compile(r"<|\]\(|\]:")
_NOT_CHECKED = RESERVED - {"episodes"}


@cache
def _converter() -> Markdown:
    """One for all files: making it takes longer than converting an episode."""
    return Markdown(extensions=["extra", "sane_lists"], output_format="html")


@lru_cache(maxsize=4096)  # `make up` converts what changed
def to_html(text: str, lang: str) -> str:
    """Markdown as HTML, with the spaces, apostrophes and quotation marks of its language."""
    return typeset_html(_converter().reset().convert(text), lang)


def check_texts(texts: Collection[Episode | PageText], media: Path, first: str, links: bool = True) -> list[Mistake]:
    """What readers could not use in the texts of a campaign, whose first language has its addresses at the root.

    `links` is False while some texts could not be read: what leads to them would seem to lead nowhere.
    """
    addresses = {"/", *(f"/{text.lang}/" for text in texts if text.lang != first)}
    addresses |= {_address(text, first) for text in texts if text.status != "draft"}
    addresses = addresses if links else set()
    return [
        Mistake(text.file, _find_line(text.file, written), what, mend)
        for text in texts
        if _WORTH_A_LOOK.search(text.body)  # else there is neither a link nor a picture nor a tag
        for written, what, mend in _find_faults(to_html(text.body, text.lang), addresses, media)
    ]


def _address(text: Episode | PageText, first: str) -> str:
    place = f"episodes/{text.slug}" if isinstance(text, Episode) else text.slug
    return f"/{place}/" if text.lang == first else f"/{text.lang}/{place}/"


class _Tags(HTMLParser):
    """Every tag with what it says."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def _find_faults(html: str, addresses: Collection[str], media: Path) -> Iterator[Fault]:
    tags = _Tags()
    tags.feed(html)
    for tag, about in tags.found:
        if tag in _REFUSED:
            mend = "take it out; a film elsewhere goes under Film, the rest into the theme"
            yield f"<{tag}", f"browsers refuse <{tag}> in a text here", mend
        for name in about:
            if name.startswith("on") or name == "style":
                yield f"{name}=", f"browsers refuse {name}= in a text here", "take it out"
        if tag == "img":
            yield from check_picture(about.get("src", ""), about.get("alt", ""), media)
        if tag == "a" and "href" in about:
            yield from _check_link(about["href"], addresses)


def _check_link(address: str, addresses: Collection[str]) -> Iterator[Fault]:
    if not addresses:
        return
    plain = re.split(r"[?#]", address, maxsplit=1)[0]
    if not plain or re.match(r"(https?://|mailto:|tel:|sms:)", address, re.IGNORECASE):
        return
    if re.match(r"[a-z][a-z0-9+.-]*:", address, re.IGNORECASE):
        yield address, f"browsers refuse this link: {quote(address)}", "begin it with https://, mailto: or tel:"
    elif not plain.startswith("/") or plain.startswith("//"):
        mend = "begin it with https:// if it is elsewhere, with / if it is here, such as /donner/"
        yield address, f"it is not clear where this link leads: {quote(address)}", mend
    elif f"{plain.rstrip('/')}/" not in addresses and plain.split("/")[1] not in _NOT_CHECKED:
        mend = "copy the address of a page or an episode of yours from the browser, beginning at /"
        yield address, f"this link leads nowhere: {quote(address)}{nearest(plain, addresses)}", mend


def _find_line(file: Path, written: str) -> int:
    """Where it stands first, for a message; HTML may spell it a little differently."""
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    body = next((at for at, line in enumerate(lines) if not line.strip()), 0)
    return next((at for at, line in enumerate(lines, 1) if at > body and written.lower() in line.lower()), 1)
