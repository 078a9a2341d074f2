"""The theme: names that content blockers leave alone, scripts that a person can read, words in both languages."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment

from plugins.palette import USUAL, list_palettes, read_palette

THEME = Path(__file__).parents[2] / "theme"
TEMPLATES = sorted((THEME / "templates").rglob("*.html"))
SCRIPTS = sorted((THEME / "static").glob("*.js"))
STYLES = sorted((THEME / "static").rglob("*.css"))

# What the social and annoyance lists of content blockers hide or block by name, on any site: read in EasyList's
# fanboy_social_general_hide.txt and fanboy_social_general_block.txt, and in EasyPrivacy's general rules.
HIDDEN_BY_BLOCKERS = re.compile(
    r"""share|sharing|social|track|beacon|follow|tweet|retweet|widget|addthis|analytic|telemetr|pixel|
    facebook|fbook|fblike|(?<![a-z])fb(?![a-z])|twitter|whatsapp|linkedin|pinterest|bluesky|mastodon|telegram|instagram|
    youtube|vimeo|dailymotion|reddit|tumblr|digg|
    (?<![a-z])(?:ads?|advert\w*|banner|sponsor\w*|popup|cookie\w*|newsletter|promo\w*|stats?)(?![a-z])""",
    re.IGNORECASE | re.VERBOSE,
)
THE_ONLY_EXCEPTION = "/t/shares"
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


def list_names(template: str) -> set[str]:
    """Every class, id, data attribute (name and value), name and address written in a template."""
    names: set[str] = set()
    html = JINJA.sub("", template)
    for tag in re.findall(r"<[a-z][^<>]*>", html):
        if tag.startswith(("<meta", "<track")):  # og:, twitter:card and the track element are fixed by their standards
            continue
        for name, value in re.findall(r"""([\w-]+)="([^"]*)\"""", tag):
            if name in {"class", "id", "href", "src", "action", "name", "for"}:
                names |= set(value.split())
            if name.startswith("data-"):
                names |= {name} if " " in value else {name, value}
        names |= set(re.findall(r"\bdata-[\w-]+", tag))
    return names


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: file.name)
def test_no_template_uses_a_name_that_content_blockers_hide(template: Path) -> None:
    names = list_names(template.read_text(encoding="utf-8"))
    assert not [name for name in names if HIDDEN_BY_BLOCKERS.search(name)]


def test_no_script_asks_for_an_address_or_a_name_that_content_blockers_know() -> None:
    for script in SCRIPTS:
        code = re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", script.read_text(encoding="utf-8"), flags=re.DOTALL)
        strings = re.findall(r'"([^"\n]*)"|`([^`]*)`|dataset\.(\w+)', code)
        written = {text for found in strings for text in found if text} - {THE_ONLY_EXCEPTION}
        assert not [text for text in written if HIDDEN_BY_BLOCKERS.search(text)], script.name


def test_no_style_or_file_has_a_name_that_content_blockers_hide() -> None:
    selectors = {name for sheet in STYLES for name in re.findall(r"[.#]([a-zA-Z][\w-]*)", sheet.read_text("utf-8"))}
    files = {file.relative_to(THEME).as_posix() for file in THEME.rglob("*") if "__pycache__" not in file.parts}
    assert not [name for name in selectors | files if HIDDEN_BY_BLOCKERS.search(name)]


def test_the_list_of_patterns_knows_what_blockers_hide() -> None:
    for name in [
        "share-bar",
        "social-links",
        "fb-like",
        "ico-twitter",
        "btn_whatsapp",
        "follow-us",
        "ad",
        "page-stats",
    ]:
        assert HIDDEN_BY_BLOCKERS.search(name), name
    for name in ["tickets", "data-pass", "finale", "passes-title", "page.js", "shade", "download", "add-one"]:
        assert not HIDDEN_BY_BLOCKERS.search(name), name


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: file.name)
def test_each_script_says_what_it_does_and_stays_short(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert text.startswith("/*")
    assert len(text.splitlines()) < 150
    assert max(map(len, text.splitlines())) <= 125
    assert '"use strict"' in text


def test_templates_carry_no_style_and_no_script_of_their_own() -> None:
    """A strict policy lets neither in. Style sheet and starter are known by their hash; JSON-LD is data."""
    for template in TEMPLATES:
        html = template.read_text(encoding="utf-8")
        assert not re.search(r"""\sstyle=|\son[a-z]+=["']|javascript:""", html), template.name
        for script in re.findall(r"<script[^>]*>", html):
            starter = f"{script}{{{{ starter }}}}</script>" in html and template.name == "site.html"
            assert " src=" in script or 'type="application/ld+json"' in script or starter, template.name


def test_nothing_is_loaded_from_elsewhere() -> None:
    for template in TEMPLATES:
        html = template.read_text(encoding="utf-8")
        assert not re.search(r"""<(?:script|link|img|iframe|video|source)[^>]*(?:src|href)=["'](?:https?:)?//""", html)
    assert not any("@import" in sheet.read_text("utf-8") or "url(" in sheet.read_text("utf-8") for sheet in STYLES)


def test_every_word_of_the_theme_has_its_english() -> None:
    with (THEME / "translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        english = {message.id: message.string for message in read_po(file, locale="en") if message.id}
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    for template in TEMPLATES:
        for line, _, message in environment.extract_translations(template.read_text(encoding="utf-8")):
            assert english.get(message), f"{template.name}:{line}: no English for {message!r}"


def test_words_are_plain_text_that_may_stand_in_an_attribute() -> None:
    """Jinja's newstyle gettext does not escape messages: a quote or a tag in one would break out of an attribute."""
    with (THEME / "translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        for message in read_po(file, locale="en"):
            for text in [message.id, message.string]:
                for each in text if isinstance(text, (list, tuple)) else [text]:
                    assert not message.id or not set('"<>') & set(each), each


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


READ_ON = {
    "ink": ("paper", "sheet", "wall"),
    "faded": ("paper", "sheet"),
    "carbon": ("paper", "sheet"),
    "stamp-ink": ("paper", "sheet"),
    "black": ("note", "mint", "pink", "bubble"),
    "cream": ("plate", "black"),
    "digits": ("black",),
    "on-stamp": ("stamp",),
}
"""What is written in which colour, and what it stands on."""


@pytest.mark.parametrize("name", list_palettes(THEME))
@pytest.mark.parametrize("time", ["light", "dark"])
def test_every_palette_can_be_read_by_day_and_by_night(name: str, time: str) -> None:
    sheets = [file.read_text("utf-8") for file in STYLES]
    sheets += [(THEME / "palettes" / f"{name}.css").read_text("utf-8")] if name != USUAL else []
    colours = getattr(read_palette("\n".join(sheets)), time)
    for text, grounds in READ_ON.items():
        for ground in grounds:
            seen = contrast(colours[text], colours[ground])
            assert seen >= 4.5, f"{name}, {time}: {text} on {ground} is {seen:.2f}"


def test_a_palette_names_only_colours_that_there_are() -> None:
    usual = read_palette("\n".join(file.read_text("utf-8") for file in STYLES))
    for file in (THEME / "palettes").glob("*.css"):
        assert set(read_palette(file.read_text("utf-8")).dark) <= set(usual.dark), file.name


def test_colours_stand_in_one_place() -> None:
    """Outside :root the style sheet speaks in variables: a charity makes it its own by changing the palette."""
    for sheet in STYLES:
        rules = re.sub(r"/\*.*?\*/|:root\s*\{[^}]*\}", "", sheet.read_text("utf-8"), flags=re.DOTALL)
        plain = {colour.lower() for colour in re.findall(r"#[0-9a-fA-F]{3,8}\b", rules)}
        masks_and_shades = {"#000", "#0000", "#0003", "#0006", "#0009", "#000a"}
        assert plain <= masks_and_shades, plain - masks_and_shades
