"""campaign.json: what the site tells the tracker, as docs/api.md fixes it. It holds nothing secret."""

import json
from pathlib import Path
from typing import Any

from pelican import signals

from plugins.films import write_whole
from plugins.languages import Site
from plugins.passing import name_channel


def describe_campaign(site: Site) -> dict[str, Any]:
    """The manifest's whole content, in a stable order. Drafts are not in it."""
    settings, languages = site.settings, site.languages
    described = {lang: site.describe(lang) for lang in languages}
    assets = settings["ASSETS"]
    return {
        "version": 1,
        "site": {
            "name": {lang: described[lang]["name"] for lang in languages},
            "tagline": {lang: described[lang]["tagline"] for lang in languages},
            "organisation": settings["ORGANISATION"],
            "url": site.url,
            "languages": languages,
            "timezone": settings["TIMEZONE"],
            "currency": settings["CURRENCY"],
            "menu": {lang: described[lang]["menu"] for lang in languages},
            "footer_menu": {lang: described[lang]["footer_menu"] for lang in languages},
            "donate": {lang: described[lang]["donate"] for lang in languages},
        },
        "look": {
            "styles": str(assets.styles),
            "style_hashes": assets.style_hashes,
            "script_hashes": assets.script_hashes,
            "assets": assets.paths,
            "colours": dict(assets.colours.light),
        },
        "channels": [
            {
                "code": channel["code"],
                "name": name_channel(channel, languages[0]),
                "names": {lang: name_channel(channel, lang) for lang in languages},
            }
            for channel in settings["CHANNELS"]
        ],
        "causes": [{"code": cause["code"], "names": cause["names"]} for cause in settings["CAUSES"]],
        "targets": settings["TARGETS"],
        "episodes": _list_episodes(site),
    }


def _list_episodes(site: Site) -> list[dict[str, Any]]:
    entries = []
    for original in site.episodes:
        if original.lang != site.languages[0] or original.status == "draft":
            continue
        versions = {lang: shown for lang, shown in original.translations.items() if shown.status != "draft"}
        entry: dict[str, Any] = {
            "slug": original.slug,
            "number": original.number,
            "date": f"{original.date:%Y-%m-%d}",
            "cause": original.cause.code,
            "status": original.status,
            "titles": {lang: shown.title for lang, shown in versions.items()},
            "excuses": {lang: shown.excuse for lang, shown in versions.items()},
            "answers": {lang: shown.answer for lang, shown in versions.items()},
            "paths": {lang: shown.path for lang, shown in versions.items()},
            "card": {lang: shown.card_path for lang, shown in versions.items()},
            "share_texts": {lang: shown.share_texts for lang, shown in versions.items()},
            "film": original.film.src or (original.film.remote.address if original.film.remote else ""),
            "duration": original.film.duration,
        }
        entries.append(entry)
    return entries


def write_manifest(pelican: Any) -> None:
    text = json.dumps(describe_campaign(pelican.settings["SITE"]), ensure_ascii=False, indent=1) + "\n"
    write_whole(Path(pelican.output_path) / "campaign.json", text.encode())


def register() -> None:
    signals.finalized.connect(write_manifest)
