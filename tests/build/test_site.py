"""What a build shows: pages in both languages, drafts kept back, captions, cards, ways to pass it on."""

import json
from datetime import UTC, datetime
from io import BytesIO
from xml.etree import ElementTree as Xml

import pytest
import time_machine
from PIL import Image

from tests.build.pages import ENGLISH, N, Reader, W
from tests.campaigns import SITE_URL, Campaign

pytestmark = pytest.mark.usefixtures("first_of_october")

HOSTILE = "\"'><script>alert(1)</script></title>{{ 7*7 }} \u202eRTL\u202c \U0001f988 &amp;"


def test_an_episode_gets_its_page_film_poster_captions_and_card(campaign: Campaign) -> None:
    campaign.write_episode()
    campaign.build()
    page = Reader(campaign.read("episodes/jai-piscine/index.html"))
    video = page.find("video")
    assert (video["width"], video["height"]) == ("128", "72")
    assert video["poster"] == "/posters/piscine.webp"
    assert page.find("source")["src"] == "/media/piscine.mp4"
    assert page.find("track")["src"] == "/captions/jai-piscine.fr.vtt"
    assert page.find("link", rel="canonical")["href"] == f"{SITE_URL}/episodes/jai-piscine/"
    assert page.find("meta", property="og:image")["content"] == f"{SITE_URL}/cards/jai-piscine.fr.jpg"

    output = campaign.list_output()
    assert output["media/piscine.mp4"] == campaign.film.read_bytes()
    captions = output["captions/jai-piscine.fr.vtt"].decode()
    assert captions.startswith("WEBVTT")
    assert "00:00:00.500 --> 00:00:01.500\n<v GAUTHIER>" in captions
    with Image.open(BytesIO(output["posters/piscine.webp"])) as poster:
        assert poster.size == (128, 72)
        assert max(poster.convert("L").getextrema()) > 100
    with Image.open(BytesIO(output["cards/jai-piscine.fr.jpg"])) as card:
        assert (card.size, card.format) == ((1200, 630), "JPEG")
    assert len(output["cards/jai-piscine.fr.jpg"]) < 300_000


def test_the_script_becomes_a_transcript_and_leaves_the_text(campaign: Campaign) -> None:
    campaign.write_episode()
    campaign.build()
    page = campaign.read("episodes/jai-piscine/index.html")
    assert "[00:00.5]" not in page
    assert "## Script" not in page
    assert f"J’ai piscine{N}!" in page


def test_french_text_has_its_spaces_and_english_has_none(campaign: Campaign) -> None:
    campaign.write_episode(body="« Vraiment » ? Voir `a ? b` et <https://a.example/?b>.")
    campaign.write_episode("jai-piscine.en.md", **{**ENGLISH, "Answer": "Wet : why ?"})
    campaign.build()
    page = campaign.read("episodes/jai-piscine/index.html")
    assert f"«{N}Vraiment{N}»{N}? Voir <code>a ? b</code>" in page
    assert 'href="https://a.example/?b"' in page
    assert f"ouvert{W}: même mouillé{N}!" in page
    assert "Wet : why ?" in campaign.read("en/episodes/jai-piscine/index.html")


def test_translations_point_to_each_other_and_share_the_slug(campaign: Campaign) -> None:
    campaign.write_episode()
    campaign.write_episode("jai-piscine.en.md", **ENGLISH)
    campaign.write_page("donner.md", "Title: Donner\n\nDonnez !")
    campaign.write_page("donner.en.md", "Title: Donate\nSlug: donate\nMenu: Give\n\nGive!")
    campaign.build(MENU=["donner"], DONATE_PAGE="donner")

    english = Reader(campaign.read("en/episodes/jai-piscine/index.html"))
    assert english.find("html")["lang"] == "en"
    assert english.find("link", hreflang="fr")["href"] == f"{SITE_URL}/episodes/jai-piscine/"
    donate = Reader(campaign.read("en/donate/index.html"))
    assert donate.find("link", hreflang="fr")["href"] == f"{SITE_URL}/donner/"
    assert donate.find("a", href="/en/donate/")
    assert campaign.read_manifest()["site"]["menu"]["en"] == [{"name": "Give", "path": "/en/donate/"}]
    home = Reader(campaign.read("en/index.html"))
    assert home.find("link", hreflang="fr")["href"] == f"{SITE_URL}/"
    assert home.find("a", href="/en/episodes/jai-piscine/")


def test_an_episode_without_translation_stands_in_english_lists_in_french(campaign: Campaign) -> None:
    campaign.write_episode()
    campaign.build()
    home = Reader(campaign.read("en/index.html"))
    assert home.find("a", href="/episodes/jai-piscine/", hreflang="fr")["lang"] == "fr"
    assert not (campaign.output / "en" / "episodes").exists()
    assert campaign.read_manifest()["episodes"][0]["titles"] == {"fr": "J’ai piscine"}


def test_drafts_and_future_episodes_are_built_only_in_a_preview(campaign: Campaign) -> None:
    campaign.write_episode("dehors.md", Number="1")
    campaign.write_episode("brouillon.md", Number="2", Status="draft")
    campaign.write_episode("demain.md", Number="3", Date="2026-10-02")
    campaign.write_episode("ce-soir.md", Number="5", Date="2026-10-01 14:30")
    campaign.write_page("secret.md", "Title: Secret\nStatus: draft\n\nChut.")
    campaign.build()
    output = campaign.list_output()
    for name in ("brouillon", "demain", "ce-soir", "secret"):
        assert not [path for path, content in output.items() if name in path or name.encode() in content]

    built = campaign.build(preview=True)
    assert sorted(built.drafts) == [f"{SITE_URL}/drafts/{name}/" for name in ("brouillon", "ce-soir", "demain")]
    assert (campaign.output / "drafts" / "demain" / "index.html").exists()
    assert (campaign.output / "drafts" / "pages" / "secret" / "index.html").exists()
    assert [entry["slug"] for entry in campaign.read_manifest()["episodes"]] == ["dehors"]
    assert "/drafts/" not in campaign.read("index.html") + campaign.read("feeds/atom.xml") + campaign.read(
        "sitemap.xml"
    )

    with time_machine.travel(datetime(2026, 10, 1, 12, 31, tzinfo=UTC), tick=False):  # 14:31 in Paris
        campaign.build()
    assert (campaign.output / "episodes" / "ce-soir" / "index.html").exists()
    assert not (campaign.output / "drafts").exists()


def test_a_hidden_episode_is_reachable_and_in_the_manifest_but_in_no_list(campaign: Campaign) -> None:
    campaign.write_episode("dehors.md", Number="1")
    campaign.write_episode("cache.md", Number="2", Status="hidden")
    campaign.build()
    assert (campaign.output / "episodes" / "cache" / "index.html").exists()
    for path in ("index.html", "episodes/dehors/index.html", "feeds/atom.xml", "feeds/rss.xml", "sitemap.xml"):
        assert "episodes/cache/" not in campaign.read(path)
    entries = campaign.read_manifest()["episodes"]
    assert [(entry["slug"], entry["status"]) for entry in entries] == [("cache", "hidden"), ("dehors", "published")]


def test_a_hostile_title_stays_a_title_everywhere(campaign: Campaign) -> None:
    word = "W" * 60
    campaign.write_episode(
        Title=HOSTILE[:80], Excuse=HOSTILE[:90], Answer=f"{HOSTILE} {word}", Share=f"{HOSTILE} {word}"
    )
    campaign.build()
    for path in ("index.html", "episodes/jai-piscine/index.html", "en/index.html", "404.html"):
        page = Reader(campaign.read(path))
        scripts = [attrs for tag, attrs in page.tags if tag == "script" and attrs.get("type") != "application/ld+json"]
        assert [(attrs.get("data-src") or "").partition(".")[0] for attrs in scripts] == ["/theme/counter"]
        assert "49" not in page.text["title"]
    page = Reader(campaign.read("episodes/jai-piscine/index.html"))
    assert page.find("meta", property="og:title")["content"] == HOSTILE[:90]
    assert json.loads(page.text["script"])["name"] == HOSTILE[:90]
    feed = Xml.fromstring(campaign.read("feeds/atom.xml"))
    assert feed.findtext("{*}entry/{*}title") == HOSTILE[:80]
    assert campaign.read_manifest()["episodes"][0]["titles"]["fr"] == HOSTILE[:80]
    intent = next(attrs["href"] for tag, attrs in page.tags if attrs.get("data-pass") == "wa")
    assert intent
    assert "<" not in intent
    assert '"' not in intent


def test_a_word_of_300_characters_is_drawn_and_written(campaign: Campaign) -> None:
    campaign.write_episode(body="x" * 300, Excuse="y" * 90, script=f"[00:00] GAUTHIER: {'z' * 300}\n[00:02] FIN")
    campaign.build()
    assert "z" * 300 in campaign.read("episodes/jai-piscine/index.html")


def test_the_ways_to_pass_it_on_work_as_plain_links(campaign: Campaign) -> None:
    campaign.write_episode()
    campaign.build()
    page = Reader(campaign.read("episodes/jai-piscine/index.html"))
    ways = {attrs["data-pass"]: attrs.get("href") or "" for tag, attrs in page.tags if attrs.get("data-pass")}
    address = "https%3A%2F%2Fexcuses.example%2Fepisodes%2Fjai-piscine%2F"
    assert ways["wa"] == f"https://wa.me/?text=Tu%20as%20piscine%2C%20je%20sais.%20{address}"
    assert ways["mail"].startswith("mailto:?subject=J%E2%80%99ai%20piscine&body=Tu%20as")
    assert {"wa", "sms", "mail", "fb", "bsky", "masto", "li", "tg", "x", "copy", "sheet", "emb"} == set(ways)
    assert all(address in href for code, href in ways.items() if code not in ("copy", "sheet", "emb"))


def test_a_film_elsewhere_is_a_plain_link_with_a_poster(campaign: Campaign) -> None:
    Image.new("RGB", (640, 360), "#D3202F").save(campaign.content / "media" / "affiche.png")
    campaign.write_episode(Film="https://youtu.be/dQw4w9WgXcQ?si=x", Poster="affiche.png", Length="12")
    campaign.build()
    page = campaign.read("episodes/jai-piscine/index.html")
    assert 'href="https://www.youtube.com/watch?v=dQw4w9WgXcQ"' in page
    assert 'data-embed="https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"' in page
    assert "<iframe" not in page
    assert campaign.read_manifest()["episodes"][0]["duration"] == 12
    with Image.open(campaign.output / "posters" / "affiche.png.webp") as poster:
        assert poster.size == (640, 360)


def test_captions_that_staff_gave_are_used_as_they_are(campaign: Campaign) -> None:
    (campaign.content / "media" / "mes.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nÀ moi\n", encoding="utf-8")
    campaign.write_episode(Captions="mes.vtt")
    campaign.build()
    assert "À moi" in campaign.read("captions/jai-piscine.fr.vtt")


def test_seasons_have_a_drawer_each_and_the_newest_lies_open(campaign: Campaign) -> None:
    campaign.write_episode("vieille.md", Number="1", Season="1", Excuse="C'est trop tôt.")
    campaign.write_episode("neuve.md", Number="2", Season="2", Excuse="C'est trop tard.")
    campaign.build()
    home = campaign.read("index.html")
    before, drawer = home.split('<details class="drawer">')
    assert "Saison&nbsp;2" in before
    assert "C’est trop tard." in before
    assert "<summary>Saison&nbsp;1</summary>" in drawer
    assert "C’est trop tôt." in drawer
