"""Cards: whatever the excuse, it fits, and nothing is drawn that the typeface lacks."""

import pytest
from PIL import Image

from plugins import cards
from plugins.films import encode_jpeg

COLOURS = dict.fromkeys(("paper", "bubble"), "#fffdf8") | dict.fromkeys(("black", "plate"), "#17130f")
COLOURS |= {"stamp": "#d3202f", "note": "#ffd23f"}
EXCUSES = ["J'ai piscine.", "x" * 300, "\U0001f988\u202e", "", "mot " * 60, "«\u202fOui\u202f»\u202f!", "אין לי כסף"]


@pytest.mark.parametrize("excuse", EXCUSES)
def test_every_excuse_fits_on_its_card(excuse: str) -> None:
    words = {"excuse": excuse, "number": "Excuse n° 123456", "stamp": "EXCUSE REFUSÉE", "campaign": "C" * 60}
    frame = Image.effect_noise((320, 180), 90)
    card = cards.compose({**words, "organisation": "O" * 60}, frame, COLOURS)
    assert card.size == (1200, 630)
    assert len(encode_jpeg(card, cards.MOST_BYTES)) < 300_000


@pytest.mark.parametrize("excuse", EXCUSES[1:2] + EXCUSES[4:5])
def test_long_text_shrinks_and_wraps_inside_its_box(excuse: str) -> None:
    font, lines = cards.fit(cards.clean(excuse), 740, 292)
    assert len(lines) > 2
    assert max(font.getlength(line) for line in lines) <= 740
    assert round(font.size * 0.98) * len(lines) <= 292


def test_signs_that_the_typeface_lacks_are_left_out() -> None:
    assert cards.clean("Non \U0001f988 \u202evraiment\u202c !") == "Non vraiment !"
    assert cards.clean("«\u202fÇa, œuf\u202f»") == "«\u00a0Ça, œuf\u00a0»"


def test_the_same_words_make_the_same_card() -> None:
    words = dict.fromkeys(("excuse", "number", "stamp", "campaign", "organisation"), "Non")
    frame = Image.new("RGB", (640, 360), "#BFE3D0")
    assert cards.compose(words, frame, COLOURS).tobytes() == cards.compose(words, frame, COLOURS).tobytes()
