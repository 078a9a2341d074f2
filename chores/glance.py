"""One changed episode's page, at once: whoever writes sees it while the whole site, lists and feeds are still built.

It takes over what the last build knows, and writes that one page. Whatever it cannot do alone it leaves to the build.
"""

from __future__ import annotations

from collections.abc import Mapping
from gzip import compress
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]

from chores.build import NOTE
from plugins.episodes import Episode, read_episodes
from plugins.fields import Wrong
from plugins.films import write_whole
from plugins.languages import Site
from plugins.names import split_name
from plugins.pictures import place_pictures
from plugins.prose import to_html
from plugins.shown import Shown, show_again


def show_at_once(file: Path, site: Site, output: Path) -> str:
    """Writes the page of an episode's changed file into the output; its address, or nothing if only a build can."""
    settings = site.settings
    versions = _read_versions(file, settings)
    episode = next((version for version in versions if version.file.name == file.name), None)
    former = next((shown for shown in site.episodes if episode and _is_same_place(shown, episode)), None)
    if episode is None or former is None:
        return ""
    body = place_pictures(to_html(episode.body, episode.lang), Path(settings["PATH"]) / "media", settings["MEDIA"])
    shown = show_again(former, episode, body, settings, versions)
    page: bytes = settings["WRITER"].print_again(
        f"{former.path.removeprefix('/')}index.html",
        episode=shown,
        page_title=shown.title,
        page_description=shown.summary,
    )
    target = output / former.path.removeprefix("/") / "index.html"
    if not target.is_file():
        return ""
    for suffix, squeezed in ((".br", brotli.compress(page, quality=5)), (".gz", compress(page, 1)), ("", page)):
        variant = target.with_name(target.name + suffix)
        if variant.is_file():
            write_whole(variant, squeezed)
    (output / NOTE).touch()  # the running server looks at its date
    return former.url


def _read_versions(file: Path, settings: Mapping[str, Any]) -> list[Episode]:
    """The episode in every language; nothing where one of them has a mistake: the build will tell."""
    try:
        slug, _ = split_name(file, settings["LANGUAGES"])
    except Wrong:
        return []
    content = Path(settings["PATH"])
    causes = [cause["code"] for cause in settings["CAUSES"]]
    cache = Path(settings["CACHE_FOLDER"])
    episodes, mistakes = read_episodes(
        file.parent, causes, content / "media", settings["LANGUAGES"], cache, pattern=f"{slug}.*"
    )
    return [] if mistakes else [episode for episode in episodes if episode.slug == slug]


def _is_same_place(shown: Shown, episode: Episode) -> bool:
    """Whether its neighbours, its address and its lists stay as they were."""
    return (
        (shown.slug, shown.lang, shown.number, shown.season)
        == (episode.slug, episode.lang, episode.number, episode.season)
        and shown.date.replace(tzinfo=None) == episode.date
        and (shown.status == episode.status)
    )
