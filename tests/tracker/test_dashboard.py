"""The dashboard: the same story told in figures, whatever the range, and nothing a spreadsheet would run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from tests.tracker.conftest import Member, table_of, words_of
from tracker.branches import refresh_branches
from tracker.choices import COUNT_FROM, keep_choice
from tracker.dashboard.exports import TABLES
from tracker.dashboard.period import read_period
from tracker.leaderboard import Scope, rank_sharers
from tracker.services import Services
from tracker.sharers import file_code
from tracker.standings import keep_current
from tracker.totals import Change, add_to_totals
from tracker.virality.days import refresh_days

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
EVERYTHING = Scope()


@pytest.fixture
def noon() -> Iterator[None]:
    """The clock stands still, before anybody signs in."""
    with time_machine.travel(NOON, tick=False):
        yield


def add(kit: Services, day: str, sharer: str = "a" * 16, **measures: Any) -> None:
    """Put figures on a day, as if they had been counted then."""
    at = int(datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=kit.campaign.timezone).timestamp())
    places = {"episode": measures.pop("episode", "jai-piscine"), "channel": measures.pop("channel", "wa")}
    with kit.store.atomic() as writing:
        add_to_totals(writing, [Change(sharer, at, **places, **measures)], kit.campaign.timezone)


def test_ana_has_one_confirmed_visitor_and_one_gift_and_nobody_else_has(
    stef: Member, kit: Services, story: dict[str, Any]
) -> None:
    ranks = rank_sharers(kit.store, EVERYTHING)
    assert [(row["sharer"], row["confirmed"], row["gifts"], row["amount"]) for row in ranks] == [
        (story["ana"], 1, 1, 3000)
    ]
    page = stef.get("/staff/")
    assert f"Dossier {file_code(story['ana'])}" in words_of(page)
    assert file_code(story["bo"]) not in page.text
    assert "30\xa0€" in page.text
    assert "Une excuse refusée" in page.text


def test_a_gift_without_a_link_is_shown_as_such(stef: Member, tell: Callable[..., Any]) -> None:
    tell(payment="p2", amount=1250)
    assert "12,50\xa0€" in stef.get("/staff/").text
    assert "sans lien" in stef.get("/staff/gifts").text


def test_a_refused_notification_is_shown_with_its_reason(stef: Member, tell: Callable[..., Any], kit: Services) -> None:
    tell(payment="p3", amount=1000, currency="USD")
    tell(payment="p4", amount=1000, secret="whsec_AAAAAAAAAAAAAAAAAAAAAAAA")
    kit.store.flush()
    page = words_of(stef.get("/staff/gifts"))
    assert "Dans une autre monnaie" in page
    assert "Signature fausse" in page


def test_verdicts_are_told_in_plain_words(stef: Member, ana: Any, bo: Any, kit: Services) -> None:
    link = ana.arrive()["link"]
    bo.follow(link)
    bo.follow(link)
    bo.agent = "WhatsApp/2.23.20.0"
    bo.get(f"/r/jai-piscine/wa/{link}")
    kit.store.flush()
    page = words_of(stef.get("/staff/verdicts"))
    for words in ("Une personne", "Déjà vu", "Une carte"):
        assert words in page


@pytest.mark.usefixtures("noon")
def test_ranges_take_in_the_campaigns_own_days(stef: Member, kit: Services) -> None:
    for day, number in (("2026-11-22", 1), ("2026-11-16", 10), ("2026-11-15", 100), ("2026-10-01", 1000)):
        add(kit, day, visits=number, confirmed=number)
    for query, expected in (
        ("range=today", "1"),
        ("range=7", "11"),
        ("", "111"),
        ("range=nonsense", "111"),
        ("range=all", "1 111"),
        ("range=custom&from=2026-11-15&to=2026-11-16", "110"),
        ("range=custom&from=2026-11-16&to=2026-11-15", "110"),
        ("range=custom&from=rubbish&to=2026-11-16", "111"),
        ("range=custom&from=0001-01-01&to=9999-12-31", "1 111"),
    ):
        text = stef.get(f"/staff/?{query}").text
        assert f"<dt>visiteurs confirmés</dt><dd>{expected}<" in text.replace("\u202f", " "), query


@pytest.mark.usefixtures("noon")
def test_episode_and_channel_narrow_every_figure(stef: Member, kit: Services) -> None:
    add(kit, "2026-11-22", confirmed=3, visits=3)
    add(kit, "2026-11-22", confirmed=4, visits=4, channel="em")
    add(kit, "2026-11-22", confirmed=5, visits=5, episode="ca-sert-a-rien")
    for query, expected in (("channel=wa", 8), ("episode=jai-piscine", 7), ("episode=jai-piscine&channel=wa", 3)):
        assert f"<dd>{expected}<small>la page a" in stef.get(f"/staff/?{query}").text
    assert "<dd>12<small>la page a" in stef.get("/staff/?episode=unknown&channel='").text


@pytest.mark.usefixtures("noon")
def test_counting_from_a_day_leaves_rehearsals_out_everywhere(stef: Member, kit: Services) -> None:
    add(kit, "2026-11-10", confirmed=40, visits=40)
    add(kit, "2026-11-21", confirmed=2, visits=2)
    assert stef.post("/staff/", "/staff/count-from", day="2026-11-20").status_code == 303
    page = stef.get("/staff/").text
    assert "<dd>2<small>la page a" in page
    assert "20 novembre 2026" in page
    assert "choisi par Stef" in page
    assert [row["day"] for row in table_of(stef.get("/staff/export/days.csv?range=all"))] == ["2026-11-21"]
    assert stef.post("/staff/", "/staff/count-from", day="").status_code == 303
    assert "<dd>42<small>la page a" in stef.get("/staff/").text
    assert stef.post("/staff/", "/staff/count-from", day="tomorrow").status_code == 422


@pytest.mark.usefixtures("noon")
def test_counting_from_a_day_to_come_shows_an_empty_counter(stef: Member, kit: Services) -> None:
    add(kit, "2026-11-21", confirmed=2, visits=2)
    keep_choice(kit.store, COUNT_FROM, "2026-12-24", "Stef")
    for page in ("/staff/", "/staff/sharers/", "/staff/gifts", "/staff/verdicts", "/staff/?range=all"):
        assert stef.get(page).status_code == 200
    assert "la salle d’attente est vide" in stef.get("/staff/").text


def test_a_sharers_page_shows_the_path_and_the_branch(stef: Member, ana: Any, bo: Any, cy: Any, tell: Any) -> None:
    me = ana.arrive()
    visit = bo.follow(ana.share(me["visit"])["url"].rsplit("/", 1)[1])
    bo.see(visit)
    third = cy.follow(bo.share(visit)["url"].rsplit("/", 1)[1])
    cy.see(third)
    tell(payment="p9", amount=4200, visit_id=third.split(".")[0])
    ids = [token.split(".")[0] for token in (me["visit"], visit)]
    page = words_of(stef.get(f"/staff/sharers/{ids[0]}"))
    assert f"Dossier {file_code(ids[1])}" in page
    assert "42 €" in page
    below = words_of(stef.get(f"/staff/sharers/{ids[1]}"))
    assert f"Dossier {file_code(ids[0])} Dossier {file_code(ids[1])}" in below
    assert stef.get("/staff/sharers/nobody").status_code == 404


def test_every_table_can_be_taken_away(stef: Member, kit: Services, story: dict[str, Any]) -> None:
    kit.store.flush()
    now = int(datetime.now(UTC).timestamp())
    keep_current(kit.store, kit.campaign.timezone, now)
    refresh_branches(kit.store, now)
    refresh_days(kit.store, kit.campaign.timezone, now)
    for table, described in TABLES.items():
        answer = stef.get(f"/staff/export/{table}.csv" + (f"?below={story['ana']}" if described.of_one else ""))
        assert answer.mimetype == "text/csv"
        assert "attachment" in answer.headers["Content-Disposition"]
        rows = table_of(answer)
        if table not in ("origins", "links", "floods", "stops", "children", "deeds", "unclaimed", "odd", "forms"):
            assert rows, table
            assert tuple(rows[0]) == described.columns


@pytest.mark.usefixtures("story")
def test_amounts_and_times_are_written_for_people(stef: Member) -> None:
    (gift,) = table_of(stef.get("/staff/export/gifts.csv"))
    assert gift["amount"] == "30.00"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", gift["at"])
    assert gift["visit_id"]


def test_a_formula_in_a_name_is_harmless_in_the_export(stef: Member) -> None:
    for name in ("=HYPERLINK(1)", "+33 1", "-2", "@SUM(A1)", 'a "quoted", name'):
        assert stef.post("/staff/origins/", name=name).status_code == 303
    names = {row["name"] for row in table_of(stef.get("/staff/export/origins.csv"))}
    assert names == {"'=HYPERLINK(1)", "'+33 1", "'-2", "'@SUM(A1)", 'a "quoted", name'}


def test_an_unknown_table_is_not_found(stef: Member) -> None:
    assert stef.get("/staff/export/staff.csv").status_code == 404


def test_hostile_titles_and_names_are_escaped(stef: Member, kit: Services) -> None:
    today = datetime.now(kit.campaign.timezone).date().isoformat()
    add(kit, today, confirmed=1, visits=1, episode="jai-pas-de-monnaie")
    stef.post("/staff/origins/", name="<script>alert(1)</script>")
    for page in ("/staff/", "/staff/origins/"):
        text = stef.get(page).text
        assert "<monnaie>" not in text
        assert "<script>alert" not in text


def test_an_empty_campaign_tells_what_to_do_next(stef: Member) -> None:
    page = stef.get("/staff/").text
    assert "lien nommé" in page
    assert "Rien à dessiner" in page


def test_staff_are_not_warned_once_gifts_lead_to_a_real_platform(stef: Member) -> None:
    assert "plateforme de démonstration" not in stef.get("/staff/").text


class TestWhenGiftsLeadToTheDemonstration:
    @pytest.fixture
    def campaign(self, campaign: dict[str, Any]) -> dict[str, Any]:
        campaign["targets"][0]["address"] = "http://127.0.0.1:8000/plateforme-de-demonstration/"
        return campaign

    def test_staff_are_warned(self, stef: Member) -> None:
        assert "plateforme de démonstration" in stef.get("/staff/").text


def test_days_without_visitors_stay_in_the_curve(kit: Services) -> None:
    now = NOON.timestamp()
    period = read_period({"range": "7"}, kit.campaign, now, "", "")
    assert (period.since, period.until, len(period.days)) == (date(2026, 11, 16), date(2026, 11, 22), 7)
    assert period.until_at - period.since_at == 7 * 86_400
    assert period.query(by="gifts") == {"range": "7", "by": "gifts"}


@pytest.mark.usefixtures("noon")
def test_the_curve_has_a_column_for_each_day_and_no_inline_style(stef: Member, kit: Services) -> None:
    add(kit, "2026-11-20", visits=5, confirmed=5, gifts=1, amount=100)
    page = stef.get("/staff/?range=7").text
    wide = re.search(r'<svg[^>]*class="chart wide".*?</svg>', page, re.DOTALL)
    assert wide is not None
    assert "style=" not in wide[0]
    assert wide[0].count('<g class="bar">') == 2 * 7
    assert wide[0].count('class="mark"') == 1
    file = stef.get("/staff/charts/curve.svg?range=7")
    assert file.mimetype == "image/svg+xml"
    assert "<style>" in file.text
    assert "script" not in file.headers["Content-Security-Policy"]
