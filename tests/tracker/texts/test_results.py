"""What counts as won, and that it is counted once, however often it is looked at."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import time_machine

from tests.tracker.texts.conftest import BEGIN, PISCINE, follow, pass_on, renew
from tracker.choices import COUNT_FROM, keep_choice
from tracker.services import Services
from tracker.store import Row
from tracker.texts.results import BLOCK, WINDOWS, read_blocks

HOUR = 3600


def results(kit: Services, reward: Any = "visitors") -> dict[int, tuple[int, int, int, int]]:
    """{variant: (shares, people, won, brought)} of « J'ai piscine »."""
    sums: dict[int, Counter[str]] = {}
    for row in read_blocks(kit.store, reward).get(PISCINE, []):
        sums.setdefault(row["variant"], Counter()).update(
            {name: row[name] for name in ("shares", "people", "won", "brought")}
        )
    return {variant: (each["shares"], each["people"], each["won"], each["brought"]) for variant, each in sums.items()}


def test_a_trial_is_won_by_a_confirmed_new_visitor_within_a_day(kit: Services) -> None:
    at = BEGIN + HOUR
    winner, group, robot, late, unseen, other = (pass_on(kit, at, 1) for _ in range(6))
    follow(kit, winner, at + 60, 1)
    for _ in range(40):  # a message to a group of forty is one trial won, not forty
        follow(kit, group, at + 60, 1)
    follow(kit, robot, at + 60, 1, verdict="bot", seen_at=None)
    follow(kit, late, at + WINDOWS["visitors"], 1)
    follow(kit, unseen, at + 60, 1, seen_at=None)
    follow(kit, other, at + 60, 1, channel="page")  # by the copied address of their page, not by the text
    follow(kit, other, at + 60, 2)
    pass_on(kit, at + 30, 1, channel="em", by=winner)
    pass_on(kit, at + 5 * HOUR, 1, by=winner)
    pass_on(kit, at + BLOCK, 1, by=winner)  # in the next block: no new trial
    pass_on(kit, at, 2)
    renew(kit, at + WINDOWS["visitors"])
    assert results(kit) == {}, "nothing is counted before all of its block can be"
    renew(kit, BEGIN + 3 * BLOCK + WINDOWS["visitors"])
    assert results(kit) == {1: (9, 6, 2, 41), 2: (1, 1, 0, 0)}
    renew(kit, BEGIN + 9 * BLOCK + WINDOWS["visitors"])
    assert results(kit) == {1: (9, 6, 2, 41), 2: (1, 1, 0, 0)}


def test_or_by_a_gift_within_three_days_that_was_not_taken_back(
    kit: Services, tell: Callable[..., Any], begin: time_machine.Traveller
) -> None:
    at = BEGIN + 60
    for payment, variant, amount in (("p1", 1, 1000), ("p2", 2, 2000), ("p3", 2, 3000)):
        visit = follow(kit, pass_on(kit, at, variant), at, variant)
        assert tell(payment=payment, amount=amount, visit_id=visit, id_=payment).status_code == 200
    assert tell("refund", payment="p2", refund="r2", amount=2000, id_="r2").status_code == 200
    begin.move_to(at + 5 * 86_400)
    renew(kit, at + 5 * 86_400)
    assert results(kit, "gifts") == {1: (1, 1, 1, 1), 2: (2, 2, 1, 1)}
    assert results(kit) == {1: (1, 1, 1, 1), 2: (2, 2, 2, 2)}


def test_counting_from_share_to_share_is_counting_all_at_once(kit: Services) -> None:
    chance = random.Random(3)
    for _ in range(60):
        at, variant = BEGIN + chance.randrange(40 * BLOCK), chance.choice((1, 2))
        sharer = pass_on(kit, at, variant)
        if chance.random() < 0.5:
            follow(kit, sharer, at + chance.randrange(2 * 86_400), variant)
    for block in range(0, 60, 7):
        renew(kit, BEGIN + block * BLOCK + 17)
    by_and_by = sorted(map(str, kit.store.query("select * from text_results order by reward, block, variant")))
    kit.store.execute("delete from refreshed")
    kit.store.execute("delete from text_results")
    renew(kit, BEGIN + 56 * BLOCK + 17)
    at_once = sorted(map(str, kit.store.query("select * from text_results order by reward, block, variant")))
    assert by_and_by == at_once
    assert len(at_once) > 40


def test_rehearsals_are_left_out_as_everywhere(kit: Services) -> None:
    pass_on(kit, BEGIN, 1)
    pass_on(kit, BEGIN + 3 * 86_400, 1)
    later = BEGIN + 9 * 86_400
    renew(kit, later)
    assert results(kit)[1][1] == 2
    keep_choice(kit.store, COUNT_FROM, "2026-11-24", "Stef")
    renew(kit, later)
    assert results(kit)[1][1] == 1
    keep_choice(kit.store, COUNT_FROM, "", "Stef")
    renew(kit, later)
    assert results(kit)[1][1] == 2


def test_another_text_begins_another_test(kit: Services, rows: Callable[[str], list[Row]]) -> None:
    pass_on(kit, BEGIN, 1)
    later = BEGIN + 5 * 86_400
    renew(kit, later)
    assert results(kit)[1][1] == 1
    kit.store.execute("update text_tests set fingerprint = 'of the former words'")
    renew(kit, later)
    assert results(kit) == {}
    sinces = {row["since"] for row in rows("select since from text_tests")}
    assert sinces == {(later // BLOCK + 1) * BLOCK}
    pass_on(kit, later + BLOCK, 1)
    renew(kit, later + 5 * 86_400)
    assert results(kit)[1][1] == 1
