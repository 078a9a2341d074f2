"""The impact page and the board: for whom they are, and nothing a stranger wrote before staff said yes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.tracker.conftest import Member
from tracker.services import Services


@pytest.fixture
def file(ana: Any, kit: Services) -> str:
    """The path of Ana's impact page: she passed an episode on."""
    answer = ana.share(ana.arrive()["visit"])
    return str(answer["impact"].removeprefix(kit.settings.site_url))


def words_of(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).replace("\xa0", " ").replace("\u202f", " ").split())


def link_in(page: Any) -> str:
    found = re.search(r"<code>http://[^/]+(/[^<]+)</code>", page.text)
    assert found
    return found[1].rsplit("/", 1)[1]


def test_before_anybody_comes_the_file_is_empty_and_tidy(ana: Any, file: str) -> None:
    page = ana.get(file)
    assert page.status_code == 200
    assert "bien rangé, et vide" in page.text


def test_the_classic_chain_is_told_to_the_one_who_began_it(ana: Any, bo: Any, cy: Any, file: str, tell: Any) -> None:
    visit = bo.follow(link_in(ana.get(file)))
    bo.see(visit)
    third = cy.follow(bo.share(visit)["url"].rsplit("/", 1)[1])
    cy.see(third)
    tell(payment="p1", amount=3000, visit_id=third.split(".")[0])
    page = words_of(ana.get(file))
    assert "personne venue directement par votre lien 1" in page
    assert "l’a passée plus loin, sans qu’on le lui demande (on le lui a demandé) 1" in page
    assert "ont ri, ou fait semblant avec conviction 2" in page
    assert "30 €" in page


def test_the_page_is_kept_by_nobody(ana: Any, file: str) -> None:
    headers = ana.get(file).headers
    assert headers["Cache-Control"] == "no-store"
    assert "noindex" in headers["X-Robots-Tag"]
    assert headers["Referrer-Policy"] == "no-referrer"


def test_a_public_link_opens_nobodys_file(ana: Any, mallory: Any, kit: Services, file: str) -> None:
    me = ana.arrive()
    token = file.rsplit("/", 1)[1]
    for tried in (me["link"], me["visit"], token[:-1], token[:-1] + "é", token + "A", "x", "%00", token.swapcase()):
        answer = mallory.get(f"/impact/{tried}")
        assert answer.status_code == 404, tried
        assert "Dossier introuvable" in answer.text
        assert mallory.post(f"/impact/{tried}", data={"name": "Mallory"}).status_code == 404


def test_a_pseudonym_waits_until_staff_say_yes(ana: Any, cy: Any, bo: Any, stef: Member, file: str, rows: Any) -> None:
    bo.see(bo.follow(link_in(ana.get(file))))
    assert ana.post(file, data={"name": "Tata Monique", "deed": "ask"}).status_code == 303
    assert "Tata Monique" not in cy.get("/board/").text
    assert "à l’étude" in ana.get(file).text
    (asked,) = rows("select sharer, name, state from pseudonyms")
    assert asked["state"] == "waiting"
    assert "Tata Monique" in stef.get("/staff/moderation/").text
    judged = stef.post("/staff/moderation/", sharer=asked["sharer"], name="Tata Monique", judgement="approve")
    assert judged.status_code == 303
    assert "Tata Monique" in cy.get("/board/").text
    assert "Tata Monique" in stef.get("/staff/").text
    assert "accepté" in ana.get(file).text


def test_a_refused_name_stays_off_the_board(ana: Any, cy: Any, bo: Any, stef: Member, file: str, rows: Any) -> None:
    bo.see(bo.follow(link_in(ana.get(file))))
    ana.post(file, data={"name": "Gros mot"})
    (asked,) = rows("select sharer from pseudonyms")
    stef.post("/staff/moderation/", sharer=asked["sharer"], name="Gros mot", judgement="refuse")
    assert "Gros mot" not in cy.get("/board/").text
    assert "refusé" in ana.get(file).text


def test_a_changed_name_waits_again_and_an_old_yes_does_not_cover_it(
    ana: Any, cy: Any, bo: Any, stef: Member, file: str, rows: Any
) -> None:
    bo.see(bo.follow(link_in(ana.get(file))))
    ana.post(file, data={"name": "Sage"})
    (asked,) = rows("select sharer from pseudonyms")
    ana.post(file, data={"name": "Pas sage"})
    stef.post("/staff/moderation/", sharer=asked["sharer"], name="Sage", judgement="approve")
    assert rows("select name, state from pseudonyms") == [{"name": "Pas sage", "state": "waiting"}]
    stef.post("/staff/moderation/", sharer=asked["sharer"], name="Pas sage", judgement="approve")
    ana.post(file, data={"name": "Pas sage"})
    assert rows("select state from pseudonyms") == [{"state": "approved"}]
    ana.post(file, data={"name": "Encore autre chose"})
    assert "sage" not in cy.get("/board/").text


def test_leaving_the_board_leaves_nothing_behind(ana: Any, file: str, rows: Any) -> None:
    ana.post(file, data={"name": "Tata"})
    assert ana.post(file, data={"deed": "withdraw"}).status_code == 303
    assert rows("select * from pseudonyms") == []


@pytest.mark.parametrize("name", ["", "   ", "x" * 41, "a\0b", "a\u202egnp.exe", "\u200b\u200b", "\u200d"])
def test_a_name_that_is_no_name_is_refused(ana: Any, file: str, rows: Any, name: str) -> None:
    answer = ana.post(file, data={"name": name, "deed": "ask"})
    assert answer.status_code == 422
    assert rows("select * from pseudonyms") == []


def test_a_name_may_hold_an_emoji_of_several_parts(ana: Any, file: str, rows: Any) -> None:
    assert ana.post(file, data={"name": "Ana \U0001f469\u200d\U0001f680"}).status_code == 303
    assert rows("select name from pseudonyms") == [{"name": "Ana \U0001f469\u200d\U0001f680"}]


def test_a_name_made_of_markup_is_shown_as_text(ana: Any, stef: Member, file: str) -> None:
    ana.post(file, data={"name": "<img src=x onerror=alert(1)>"})
    for page in (ana.get(file), stef.get("/staff/moderation/")):
        assert "<img src=x" not in page.text
        assert "&lt;img src=x" in page.text


def test_asking_again_and_again_is_slowed_down(ana: Any, file: str) -> None:
    answers = [ana.post(file, data={"name": f"nom {turn}"}).status_code for turn in range(21)]
    assert answers == [303] * 20 + [429]


def test_the_pages_speak_english_too(ana: Any, file: str) -> None:
    assert "Your file" in ana.get(f"{file}?lang=en").text
    assert "roll of honour" in ana.get("/board/", headers={"Accept-Language": "en-GB"}).text


def test_no_word_that_content_blockers_look_for(ana: Any, file: str) -> None:
    for page in (file, "/board/"):
        text = ana.get(page).text
        named = re.findall(r'(?:class|id|name|data-[a-z]+|href|src|action)="([^"]*)"', text)
        for word in ("share", "social", "track", "beacon", "whatsapp", "facebook"):
            assert not [each for each in named if word in each.lower()], word
