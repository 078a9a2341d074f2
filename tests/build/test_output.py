"""What else a build writes, and what it leaves alone: campaign.json, feeds, robots.txt, and the same bytes twice."""

import hashlib
import os
import re
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
import time_machine

from chores.build import read_note
from tests.build.pages import ENGLISH, N, W
from tests.campaigns import SITE_URL, Campaign

pytestmark = pytest.mark.usefixtures("first_of_october")


def test_the_manifest_is_as_the_tracker_expects_it(campaign: Campaign) -> None:
    campaign.write_episode()
    campaign.write_episode("jai-piscine.en.md", **ENGLISH)
    campaign.write_episode("monnaie.md", Number="9")
    campaign.build()
    manifest = campaign.read_manifest()
    assert manifest["version"] == 1
    assert manifest["site"]["url"] == SITE_URL
    assert manifest["site"]["languages"] == ["fr", "en"]
    assert [entry["number"] for entry in manifest["episodes"]] == [9, 4]
    assert manifest["episodes"][1] == {
        "slug": "jai-piscine",
        "number": 4,
        "date": "2026-09-28",
        "cause": "toit",
        "status": "published",
        "titles": {"fr": "J’ai piscine", "en": "I have swimming"},
        "excuses": {"fr": "Désolé, j’ai piscine.", "en": "Sorry, swimming."},
        "answers": {"fr": f"Le guichet reste ouvert{W}: même mouillé{N}!", "en": "So do we."},
        "paths": {"fr": "/episodes/jai-piscine/", "en": "/en/episodes/jai-piscine/"},
        "card": {"fr": "/cards/jai-piscine.fr.jpg", "en": "/cards/jai-piscine.en.jpg"},
        "share_texts": {
            "fr": ["Tu as piscine, je sais.", "Ton alibi est passé au guichet."],
            "en": ["Splash."],
        },
        "film": "/media/piscine.mp4",
        "duration": 2.0,
    }
    styles = manifest["look"]["styles"]
    digest = b64encode(hashlib.sha256(styles.encode()).digest()).decode()
    assert manifest["look"]["style_hashes"] == [f"sha256-{digest}"]
    assert re.findall(r"<style>(.*?)</style>", campaign.read("index.html"), re.DOTALL) == [styles]
    for path in manifest["look"]["assets"].values():
        assert re.fullmatch(r"/theme/[\w./-]+\.[0-9a-f]{8}\.\w+", path)
        assert (campaign.output / path[1:]).is_file()
    assert all(re.fullmatch(r"[a-z]+", channel["code"]) for channel in manifest["channels"])
    assert {"wa", "qr", "ref", "page"} <= {channel["code"] for channel in manifest["channels"]}
    (target,) = manifest["targets"]
    assert {"name": "donner", "provider": "generic", "field": "visit_id"}.items() <= target.items()


def test_the_same_input_gives_the_same_bytes(campaign: Campaign, tmp_path: Path) -> None:
    campaign.write_episode()
    campaign.write_episode("jai-piscine.en.md", **ENGLISH)
    campaign.write_page("donner.md", "Title: Donner\n\nDonnez !")
    campaign.build()
    first = campaign.list_output()
    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC), tick=False):
        campaign.build(OUTPUT_PATH=str(tmp_path / "elsewhere"), CACHE_FOLDER=str(tmp_path / "cache"))
    again = {
        file.relative_to(tmp_path / "elsewhere").as_posix(): file.read_bytes()
        for file in (tmp_path / "elsewhere").rglob("*")
        if file.is_file()
    }
    assert sorted(first) == sorted(again)
    assert [path for path in first if first[path] != again[path]] == []


def test_unchanged_files_are_not_touched_and_old_ones_go(campaign: Campaign) -> None:
    campaign.write_episode()
    campaign.write_episode("b.md", Number="5")
    campaign.build()
    old = {file: file.stat().st_mtime_ns for file in campaign.output.rglob("*") if file.is_file()}
    (campaign.content / "episodes" / "b.md").unlink()
    campaign.write_episode(Answer="Une autre réponse.")
    campaign.build()
    assert not (campaign.output / "episodes" / "b").exists()
    touched = {file.relative_to(campaign.output).as_posix() for file in old if file.exists() and _changed(file, old)}
    assert "episodes/jai-piscine/index.html" in touched
    assert not touched & {"media/piscine.mp4", "robots.txt", "captions/jai-piscine.fr.vtt", "cards/jai-piscine.fr.jpg"}
    assert not [path for path in os.listdir(campaign.folder) if path.startswith(".output")]


def _changed(file: Path, old: dict[Path, int]) -> bool:
    return file.stat().st_mtime_ns != old[file]


def test_nothing_else_is_written(campaign: Campaign) -> None:
    campaign.write_episode()
    (campaign.content / "media" / "unused.mp4").write_bytes(b"x")
    campaign.write_page("donner.md", "Title: Donner\n\nDonnez !")
    campaign.build()
    written = [path for path in campaign.list_output() if not path.endswith((".br", ".gz"))]
    assert sorted(path for path in written if not path.startswith("theme/")) == [
        ".built.json",
        ".htaccess",
        ".nginx.conf",
        "404.html",
        "_headers",
        "_redirects",
        "campaign.json",
        "captions/jai-piscine.fr.vtt",
        "cards/jai-piscine.fr.jpg",
        "donner/index.html",
        "embed/jai-piscine/index.html",
        "embed/jai-piscine/oembed.json",
        "en/404.html",
        "en/feeds/atom.xml",
        "en/feeds/rss.xml",
        "en/index.html",
        "episodes/jai-piscine/index.html",
        "favicon.ico",
        "feeds/atom.xml",
        "feeds/rss.xml",
        "index.html",
        "media/piscine.mp4",
        "posters/piscine.webp",
        "robots.txt",
        "sitemap.xml",
    ]
    assert len([path for path in campaign.list_output() if path.endswith(".css")]) == 1  # for players elsewhere
    assert read_note(campaign.output)["site_url"] == SITE_URL


def test_feeds_and_sitemap_are_whole_and_absolute(campaign: Campaign) -> None:
    campaign.write_episode()
    campaign.write_page("plateforme.md", "Title: Plateforme\nTemplate: platform\nStatus: hidden\n\nIci.")
    campaign.build()
    atom = Xml.fromstring(campaign.read("feeds/atom.xml"))
    (entry,) = atom.findall("{*}entry")
    assert entry.findtext("{*}id") == f"{SITE_URL}/episodes/jai-piscine/"
    assert entry.findtext("{*}published") == "2026-09-28T00:00:00+02:00"
    enclosure = next(link for link in entry.findall("{*}link") if link.get("rel") == "enclosure")
    assert enclosure.get("href") == f"{SITE_URL}/media/piscine.mp4"
    assert enclosure.get("length") == str(campaign.film.stat().st_size)
    rss = Xml.fromstring(campaign.read("en/feeds/rss.xml"))
    assert rss.findtext("channel/link") == f"{SITE_URL}/en/"
    places = [loc.text or "" for loc in Xml.fromstring(campaign.read("sitemap.xml")).findall(".//{*}loc")]
    assert places == [f"{SITE_URL}/", f"{SITE_URL}/en/", f"{SITE_URL}/episodes/jai-piscine/"]


def test_robots_keep_off_personal_links_save_those_that_draw_cards(campaign: Campaign) -> None:
    campaign.write_episode()
    campaign.build()
    everybody, drawers = campaign.read("robots.txt").split("User-agent: facebookexternalhit")
    for path in ("/r/", "/en/r/", "/p/", "/go/", "/staff/", "/impact/"):
        assert f"Disallow: {path}\n" in everybody
    assert "/r/" not in drawers
    assert "Disallow: /go/" in drawers


def test_a_campaign_without_episodes_still_builds(campaign: Campaign) -> None:
    assert campaign.build().episodes == 0
    assert campaign.read_manifest()["episodes"] == []
    assert "Le guichet ouvre bientôt." in campaign.read("index.html")
    assert "Aucune n’a été acceptée." not in campaign.read("index.html")
