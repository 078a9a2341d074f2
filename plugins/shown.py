"""What the theme gets to see of an episode: names, addresses, film, ways to pass it on, and its neighbours."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, partial
from html import unescape
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup

from plugins.elsewhere import Remote, recognise
from plugins.episodes import Episode
from plugins.films import draw_poster
from plugins.media import Media, has_captions, make_captions
from plugins.passing import Pass, list_passes
from plugins.progress import follow
from plugins.script import Line
from theme.wording import curl_apostrophes, typeset

LANGUAGE_NAMES = {"fr": "Français", "en": "English"}


@dataclass(frozen=True)
class Cause:
    """What gifts are for."""

    code: str
    name: str
    text: str


@dataclass(frozen=True)
class Track:
    """Captions in one language."""

    lang: str
    label: str
    src: str


@dataclass(frozen=True)
class ShownFilm:
    """A film to play: ours has `src`, one elsewhere has `remote`. Sizes in pixels, duration in seconds (0: unknown)."""

    src: str
    type: str
    width: int
    height: int
    duration: float
    poster: str
    poster_width: int
    poster_height: int
    captions: list[Track]
    remote: Remote | None


@dataclass(eq=False)
class Shown:
    """An episode in one language, ready for templates. `path` is root-relative, `url` and `card` are absolute."""

    slug: str
    lang: str
    number: int
    season: int
    title: str
    excuse: str
    answer: str
    summary: str
    date: datetime
    cause: Cause
    status: str
    path: str
    url: str
    card: str
    card_path: str
    body: Markup
    script: list[Line]
    film: ShownFilm
    share_texts: list[str]
    channels: list[Mapping[str, Any]]
    embed: str = ""
    """Root-relative address of its player for other people's sites."""
    previous: "Shown | None" = None
    next: "Shown | None" = None
    translations: dict[str, "Shown"] = field(default_factory=dict)

    @cached_property
    def passes(self) -> list[Pass]:
        """The ways to pass it on, with its first text."""
        title = self.title.replace("\u202f", " ").replace("\u00a0", " ")
        return list_passes(self.channels, self.lang, self.share_texts[0], title, self.url)


def show_episodes(articles: Iterable[Any], settings: Mapping[str, Any], media: Media) -> list[Shown]:
    """Every article as templates see it, newest number first; what they need is put into `media`."""
    articles = sorted(articles, key=lambda a: (-a.written.number, settings["LANGUAGES"].index(a.lang)))
    versions: dict[str, list[Episode]] = {}
    for article in articles:
        versions.setdefault(article.slug, []).append(article.written)
    shown = [_show(article, settings, media, versions[article.slug]) for article in follow(articles, "Drawing posters")]
    by_slug: dict[str, dict[str, Shown]] = {}
    for episode in shown:
        by_slug.setdefault(episode.slug, {})[episode.lang] = episode
        episode.translations = by_slug[episode.slug]
    return shown


def list_published(shown: Iterable[Shown], lang: str, original: str) -> list[Shown]:
    """What stands in a language's lists: the original where there is no translation. Neighbours are set on the way."""
    listed = [
        episode.translations.get(lang, episode)
        for episode in shown
        if episode.lang == original and episode.status == "published"
    ]
    listed = [entry if entry.status == "published" else entry.translations[original] for entry in listed]
    rising = listed[::-1]
    numbers = [entry.number for entry in rising]
    for episode in shown:
        if episode.lang == lang:
            below, above = bisect_left(numbers, episode.number), bisect_right(numbers, episode.number)
            episode.previous = rising[below - 1] if below else None
            episode.next = rising[above] if above < len(rising) else None
    return listed


def show_causes(settings: Mapping[str, Any], lang: str) -> list[Cause]:
    """The campaign's causes in a language."""
    first = settings["LANGUAGES"][0]

    def say(texts: Mapping[str, str]) -> str:
        text = texts.get(lang) or texts.get(first, "")
        return typeset(text, lang)

    return [Cause(cause["code"], say(cause["names"]), say(cause.get("texts", {}))) for cause in settings["CAUSES"]]


def show_again(
    former: Shown, episode: Episode, body: str, settings: Mapping[str, Any], versions: list[Episode]
) -> Shown:
    """An episode that was shown before, with other words: at its place, between its neighbours."""
    article = SimpleNamespace(
        written=episode, url=former.path.removeprefix("/"), content=body, date=former.date, status=former.status
    )
    shown = _show(article, settings, settings["MEDIA"], versions)
    shown.previous, shown.next, shown.translations = former.previous, former.next, former.translations
    return shown


def _show(article: Any, settings: Mapping[str, Any], media: Media, versions: list[Episode]) -> Shown:
    episode: Episode = article.written
    spaced = partial(typeset, lang=episode.lang)
    path, site = f"/{article.url}", settings["SITEURL"]
    url = f"{site}{path}"
    film = _show_film(episode, settings, media, versions)
    card_path = f"/cards/{episode.slug}.{episode.lang}.jpg"
    texts = [curl_apostrophes(text) for text in episode.share_texts]  # plain spaces: others count each sign's bytes
    media.add_card(card_path, episode)
    return Shown(
        slug=episode.slug,
        lang=episode.lang,
        number=episode.number,
        season=episode.season,
        title=spaced(episode.title),
        excuse=spaced(episode.excuse),
        answer=spaced(episode.answer),
        summary=spaced(episode.summary or _summarise(article.content, episode)),
        date=article.date,
        cause=next(cause for cause in show_causes(settings, episode.lang) if cause.code == episode.cause),
        status=article.status,
        path=path,
        url=url,
        card=f"{site}{card_path}",
        card_path=card_path,
        body=Markup(article.content),  # noqa: S704 (Markdown that staff wrote)
        script=[replace(line, text=spaced(line.text)) for line in episode.script],
        film=film,
        share_texts=texts,
        embed=path.replace("/episodes/", "/embed/", 1),
        channels=settings["CHANNELS"],
    )


def _show_film(episode: Episode, settings: Mapping[str, Any], media: Media, versions: list[Episode]) -> ShownFilm:
    folder = Path(settings["PATH"]) / "media"
    drawn_from = folder / (episode.poster or episode.film)
    picture, *size = draw_poster(drawn_from, media.cache, None if episode.poster else _find_said(episode))
    name = drawn_from.name if episode.poster else drawn_from.stem  # a picture may be named like a film
    poster = media.add(f"/posters/{name}.webp", picture)
    tracks = []
    for version in sorted(versions, key=lambda other: other.lang != episode.lang):
        if version.film == episode.film and has_captions(version):
            src = media.add(f"/captions/{version.slug}.{version.lang}.vtt", partial(make_captions, version, folder))
            tracks.append(Track(version.lang, LANGUAGE_NAMES.get(version.lang, version.lang), src))
    own = episode.media
    return ShownFilm(
        src=media.add(f"/media/{episode.film}", folder / episode.film) if own else "",
        type="video/mp4" if own else "",
        width=own.width if own else size[0],
        height=own.height if own else size[1],
        duration=own.duration if own else episode.length or 0,
        poster=poster,
        poster_width=size[0],
        poster_height=size[1],
        captions=tracks if own else [],
        remote=recognise(episode.film) if episode.elsewhere else None,
    )


def _find_said(episode: Episode) -> float | None:
    """The second, nearest to the film's middle, at which somebody has just said all they had to say: a poster that
    stops in the middle of a word looks like a mistake. None where nobody speaks."""
    length = episode.media.duration if episode.media else 0
    said = [
        later.at - 0.2
        for line, later in pairwise(episode.script)
        if line.kind == "speech" and line.at + 0.4 < later.at < length
    ]
    return min(said, key=lambda at: abs(at - length / 2), default=None)


def _summarise(html: str, episode: Episode) -> str:
    """The first paragraph as plain text, cut at a word near 200 characters; or the excuse and its answer."""
    found = re.search(r"<p>(.*?)</p>", html, re.DOTALL)
    text = (
        " ".join(unescape(re.sub(r"<[^>]*>", "", found[1])).split()) if found else f"{episode.excuse} {episode.answer}"
    )
    return text if len(text) <= 200 else text[:199].rsplit(" ", 1)[0].rstrip(" ,;:.–-") + "…"
