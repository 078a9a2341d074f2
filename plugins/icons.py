"""The stamp as an icon, in the campaign's colours: for tabs, home screens, and the web manifest of each language."""

import json
from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from pelican import signals
from PIL import Image, ImageDraw

from plugins.assets import Assets
from plugins.films import write_whole

SIZES = (192, 512)
LARGE = 1024  # pixels to draw in


@lru_cache(maxsize=8)
def draw_large(paper: str, stamp: str, corners: bool) -> Image.Image:
    """The same picture as theme/static/stamp.svg: a cross in a frame, stamped askew on paper."""
    large = LARGE
    unit = large / 64
    ink = Image.new("L", (large, large), 0)
    pen = ImageDraw.Draw(ink)
    pen.rounded_rectangle([unit * at for at in (3.5, 12.5, 60.5, 51.5)], unit * 6.5, fill=255)
    pen.rounded_rectangle([unit * at for at in (8.5, 17.5, 55.5, 46.5)], unit * 1.5, fill=0)
    for line in ((20, 23, 44, 41), (44, 23, 20, 41)):
        pen.line([unit * at for at in line], fill=255, width=round(unit * 7))
    ink = ink.rotate(12, Image.Resampling.BICUBIC)
    icon = Image.new("RGBA", ink.size, paper if corners else (0, 0, 0, 0))
    if not corners:
        ImageDraw.Draw(icon).rounded_rectangle((0, 0, large - 1, large - 1), unit * 12, fill=paper)
    icon.paste(Image.new("RGBA", ink.size, stamp), mask=ink)
    return icon


def draw_icon(size: int, colours: Mapping[str, str], corners: bool = False) -> Image.Image:
    """The icon, its corners cut round, or left for the phone to cut."""
    return draw_large(colours["paper"], colours["stamp"], corners).resize((size, size), Image.Resampling.BOX)


def encode(icon: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    icon.save(out, kind, **options)
    return out.getvalue()


def describe_app(settings: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """The web manifest of a language: https://www.w3.org/TR/appmanifest/"""
    assets: Assets = settings["ASSETS"]
    first = settings["LANGUAGES"][0]
    home = "/" if lang == first else f"/{lang}/"
    paper = settings["COLOURS"].light["paper"]
    icons = [
        {"src": assets.asset(f"icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"} for size in SIZES
    ]
    return {
        "name": settings["SITE_NAMES"].get(lang) or settings["SITE_NAMES"][first],
        "description": settings["TAGLINES"].get(lang) or settings["TAGLINES"][first],
        "lang": lang,
        "id": home,
        "start_url": home,
        "scope": "/",
        "display": "browser",
        "background_color": paper,
        "theme_color": paper,
        "icons": [{"src": assets.asset("stamp.svg"), "sizes": "any", "type": "image/svg+xml"}, *icons],
    }


def add_icons(pelican: Any) -> None:
    settings = pelican.settings
    assets: Assets = settings["ASSETS"]
    colours = settings["COLOURS"].light
    for size in SIZES:
        assets.add(f"icon-{size}.png", encode(draw_icon(size, colours), "PNG"))
    assets.add("touch.png", encode(draw_icon(180, colours, corners=True).convert("RGB"), "PNG"))
    for lang in settings["LANGUAGES"]:
        text = json.dumps(describe_app(settings, lang), ensure_ascii=False, indent=1) + "\n"
        assets.add(f"counter.{lang}.webmanifest", text.encode())


def write_favicon(pelican: Any) -> None:
    """/favicon.ico, which browsers ask for whatever the page says."""
    icon = draw_icon(48, pelican.settings["COLOURS"].light)
    write_whole(Path(pelican.output_path) / "favicon.ico", encode(icon, "ICO", sizes=[(16, 16), (32, 32), (48, 48)]))


def register() -> None:
    signals.initialized.connect(add_icons)
    signals.finalized.connect(write_favicon)
