"""Origins: a name gets its links, the same each time, and its visits are counted for it, however they came."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.tracker.conftest import Member
from tracker.origins import add_origin, describe_origin, tell_origin
from tracker.origins.codes import LENGTH, SIGNS, SORTS, Code, adopt_origins, keep_origin, read_code, write_code
from tracker.origins.drawing import clean
from tracker.origins.prints import FORMATS
from tracker.services import Services
from tracker.sharers import make_origin
from tracker.store import Row

LINK = re.compile(r"http://127\.0\.0\.1:8000/r/[a-z-]+/[a-z]+/[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{16}")


@pytest.fixture
def campaign(campaign: dict[str, Any]) -> dict[str, Any]:
    campaign["channels"].append({"code": "hand", "name": "Code tapé"})
    return campaign


@pytest.fixture
def poster(kit: Services) -> tuple[str, str]:
    """The id and the code of a poster."""
    id_ = add_origin(kit, "Affiche du tram", "poster")
    return id_, kit.store.query("select code from origins where sharer = :id", id=id_)[0]["code"]


def test_a_newsletter_gets_links_for_each_episode_language_and_placement(kit: Services) -> None:
    links = describe_origin(kit, "Newsletter 12")
    assert len(links) == 2 + 3 * 2 * 2
    assert [(link.title, link.episode, link.placement) for link in links[:2]] == [
        ("", "jai-piscine", "ref"),
        ("", "jai-piscine", "qr"),
    ]
    assert re.fullmatch(
        r"http://127\.0\.0\.1:8000/r/jai-piscine/ref/[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{16}", links[0].address
    )
    assert any(link.address.startswith("http://127.0.0.1:8000/en/r/ca-sert-a-rien/qr/") for link in links)


def test_asking_twice_gives_the_same_links(kit: Services) -> None:
    assert describe_origin(kit, "Newsletter 12") == describe_origin(kit, "  Newsletter   12 ")
    assert len(kit.store.query("select * from sharers")) == 1
    assert len(kit.store.query("select * from origins")) == 1


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\0b", "a\u202eb"])
def test_a_name_that_nobody_could_read_is_refused(kit: Services, name: str) -> None:
    with pytest.raises(ValueError, match="name of 1 to 80"):
        describe_origin(kit, name)


def test_visits_through_an_origin_are_counted_under_its_name(stef: Member, bo: Any, kit: Services) -> None:
    link = describe_origin(kit, "Affiche du tram")[1]
    visit = bo.follow(link.address.rsplit("/", 1)[1], placement="qr")
    bo.see(visit)
    page = stef.get("/staff/").text
    assert "Affiche du tram" in page
    assert "QR code" in page
    (id_,) = (row["id"] for row in kit.store.query("select id from sharers where kind = 'origin'"))
    assert "<dt>visiteurs confirmés</dt><dd>1</dd>" in stef.get(f"/staff/origins/{id_}").text


def test_staff_make_an_origin_and_can_copy_its_address(stef: Member) -> None:
    answer = stef.post("/staff/origins/", name="Lettre n° 12", sort="newsletter")
    assert answer.status_code == 303
    assert "Lettre n° 12" in stef.get("/staff/origins/").text
    page = stef.get(answer.location).text
    assert 'value="http://127.0.0.1:8000/r/jai-piscine/ref/' in page
    assert 'value="http://127.0.0.1:8000/p/' in page
    assert stef.post("/staff/origins/", name=" ").status_code == 422


class TestBeforeTheFirstEpisode:
    @pytest.fixture
    def campaign(self, campaign: dict[str, Any]) -> dict[str, Any]:
        campaign["episodes"] = []
        return campaign

    def test_an_origin_waits_for_its_links(self, stef: Member, ana: Any, poster: tuple[str, str]) -> None:
        id_, code = poster
        assert "invoke build" in stef.get(f"/staff/origins/{id_}").text
        assert stef.get(f"/staff/origins/{id_}/a4.pdf").status_code == 404
        assert stef.get(f"/staff/origins/{id_}/qr.svg").status_code == 404
        onward = ana.get(f"/p/{code}")
        assert ana.get(onward.location).location.partition("#")[0] == "/"


def test_the_command_tells_links_code_and_qr_code(kit: Services) -> None:
    lines = tell_origin(kit, "Affiche du tram", "poster")
    code = kit.store.query("select code, sort from origins")[0]
    assert code["sort"] == "poster"
    assert any(line.startswith(f"http://127.0.0.1:8000/p/{code['code']} ") for line in lines)
    assert "█" in lines[-1]
    assert len(lines) == len(describe_origin(kit, "Affiche du tram")) + 3


# Codes


@given(st.text(SIGNS, min_size=LENGTH, max_size=LENGTH), st.integers(0, 9999))
def test_a_code_is_read_however_it_is_typed(code: str, number: int) -> None:
    written = write_code(code, number)
    asked = Code(code, number)
    for typed in (
        written,
        written.lower(),
        f" {written[:2]} {written[2:]}.",
        written.replace("-", "–"),
        f"{written}\n",
    ):
        assert read_code(typed) == asked


@given(st.text(SIGNS, min_size=LENGTH, max_size=LENGTH))
def test_look_alikes_are_read_as_what_they_were_mistaken_for(code: str) -> None:
    for sign, mistaken in zip("DDDLLSB7VF64B", "0oq1i58zueg a3".replace(" ", ""), strict=True):
        assert read_code(code.replace(sign, mistaken)) == Code(code, 0)


def test_no_two_signs_of_a_code_look_alike() -> None:
    for alike in ("0OQD", "1IL", "2Z7", "5S", "8B3", "UVY", "EF", "6G", "4A"):
        assert sum(sign in SIGNS for sign in alike) == 1, alike
    assert not set("AEIOUY") & set(SIGNS), "nor do codes ever spell a word"


@pytest.mark.parametrize("typed", ["", "K7MW", "-----", "K7MWFX", "K7MWF-12345", "é" * 5, "\0" * 9, "K7MWF" * 40])
def test_what_can_be_no_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


@given(st.text(max_size=60))
def test_nothing_that_is_typed_is_an_error(typed: str) -> None:
    code = read_code(typed)
    assert code is None or (len(code.code) == LENGTH and set(code.code) <= set(SIGNS) and code.number < 10_000)


def test_every_origin_has_a_code_of_its_own(kit: Services) -> None:
    for place in range(30):
        make_origin(kit.store, f"Avant les codes {place}", 1)
    adopt_origins(kit.store, 2)
    codes = [row["code"] for row in kit.store.query("select code from origins")]
    adopt_origins(kit.store, 3)
    assert len(set(codes)) == 30
    assert sorted(codes) == sorted(row["code"] for row in kit.store.query("select code from origins"))


def test_a_sort_that_there_is_not_is_refused(kit: Services) -> None:
    with pytest.raises(ValueError, match="poster"):
        keep_origin(kit.store, "x" * 16, "spam", "", 1)


# The door


def test_a_typed_code_counts_once_as_its_origins(
    ana: Any, poster: tuple[str, str], rows: Callable[..., list[Row]]
) -> None:
    id_, code = poster
    answer = ana.get(f"/p/{code.lower()}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (302, "no-store")
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert rows("select * from visits") == []
    onward = ana.get(answer.location)
    assert onward.location.startswith("/episodes/jai-piscine/#")
    ana.see(onward.location.partition("#")[2])
    (visit,) = rows("select sharer, channel, verdict, seen_at from visits")
    assert (visit["sharer"], visit["channel"], visit["verdict"]) == (id_, "hand", "human")
    assert visit["seen_at"] is not None


def test_crawlers_and_head_are_told_apart_by_the_link(
    bo: Any, poster: tuple[str, str], rows: Callable[..., list[Row]]
) -> None:
    bo.agent = "WhatsApp/2.23.20.0"
    card = bo.get(bo.get(f"/p/{poster[1]}").location)
    assert "og:image" in card.text
    bo.agent = "curl/8.5"
    head = bo.head(f"/p/{poster[1]}")
    assert (head.status_code, head.data) == (302, b"")
    assert {row["verdict"] for row in rows("select verdict from visits")} == {"preview"}


def test_a_number_leads_to_its_episode_and_the_browser_chooses_the_language(ana: Any, poster: tuple[str, str]) -> None:
    code = poster[1]
    assert "/r/ca-sert-a-rien/hand/" in ana.get(f"/p/{code}-2").location
    assert "/r/jai-piscine/hand/" in ana.get(f"/p/{code}-77").location
    english = ana.get(f"/p/?code={code}+1", headers={"Accept-Language": "en-GB,en"}).location
    assert english.startswith("/en/r/jai-pas-de-monnaie/hand/")


def test_an_unknown_code_gets_a_kind_page(ana: Any, poster: tuple[str, str]) -> None:
    wrong = "BBBBB" if poster[1] != "BBBBB" else "CCCCC"
    for path in (f"/p/{wrong}", "/p/%3Cscript%3E", "/p/%00", "/p/?code=%22%3E%3Cb%3E"):
        answer = ana.get(path)
        assert answer.status_code == 404
        assert "Ce code n’ouvre aucun dossier" in answer.text
        assert "<script>" not in answer.text
        assert "<b>" not in answer.text
    assert "Vous avez un code" in ana.get("/p/").text
    assert "Have you got a code" in ana.get("/p/?lang=en").text


# Pictures and prints


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


# The report


def test_print_web_and_event_stand_side_by_side(stef: Member, ana: Any, kit: Services, poster: tuple[str, str]) -> None:
    add_origin(kit, "Café-débat du 12", "debate")
    ana.see(ana.follow(kit.links.issue("link", poster[0]), placement="qr"))
    words = " ".join(re.sub(r"<[^>]+>", " ", stef.get("/staff/origins/").text).split())
    assert re.search(r"Papier 1 1 1 0", words)
    assert re.search(r"Événement 1 0 0 0", words)
    assert re.search(r"Affiche du tram Affiche [A-Z0-9]{5} 1 1", words)


def test_staff_put_an_origin_where_it_belongs(stef: Member, hire: Callable[[str], Member], kit: Services) -> None:
    id_ = add_origin(kit, "Ancien lien")
    path = f"/staff/origins/{id_}"
    assert stef.post(path, sort="magazine").status_code == 303
    assert "Page de magazine" in stef.get(path).text
    assert stef.post(path, sort="spam").status_code == 422
    assert stef.post(path, "/staff/origins/nobody", sort="poster").status_code == 404
    editor = hire("editor")
    assert editor.post("/staff/password", path, sort="poster").status_code == 403
    assert set(SORTS.values()) == {"print", "web", "event"}
