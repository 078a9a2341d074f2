"""A charity makes it its own: its palette reaches pages, cards, icons and manifests; each language has its own app."""

import json
from io import BytesIO

import pytest
from PIL import Image

from chores.build import BuildError
from tests.build.pages import ENGLISH, Reader
from tests.campaigns import Campaign


def most_common(picture: bytes, box: tuple[int, int, int, int]) -> tuple[int, int, int]:
    with Image.open(BytesIO(picture)) as opened:
        colours = opened.convert("RGB").crop(box).getcolors(1 << 24)
    return max(colours)[1]


def test_another_palette_reaches_everything_that_has_colours(campaign: Campaign) -> None:
    campaign.write_episode()
    campaign.build(PALETTE="night-train")
    page = campaign.read("index.html")
    assert page.index("--paper: #fff4dc") < page.index("--paper: #f3efe6"), "the palette has the last word"
    metas = [attrs["content"] for tag, attrs in Reader(page).tags if attrs.get("name") == "theme-color"]
    assert metas == ["#f3efe6", "#10131f"]
    files = campaign.list_output()
    band = most_common(files["cards/jai-piscine.fr.jpg"], (500, 560, 700, 620))
    assert band == pytest.approx((0xF3, 0xEF, 0xE6), abs=4)
    (manifest,) = (
        json.loads(content) for path, content in files.items() if path.endswith(".webmanifest") and ".fr." in path
    )
    assert manifest["theme_color"] == "#f3efe6"
    (stamp,) = (content.decode() for path, content in files.items() if path.endswith(".svg"))
    assert "#a3195b" in stamp
    assert "#D3202F" not in stamp


def test_a_palette_that_is_none_is_told(campaign: Campaign) -> None:
    campaign.write_episode()
    with pytest.raises(BuildError, match=r"PALETTE names 'night', which does not exist.*night-train"):
        campaign.build(PALETTE="night")


def test_each_language_is_an_app_of_its_own_with_icons_that_exist(campaign: Campaign) -> None:
    campaign.write_episode()
    campaign.write_episode("jai-piscine.en.md", **ENGLISH)
    campaign.build()
    files = campaign.list_output()
    for home, lang, name in (("", "fr", "Le Bureau des excuses"), ("en/", "en", "The Excuse Office")):
        page = Reader(campaign.read(f"{home}index.html"))
        manifest = json.loads(campaign.read((page.find("link", rel="manifest")["href"] or "").lstrip("/")))
        assert (manifest["name"], manifest["lang"], manifest["start_url"]) == (name, lang, f"/{home}")
        for icon in manifest["icons"]:
            assert icon["src"].lstrip("/") in files
        touch = page.find("link", rel="apple-touch-icon")["href"] or ""
        with Image.open(BytesIO(files[touch.lstrip("/")])) as picture:
            assert (picture.size, picture.mode) == ((180, 180), "RGB")
    with Image.open(BytesIO(files["favicon.ico"])) as icon:
        assert icon.format == "ICO"
