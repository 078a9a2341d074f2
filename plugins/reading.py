"""Hands the checked episodes and pages to Pelican, as its articles and pages. Any mistake stops the build here."""

import os
from pathlib import Path
from typing import Any

from pelican import signals
from pelican.readers import BaseReader
from pelican.urlwrappers import Category

from plugins.check import check_campaign
from plugins.episodes import Episode
from plugins.hands import share_out
from plugins.mistakes import Mistakes
from plugins.pages import PageText
from plugins.pictures import place_pictures
from plugins.prose import to_html
from theme.wording import typeset


def load_campaign(pelican: Any) -> None:
    """Reads and checks everything before Pelican starts. Raises Mistakes with all of them."""
    campaign, mistakes = check_campaign(pelican.settings)
    if mistakes:
        raise Mistakes(mistakes)
    written: list[Episode | PageText] = [*campaign.episodes, *campaign.pages]
    bodies = share_out(lambda text: to_html(text.body, text.lang), written, "Reading Markdown")
    pelican.settings["WRITTEN"] = {
        os.path.abspath(text.file): (text, body) for text, body in zip(written, bodies, strict=True)
    }


class CampaignReader(BaseReader):
    """Reads what load_campaign has read and checked already."""

    enabled = True
    file_extensions = ["md"]  # noqa: RUF012 (as Pelican has it)

    def read(self, source_path: str) -> tuple[str, dict[str, Any]]:
        text, body = self.settings["WRITTEN"][os.path.abspath(source_path)]
        metadata = self._describe_episode(text) if isinstance(text, Episode) else _describe_page(text)
        metadata |= {"lang": text.lang, "slug": text.slug, "status": text.status, "written": text}
        metadata |= {key: typeset(metadata[key], text.lang) for key in ("title", "summary")}
        return place_pictures(body, Path(self.settings["PATH"]) / "media", self.settings["MEDIA"]), metadata

    def _describe_episode(self, episode: Episode) -> dict[str, Any]:
        return {
            "title": episode.title,
            "summary": episode.summary,
            "date": episode.date,
            "category": Category(episode.cause, self.settings),  # type: ignore[no-untyped-call]
            "template": "episode",
        }


def _describe_page(page: PageText) -> dict[str, Any]:
    return {"title": page.title, "summary": page.summary, "stem": page.stem, "template": page.template or "page"}


def use_reader(readers: Any) -> None:
    readers.reader_classes["md"] = CampaignReader


def keep_drafts_home(generator: Any) -> None:
    """Drafts and what lies in the future are built in a preview only."""
    if not generator.settings["PREVIEW"]:
        for drafts in ("drafts", "drafts_translations", "draft_pages", "draft_translations"):
            if hasattr(generator, drafts):
                setattr(generator, drafts, [])


def register() -> None:
    signals.initialized.connect(load_campaign)
    signals.readers_init.connect(use_reader)
    signals.article_generator_pretaxonomy.connect(keep_drafts_home)
    signals.page_generator_finalized.connect(keep_drafts_home)
