"""Words in each language: translations, French typography, dates, numbers and money the way each language writes them.

Site and tracker both use it. Catalogues are .po files, read in memory: there is nothing to compile.
"""

import gettext
import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.dates import format_date as babel_date
from babel.dates import format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, get_currency_precision
from babel.numbers import format_percent as babel_percent

TRANSLATIONS = Path(__file__).parent / "translations"
SOURCE_LANGUAGE = "fr"
LOCALES = {"fr": "fr_FR", "en": "en_GB"}  # whose dates, numbers and money each language has

NARROW, WIDE = "\u202f", "\u00a0"
_SPACE = "[ \u00a0\u202f]"
_GAP = rf"{_SPACE}(?<=\S{_SPACE}){_SPACE}*"  # after a word; a space first, which the engine finds at once
_SPACED = [  # the signs that it is about, without one of which there is nothing to look for; what; by what
    ("«", re.compile(rf"«{_SPACE}*(?=\S)"), f"«{NARROW}"),
    ("»", re.compile(rf"(?<=\S){_SPACE}*»"), f"{NARROW}»"),
    (";!?", re.compile(rf"{_GAP}(?=[;!?])"), NARROW),
    (":", re.compile(rf"{_GAP}(?=:(?:{_SPACE}|\s|$|<))"), WIDE),
    ("%", re.compile(rf"(?<=\d){_SPACE}+(?=%(?![(\w]))"), NARROW),
    ("€$£", re.compile(rf"(?<=\d){_SPACE}+(?=[€$£](?!\w))"), WIDE),
    ("°º", re.compile(rf"\b([Nn][°º]s?){_SPACE}*(?=\d)"), rf"\g<1>{WIDE}"),
]
_GROUPED = re.compile(rf"\d{_SPACE}\d\d\d")
_THOUSANDS = re.compile(rf"(?<![\d.,/-])(?<!\d{_SPACE})\d{{1,3}}(?:{_SPACE}\d{{3}})+(?!{_SPACE}?\d)")
_ADDRESS_SIGNS = ("://", "www.", "@")
_ADDRESS = r"(?P<address>\w+://\S+|\bwww\.\S+|\S+@\S+)"
_APOSTROPHE = re.compile(r"'(?<=[^\W\d_]')")
_APOSTROPHE_OR_ADDRESS = re.compile(rf"{_ADDRESS}|{_APOSTROPHE.pattern}")
_QUOTE = re.compile(rf"{_ADDRESS}|(?P<opening>(?:(?<=^)|(?<=[\s(\[—–-]))\"(?=\S))|\"")
_MARKUP = re.compile(r"""<!--.*?-->|<(?:"[^"]*"|'[^']*'|[^'">])*>""", re.DOTALL)
_SILENT = re.compile(r"</?(code|pre|kbd|samp|var|script|style|textarea)\b", re.IGNORECASE)


@lru_cache(maxsize=4096)
def french_spaces(text: str) -> str:
    """Plain text with the non-breaking spaces of French typography; the same again when done twice.

    Spaces are only exchanged, never added, save inside « », so that addresses such as https://a.fr/?b stay whole.
    """
    for signs, pattern, replacement in _SPACED:
        if any(sign in text for sign in signs):
            text = pattern.sub(replacement, text)
    if _GROUPED.search(text):
        text = _THOUSANDS.sub(lambda found: re.sub(_SPACE, NARROW, found[0]), text)
    return text


def curl_apostrophes(text: str) -> str:
    """Plain text with the apostrophe that printers use (J’ai, don’t); addresses in it stay as they are."""
    if "'" not in text:
        return text
    if not any(sign in text for sign in _ADDRESS_SIGNS):
        return _APOSTROPHE.sub("’", text)
    return _APOSTROPHE_OR_ADDRESS.sub(lambda found: found["address"] or "’", text)


def curl_quotes(text: str) -> str:
    """Plain text with English quotation marks, “so”; addresses in it stay as they are."""
    return (
        _QUOTE.sub(lambda found: found["address"] or ("“" if found["opening"] else "”"), text) if '"' in text else text
    )


@lru_cache(maxsize=8192)
def typeset(text: str, lang: str) -> str:
    """Plain text as its language prints it; the same again when done twice."""
    curled = curl_apostrophes(text)
    if lang == SOURCE_LANGUAGE:
        return french_spaces(curled)
    return curl_quotes(curled) if lang == "en" else curled


def typeset_html(markup: str, lang: str) -> str:
    """HTML whose running text was typeset; tags, comments, code and scripts stay as they are."""
    parts: list[str] = []
    silent, at = "", 0
    for tag in _MARKUP.finditer(markup):
        text = markup[at : tag.start()]
        parts += [text if silent else typeset(text, lang), tag[0]]
        at = tag.end()
        if found := _SILENT.match(tag[0]):
            name = found[1].lower()
            if not silent and not tag[0].startswith("</"):
                silent = name
            elif silent == name and tag[0].startswith("</"):
                silent = ""
    rest = markup[at:]
    return "".join([*parts, rest if silent else typeset(rest, lang)])


class French(gettext.NullTranslations):
    """The source language: messages are their own translation, typeset, with French plurals."""

    def gettext(self, message: str) -> str:
        return typeset(message, SOURCE_LANGUAGE)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return typeset(msgid1 if abs(n) < 2 else msgid2, SOURCE_LANGUAGE)


class Catalogue(gettext.GNUTranslations):
    """A language with a catalogue: what translators wrote, typeset."""

    lang = ""

    def gettext(self, message: str) -> str:
        return typeset(super().gettext(message), self.lang)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return typeset(super().ngettext(msgid1, msgid2, n), self.lang)


def translations(lang: str, folder: Path = TRANSLATIONS) -> gettext.NullTranslations:
    """What gettext and ngettext say in a language; a language without a catalogue speaks French."""
    file = folder / lang / "LC_MESSAGES" / "messages.po"
    if lang == SOURCE_LANGUAGE or not file.is_file():
        return _french()
    return _read_catalogue(file, file.stat().st_mtime_ns)


@cache
def _french() -> French:
    return French()


@lru_cache(maxsize=8)
def _read_catalogue(file: Path, _changed: int) -> Catalogue:
    """A catalogue, read again when its file changes. Messages not translated yet come out in French."""
    with file.open("rb") as po:
        catalogue = read_po(po, locale=file.parent.parent.name)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    spoken = Catalogue(compiled)
    spoken.lang = file.parent.parent.name
    spoken.add_fallback(_french())
    return spoken


def format_date(day: date, lang: str) -> str:
    """7 septembre 2026, 7 September 2026."""
    plain = day.date() if isinstance(day, datetime) else day
    written = babel_date(plain, format="long", locale=_locale(lang))
    return re.sub(r"^1 ", "1er ", written) if lang == "fr" else written


def format_brief(day: date, lang: str, parts: str = "MMMd") -> str:
    """7 sept., 7 Sept; with other parts, such as "Ed", sam. 7, Sat 7 (Unicode's skeletons)."""
    return format_skeleton(parts, day, locale=_locale(lang))


def format_money(minor: int, currency: str, lang: str) -> str:
    """Minor units as money: 3000, "EUR" gives 30 € or €30; cents are shown only when there are some."""
    locale, digits = _locale(lang), get_currency_precision(currency)
    amount = Decimal(minor).scaleb(-digits)
    if amount != amount.to_integral_value():
        return format_currency(amount, currency, locale=locale)
    pattern = re.sub(r"\.0+", "", locale.currency_formats["standard"].pattern)
    return format_currency(amount, currency, format=pattern, locale=locale, currency_digits=False)


def part_of(units: int, percent: float, currency: str) -> int:
    """So many percent of an amount in whole units, in minor units: 25 % of 5 € is 125, of 5 ¥ it is 1."""
    whole = Decimal(units).scaleb(get_currency_precision(currency))
    return int((whole * Decimal(str(percent)) / 100).quantize(Decimal(1), ROUND_HALF_UP))


def format_number(number: float | Decimal, lang: str) -> str:
    """1234.5 gives 1 234,5 or 1,234.5."""
    return format_decimal(number, locale=_locale(lang))


def format_percent(share: float, lang: str) -> str:
    """A part of one: 0.125 gives 12,5 % or 12.5%."""
    pattern = re.sub(r"#,##0", "#,##0.#", _locale(lang).percent_formats[None].pattern)
    written = babel_percent(share, format=pattern, locale=_locale(lang))
    return french_spaces(written) if lang == "fr" else written


@cache
def _locale(lang: str) -> Locale:
    return Locale.parse(LOCALES.get(lang, lang))
