"""No address in the demo campaign leads nowhere, and its pages describe their films as search engines want them."""

import json
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as Xml

import pytest

from chores.build import build_site
from tests.build.pages import Reader

SITE = "https://excuses.example"
OF_THE_TRACKER = ("/go/", "/r/", "/en/r/", "/impact/", "/board/", "/staff/", "/t/", "/hooks/", "/drafts/")
ADDRESSES = {"href", "src", "poster", "action"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The campaign of this repository, as it goes online."""
    output = tmp_path_factory.mktemp("demo") / "output"
    build_site(
        OUTPUT_PATH=str(output),
        SITEURL=SITE,
        TARGETS=[{"name": "donner", "address": "https://dons.example/", "provider": "generic", "field": "visit_id"}],
    )
    return output


def find_file(site: Path, path: str) -> Path | None:
    file = site / unquote(path).lstrip("/")
    file = file / "index.html" if path.endswith("/") else file
    return file if file.is_file() else None


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def list_addresses(site: Path) -> list[tuple[str, str]]:
    """(where it stands, address) of every link, source and picture in pages, and of feeds, sitemap and manifests."""
    found: list[tuple[str, str]] = []
    for file in sorted(site.rglob("*.html")):
        where = "/" + file.relative_to(site).as_posix().removesuffix("index.html")
        for tag, attrs in Reader(file.read_text(encoding="utf-8")).tags:
            found += [(where, value or "") for name, value in attrs.items() if name in ADDRESSES]
            if tag == "meta" and (attrs.get("content") or "").startswith("http"):
                found.append((where, attrs["content"] or ""))
    for file in [*site.rglob("*.xml"), *site.rglob("*.json"), *site.rglob("*.webmanifest")]:
        text = file.read_text(encoding="utf-8")
        found += [(file.name, address) for address in re.findall(rf"{SITE}[^\s\"'<>\\]*", text)]
    return found


def test_no_address_leads_nowhere(site: Path) -> None:
    broken = set()
    checked = 0
    for where, address in list_addresses(site):
        parts = urlsplit(address)
        if parts.scheme and not address.startswith(SITE):
            continue
        path = parts.path or where
        if path.startswith(OF_THE_TRACKER):
            continue
        checked += 1
        file = find_file(site, path)
        lost = file and parts.fragment and file.suffix == ".html" and f'id="{parts.fragment}"' not in read(file)
        if not file or lost:
            broken.add((where, address))
    assert broken == set()
    assert checked > 1000


def test_no_id_is_given_twice(site: Path) -> None:
    for file in site.rglob("*.html"):
        ids = [attrs["id"] for _, attrs in Reader(file.read_text(encoding="utf-8")).tags if attrs.get("id")]
        assert len(ids) == len(set(ids)), file


def test_every_episode_tells_search_engines_all_of_its_film(site: Path) -> None:
    """What Google wants of a VideoObject: https://developers.google.com/search/docs/appearance/structured-data/video"""
    pages = [*site.glob("episodes/*/index.html"), *site.glob("en/episodes/*/index.html")]
    assert len(pages) == 16
    for file in pages:
        video = json.loads(Reader(file.read_text(encoding="utf-8")).text["script"])
        wanted = ("name", "description", "thumbnailUrl", "uploadDate", "contentUrl", "embedUrl", "duration")
        assert [name for name in wanted if not video.get(name)] == [], file
        assert re.fullmatch(r"PT\d+S", video["duration"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", video["uploadDate"])
    films = Xml.fromstring((site / "sitemap.xml").read_text(encoding="utf-8")).findall(".//{*}video")
    assert len(films) == 16
    for film in films:
        assert all(film.findtext(f"{{*}}{name}") for name in ("thumbnail_loc", "title", "description", "content_loc"))


def test_printed_words_have_no_typewriter_s_apostrophes(site: Path) -> None:
    for file in site.rglob("*.html"):
        page = re.sub(
            r"<(script|style|code|textarea)\b.*?</\1>|<[^>]*>", " ", file.read_text(encoding="utf-8"), flags=re.S
        )
        assert re.findall(r"\w&#39;\w+|\w'\w+", page) == [], file
