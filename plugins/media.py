"""Films, posters, captions and cards: gathers what the built pages use, and writes that and nothing else."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pelican import signals

from plugins.episodes import Episode
from plugins.hands import share_out
from plugins.kept import Kept
from plugins.script import captions
from theme.wording import curl_apostrophes

Source = bytes | Path | Callable[[], bytes | Path]


class Media:
    """What goes where: bytes, a file to copy, or a function that makes the bytes."""

    def __init__(self, cache: Path, draw_card: Callable[[Episode], bytes | Path]) -> None:
        self.cache = cache
        self._draw_card = draw_card
        self._sources: dict[str, Source] = {}

    def add(self, path: str, source: Source) -> str:
        """Notes what stands at a root-relative path, and returns the path."""
        self._sources.setdefault(path, source)
        return path

    def add_card(self, path: str, episode: Episode) -> str:
        return self.add(path, lambda: self._draw_card(episode))

    def write(self, output: Path, kept: Kept) -> None:
        """Writes everything into a folder that nobody reads yet; cards are drawn by many hands."""

        def write(entry: tuple[str, Source]) -> str:
            place = entry[0].removeprefix("/")
            made = entry[1]() if callable(entry[1]) else entry[1]
            if kept.has(place, made):
                return place
            _put(output / place, made, drawn=callable(entry[1]))
            return ""

        kept.note(share_out(write, list(self._sources.items()), "Drawing cards"))


def _put(target: Path, made: bytes | Path, drawn: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(made, bytes):
        target.write_bytes(made)
    elif drawn:
        link_or_copy(made, target)
    else:
        shutil.copy2(made, target)  # with its time: an unchanged film is not copied again later


def link_or_copy(cached: Path, target: Path) -> None:
    """A thousand cards are no further bytes on the disk where the cache is on the same one."""
    try:
        target.hardlink_to(cached)
    except OSError:
        shutil.copy2(cached, target)


def has_captions(episode: Episode) -> bool:
    """Whether staff gave some, or somebody speaks."""
    return bool(episode.captions) or any(line.kind == "speech" for line in episode.script)


def make_captions(episode: Episode, folder: Path) -> bytes:
    """WebVTT: the file that staff gave, or made from the script."""
    if episode.captions:
        return (folder / episode.captions).read_bytes()
    length = episode.media.duration if episode.media else episode.length or episode.script[-1].at
    script = [replace(line, text=curl_apostrophes(line.text)) for line in episode.script]
    return captions(script, length, episode.lang).encode()


def write_media(pelican: Any) -> None:
    pelican.settings["MEDIA"].write(Path(pelican.output_path), pelican.settings["KEPT"])


def register() -> None:
    signals.finalized.connect(write_media)
