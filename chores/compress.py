"""Compressed variants beside the built files, which the server hands to browsers that ask for them.

What has not changed since the last build keeps its variants. A small site is squeezed as far as it goes; beyond FEW
files that would take longer than all the rest of the build: all but front pages and assets get brotli's quick way.
"""

from __future__ import annotations

import filecmp
import os
import shutil
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
from whitenoise.compress import Compressor

from plugins.hands import share_out

SUFFIXES = (".br", ".gz")
FEW = 200  # files to compress
LEAST = 700  # bytes: below, nothing is won
SMALL = 200_000  # bytes
QUICK = 5  # brotli's quality: a tenth larger than 11, at a thirtieth of its time


def compress_site(fresh: Path, former: Path | None, quick: bool = False) -> None:
    """Compress what pays in `fresh`, taking over the variants of files that are the same in `former`.

    `quick` does all of it the quick way: for previews, where somebody waits for the page.
    """
    compressor: Any = Compressor(quiet=True)  # type: ignore[no-untyped-call]
    files = [file for file in list_files(fresh) if compressor.should_compress(file.name)]

    def compress(file: Path) -> None:
        place = file.relative_to(fresh)
        old = former / place if former else None
        if old and old.is_file() and filecmp.cmp(file, old, shallow=False):
            take_over(old, file)
        elif quick or file.stat().st_size > SMALL or (len(files) > FEW and len(place.parts) > 2):
            compress_quickly(file)
        else:
            compressor.compress(str(file))

    share_out(compress, files, "Compressing")


def list_files(folder: Path) -> list[Path]:
    """What visitors may ask for, and is worth it."""
    found = []
    for place, _, names in os.walk(folder):
        paths = (os.path.join(place, name) for name in names if not name.startswith((".", "_")))
        found += [Path(path) for path in paths if os.path.getsize(path) >= LEAST]
    return found


def take_over(old: Path, file: Path) -> None:
    for suffix in SUFFIXES:
        variant = old.with_name(old.name + suffix)
        if variant.is_file():
            shutil.copy2(variant, file.with_name(file.name + suffix))


def compress_quickly(file: Path) -> None:
    """By brotli alone, which every browser of today asks for; others get the file as it is."""
    content = file.read_bytes()
    smaller = brotli.compress(content, quality=QUICK)
    if len(smaller) < 0.95 * len(content):
        file.with_name(file.name + ".br").write_bytes(smaller)
