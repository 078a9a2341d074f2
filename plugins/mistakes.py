"""Mistakes in what staff wrote: each names its file, its line, what is wrong and the mend.

Checks gather mistakes in a list and go on, so that one run shows all of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mistake:
    """One thing to put right; `what` and `mend` are short sentences without their full stop."""

    file: Path
    line: int
    what: str
    mend: str

    def __str__(self) -> str:
        stop = "" if self.mend.endswith((".", "?", "!")) else "."
        return f"{_shorten(self.file)}:{self.line}: {self.what}. Mend: {self.mend}{stop}"


class Mistakes(Exception):
    """Several mistakes at once, in `mistakes`; its text has one line for each."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = list(mistakes)
        super().__init__(self.mistakes)

    def __str__(self) -> str:
        return "\n".join(str(mistake) for mistake in self.mistakes)


def _shorten(file: Path) -> str:
    """The path as people see it from where they stand."""
    try:
        return file.resolve().relative_to(Path.cwd()).as_posix()
    except (OSError, ValueError):  # elsewhere, or not a path at all
        return str(file)
