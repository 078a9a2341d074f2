"""What matters, told in sentences: none says more than the figures bear."""

from __future__ import annotations

import math
import random
import time
from datetime import datetime
from typing import Any

import time_machine

from benchmarks.cascade import poisson
from tests.tracker.conftest import Member, words_of
from tracker.dashboard.compare import Figures, read_before, read_figures
from tracker.dashboard.period import read_period
from tracker.dashboard.story import Finding, Look, find_what_matters
from tracker.services import Services
from tracker.standings import sum_hours
from tracker.totals import Change, add_to_totals
from tracker.virality.doubt import count_changed, ratio_changed
from tracker.virality.figures import Spread


def look(ratio: float, sharers: int = 400, confirmed: int = 1000, gifts: int = 0, **channels: int) -> Look:
    """Figures of a period; `channels` are recruits by channel, of which the rest came by `wa`."""
    recruits = round(ratio * sharers)
    channels["wa"] = recruits - sum(channels.values())
    parts = [Spread(name, sharers, 200, 300, count) for name, count in channels.items()]
    return Look(
        Figures(confirmed, confirmed // 2, 500, gifts, gifts * 1000, sharers),
        Spread("", sharers, 500, 700, recruits),
        parts,
        [Spread("jai-piscine", sharers, 500, 700, recruits)],
    )


def kinds(now: Look, before: Look | None) -> list[str]:
    return [finding.kind for finding in find_what_matters(now, before)]


def test_a_ratio_that_rose_is_told_with_whom_to_thank() -> None:
    (rise, *_) = find_what_matters(look(0.9, em=40), look(0.6, em=40))
    assert rise.kind == "rise"
    assert (rise.channel, rise.episode) == ("wa", "jai-piscine")
    assert (round(rise.words["before"], 2), round(rise.words["ratio"], 2)) == (0.6, 0.9)
    (fall, *_) = find_what_matters(look(0.4, em=40), look(0.9, em=150))
    assert (fall.kind, fall.episode) == ("fall", "jai-piscine")


def test_a_rise_is_told_in_french_and_in_english(stef: Member, kit: Services, app: Any) -> None:
    from tracker.dashboard.telling import tell as say

    finding = Finding("rise", {"before": 0.6, "ratio": 0.9, "hundred": 90, "sharers": 400}, "wa", "jai-piscine")
    for lang, sentence in (
        ("fr", "Le ratio de viralité est monté de 0,6 à 0,9 : grâce à WhatsApp et à « J’ai piscine »."),
        ("en", "The virality ratio rose from 0.6 to 0.9, thanks to WhatsApp and “I have swimming”."),
    ):
        with app.test_request_context(f"/staff/?lang={lang}"):
            said = say(finding, kit.campaign).replace("\u202f", " ").replace("\xa0", " ")
        assert said == sentence


def test_nothing_is_said_that_figures_do_not_bear() -> None:
    assert kinds(look(0.9, sharers=29), look(0.3, sharers=400))[0] == "early"
    assert kinds(look(0.62), look(0.6))[0] == "same"
    assert kinds(look(0.9), None) == ["ratio"]
    assert kinds(look(0.0, sharers=0, confirmed=0), None) == []
    assert "more gifts" not in kinds(look(0.6, gifts=9), look(0.6, gifts=0))
    assert "more gifts" in kinds(look(0.6, gifts=30), look(0.6, gifts=8))
    assert "more visitors" in kinds(look(0.3, confirmed=2000), look(0.3, confirmed=1000))
    assert "as many visitors" in kinds(look(0.6, confirmed=1020), look(0.6, confirmed=1000))


def grow(chance: random.Random, seeds: int, ratio: float) -> tuple[int, int]:
    """(sharers, recruits) of a cascade in which each brings a geometrically distributed number of others."""
    sharers, generation = seeds, seeds
    while generation:
        stays = ratio / (1 + ratio)
        generation = sum(int(math.log(1 - chance.random()) / math.log(stays)) for _ in range(generation))
        sharers += generation
    return sharers, sharers - seeds


def test_chance_alone_is_taken_for_a_change_no_more_than_once_in_twenty_times() -> None:
    chance, ratios, counts = random.Random(5), 0, 0
    for _ in range(1500):
        now, before = (grow(chance, poisson(chance, 100), 0.5) for _ in range(2))
        ratios += ratio_changed(now[1], now[0], before[1], before[0])
        counts += count_changed(now[0], before[0], 0.5)
    assert ratios / 1500 < 0.06
    assert counts / 1500 < 0.06
    assert ratios + counts > 0


def test_a_real_change_is_mostly_found() -> None:
    chance = random.Random(6)
    found = sum(
        ratio_changed(now[1], now[0], before[1], before[0])
        for now, before in ((grow(chance, 150, 0.7), grow(chance, 150, 0.4)) for _ in range(200))
    )
    assert found > 160


def test_today_is_held_against_yesterday_at_the_same_hour(kit: Services, stef: Member) -> None:
    timezone = kit.campaign.timezone

    def add(hour: int, day: int, confirmed: int, sharer: str | None = None) -> None:
        at = int(datetime(2026, 11, day, hour, 10, tzinfo=timezone).timestamp())
        with kit.store.atomic() as writing:
            add_to_totals(writing, [Change(sharer, at, "jai-piscine", "wa", visits=9, confirmed=confirmed)], timezone)

    with time_machine.travel(datetime(2026, 11, 22, 12, 30, tzinfo=timezone), tick=False):
        stef.sign_in()
        for hour, count in ((8, 40), (12, 20), (18, 1000)):
            add(hour, 21, count, "a" * 16)
        add(9, 22, 90)
        add(9, 15, 7)
        period = read_period({"range": "today"}, kit.campaign, time.time(), "", "2026-11-01")
        before = read_before(kit.store, period, kit.campaign, time.time(), "2026-11-01")
        assert before is not None
        assert (before.confirmed, before.brought) == (50, 50)  # half of the hour that is not over
        assert "90 la page a vraiment été regardée +80 % · 50 avant" in words_of(stef.get("/staff/?range=today"))
        hours = sum_hours(kit.store, "2026-11-21")
        assert [(row["hour"], row["confirmed"], row["brought"]) for row in hours] == [
            (8, 40, 40),
            (12, 20, 20),
            (18, 1000, 1000),
        ]
        assert read_before(kit.store, period, kit.campaign, time.time(), "2026-11-22") is None
        whole_days = read_period(
            {"range": "custom", "from": "2026-11-21", "to": "2026-11-21"}, kit.campaign, time.time(), "", "2026-11-01"
        )
        assert read_figures(kit.store, whole_days, kit.campaign).confirmed == 1060
