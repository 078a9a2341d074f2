"""What the tracker knows of the site: campaign.json, which the build writes and which is read again when it changes.

docs/api.md fixes its fields. Content is the only source of truth: the tracker has no list of episodes of its own.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

log = logging.getLogger(__name__)

LOOK_AGAIN = 1.0  # seconds between looks at the file's date
PLACEMENT = re.compile(r"([a-z]{1,12})([1-9]?)", re.ASCII)


@dataclass(frozen=True, eq=False)
class Campaign:
    """One reading of campaign.json; all of it is optional, so that the tracker also runs before the first build."""

    data: Mapping[str, Any] = field(default_factory=dict)
    episodes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)  # code: name in the first language
    channel_names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    targets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    link_prefixes: Mapping[str, str] = field(default_factory=lambda: {"/r/": "fr"})  # what links begin with: language

    @property
    def site(self) -> Mapping[str, Any]:
        return self.data.get("site") or {}

    @property
    def look(self) -> Mapping[str, Any]:
        return self.data.get("look") or {}

    @property
    def languages(self) -> list[str]:
        return self.site.get("languages") or ["fr"]

    @property
    def currency(self) -> str:
        return self.site.get("currency") or "EUR"

    def episode_path(self, slug: str, language: str) -> str:
        """Where people watch this episode: its page, or the home page if there is no such episode."""
        first = self.languages[0]
        episode = self.episodes.get(slug)
        if episode is None:
            return "/" if language == first else f"/{language}/"
        paths = episode.get("paths") or {}
        return paths.get(language) or paths.get(first) or f"/episodes/{slug}/"

    def link_path(self, language: str) -> str:
        """What links begin with: `/r` in the first language, `/en/r` in another."""
        return next((prefix[:-1] for prefix, each in self.link_prefixes.items() if each == language), "/r")

    def read_placement(self, code: str) -> tuple[str, int]:
        """(channel, variant) of a placement: `wa2` is ("wa", 2). ("", 0) for one that we don't know."""
        match = PLACEMENT.fullmatch(code)
        if match is None or match[1] not in self.channels:
            return "", 0
        return match[1], int(match[2] or 1)

    def channel(self, code: str, language: str = "") -> str:
        """The channel's name for people, in this language or the first; the code if it is unknown."""
        return self.channel_names.get(code, {}).get(language) or self.channels.get(code, code)

    def title(self, slug: str, language: str = "") -> str:
        """The episode's title for people, in this language or the first; the slug if it is unknown."""
        titles = (self.episodes.get(slug) or {}).get("titles") or {}
        return titles.get(language) or titles.get(self.languages[0]) or slug


def read_campaign(text: str) -> Campaign:
    """Raises ValueError for what is not a campaign.json."""
    data = json.loads(text)
    if not isinstance(data, dict) or not isinstance(data.get("episodes"), list):
        raise ValueError("not a campaign.json: it has no list of episodes")
    languages = (data.get("site") or {}).get("languages") or ["fr"]
    return Campaign(
        data=data,
        episodes={episode["slug"]: episode for episode in data["episodes"]},
        channels={channel["code"]: channel["name"] for channel in data.get("channels", [])},
        channel_names={channel["code"]: channel.get("names") or {} for channel in data.get("channels", [])},
        targets={target["name"]: target for target in data.get("targets", [])},
        timezone=ZoneInfo((data.get("site") or {}).get("timezone") or "UTC"),
        link_prefixes={"/r/": languages[0]} | {f"/{language}/r/": language for language in languages[1:]},
    )


class CampaignFile:
    """campaign.json on disk; `current()` costs nothing while the file stays the same."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self._campaign = Campaign()
        self._signature: tuple[int, int] | None = None
        self._look_at = 0.0
        self._reread()  # now, since the first visitors come several at once

    def current(self) -> Campaign:
        """The newest campaign; the last good one while the file is missing or broken."""
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + LOOK_AGAIN
            self._reread()
        return self._campaign

    def _reread(self) -> None:
        try:
            stat = self.path.stat()
            signature = (stat.st_mtime_ns, stat.st_size)
            if signature != self._signature:
                self._campaign = read_campaign(self.path.read_text(encoding="utf-8"))
                self._signature = signature
        except FileNotFoundError:
            if self._signature is None:
                log.warning("%s is not there yet: run `invoke build`", self.path)
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.error("%s can't be read (%s): the last good one stays in use", self.path, error)
