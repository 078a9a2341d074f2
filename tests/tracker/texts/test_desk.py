"""What staff see of share texts, and what they may do."""

from __future__ import annotations

from collections.abc import Callable

import time_machine

from tests.tracker.conftest import Member
from tests.tracker.texts.conftest import BEGIN, PISCINE, follow, pass_on, renew
from tracker.links import new_id
from tracker.services import Services
from tracker.texts.results import REWARD_CHOICE


def test_staff_see_each_text_with_its_figures(begin: time_machine.Traveller, stef: Member, kit: Services) -> None:
    page = stef.get("/staff/texts/").text
    assert "J’ai piscine. Deux." in page
    assert "Trop tôt" in page
    for place in range(30):
        sharer = pass_on(kit, BEGIN + place, 1 + place % 2)
        if place % 2:
            follow(kit, sharer, BEGIN + 60 + place, 2)
    begin.move_to(BEGIN + 3 * 86_400)
    stef.sign_in()
    renew(kit, BEGIN + 3 * 86_400)
    page = stef.get("/staff/texts/").text
    assert "l’emporte" in page
    pass_on(kit, BEGIN + 3 * 86_400, 1)
    assert "1 envoi trop récent" in stef.get("/staff/texts/").text.replace("\xa0", " ")


def test_staff_stop_and_restart_a_text_and_choose_the_reward(stef: Member, kit: Services) -> None:
    renew(kit, BEGIN)
    visits = [new_id() for _ in range(40)]
    answer = stef.post("/staff/texts/", "/staff/texts/stop", episode=PISCINE, variant="2")
    assert answer.status_code == 303
    assert {kit.texts.choose(visit)[PISCINE]["wa"] for visit in visits} == {1}
    assert "Arrêté par Stef" in stef.get("/staff/texts/").text
    assert stef.post("/staff/texts/", "/staff/texts/stop", episode=PISCINE, variant="1").status_code == 303
    assert "au moins doit courir" in stef.get("/staff/texts/").text
    stef.post("/staff/texts/", "/staff/texts/restart", episode=PISCINE, variant="2")
    assert {kit.texts.choose(visit)[PISCINE]["wa"] for visit in visits} == {1, 2}
    assert stef.post("/staff/texts/", "/staff/texts/reward", reward="gifts").status_code == 303
    assert kit.store.query("select value from choices where name = :name", name=REWARD_CHOICE) == [{"value": "gifts"}]
    assert stef.post("/staff/texts/", "/staff/texts/reward", reward="clicks").status_code == 422
    assert stef.post("/staff/texts/", "/staff/texts/stop", episode=PISCINE, variant="x").status_code == 404


def test_editors_may_look_but_not_change(hire: Callable[[str], Member], kit: Services) -> None:
    renew(kit, BEGIN)
    editor = hire("editor")
    assert "Arrêter" not in editor.get("/staff/texts/").text
    assert editor.post("/staff/password", "/staff/texts/stop", episode=PISCINE, variant="2").status_code == 403
