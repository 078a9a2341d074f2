"""Judging old visits again under better rules, from what was noticed at the time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.tracker.test_totals import live_a_little
from tracker.leaderboard import Scope
from tracker.links import new_id
from tracker.rules import judge_again, judge_findings
from tracker.services import Services
from tracker.store import Row
from tracker.totals import recount
from tracker.uncounted import SETTLED, count_uncounted, sum_uncounted
from tracker.verdicts import RULES

Rows = Callable[..., list[Row]]
COLUMNS = ("id", "sharer", "episode", "channel", "at", "verdict", "rule", "seen_at", "visitor", "known", "rules")
NOON = 1_795_262_400


@pytest.fixture
def keep(kit: Services) -> Callable[..., str]:
    """Keep a visit as some older version of the rules judged it; its id."""

    def write(verdict: str, findings: str | None, rules: int | None = RULES - 1, **more: Any) -> str:
        row = {"id": new_id(), "episode": "jai-piscine", "at": NOON, "rule": "old", "visitor": 7, "rules": rules}
        row |= {"verdict": verdict, **more}
        with kit.store.atomic() as writing:
            values = tuple(row.get(name) for name in COLUMNS)
            writing.insert("visits", (*COLUMNS, "findings"), [(*values, findings)])
        return str(row["id"])

    return write


@pytest.fixture
def again(kit: Services, caplog: pytest.LogCaptureFixture) -> Callable[[], list[Row]]:
    def judge() -> list[Row]:
        recount(kit.store, kit.campaign.timezone)  # `keep` counts nothing
        changes = judge_again(kit.store, kit.campaign.timezone)
        assert not caplog.records, "totals followed, and had not to be made again"
        assert recount(kit.store, kit.campaign.timezone) == []
        return changes

    return judge


@pytest.mark.parametrize(
    ("findings", "known", "verdict"),
    [
        ("", None, "human"),
        ("", "me", "returning"),
        ("", "link", "self"),
        ("card:whatsapp", None, "preview"),
        ("card:whatsapp head seen", "me", "preview"),
        ("word:crawl card:whatsapp", None, "preview"),
        ("word:crawl word:http", None, "bot"),
        ("program seen", None, "bot"),
        ("empty", None, "bot"),
        ("head", None, "bot"),
        ("prefetch", None, "prefetch"),
        ("prefetch seen", None, "human"),
        ("prefetch seen own", None, "self"),
        ("prefetch seen again", None, "repeat"),
        ("own", None, "self"),
        ("own seen", None, "human"),
        ("own seen", "link", "self"),
        ("again", None, "repeat"),
        ("again seen", None, "repeat"),
        ("seen word:headless", None, "bot"),
        ("staff", None, "staff"),
        ("prefetch seen staff", None, "staff"),
        ("flood", None, "throttled"),
        ("a-finding-that-rules-forgot", None, "human"),
    ],
)
def test_findings_are_read_in_the_order_in_which_they_came(findings: str, known: str | None, verdict: str) -> None:
    assert judge_findings(findings, "link", known).name == verdict


def test_what_no_longer_makes_a_bot_counts_from_now_on(keep: Any, again: Any, rows: Rows) -> None:
    keep("bot", "news-that-was-no-crawler", sharer=keep("human", ""), visitor=8)
    assert again() == [{"from": "bot", "to": "human", "visits": 1}]
    assert rows("select distinct rules from visits") == [{"rules": RULES}]
    assert rows("select visits, confirmed from totals where sharer <> ''") == [{"visits": 1, "confirmed": 0}]
    assert [row["generation"] for row in rows("select generation from sharers")] == [1]


def test_who_came_back_and_who_was_refused_is_counted_anew(keep: Any, again: Any, kit: Services) -> None:
    link = keep("human", "")
    keep("human", "word:crawl", sharer=link, visitor=8)
    assert again() == [{"from": "human", "to": "bot", "visits": 1}]
    count_uncounted(kit.store, kit.campaign.timezone, time.time() + SETTLED + 5)
    kit.store.execute("update visits set rules = :older, findings = 'forgotten'", older=RULES - 1)
    assert again() == [{"from": "bot", "to": "human", "visits": 1}]
    count_uncounted(kit.store, kit.campaign.timezone, time.time() + SETTLED + 5)
    assert sum_uncounted(kit.store, Scope(), [link]) == {}


def test_what_makes_a_bot_now_is_taken_off(keep: Any, again: Any, rows: Rows) -> None:
    keep("human", "word:crawl", sharer=keep("human", ""), seen_at=NOON + 9)
    assert again() == [{"from": "human", "to": "bot", "visits": 1}]
    assert rows("select verdict, rule from visits where sharer is not null") == [
        {"verdict": "bot", "rule": "crawler-list"}
    ]
    assert rows("select visits, confirmed from totals where sharer <> ''") == [{"visits": 0, "confirmed": 0}]


def test_one_person_judged_human_at_last_still_counts_once(keep: Any, again: Any, rows: Rows) -> None:
    link = keep("human", "")
    for minute in range(3):
        keep("bot", "forgotten", sharer=link, visitor=8, at=NOON + 60 * minute)
    keep("bot", "forgotten seen", sharer=link, visitor=7, seen_at=NOON + 9)
    assert again() == [{"from": "bot", "to": "human", "visits": 2}, {"from": "bot", "to": "repeat", "visits": 2}]
    assert [
        row["findings"] for row in rows("select findings from visits where visitor = 7 and sharer is not null")
    ] == ["forgotten own seen"]


def test_only_whoever_counted_by_that_link_within_the_day_before_is_a_repeat(keep: Any, again: Any, rows: Rows) -> None:
    link, other = keep("human", ""), keep("human", "", visitor=6)
    keep("human", "", sharer=link, visitor=8)
    keep("human", "", sharer=other, visitor=9)
    keep("bot", "word:crawl", sharer=link, visitor=10)
    for visitor, at in ((8, NOON + 86_399), (8, NOON + 86_400), (9, NOON + 60), (10, NOON + 60), (11, NOON + 60)):
        keep("bot", "forgotten", sharer=link, visitor=visitor, at=at)
    keep("human", "", sharer=link, visitor=11, at=NOON + 60)
    assert {row["from"] for row in again()} == {"bot"}
    told = rows("select verdict from visits where findings like 'forgotten%' order by id")
    assert [row["verdict"] for row in told] == ["repeat", *["human"] * 4]


def test_visits_of_these_rules_and_those_without_findings_stay(keep: Any, again: Any) -> None:
    keep("bot", "forgotten", rules=RULES)
    keep("bot", None)
    keep("bot", None, rules=None)
    assert again() == []


def test_more_visits_than_one_batch_are_judged(
    keep: Any, again: Any, monkeypatch: pytest.MonkeyPatch, rows: Rows
) -> None:
    monkeypatch.setattr("tracker.rules.BATCH", 2)
    for visitor in range(7):
        keep("human", "head", visitor=visitor)
    assert again() == [{"from": "human", "to": "bot", "visits": 7}]
    assert again() == []


def test_rules_that_did_not_change_change_nothing(
    app: Any, kit: Services, tell: Callable[..., Any], again: Any, rows: Rows
) -> None:
    """What was judged as it happened is judged alike from its findings: by self, repeat, known, seen, crawler."""
    for seed in range(2):
        live_a_little(app, kit, tell, seed)
    before = rows("select id, verdict, rule, findings from visits order by id")
    assert len({row["verdict"] for row in before}) >= 4
    kit.store.execute("update visits set rules = :older", older=RULES - 1)
    assert again() == []
    assert rows("select id, verdict, rule, findings from visits order by id") == before
