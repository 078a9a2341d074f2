"""Words in each language: French spaces, plurals, dates and money."""

from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, strategies

from theme import wording

N, W = "\u202f", "\u00a0"


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("Excuse refusée !", f"Excuse refusée{N}!"),
        ("Vraiment ?!", f"Vraiment{N}?!"),
        ("Non ; non.", f"Non{N}; non."),
        ("« J'ai piscine »", f"«{N}J'ai piscine{N}»"),
        ("«J'ai piscine»", f"«{N}J'ai piscine{N}»"),
        ("Réponse : non", f"Réponse{W}: non"),
        ("Réponse :", f"Réponse{W}:"),
        ("Excuse n° 7", f"Excuse n°{W}7"),
        ("30 € par mois", f"30{W}€ par mois"),
        ("12 % des gens", f"12{N}% des gens"),
        ("12 %(name)s", "12 %(name)s"),
        ("1 250 000 repas", f"1{N}250{N}000 repas"),
        ("09 72 50 00 00", "09 72 50 00 00"),
        ("https://a.fr/?b:c!", "https://a.fr/?b:c!"),
        ("à 10:30", "à 10:30"),
        ("« »", f"«{N}»"),
    ],
)
def test_french_text_gets_its_spaces_once(written: str, printed: str) -> None:
    assert wording.french_spaces(written) == printed
    assert wording.french_spaces(printed) == printed


def test_code_tags_and_addresses_stay_as_they_are() -> None:
    html = """<p title="L'un !">L'un !</p><pre>a ? b'c <b>!</b> ;</pre><!-- l'un ! --><a href="?y'z">« Oui »</a>"""
    assert wording.typeset_html(html, "fr") == (
        f"""<p title="L'un !">L’un{N}!</p><pre>a ? b'c <b>!</b> ;</pre><!-- l'un ! --><a href="?y'z">«{N}Oui{N}»</a>"""
    )


@pytest.mark.parametrize(
    ("lang", "written", "printed"),
    [
        ("fr", "J'ai l'« eau » qu'il faut", f"J’ai l’«{N}eau{N}» qu’il faut"),
        ("fr", "Voir https://a.fr/l'eau !", f"Voir https://a.fr/l'eau{N}!"),
        ("fr", 'visit_id="x" dit « 5\' »', f'visit_id="x" dit «{N}5\'{N}»'),
        ("en", "Don't; it's Gauthier's.", "Don’t; it’s Gauthier’s."),
        ("en", '"I can\'t": so he said "no".', "“I can’t”: so he said “no”."),
        ("en", '("No") at http://a.uk/?b="c"', '(“No”) at http://a.uk/?b="c"'),
    ],
)
def test_apostrophes_and_quotation_marks_are_the_printers(lang: str, written: str, printed: str) -> None:
    assert wording.typeset(written, lang) == printed
    assert wording.typeset(printed, lang) == printed


def test_french_counts_zero_as_one() -> None:
    speak = wording.translations("fr").ngettext
    assert [speak("%d repas !", "%d repas s !", n) for n in (0, 1, 2)] == [f"%d repas{N}!"] * 2 + [f"%d repas s{N}!"]


def test_a_catalogue_is_read_without_compiling_and_again_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "en" / "LC_MESSAGES" / "messages.po"
    file.parent.mkdir(parents=True)
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    file.write_text(head + 'msgid "Donner"\nmsgstr "Give"\n', encoding="utf-8")
    assert wording.translations("en", tmp_path).gettext("Donner") == "Give"
    assert wording.translations("en", tmp_path).gettext("Passez-la !") == f"Passez-la{N}!"

    file.write_text(head + 'msgid "Donner"\nmsgstr "Donate to us"\n', encoding="utf-8")
    assert wording.translations("en", tmp_path).gettext("Donner") == "Donate to us"


def test_dates_and_figures_follow_the_language() -> None:
    assert wording.format_date(date(2026, 9, 7), "fr") == "7 septembre 2026"
    assert wording.format_date(datetime(2026, 9, 1, 18), "fr") == "1er septembre 2026"  # noqa: DTZ001
    assert wording.format_date(date(2026, 9, 7), "en") == "7 September 2026"
    assert wording.format_number(1234.5, "fr") == f"1{N}234,5"
    assert wording.format_percent(0.125, "fr") == f"12,5{N}%"
    assert wording.format_percent(0.5, "en") == "50%"


def test_money_shows_cents_only_when_there_are_some() -> None:
    assert wording.format_money(3000, "EUR", "fr") == f"30{W}€"
    assert wording.format_money(3050, "EUR", "fr") == f"30,50{W}€"
    assert wording.format_money(-3000, "EUR", "en") == "-€30"
    assert wording.format_money(500, "JPY", "en") == "JP¥500"


@given(strategies.text(alphabet="a1 :;!?«»%€n°<>/." + N + W, max_size=40))
def test_french_spaces_done_twice_are_done_once(text: str) -> None:
    once = wording.french_spaces(text)
    assert wording.french_spaces(once) == once
    assert once.replace(N, "").replace(W, "").replace(" ", "") == text.replace(N, "").replace(W, "").replace(" ", "")
