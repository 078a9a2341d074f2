"""The player for other people's sites: a page by itself, its oEmbed answer, and the code that people copy."""

import json
import re

import pytest

from tests.build.pages import ENGLISH, Reader
from tests.campaigns import SITE_URL, Campaign


@pytest.mark.parametrize(
    ("embed", "page", "excuse"),
    [
        ("embed/jai-piscine/", "episodes/jai-piscine/", "Désolé, j’ai piscine."),
        ("en/embed/jai-piscine/", "en/episodes/jai-piscine/", "Sorry, swimming."),
    ],
)
def test_an_episode_page_names_an_oembed_answer_that_shows_its_player(
    campaign: Campaign, embed: str, page: str, excuse: str
) -> None:
    campaign.write_episode()
    campaign.write_episode("jai-piscine.en.md", **ENGLISH)
    campaign.build()
    episode = Reader(campaign.read(f"{page}index.html"))
    named = episode.find("link", type="application/json+oembed")
    assert named["href"] == f"{SITE_URL}/{embed}oembed.json"
    answer = json.loads(campaign.read(f"{embed}oembed.json"))
    assert (answer["version"], answer["type"], answer["title"]) == ("1.0", "video", excuse)
    frame = Reader(answer["html"]).find("iframe")
    assert frame["src"] == f"{SITE_URL}/{embed}"
    assert frame["title"] == excuse
    assert (frame["width"], frame["height"]) == (str(answer["width"]), str(answer["height"])) == ("640", "416")
    assert json.loads(episode.text["script"])["embedUrl"] == f"{SITE_URL}/{embed}"

    player = Reader(campaign.read(f"{embed}index.html"))
    assert player.find("video")["preload"] == "none"
    assert player.find("body")["data-placement"] == "emb"
    assert player.find("link", rel="canonical")["href"] == f"{SITE_URL}/{page}"
    assert player.find("base")["target"] == "_blank"
    assert player.find("a", href=f"{SITE_URL}/{page}")


def test_the_code_to_copy_stands_on_the_page_for_those_without_scripts(campaign: Campaign) -> None:
    campaign.write_episode(Excuse='L\'excuse "<b>"')
    campaign.build()
    page = campaign.read("episodes/jai-piscine/index.html")
    (code,) = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page)
    assert code.startswith(f"&lt;iframe src=&#34;{SITE_URL}/embed/jai-piscine/&#34;")
    assert "<b>" not in code
    assert "<textarea" not in campaign.read("index.html")


def test_drafts_have_no_player_and_hidden_episodes_do(campaign: Campaign) -> None:
    campaign.write_episode("brouillon.md", Number="1", Status="draft")
    campaign.write_episode("cache.md", Number="2", Status="hidden")
    campaign.build(preview=True)
    assert [path for path in campaign.list_output() if "embed" in path and "brouillon" in path] == []
    assert (campaign.output / "embed" / "cache" / "index.html").exists()
    assert "oembed" not in campaign.read("drafts/brouillon/index.html")


def test_the_player_is_in_no_list(campaign: Campaign) -> None:
    campaign.write_episode()
    campaign.build()
    assert "/embed/" not in campaign.read("sitemap.xml")
    assert "noindex, indexifembedded" in campaign.read("embed/jai-piscine/index.html")
    names = {"fr": "Lecteur sur un autre site", "en": "Player on another site"}
    assert {"code": "emb", "name": names["fr"], "names": names} in campaign.read_manifest()["channels"]
