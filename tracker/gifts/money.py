"""Amounts as people and platforms write them, in whole minor units of a currency: Babel knows its decimals."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from babel.numbers import NumberFormatError, get_currency_precision, parse_decimal

from theme.wording import LOCALES

SIGNS = re.compile(r"[^\d.,+\-−'’\s]|(?<=\s)['’]|['’](?=\s)")
SPACES = re.compile(r"[\s'’]+")
MOST = 2**53


class BadAmount(ValueError):
    """A text that is no amount; the message says what stands in the way."""


def tidy(text: str) -> str:
    """The figures of a text such as `1 234,50 €`, with their sign and separators, and no space at their ends."""
    bare = SIGNS.sub(" ", text.replace("−", "-")).strip()
    return SPACES.sub(" ", re.sub(r"^([+-])\s+", r"\1", bare))


def guess_language(texts: Iterable[str], currency: str) -> str:
    """ "fr" for decimal commas, "en" for decimal points, "" if the amounts don't show it. Raises BadAmount for both."""
    digits = get_currency_precision(currency) or 2
    comma = point = ""
    for text in map(tidy, texts):
        comma = comma or (text if re.search(rf",\d{{1,{digits}}}$", text) or re.search(r"\d\.\d{3},", text) else "")
        point = point or (text if re.search(rf"\.\d{{1,{digits}}}$", text) or re.search(r"\d,\d{3}\.", text) else "")
    if comma and point:
        raise BadAmount(f"some amounts have a decimal comma ({comma}), others a point ({point})")
    return "fr" if comma else "en" if point else ""


def read_money(text: str, currency: str, language: str) -> int:
    """An amount in minor units: `1 234,50 €` in French and `£1,234.50` in English are 123450. Raises BadAmount.

    Text that says more digits than the currency has is refused, never rounded.
    """
    bare = tidy(text)
    if not bare:
        raise BadAmount(f"{text!r} is no amount")
    if language == "fr":
        bare = re.sub(r"(?<=\d)\.(?=\d{3}(?!\d))", "", bare) if "," in bare else bare
        bare = bare.replace(" ", "\u202f")
    elif " " in bare:
        bare = bare.replace(" ", ",")
    try:
        value: Decimal = parse_decimal(bare.removeprefix("+"), locale=LOCALES.get(language, language), strict=True)
    except (NumberFormatError, ValueError):
        raise BadAmount(f"{text!r} is no amount") from None
    minor = value.scaleb(get_currency_precision(currency))
    if minor != minor.to_integral_value() or abs(minor) >= MOST:
        raise BadAmount(f"{text!r} is not a whole number of the currency's smallest units")
    return int(minor)


def plain_amount(minor: int, currency: str) -> str:
    """123450 as `1234.50`."""
    digits = get_currency_precision(currency)
    return f"{Decimal(minor).scaleb(-digits):.{digits}f}"
