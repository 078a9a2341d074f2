"""What the tracker's pages say: everything in English too, and with the same figures in it."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

from plugins.pages import RESERVED

TRACKER = Path(__file__).parents[2] / "tracker"
WAYS = [("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2"), ("**.py", "python")]
WORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
OPTIONS = {
    f"templates/**.{kind}": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
    for kind in ("html", "txt")
}


def test_no_page_of_the_site_can_take_an_address_of_the_tracker(app: Flask) -> None:
    assert {str(rule).split("/")[1].partition("<")[0] for rule in app.url_map.iter_rules()} - {""} <= RESERVED | {"en"}


def test_every_message_is_translated_and_keeps_its_figures() -> None:
    with (TRACKER / "translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        english = read_po(file, locale="en")
    written = {
        message: name
        for name, _line, message, _comments, _context in extract_from_dir(
            str(TRACKER), method_map=WAYS, keywords=WORDS, options_map=OPTIONS
        )
    }
    assert len(written) > 200
    for message, name in written.items():
        found = english.get(message[0] if isinstance(message, tuple) else message)
        assert found is not None, f"{name}: {message}"
        said = found.string if isinstance(found.string, tuple) else (found.string,)
        assert all(said), f"{name}: {message}"
        figures = {str(each): set(re.findall(r"%\((\w+)\)s", str(each))) for each in (found.id, found.string)}
        assert len({frozenset(each) for each in figures.values()}) == 1, f"{name}: {message}"
