"""QR codes and prints: read as a phone and an office printer would."""

from __future__ import annotations

import io
import re
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from tests.tracker.conftest import Member
from tracker.origins.drawing import clean
from tracker.origins.prints import FORMATS

LINK = re.compile(r"http://127\.0\.0\.1:8000/r/[a-z-]+/[a-z]+/[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{16}")


def read_qr(picture: bytes | Image.Image) -> str:
    image = picture if isinstance(picture, Image.Image) else Image.open(io.BytesIO(picture))
    (code,) = zxingcpp.read_barcodes(image.convert("L"))
    return str(code.text)


def test_the_qr_code_leads_to_the_episode(stef: Member, poster: tuple[str, str]) -> None:
    base = f"/staff/origins/{poster[0]}/qr"
    png = stef.get(f"{base}.png")
    assert png.mimetype == "image/png"
    assert LINK.fullmatch(read_qr(png.data))
    other = read_qr(stef.get(f"{base}.png?episode=ca-sert-a-rien&language=en").data)
    assert other.startswith("http://127.0.0.1:8000/en/r/ca-sert-a-rien/qr/")
    svg = stef.get(f"{base}.svg")
    assert svg.mimetype == "image/svg+xml"
    assert b"<script" not in svg.data
    assert stef.get(f"{base}.gif").status_code == 404
    assert stef.get("/staff/origins/nobody/qr.svg").status_code == 404


@pytest.mark.parametrize("format_", FORMATS)
def test_a_print_has_its_size_its_words_and_a_qr_code_of_three_centimetres(
    stef: Member, poster: tuple[str, str], format_: str
) -> None:
    answer = stef.get(f"/staff/origins/{poster[0]}/{format_}.pdf?episode=jai-pas-de-monnaie")
    assert answer.mimetype == "application/pdf"
    assert f'filename="affiche-du-tram-{format_}-fr.pdf"' in answer.headers["Content-Disposition"]
    document = pypdfium2.PdfDocument(answer.data)
    (page,) = document
    size = FORMATS[format_]
    assert [round(side / 72 * 25.4) for side in page.get_size()] == [size.width, size.height]
    text = " ".join(page.get_textpage().get_text_bounded().split())
    assert "J’ai pas de <monnaie>" in text
    assert f"/p/{poster[1]}-1" in text.replace("/ ", "/")
    assert "EXCUSE REFUSÉE" in text
    picture = page.render(scale=2).to_pil()
    codes = zxingcpp.read_barcodes(picture.convert("L"))
    assert len(codes) == (2 if format_ == "table" else 1)
    for code in codes:
        assert LINK.fullmatch(code.text)
        corner, next_corner = code.position.top_left, code.position.top_right
        side = ((corner.x - next_corner.x) ** 2 + (corner.y - next_corner.y) ** 2) ** 0.5
        assert side / 2 / 72 * 25.4 >= 30
    edge = round(5 / 25.4 * 72 * 2)  # what office printers can't print
    for strip in ((0, 0, picture.width, edge), (0, picture.height - edge, picture.width, picture.height)):
        assert picture.crop(strip).convert("L").getextrema()[0] == 255


def test_a_print_says_nothing_of_the_past_and_is_the_same_twice(stef: Member, poster: tuple[str, str]) -> None:
    path = f"/staff/origins/{poster[0]}/a4.pdf"
    assert stef.get(path).data == stef.get(path).data
    assert stef.get(f"/staff/origins/{poster[0]}/a9.pdf").status_code == 404


def test_prints_speak_the_language_that_was_asked_for(stef: Member, poster: tuple[str, str]) -> None:
    answer = stef.get(f"/staff/origins/{poster[0]}/a5.pdf?language=en&lang=fr")
    text = " ".join(pypdfium2.PdfDocument(answer.data)[0].get_textpage().get_text_bounded().split())
    assert "I have swimming." in text
    assert "what’s your excuse" in text.lower()
    assert "EXCUSE DENIED" in text


class TestAnExcuseThatIsNone:
    @pytest.fixture(params=["x" * 300, "mot " * 90, "😀😀", "", "Ceci\u00a0: «\u202fnon\u202f»\u202f!"])
    def campaign(self, campaign: dict[str, Any], request: pytest.FixtureRequest) -> dict[str, Any]:
        campaign["episodes"][0]["excuses"]["fr"] = request.param
        return campaign

    def test_still_fits_on_paper(self, stef: Member, poster: tuple[str, str]) -> None:
        for format_ in ("a4", "table"):
            answer = stef.get(f"/staff/origins/{poster[0]}/{format_}.pdf")
            picture = pypdfium2.PdfDocument(answer.data)[0].render(scale=1).to_pil().convert("L")
            assert picture.crop((0, 0, 16, picture.height)).getextrema()[0] >= (0 if format_ == "table" else 255)
            assert picture.crop((picture.width - 16, 0, picture.width, 100)).getextrema()[0] == 255


def test_no_break_spaces_stay_and_emoji_go() -> None:
    assert clean("Ça\u202f! 😀 «\u00a0oui\u00a0»") == "Ça\u00a0! «\u00a0oui\u00a0»"
