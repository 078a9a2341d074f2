"""The stamp as an icon, in the campaign's colours: for tabs, home screens, and the web manifest of each language."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

from pelican import signals
from PIL import Image, ImageDraw

from plugins.assets import Assets
from plugins.films import remember, write_whole

SIZES = (192, 512)
FAVICON = "favicon.ico"
NAMES = (*(f"icon-{size}.png" for size in SIZES), "touch.png", FAVICON)
LARGE = 1024  # pixels to draw in


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


def draw_icons(paper: str, stamp: str) -> dict[str, bytes]:
    """The icon in each size that somebody asks for, by file name; the phone's own is for the phone to cut round."""

    def draw(size: int, large: Image.Image) -> Image.Image:
        return large.resize((size, size), Image.Resampling.BOX)

    large = draw_large(paper, stamp, corners=False)
    icons = {f"icon-{size}.png": encode(draw(size, large), "PNG") for size in SIZES}
    icons["touch.png"] = encode(draw(180, draw_large(paper, stamp, corners=True)).convert("RGB"), "PNG")
    icons[FAVICON] = encode(draw(48, large), "ICO", sizes=[(16, 16), (32, 32), (48, 48)])
    return icons


def recall_icons(settings: Mapping[str, Any]) -> dict[str, bytes]:
    """The same in the campaign's colours, from the cache where they were drawn before."""
    paper, stamp = (settings["COLOURS"].light[name] for name in ("paper", "stamp"))
    key = hashlib.sha256(Path(__file__).read_bytes() + f"{paper} {stamp}".encode()).hexdigest()[:24]
    places = {name: Path(settings["CACHE_FOLDER"]) / f"{key}.{name}" for name in NAMES}
    with suppress(OSError):
        return {name: place.read_bytes() for name, place in places.items()}
    icons = draw_icons(paper, stamp)
    for name, place in places.items():
        remember(place, icons[name])
    return icons


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
    settings["ICONS"] = recall_icons(settings)
    for name in NAMES:
        if name != FAVICON:
            assets.add(name, settings["ICONS"][name])
    for lang in settings["LANGUAGES"]:
        text = json.dumps(describe_app(settings, lang), ensure_ascii=False, indent=1) + "\n"
        assets.add(f"counter.{lang}.webmanifest", text.encode())


def write_favicon(pelican: Any) -> None:
    """/favicon.ico, which browsers ask for whatever the page says."""
    write_whole(Path(pelican.output_path) / FAVICON, pelican.settings["ICONS"][FAVICON])


def register() -> None:
    signals.initialized.connect(add_icons)
    signals.finalized.connect(write_favicon)
