"""What every module of the tracker works with: settings, the store, tokens, visitor hashes and the campaign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import current_app

from settings import Settings
from tracker.campaign import Campaign, CampaignFile
from tracker.links import Links
from tracker.store import Store
from tracker.texts import Plan
from tracker.visitors import Visitors

EXTENSION = "ricochet"


@dataclass(frozen=True)
class Services:
    """Made once by create_app; given to functions, so that they can be used and tested without a request."""

    settings: Settings
    store: Store
    links: Links
    visitors: Visitors
    campaign_file: CampaignFile
    texts: Plan

    @property
    def campaign(self) -> Campaign:
        """The campaign as it is now."""
        return self.campaign_file.current()

    def address_of(self, path: str) -> str:
        """The absolute address of a path of ours, for others to use."""
        return self.settings.site_url + path

    def link_path(self, id_: str, episode: str, placement: str, language: str) -> str:
        """The path of a sharer's link: /r/EPISODE/PLACEMENT/TOKEN."""
        return f"{self.campaign.link_path(language)}/{episode}/{placement}/{self.links.issue('link', id_)}"


def services() -> Services:
    """The services of the application that handles this request."""
    return cast(Services, current_app.extensions[EXTENSION])
