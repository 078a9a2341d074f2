"""Compressed variants beside the built files, which the server hands to browsers that ask for them.

What has not changed since the last build keeps its variants: compressing is the slowest step of a large site.
"""

from __future__ import annotations

import filecmp
import shutil
from pathlib import Path
from typing import Any

from whitenoise.compress import Compressor

SUFFIXES = (".br", ".gz")


def compress_site(fresh: Path, former: Path) -> None:
    """Compress what pays in `fresh`, taking over the variants of files that are the same in `former`."""
    compressor: Any = Compressor(quiet=True)  # type: ignore[no-untyped-call]
    files = [file for file in fresh.rglob("*") if file.is_file() and not file.name.startswith((".", "_"))]
    for file in files:
        if file.suffix in SUFFIXES or not compressor.should_compress(file.name):
            continue
        old = former / file.relative_to(fresh)
        if old.is_file() and filecmp.cmp(file, old, shallow=False):
            for suffix in SUFFIXES:
                variant = old.with_name(old.name + suffix)
                if variant.is_file():
                    shutil.copy2(variant, file.with_name(file.name + suffix))
        else:
            compressor.compress(str(file))
