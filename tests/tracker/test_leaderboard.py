"""Rankings: by what is asked, page after page, of own links and of whole branches, and in nobody's favour."""

from __future__ import annotations

import random
import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from benchmarks.cascade import Parameters, spread
from tests.tracker.conftest import Member, words_of
from tests.tracker.test_dashboard import EVERYTHING, add
from tests.tracker.test_virality import NOON, count_days
from tracker.branches import refresh_branches
from tracker.dashboard.portrait import branch_by_generation, sum_generations
from tracker.leaderboard import Scope, rank_sharers, ranking, sum_all, sum_by
from tracker.services import Services
from tracker.sharers import branch_of, file_code, make_origin
from tracker.standings import keep_current
from tracker.totals import MEASURES, Change, add_to_totals


def test_the_leaderboard_ranks_by_what_is_asked(kit: Services) -> None:
    add(kit, "2026-11-01", "a" * 16, confirmed=9, visits=9, gifts=1, amount=500)
    add(kit, "2026-11-02", "b" * 16, confirmed=5, visits=20, gifts=3, amount=100)
    add(kit, "2026-11-03", "", confirmed=100, visits=100)
    order = {
        by: [row["sharer"][:1] for row in rank_sharers(kit.store, EVERYTHING, by)] for by in ("confirmed", "visits")
    }
    assert order == {"confirmed": ["a", "b"], "visits": ["b", "a"]}
    assert [row["sharer"][:1] for row in rank_sharers(kit.store, EVERYTHING, "gifts", limit=1)] == ["b"]
    assert [row["sharer"][:1] for row in rank_sharers(kit.store, Scope(until="2026-11-01"), "amount")] == ["a"]
    assert sum_all(kit.store, EVERYTHING)["brought"] == 14
    assert [row["day"] for row in sum_by(kit.store, EVERYTHING, "day")] == ["2026-11-01", "2026-11-02", "2026-11-03"]
    with pytest.raises(ValueError, match="can't rank"):
        rank_sharers(kit.store, EVERYTHING, "amount; drop table staff")  # type: ignore[arg-type]


def test_the_whole_ranking_turns_its_pages(stef: Member, kit: Services) -> None:
    today = datetime.now(kit.campaign.timezone).date().isoformat()
    for place in range(101):
        add(kit, today, f"{place:016d}", confirmed=1, visits=1)
    assert 'rel="next"' in stef.get("/staff/sharers/").text
    assert "Rangs 26 à 50" in words_of(stef.get("/staff/sharers/?page=2"))
    last = stef.get("/staff/sharers/?page=5").text
    assert last.count('<td class="n rank">101</td>') == 1
    assert 'rel="next"' not in last
    assert len(stef.get("/staff/export/sharers.csv").text.splitlines()) == 1 + 101, "who takes it away takes all"
    for odd in ("0", "-5", "x", "99999999999999999999"):
        assert stef.get(f"/staff/sharers/?page={odd}&by=password").status_code == 200


def test_a_ranking_escapes_names_and_writes_figures_as_its_language_does(stef: Member, kit: Services) -> None:
    today = datetime.now(kit.campaign.timezone).date().isoformat()
    mallory = make_origin(kit.store, "<img src=x onerror=alert(1)> & Cie", 1)
    add(kit, today, mallory, confirmed=1234, visits=2000, gifts=1, amount=123_456)
    add(kit, today, "b" * 16, confirmed=617, visits=1000)
    page = stef.get("/staff/sharers/?range=today").text
    assert "<img" not in page
    first, second = re.findall(r"<tr>.*?</tr>", page[page.index("<tbody>") :], re.DOTALL)
    assert f'<a href="/staff/sharers/{mallory}?range=today">&lt;img src=x onerror=alert(1)&gt; &amp; Cie</a>' in first
    assert '<span class="tag">lien nommé</span>' in first
    assert [re.findall(r'width="([\d.]+)"', row) for row in (first, second)] == [["100.0"], ["50.0"]]
    figures = re.findall(r'<td class="n">(.*?)</td>', first)
    assert figures == ["1\u202f234", "2\u202f000", "0", "1", "1\u202f234,56\xa0€", "0", "0"]


def test_whole_branches_are_ranked_with_the_moment_at_which_they_were_counted(
    stef: Member, story: dict[str, Any], ana: Any, cy: Any, kit: Services
) -> None:
    assert "Le premier compte arrive" in words_of(stef.get("/staff/sharers/?by=branch"))
    visit = cy.follow(kit.links.issue("link", story["bo"]))
    cy.see(visit)
    now = int(datetime.now(UTC).timestamp())
    keep_current(kit.store, kit.campaign.timezone, now)
    refresh_branches(kit.store, now)
    page = words_of(stef.get("/staff/sharers/?by=branch"))
    assert "Compté le" in page
    ranks = page[page.index("Rang") :]
    assert ranks.index(f"Dossier {file_code(story['ana'])}") < ranks.index(f"Dossier {file_code(story['bo'])}")
    assert f"Dossier {file_code(story['ana'])} 2 1 1 30 €" in ranks


@pytest.mark.parametrize("seed", range(3))
def test_the_best_of_any_days_are_found_among_few(kit: Services, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The short way and the long one rank alike, ties included, whatever the days, the episode and the measure."""
    chance = random.Random(seed)
    days = [f"2026-11-{day:02}" for day in range(1, 23)]
    with time_machine.travel(NOON, tick=False):
        for _ in range(300):
            at = int(datetime.fromisoformat(f"{chance.choice(days)}T12:00+01:00").timestamp())
            measures = {name: chance.choice((0, 1, 1, 2, 30)) for name in MEASURES}
            episode = chance.choice(("jai-piscine", "ca-sert-a-rien"))
            with kit.store.atomic() as writing:
                change = Change(f"{int(40 * chance.random() ** 2):016}", at, episode, "wa", **measures)
                add_to_totals(writing, [change], kit.campaign.timezone)
        keep_current(kit.store, kit.campaign.timezone, time.time())
        monkeypatch.setattr(ranking, "CANDIDATES", 4)
        for _ in range(25):
            since, until = sorted(chance.sample(days[:-1], 2))
            scope = Scope(since, until, chance.choice(("", "jai-piscine")))
            by: Any = chance.choice(MEASURES)
            offset = chance.randrange(4)
            short = rank_sharers(kit.store, scope, by, 5, offset=offset)
            assert ranking.find_best(kit.store, scope, by, 5 + offset) is not None
            monkeypatch.setattr(ranking, "FEW", 0)
            assert short == rank_sharers(kit.store, scope, by, 5, offset=offset)
            monkeypatch.setattr(ranking, "FEW", 30)
        assert ranking.find_best(kit.store, Scope(days[0], days[-1]), "visits", 5) is None, (
            "of today, not all are known"
        )


def test_a_branch_is_the_same_from_standings_as_from_totals(kit: Services) -> None:
    truth = spread(kit.store, Parameters(seeds=60), 5, int(time.time()), kit.campaign.timezone)
    count_days(kit)
    for sharer, _ in truth.brought.most_common(12):
        plain = branch_of(kit.store, sharer)
        plain.pop("visits")
        assert sum_generations(branch_by_generation(kit.store, sharer, "")) == plain
