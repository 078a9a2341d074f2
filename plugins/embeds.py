"""Players for other people's sites: /embed/<slug>/, and a static oEmbed answer beside each, named on episode pages.

oEmbed: https://oembed.com/ (2.3.4.2, "video"). Answers are files, so that they need no server of ours.
"""

import json
from functools import partial
from html import escape
from typing import Any

from pelican import signals
from pelican.generators import Generator

from plugins.languages import Site
from plugins.shown import Shown

WIDTH, STRIP = 640, 56
"""Pixels: how wide a player is when nobody says, and the height of the strip below its film."""


def measure_player(episode: Shown) -> tuple[int, int]:
    """Width and height in which the film fills its player."""
    film = episode.film
    return WIDTH, round(WIDTH * film.height / film.width) + STRIP


def write_code(episode: Shown, url: str) -> str:
    """The HTML that somebody puts on their own site."""
    width, height = measure_player(episode)
    return (
        f'<iframe src="{escape(url)}{episode.embed}" width="{width}" height="{height}" loading="lazy" '
        f'title="{escape(episode.excuse)}" allow="fullscreen; clipboard-write" '
        'style="border:0;max-width:100%"></iframe>'
    )


def answer_oembed(site: Site, episode: Shown) -> dict[str, Any]:
    """What oEmbed says of an episode."""
    about = site.describe(episode.lang)
    width, height = measure_player(episode)
    return {
        "version": "1.0",
        "type": "video",
        "title": episode.excuse,
        "author_name": about["organisation"],
        "provider_name": about["name"],
        "provider_url": f"{site.url}{about['home']}",
        "thumbnail_url": episode.card,
        "thumbnail_width": 1200,
        "thumbnail_height": 630,
        "width": width,
        "height": height,
        "html": write_code(episode, site.url),
    }


def list_embedded(site: Site) -> list[Shown]:
    return [episode for episode in site.episodes if episode.status != "draft"]


class EmbedGenerator(Generator):
    """A player page for every episode that is out, in each language."""

    def generate_output(self, writer: Any) -> None:
        template = self.get_template("embed")  # type: ignore[no-untyped-call]
        site: Site = self.context["SITE"]
        for episode in list_embedded(site):
            name = f"{episode.embed.removeprefix('/')}index.html"
            writer.write_file(name, template, self.context, lang=episode.lang, url=episode.embed)
            answer = json.dumps(answer_oembed(site, episode), ensure_ascii=False) + "\n"
            self.settings["MEDIA"].add(f"{episode.embed}oembed.json", answer.encode())


def teach_templates(generator: Any) -> None:
    generator.env.globals["embed_code"] = partial(write_code, url=generator.settings["SITEURL"])


def offer_embeds(_pelican: Any) -> type[EmbedGenerator]:
    return EmbedGenerator


def register() -> None:
    signals.get_generators.connect(offer_embeds)
    signals.generator_init.connect(teach_templates)
