"""Films, posters, captions and cards: gathers what the built pages use, and writes that and nothing else."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pelican import signals

from plugins.episodes import Episode
from plugins.hands import share_out
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

    def write(self, output: Path) -> None:
        """Writes everything into a folder that nobody reads yet; cards are drawn by many hands."""
        for folder in {(output / path.removeprefix("/")).parent for path in self._sources}:
            folder.mkdir(parents=True, exist_ok=True)
        sources = list(self._sources.items())
        share_out(lambda entry: _put(output / entry[0].removeprefix("/"), entry[1]), sources, "Drawing cards")


def _put(target: Path, source: Source) -> None:
    if isinstance(source, Path):
        shutil.copy2(source, target)  # with its time: an unchanged film is not copied again later
    elif isinstance(source, bytes):
        target.write_bytes(source)
    elif isinstance(made := source(), bytes):
        target.write_bytes(made)
    else:
        link_or_copy(made, target)


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
    pelican.settings["MEDIA"].write(Path(pelican.output_path))


def register() -> None:
    signals.finalized.connect(write_media)
