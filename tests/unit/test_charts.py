"""Charts: pictures that a strict policy lets through, that read well everywhere, and that say what they were given."""

from __future__ import annotations

import io
from xml.etree import ElementTree

from PIL import Image

from tracker.charts import NARROW, WIDE, Chart, Series, draw_file, draw_for_page, draw_png, round_up

SVG = "{http://www.w3.org/2000/svg}"
DAYS = Chart(
    "stack",
    'Visitors & <friends> "by day"',
    tuple(f"{day} Nov" for day in range(1, 31)),
    (Series("by a link", tuple(range(30))), Series("by themselves", tuple(range(30, 0, -1)))),
    marks=frozenset({3, 29}),
)


def test_a_picture_on_a_page_has_nothing_that_a_strict_policy_blocks() -> None:
    text = str(draw_for_page(DAYS))
    assert not any(each in text for each in ("style", "script", "http://www.pygal", "<!--", " on"))
    wide, narrow = ElementTree.fromstring(f"<both>{text}</both>")
    assert (wide.get("role"), wide.get("aria-label")) == ("img", DAYS.title)
    assert narrow.get("aria-hidden") == "true"
    assert "<friends>" not in text


def test_columns_stand_for_their_values() -> None:
    root = ElementTree.fromstring(draw_file(DAYS))
    series = [node for node in root.iter(f"{SVG}g") if node.get("class", "").startswith("series ")]
    heights = [[float(bar.get("height", 0)) for bar in each.iter(f"{SVG}rect")] for each in series[:2]]
    assert [len(each) for each in heights] == [30, 30]
    assert heights[0][0] == 0
    assert abs(heights[0][29] / heights[0][10] - 2.9) < 0.02
    assert all(abs(one + other - heights[1][0]) < 0.2 for one, other in zip(*heights, strict=True))
    marks = [node for node in root.iter(f"{SVG}rect") if node.get("class") == "mark"]
    assert len(marks) == 2


def test_there_is_room_for_every_word_on_a_phone() -> None:
    for size, most in ((WIDE, 8), (NARROW, 4)):
        words = [node.text for node in ElementTree.fromstring(draw_file(DAYS, size)).iter(f"{SVG}text")]
        assert next(word for word in words if word and word.endswith("Nov")) == "1 Nov"
        assert 2 < len(words) <= most + 3
        assert "…" not in "".join(map(str, words))


def test_gaps_and_nothing_at_all_can_be_drawn() -> None:
    gaps = Chart(
        "lines", "ratio", ("1", "2", "3", "4"), (Series("ratio", (0.5, None, None, 1.0)),), spell="{:.1f}".format
    )
    assert ">1.0<" in draw_file(gaps)
    for kind in ("stack", "bars", "lines"):
        assert "<svg" in draw_file(Chart(kind, "nothing", (), (Series("none", ()),)))  # type: ignore[arg-type]


def test_a_mail_gets_the_same_picture_as_png() -> None:
    picture = Image.open(io.BytesIO(draw_png(DAYS, zoom=1)))
    assert (picture.format, picture.size) == ("PNG", WIDE)
    colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 20) or []}
    assert {(0x1F, 0x3F, 0xBF), (0xC8, 0x1E, 0x2D), (0xFF, 0xFA, 0xF0)} <= colours


def test_scales_end_at_round_numbers_that_halve_well() -> None:
    assert [round_up(value) for value in (0, 1, 3, 7, 11, 90, 101, 0.33)] == [1, 1, 4, 8, 20, 100, 200, 0.4]
