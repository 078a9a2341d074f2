"""Codes on paper: read however they are typed, and counted once as their origin's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.origins.codes import LENGTH, SIGNS, Code, adopt_origins, keep_origin, read_code, write_code
from tracker.services import Services
from tracker.sharers import make_origin
from tracker.store import Row


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
    for path in (f"/p/{wrong}", "/p/%3Cscript%3E", "/p/%00", "/p/?code=%22%3E%3Cu%3E"):
        answer = ana.get(path)
        assert answer.status_code == 404
        assert "Ce code n’ouvre aucun dossier" in answer.text
        assert "<script>" not in answer.text
        assert "<u>" not in answer.text
    assert "Vous avez un code" in ana.get("/p/").text
    assert "Have you got a code" in ana.get("/p/?lang=en").text
