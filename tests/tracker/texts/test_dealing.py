"""Who is told which text: all alike at first, the better one more often, and each visit keeps its own."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.tracker.conftest import Member
from tests.tracker.texts.conftest import BEGIN, PISCINE, follow, pass_on, renew
from tracker.links import new_id
from tracker.services import Services
from tracker.texts.plan import make_dealing, number_of, restart_text, stop_text
from tracker.texts.results import BLOCK


def test_all_texts_are_dealt_alike_at_first_and_a_visit_keeps_its_own(kit: Services) -> None:
    visits = [new_id() for _ in range(600)]
    told = [kit.texts.choose(visit) for visit in visits]
    share = Counter(each[PISCINE]["wa"] for each in told)[1] / len(told)
    assert 0.42 < share < 0.58
    assert told == [kit.texts.choose(visit) for visit in visits]
    both = Counter((each[PISCINE]["wa"], each["ca-sert-a-rien"]["wa"]) for each in told)
    assert all(0.18 < count / len(told) < 0.32 for count in both.values())  # each episode draws for itself
    assert set(told[0][PISCINE]) == set(kit.campaign.channels)
    assert len(set(told[0][PISCINE].values())) == 1


@pytest.mark.usefixtures("begin")
def test_a_visit_keeps_its_text_when_weights_change_and_new_visits_get_the_better_one(kit: Services) -> None:
    visits = [new_id(BEGIN + place) for place in range(60)]
    renew(kit, BEGIN)
    told = [kit.texts.choose(visit) for visit in visits]
    for place in range(120):
        sharer = pass_on(kit, BEGIN + place, 1 + place % 2)
        if place % 2 and place % 3:
            follow(kit, sharer, BEGIN + 600 + place, 2)
    later = BEGIN + 6 * BLOCK
    renew(kit, later)
    assert told == [kit.texts.choose(visit) for visit in visits]
    now = [kit.texts.choose(new_id(later + 60))[PISCINE]["wa"] for _ in range(200)]
    assert 0.3 < now.count(2) / 200 < 0.7  # the block that has begun keeps its weights
    soon = [kit.texts.choose(new_id(later + BLOCK))[PISCINE]["wa"] for _ in range(400)]
    assert 0.83 < soon.count(2) / 400 < 0.97  # all but the floor
    kit.texts.reread()
    assert told == [kit.texts.choose(visit) for visit in visits]


def test_only_texts_that_every_language_has_are_compared(campaign: dict[str, Any], kit: Services) -> None:
    assert PISCINE in kit.texts.choose(new_id())


class TestOneLanguageLacksATranslation:
    @pytest.fixture
    def campaign(self, campaign: dict[str, Any]) -> dict[str, Any]:
        campaign["episodes"][0]["share_texts"]["en"] = ["One."]
        return campaign

    def test_so_all_get_the_first(self, kit: Services, stef: Member) -> None:
        assert PISCINE not in kit.texts.choose(new_id())
        assert "une seule langue" not in stef.get("/staff/texts/").text
        assert "Il en manque" in stef.get("/staff/texts/").text


def test_a_stopped_text_is_told_to_nobody_and_others_keep_theirs(kit: Services) -> None:
    renew(kit, BEGIN)
    visits = [new_id() for _ in range(80)]
    before = {visit: kit.texts.choose(visit)[PISCINE]["wa"] for visit in visits}
    assert stop_text(kit.store, PISCINE, 2, "Stef")
    kit.texts.reread()
    assert {kit.texts.choose(visit)[PISCINE]["wa"] for visit in visits} == {1}
    assert not stop_text(kit.store, PISCINE, 1, "Stef"), "one text has to run"
    assert not stop_text(kit.store, PISCINE, 3, "Stef")
    assert not stop_text(kit.store, "unknown", 1, "Stef")
    restart_text(kit.store, PISCINE, 2)
    kit.texts.reread()
    assert before == {visit: kit.texts.choose(visit)[PISCINE]["wa"] for visit in visits}


def test_of_three_texts_only_those_who_had_the_stopped_one_draw_again() -> None:
    dealing = make_dealing("x", 3, set(), [])
    visits = [new_id() for _ in range(300)]
    before = [dealing.choose(visit, number_of(visit)) for visit in visits]
    after = [make_dealing("x", 3, {2}, []).choose(visit, number_of(visit)) for visit in visits]
    assert all(one == other for one, other in zip(before, after, strict=True) if one != 2)
    assert {other for one, other in zip(before, after, strict=True) if one == 2} == {1, 3}


def test_crawlers_see_the_variants_own_text(ana: Any, bo: Any) -> None:
    link = ana.arrive()["link"]
    bo.agent = "WhatsApp/2.23.20.0"
    for placement, words in (("wa", "Un."), ("wa2", "Deux."), ("em2", "Deux.")):
        card = bo.get(f"/r/{PISCINE}/{placement}/{link}").text
        assert f'<meta property="og:description" content="J’ai piscine. {words}">' in card
    english = bo.get(f"/en/r/{PISCINE}/wa2/{link}").text
    assert "I have swimming. Two." in english
