"""Compressed variants beside the built files, which the server hands to browsers that ask for them.

What has not changed since the last build keeps its variants. A small site is squeezed as far as it goes; beyond FEW
files that would take longer than all the rest of the build: all but front pages and assets get brotli's quick way.
"""

from __future__ import annotations

import filecmp
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
from whitenoise.compress import Compressor

from plugins.hands import share_out
from plugins.kept import Kept
from plugins.media import link_or_copy

SUFFIXES = (".br", ".gz")
FEW = 200  # files to compress
LEAST = 700  # bytes: below, nothing is won
SMALL = 200_000  # bytes
QUICK = 5  # brotli's quality: a tenth larger than 11, at a thirtieth of its time


def compress_site(fresh: Path, kept: Kept, quick: bool = False) -> None:
    """Compress what pays in `fresh`, taking over the variants of files that are the same in the former site.

    What is kept there counts, so that a file is squeezed alike whether others changed or not. `quick` does all of it
    the quick way: for previews, where somebody waits for the page.
    """
    compressor: Any = Compressor(quiet=True)  # type: ignore[no-untyped-call]
    files = [file for file in list_files(str(fresh)) if compressor.should_compress(file.name)]
    start = len(str(fresh)) + 1
    many = len(files) + _count_kept(kept, compressor) > FEW

    def compress(file: os.DirEntry[str]) -> None:
        place = file.path[start:]
        old = os.path.join(kept.former, place) if kept.former else ""
        if old and os.path.isfile(old) and filecmp.cmp(file, old, shallow=False):
            take_over(old, file.path)
        elif quick or file.stat().st_size > SMALL or (many and not _is_up_front(place)):
            compress_quickly(file.path)
        else:
            compressor.compress(file.path)

    share_out(compress, files, "Compressing")


def list_files(folder: str) -> Iterator[os.DirEntry[str]]:
    """What visitors may ask for, and is worth it."""
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            yield from list_files(entry.path)
        elif not entry.name.startswith((".", "_")) and entry.stat().st_size >= LEAST:
            yield entry


def _count_kept(kept: Kept, compressor: Any) -> int:
    """How many kept files are worth it."""
    worth = (place for place in kept.places if compressor.should_compress(place))
    return sum(os.path.getsize(os.path.join(kept.former or "", place)) >= LEAST for place in worth)


def _is_up_front(place: str) -> bool:
    """Front pages and assets, which most visitors ask for."""
    return place.count("/") < 2 and not place.endswith(".xml")


def take_over(old: str, file: str) -> None:
    for suffix in SUFFIXES:
        with suppress(FileNotFoundError):
            link_or_copy(Path(old + suffix), Path(file + suffix))


def compress_quickly(file: str) -> None:
    """By brotli alone, which every browser of today asks for; others get the file as it is."""
    with open(file, "rb") as plain:
        content = plain.read()
    smaller = brotli.compress(content, quality=QUICK)
    if len(smaller) < 0.95 * len(content):
        with open(file + ".br", "wb") as variant:
            variant.write(smaller)
