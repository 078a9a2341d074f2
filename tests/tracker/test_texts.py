"""Share texts under test: who is told which text, what counts as won, and when a winner may be named."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine

from tests.tracker.conftest import Member
from tracker.choices import COUNT_FROM, keep_choice
from tracker.links import first_id, new_id
from tracker.services import Services
from tracker.shares import Share, write_shares
from tracker.store import Row
from tracker.texts import renew_plan
from tracker.texts.odds import (
    FLOOR,
    TILTS,
    Tally,
    add_up,
    chances_of_best,
    deal,
    evidence,
    find_winner,
    interval,
    weigh_block,
)
from tracker.texts.plan import make_dealing, number_of, restart_text, stop_text
from tracker.texts.results import BLOCK, REWARD_CHOICE, WINDOWS, read_blocks
from tracker.visits.recording import Arrival, write_arrivals

BEGIN = 1_795_305_600 // BLOCK * BLOCK  # the beginning of a block in November 2026
HOUR = 3600
PISCINE = "jai-piscine"


@pytest.fixture
def begin() -> Iterator[time_machine.Traveller]:
    """The clock stands at the beginning of a block, until a test moves it."""
    with time_machine.travel(BEGIN + 60, tick=False) as clock:
        yield clock


def pass_on(kit: Services, at: int, variant: int, episode: str = PISCINE, channel: str = "wa", by: str = "") -> str:
    """Somebody arrives and passes an episode on with a text; their id."""
    id_ = by or new_id(at)
    arrival = Arrival(
        id=id_,
        sharer=None,
        episode=episode,
        channel=None,
        variant=None,
        at=at,
        verdict="human",
        rule="none",
        visitor=random.getrandbits(60),
        yesterday=0,
        timezone=kit.campaign.timezone,
        seen_at=at,
    )
    with kit.store.atomic() as writing:
        if not by:
            write_arrivals(writing, [arrival])
        write_shares(writing, [Share(new_id(at), id_, episode, channel, variant, at, kit.campaign.timezone)])
    return id_


def follow(kit: Services, sharer: str, at: int, variant: int, channel: str = "wa", **more: Any) -> str:
    """Somebody comes by what was passed on, and stays; their id."""
    arrival = Arrival(
        **{
            "id": new_id(at),
            "sharer": sharer,
            "episode": PISCINE,
            "channel": channel,
            "variant": variant,
            "at": at,
            "verdict": "human",
            "rule": "none",
            "visitor": random.getrandbits(60),
            "yesterday": 0,
            "timezone": kit.campaign.timezone,
            "seen_at": at + 5,
            **more,
        }
    )
    with kit.store.atomic() as writing:
        write_arrivals(writing, [arrival])
    return arrival.id


def renew(kit: Services, now: int) -> None:
    renew_plan(kit.store, kit.campaign, kit.texts, now)


def results(kit: Services, reward: Any = "visitors") -> dict[int, tuple[int, int, int, int]]:
    """{variant: (shares, people, won, brought)} of « J'ai piscine »."""
    sums: dict[int, Counter[str]] = {}
    for row in read_blocks(kit.store, reward).get(PISCINE, []):
        sums.setdefault(row["variant"], Counter()).update(
            {name: row[name] for name in ("shares", "people", "won", "brought")}
        )
    return {variant: (each["shares"], each["people"], each["won"], each["brought"]) for variant, each in sums.items()}


# What visits are told


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


# What counts


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


def test_ids_sort_beside_moments() -> None:
    assert new_id(BEGIN - 0.001) < first_id(BEGIN) < new_id(BEGIN)


# What it is worth


def test_chances_are_those_of_drawing_from_the_posteriors() -> None:
    tallies = {1: Tally(40, 12), 2: Tally(25, 10), 3: Tally(3, 0)}
    chance, draws = random.Random(1), Counter[int]()
    for _ in range(20_000):
        drawn = {v: chance.betavariate(1 + each.won, 1 + each.people - each.won) for v, each in tallies.items()}
        draws[max(drawn, key=drawn.__getitem__)] += 1
    for variant, worked_out in chances_of_best(tallies).items():
        assert worked_out == pytest.approx(draws[variant] / 20_000, abs=0.015)


def test_an_interval_holds_what_it_should() -> None:
    low, high = interval(Tally(40, 12))
    chance = random.Random(2)
    draws = sorted(chance.betavariate(13, 29) for _ in range(20_000))
    assert (low, high) == (pytest.approx(draws[500], abs=0.01), pytest.approx(draws[19_500], abs=0.01))
    assert interval(Tally(0, 0)) == (pytest.approx(0.025, abs=0.004), pytest.approx(0.975, abs=0.004))
    assert interval(Tally(1_000_000, 1_000_000))[0] > 0.99999


def test_each_text_keeps_being_tried() -> None:
    dealt = deal({1: Tally(1000, 900), 2: Tally(1000, 10)})
    assert dealt[2] == pytest.approx(FLOOR, abs=0.001)
    assert sum(dealt.values()) == pytest.approx(1)
    many = deal({variant: Tally(1000, 10 + 100 * (variant == 1)) for variant in range(1, 10)})
    assert min(many.values()) > 0.05
    assert deal({2: Tally(5, 5)}) == {2: pytest.approx(1)}


@pytest.mark.parametrize(("people", "others", "won"), [(9, 4, 6), (30, 70, 25), (1, 50, 2), (8, 8, 0), (200, 150, 90)])
def test_hours_prove_nothing_on_average_if_there_is_no_difference(people: int, others: int, won: int) -> None:
    """The whole of the promise: with equal rates, each factor of the evidence is 1 on average, exactly."""
    whole = math.comb(people + others, won)
    sums = [0.0] * len(TILTS)
    for of_these in range(max(0, won - others), min(people, won) + 1):
        likely = math.comb(people, of_these) * math.comb(others, won - of_these) / whole
        for place, factor in enumerate(weigh_block(Tally(people, of_these), Tally(others, won - of_these))):
            sums[place] += likely * math.exp(factor)
    assert sums == pytest.approx([1.0] * len(TILTS))


def test_a_slack_sunday_proves_nothing() -> None:
    """Text 1 was dealt on good days and text 2 on bad ones; within each, they are alike."""
    good, bad = {1: Tally(900, 540), 2: Tally(100, 60)}, {1: Tally(100, 10), 2: Tally(900, 90)}
    sums = add_up([good, bad] * 5, (1, 2))
    assert sums[1].won > 3 * sums[2].won
    assert find_winner([good, bad] * 5, (1, 2), 2) is None
    assert evidence([good, bad] * 5, 1, 2) < 0


def test_too_early_until_it_is_not() -> None:
    block = {1: Tally(100, 20), 2: Tally(100, 32)}
    named = [find_winner([block] * count, (1, 2), 2) for count in range(20)]
    assert named[1] is None
    assert named[-1] == 2
    assert find_winner([block] * 19, (2,), 2) is None, "without a rival there is nothing to win"


def live(rates: dict[int, float], chance: random.Random, blocks: int, crowd: int) -> int | None:
    """A whole test, looked at after each block; the winner that it ever named."""
    weights, past, waiting = dict.fromkeys(rates, 1.0), [], []
    for _ in range(blocks):
        counts, won = Counter(chance.choices(list(weights), list(weights.values()), k=crowd)), Counter[int]()
        for variant, people in counts.items():
            won[variant] = sum(chance.random() < rates[variant] for _ in range(people))
        waiting.append({variant: Tally(people, won[variant]) for variant, people in counts.items()})
        past += waiting[: len(waiting) - 5]
        del waiting[: len(waiting) - 5]
        if winner := find_winner(past, list(rates), len(rates)):
            return winner
        weights = deal(add_up(past, rates))
    return None


def test_whoever_looks_all_the_time_is_seldom_wrong() -> None:
    """Fifty tests of two texts that are alike, looked at 30 times each. The whole is `invoke bench variants`."""
    chance = random.Random(20)
    assert sum(live({1: 0.3, 2: 0.3}, chance, 30, 60) is not None for _ in range(50)) <= 5


def test_a_text_that_is_a_fifth_better_is_found() -> None:
    chance = random.Random(21)
    found = Counter(live({1: 0.3, 2: 0.36}, chance, 60, 300) for _ in range(8))
    assert found[2] >= 7
    assert found[1] == 0


# What staff see and do


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


def test_crawlers_see_the_variants_own_text(ana: Any, bo: Any) -> None:
    link = ana.arrive()["link"]
    bo.agent = "WhatsApp/2.23.20.0"
    for placement, words in (("wa", "Un."), ("wa2", "Deux."), ("em2", "Deux.")):
        card = bo.get(f"/r/{PISCINE}/{placement}/{link}").text
        assert f'<meta property="og:description" content="J’ai piscine. {words}">' in card
    english = bo.get(f"/en/r/{PISCINE}/wa2/{link}").text
    assert "I have swimming. Two." in english
