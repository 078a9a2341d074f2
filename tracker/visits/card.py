"""The small page that crawlers get, from which a conversation or a feed draws the episode's card."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from theme.wording import LOCALES
from tracker.campaign import Campaign
from tracker.services import Services

if TYPE_CHECKING:
    from tracker.visits.redirect import Link

PAGE = Markup("""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta name="robots" content="noindex, nofollow">
<meta name="description" content="{text}">
<meta property="og:type" content="video.other">
<meta property="og:site_name" content="{site}">
<meta property="og:locale" content="{locale}">
<meta property="og:title" content="{title}">
<meta property="og:description" content="{text}">
<meta property="og:url" content="\0">
{picture}<meta name="twitter:card" content="summary_large_image">
</head>
<body><h1>{title}</h1><p>{text}</p><p><a href="{episode}">{site}</a></p></body>
</html>
""")

PICTURE = Markup("""<meta property="og:image" content="{address}">
<meta property="og:image:width" content="1200">
<meta property="og:image:height" content="630">
<meta property="og:image:alt" content="{alt}">
""")


def draw_card(kit: Services, link: Link, path: str) -> bytes:
    """The page for this link; its og:url is the very address that was asked for, so that no two links are merged."""
    page = draw_template(kit.campaign, kit.settings.site_url, link.language, link.episode, link.variant)
    return page.replace("\0", str(escape(kit.address_of(path)))).encode("utf-8")


@lru_cache(maxsize=1024)
def draw_template(campaign: Campaign, site_url: str, language: str, slug: str, variant: int) -> str:
    """The page without its address: the same for all links to one episode with one share text."""
    first = campaign.languages[0]

    def said(texts: Mapping[str, Any] | None) -> Any:
        return (texts or {}).get(language) or (texts or {}).get(first) or ""

    episode = campaign.episodes.get(slug, {})
    site = said(campaign.site.get("name")) or "Ricochet"
    texts = said(episode.get("share_texts"))
    text = texts[min(max(variant, 1), len(texts)) - 1] if texts else said(campaign.site.get("tagline"))
    title = said(episode.get("titles")) or site
    card = said(episode.get("card"))
    address = card if card.startswith("http") else site_url + card
    return str(
        PAGE.format(
            language=language,
            locale=LOCALES.get(language, language),
            title=title,
            text=text,
            site=site,
            episode=site_url + campaign.episode_path(slug, language),
            picture=PICTURE.format(address=address, alt=said(episode.get("excuses"))) if card else "",
        )
    )
