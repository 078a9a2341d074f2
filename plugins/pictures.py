"""Pictures in texts, named by their file in content/media: checked, and made as small as a page needs them."""

import re
import warnings
from collections.abc import Iterator
from functools import lru_cache, partial
from html import escape, unescape
from pathlib import Path

from PIL import Image, ImageOps

from plugins.films import encode_webp, recall_picture
from plugins.headings import nearest, quote
from plugins.media import Media

ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
WIDTH, BYTES = 1280, 120_000
_IMAGE = re.compile(r"<img\b[^>]*>")
_SOURCE = re.compile(r'\bsrc="([^"]*)"')

Fault = tuple[str, str, str]
"""What stands in the file, what is wrong with it, the mend."""


def check_picture(source: str, words: str, folder: Path) -> Iterator[Fault]:
    """What is wrong with a picture of this name that has these words for those who don't see it."""
    name = _read_name(source)
    there = sorted(file.name for file in folder.glob("*") if file.suffix.lower() in ENDINGS)
    if "/" in name or not name:
        mend = "put the picture into content/media, and write its name alone, as in ![what it shows](name.jpg)"
        yield source, f"this picture is not ours: {quote(source)}", mend
    elif name not in there:
        mend = f"put it there, ending in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
        yield source, f"there is no picture {quote(name)} in content/media{nearest(name, there)}", mend
    elif not _measure(folder / name, (folder / name).stat().st_mtime_ns):
        yield source, f"{name} cannot be read as a picture", "save it again as .jpg, at most 4000 pixels wide"
    elif not words.strip():
        yield source, f"{name} has no words for those who don't see it", f"write ![what it shows]({name})"


def place_pictures(html: str, folder: Path, media: Media) -> str:
    """The same HTML, its pictures where the site will have them, in the size that a page needs."""

    def place(found: re.Match[str]) -> str:
        source = _SOURCE.search(found[0])
        file = folder / _read_name(unescape(source[1])) if source else folder
        size = _measure(file, file.stat().st_mtime_ns) if file.is_file() else None
        if not source or not size:
            return found[0]
        width, height = min(size[0], WIDTH), round(size[1] * min(1, WIDTH / size[0]))
        path = media.add(f"/pictures/{file.name}.webp", partial(_draw, file, media.cache))
        return found[0].replace(source[0], f'src="{escape(path)}" width="{width}" height="{height}" loading="lazy"')

    return _IMAGE.sub(place, html)


def _read_name(source: str) -> str:
    """A picture's file name; as it is, if it is an address and no name."""
    return source.removeprefix("/media/").removeprefix("./")


@lru_cache(maxsize=256)
def _measure(file: Path, _changed: int) -> tuple[int, int] | None:
    """Width and height as seen; None if it is no picture, or a monstrous one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file) as picture:
                turned = picture.getexif().get(0x0112, 1) in (5, 6, 7, 8)
                return (picture.height, picture.width) if turned else picture.size
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None


def _draw(file: Path, cache: Path) -> bytes:
    def draw() -> bytes:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file) as picture:
                picture.draft("RGB", (WIDTH * 2, WIDTH * 2))
                upright = ImageOps.exif_transpose(picture)
                upright.thumbnail((WIDTH, WIDTH * 4), Image.Resampling.LANCZOS)
                return encode_webp(upright, BYTES)

    return recall_picture(file, cache, "picture.webp", draw)
