"""What the former build left, and this one would write again just the same, stays where it is: nobody writes it twice.

In `make up` that is nearly all of a site. The folder of a fresh build then holds only what may have changed.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Kept:
    """The folder of the former site, if its files may stay, and the places in it that do, such as en/index.html."""

    former: Path | None = None
    places: set[str] = field(default_factory=set)

    def has(self, place: str, content: bytes | Path) -> bool:
        """Whether the former site has these bytes at a place, or this file: of the same size and time."""
        if not self.former:
            return False
        there = os.path.join(self.former, place)
        try:
            if isinstance(content, Path):
                ours, theirs = os.stat(content), os.stat(there)
                return (ours.st_size, ours.st_mtime_ns) == (theirs.st_size, theirs.st_mtime_ns)
            with open(there, "rb") as file:
                return file.read() == content
        except OSError:
            return False

    def note(self, places: Iterable[str]) -> None:
        """Keeps the places that are not empty."""
        self.places.update(filter(None, places))
