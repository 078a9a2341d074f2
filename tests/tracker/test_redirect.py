"""Following a link: /r/EPISODE/PLACEMENT/TOKEN."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as drawn
from hypothesis import strategies as st

from tests.conftest import Person
from tracker.services import Services
from tracker.store import Row, StoreError

Rows = Callable[..., list[Row]]
WHATSAPP = "WhatsApp/2.24.7.79 A"


def test_a_follower_lands_on_the_episode_with_a_visit_of_their_own(
    ana: Person, bo: Person, kit: Services, rows: Rows
) -> None:
    link = ana.arrive()["link"]
    answer = bo.get(f"/r/jai-piscine/wa2/{link}")
    assert answer.status_code == 302
    assert answer.headers["Cache-Control"] == "no-store"
    path, _, token = answer.location.partition("#")
    assert path == "/episodes/jai-piscine/"
    visit_id = kit.links.read("visit", token)
    (row,) = rows("select * from visits where id = :id", id=visit_id)
    assert (row["sharer"], row["episode"], row["channel"], row["variant"]) == (
        kit.links.read("link", link),
        "jai-piscine",
        "wa",
        2,
    )
    assert (row["verdict"], row["seen_at"]) == ("human", None)


def test_english_links_lead_to_english_pages(ana: Person, bo: Person) -> None:
    link = ana.arrive()["link"]
    assert bo.get(f"/en/r/jai-piscine/wa/{link}").location.startswith("/en/episodes/jai-piscine/#")


def test_an_unknown_placement_is_credited_without_a_channel(ana: Person, bo: Person, rows: Rows) -> None:
    link = ana.arrive()["link"]
    bo.follow(link, placement="zz9")
    (row,) = rows("select sharer, channel, variant from visits where seen_at is null")
    assert row["sharer"] is not None
    assert (row["channel"], row["variant"]) == (None, None)


@pytest.mark.parametrize("episode", ["jai-piscine", "nothing-of-the-kind", "..%2f..%2fetc", "%00", "é", "a" * 3000])
def test_a_forged_link_credits_nobody_and_leads_somewhere_kind(mallory: Person, rows: Rows, episode: str) -> None:
    answer = mallory.get(f"/r/{episode}/wa/AAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBB")
    assert answer.status_code == 302
    assert answer.location == ("/episodes/jai-piscine/" if episode == "jai-piscine" else "/")
    assert rows("select * from visits") == []
    assert rows("select * from sharers") == []


@pytest.mark.parametrize(
    "rest", ["", "jai-piscine", "jai-piscine/", "jai-piscine/wa", "jai-piscine/wa/", "jai-piscine/wa/x/y/z"]
)
def test_a_cut_link_still_leads_to_the_episode(cy: Person, rest: str) -> None:
    assert cy.get(f"/r/{rest}").location == ("/episodes/jai-piscine/" if rest else "/")


def test_a_visit_token_is_no_link(ana: Person, mallory: Person, rows: Rows) -> None:
    visit = ana.arrive()["visit"]
    assert mallory.follow(visit) is None
    assert len(rows("select * from visits")) == 1


def test_a_good_link_to_a_lost_episode_leads_home_and_keeps_the_credit(ana: Person, bo: Person, rows: Rows) -> None:
    link = ana.arrive()["link"]
    answer = bo.get(f"/r/withdrawn/wa/{link}")
    assert answer.location.startswith("/#")
    (row,) = rows("select sharer, episode from visits where seen_at is null")
    assert row["sharer"] is not None
    assert row["episode"] is None


def test_a_crawler_gets_the_card_of_that_very_address(ana: Person, kit: Services, client: Any, rows: Rows) -> None:
    link = ana.arrive()["link"]
    path = f"/r/jai-pas-de-monnaie/wa2/{link}"
    answer = client.get(path, headers={"User-Agent": WHATSAPP})
    page = answer.text
    assert answer.status_code == 200
    assert f'<meta property="og:url" content="http://127.0.0.1:8000{path}">' in page
    text = 'J’ai pas de <monnaie> & "tout".'
    assert "<monnaie>" not in page
    assert escape(text).replace("&quot;", "&#34;") in page
    assert "Deux." in page
    assert 'property="og:image" content="http://127.0.0.1:8000/cards/jai-pas-de-monnaie.fr.jpg"' in page
    (row,) = rows("select verdict, sharer from visits where verdict <> 'human'")
    assert row["verdict"] == "preview"


@pytest.mark.parametrize(
    ("agent", "verdict"),
    [
        (WHATSAPP, "preview"),
        ("whatsapp/2.2409.2 cfnetwork/1490.0.4 darwin/23.2.0", "preview"),
        ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "preview"),
        ("Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)", "preview"),
        ("http.rb/5.1.1 (Mastodon/4.2.1; +https://mastodon.example/)", "preview"),
        ("TelegramBot (like TwitterBot)", "preview"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "bot"),
        ("curl/8.5.0", "bot"),
        ("", "bot"),
        ("   ", "bot"),
    ],
)
def test_crawlers_are_kept_with_their_verdict_and_never_counted(
    ana: Person, client: Any, rows: Rows, agent: str, verdict: str
) -> None:
    link = ana.arrive()["link"]
    assert client.get(f"/r/jai-piscine/wa/{link}", headers={"User-Agent": agent}).status_code == 200
    (row,) = rows("select verdict from visits where seen_at is null")
    assert row["verdict"] == verdict
    assert rows("select sum(visits) as n from totals where sharer <> ''")[0]["n"] is None
    assert rows("select * from sharers") == []


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (Linux; Android 14; Pixel 7 Build/UQ1A.240205.002; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Version/4.0 Chrome/121.0.6167.178 Mobile Safari/537.36 Instagram 319.0.0.43.110 Android (34/14; 420dpi; "
        "1080x2201; Google/google; Pixel 7; panther; panther; fr_FR; 567067343352427)",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 "
        "[FBAN/FBIOS;FBAV/450.0.0.38.108;FBBV/564431005;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS;FBSV/17.3;FBLC/fr_FR]",
        "Mozilla/5.0 (Linux; Android 11; CUBOT P50) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile "
        "Safari/537.36",
    ],
)
def test_browsers_inside_apps_are_people(ana: Person, client: Any, rows: Rows, agent: str) -> None:
    link = ana.arrive()["link"]
    assert client.get(f"/r/jai-piscine/wa/{link}", headers={"User-Agent": agent}).status_code == 302
    assert rows("select verdict from visits where seen_at is null") == [{"verdict": "human"}]


def test_head_is_kept_and_promises_nothing(ana: Person, bo: Person, rows: Rows) -> None:
    link = ana.arrive()["link"]
    answer = bo.head(f"/r/jai-piscine/wa/{link}")
    assert (answer.status_code, answer.location, answer.data) == (302, "/episodes/jai-piscine/", b"")
    assert rows("select verdict, rule from visits where seen_at is null") == [{"verdict": "bot", "rule": "head"}]


@pytest.mark.parametrize(
    "header",
    [{"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"X-Moz": "prefetch"}, {"X-Purpose": "preview"}],
)
def test_a_prefetch_counts_only_once_its_page_was_seen(
    ana: Person, bo: Person, rows: Rows, header: dict[str, str]
) -> None:
    link = ana.arrive()["link"]
    answer = bo.get(f"/r/jai-piscine/wa/{link}", headers=header)
    visit = answer.location.partition("#")[2]
    assert rows("select verdict from visits where seen_at is null") == [{"verdict": "prefetch"}]
    assert rows("select * from totals where sharer <> ''") == []
    bo.see(visit)
    assert rows("select visits, confirmed from totals where sharer <> ''") == [{"visits": 1, "confirmed": 1}]


def prefetch(person: Person, link: str) -> str:
    """The browser fetches what nobody has asked for yet; the visit token that it would show."""
    answer = person.get(f"/r/jai-piscine/wa/{link}", headers={"Sec-Purpose": "prefetch"})
    return str(answer.location.partition("#")[2])


def test_a_prefetch_that_is_seen_is_what_it_would_have_been(ana: Person, bo: Person, cy: Person, rows: Rows) -> None:
    """A repeat, one's own link, or somebody who was here before and says so."""
    known, link = cy.arrive()["visit"], ana.arrive()["link"]
    bo.see(bo.follow(link))
    for who in (bo, ana):
        who.see(prefetch(who, link))
    cy.see(prefetch(cy, link), known=known)
    verdicts = [row["verdict"] for row in rows("select verdict from visits where sharer is not null order by id")]
    assert verdicts == ["human", "repeat", "self", "returning"]
    assert rows("select confirmed from totals where sharer <> ''") == [{"confirmed": 1}]


def test_the_same_link_twice_in_a_day_is_a_repeat(ana: Person, bo: Person, rows: Rows) -> None:
    link = ana.arrive()["link"]
    assert bo.follow(link) != bo.follow(link)
    assert [row["verdict"] for row in rows("select verdict from visits where seen_at is null order by id")] == [
        "human",
        "repeat",
    ]
    assert rows("select visits from totals where sharer <> ''") == [{"visits": 1}]


def test_midnight_makes_nobody_new_but_the_next_day_does(
    ana: Person, bo: Person, rows: Rows, time_machine: Any
) -> None:
    time_machine.move_to("2026-11-21 22:00:00+00:00", tick=False)
    link = ana.arrive()["link"]
    time_machine.move_to("2026-11-21 23:59:00+00:00", tick=False)
    bo.follow(link)
    time_machine.move_to("2026-11-22 00:01:00+00:00", tick=False)
    bo.follow(link)
    time_machine.move_to("2026-11-23 00:02:00+00:00", tick=False)
    bo.follow(link)
    verdicts = [row["verdict"] for row in rows("select verdict from visits where seen_at is null order by id")]
    assert verdicts == ["human", "repeat", "human"]


def test_following_ones_own_link_is_no_visit(ana: Person, rows: Rows) -> None:
    link = ana.arrive()["link"]
    assert ana.follow(link) is not None
    assert rows("select verdict from visits where seen_at is null") == [{"verdict": "self"}]
    ana.see(prefetch(ana, link))
    assert rows("select * from totals where sharer <> ''") == []
    assert rows("select * from sharers") == []


def test_two_people_behind_one_address_are_two(ana: Person, bo: Person, cy: Person, rows: Rows) -> None:
    link = ana.arrive()["link"]
    bo.see(bo.follow(link))
    cy.see(cy.follow(link))
    assert rows("select visits, confirmed from totals where sharer <> ''") == [{"visits": 2, "confirmed": 2}]


def test_somebody_who_refuses_counting_leaves_no_trace(ana: Person, bo: Person, rows: Rows) -> None:
    link = ana.arrive()["link"]
    answer = bo.get(f"/r/jai-piscine/wa/{link}", headers={"Sec-GPC": "1"})
    assert answer.location == "/episodes/jai-piscine/"
    assert len(rows("select * from visits")) == 1


def test_a_chain_of_people_is_a_chain_of_generations(ana: Person, bo: Person, cy: Person, rows: Rows) -> None:
    first = ana.arrive()
    second = bo.see(bo.follow(first["link"]))
    third = cy.see(cy.follow(second["link"]))
    cy.share(third["visit"])
    tree = rows("select id, parent, generation from sharers order by generation")
    assert [row["generation"] for row in tree] == [1, 2, 3]
    assert [row["parent"] for row in tree] == [None, tree[0]["id"], tree[1]["id"]]


@drawn(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(parts=st.lists(st.text(max_size=40), max_size=5), prefix=st.sampled_from(["/r/", "/en/r/", "/r", "/de/r/"]))
def test_no_path_makes_an_error(client: Any, parts: list[str], prefix: str) -> None:
    from urllib.parse import quote

    path = prefix + "/".join(quote(part, safe="", errors="replace") for part in parts)
    assert client.get(path, headers={"User-Agent": AGENT}).status_code in (301, 302, 404)


AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"


def test_a_flood_is_kept_as_one_count_and_people_still_arrive(
    ana: Person, bo: Person, cy: Person, rows: Rows, monkeypatch: pytest.MonkeyPatch, time_machine: Any
) -> None:
    time_machine.move_to("2026-11-22 10:00:00+00:00", tick=False)
    monkeypatch.setattr("tracker.visits.redirect.FLOOD", 3)
    link = ana.arrive()["link"]
    assert [bo.follow(link) is not None for _ in range(8)] == [True] * 3 + [False] * 5
    assert cy.follow(link) is not None
    assert rows("select count(*) as n from visits where verdict = 'throttled'") == [{"n": 1}]
    assert rows("select count from floods") == [{"count": 5}]


def test_a_database_that_fails_still_sends_people_on(
    ana: Person, bo: Person, kit: Services, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = ana.arrive()["link"]

    def fail(*_: Any) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(kit.store, "record", fail)
    assert bo.get(f"/r/jai-piscine/wa/{link}").location == "/episodes/jai-piscine/"
    assert app.extensions["redirect"].unpromised == 1
    assert bo.get("/go/donner").status_code == 302
    answer = bo.post("/t/visits", json={"episode": "jai-piscine"})
    assert (answer.status_code, answer.json["error"]) == (503, "unavailable")


@pytest.mark.parametrize("agent", [None, WHATSAPP])
def test_who_comes_as_a_day_begins_without_a_database_still_gets_there(
    ana: Person, bo: Person, kit: Services, monkeypatch: pytest.MonkeyPatch, agent: str | None
) -> None:
    link = ana.arrive()["link"]

    def fail(*_: Any) -> None:
        raise StoreError("the database is away")

    monkeypatch.setattr(kit.visitors, "_day", -1)
    monkeypatch.setattr(kit.visitors, "_turn_to", fail)
    answer = bo.get(f"/r/jai-piscine/wa/{link}", **({"headers": {"User-Agent": agent}} if agent else {}))
    assert (answer.status_code, answer.headers.get("Location")) in [(302, "/episodes/jai-piscine/"), (200, None)]
