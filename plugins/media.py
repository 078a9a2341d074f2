"""Films, posters, captions and cards: gathers what the built pages use, and writes that and nothing else."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pelican import signals
from PIL import Image

from plugins.episodes import Episode
from plugins.films import write_whole
from plugins.script import captions
from theme.wording import curl_apostrophes

Source = bytes | Path | Callable[[], bytes]


class Media:
    """What goes where: bytes, a file to copy, or a function that makes the bytes."""

    def __init__(self, cache: Path, draw_card: Callable[[Episode], bytes]) -> None:
        self.cache = cache
        self._draw_card = draw_card
        self._sources: dict[str, Source] = {}

    def add(self, path: str, source: Source) -> str:
        """Notes what stands at a root-relative path, and returns the path."""
        self._sources.setdefault(path, source)
        return path

    def add_picture(self, file: Path) -> tuple[str, int, int]:
        """A picture of staff's own, with its size."""
        with Image.open(file) as picture:
            return self.add(f"/media/{file.name}", file), *picture.size

    def add_card(self, path: str, episode: Episode) -> str:
        return self.add(path, lambda: self._draw_card(episode))

    def write(self, output: Path) -> None:
        for path, source in self._sources.items():
            target = output / path.removeprefix("/")
            if isinstance(source, Path):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)  # with its time: an unchanged film is not copied again later
            else:
                write_whole(target, source if isinstance(source, bytes) else source())


def make_captions(episode: Episode, folder: Path) -> bytes:
    """WebVTT: the file that staff gave, or made from the script; nothing when nobody speaks."""
    if episode.captions:
        return (folder / episode.captions).read_bytes()
    if not any(line.kind == "speech" for line in episode.script):
        return b""
    length = episode.media.duration if episode.media else episode.length or episode.script[-1].at
    script = [replace(line, text=curl_apostrophes(line.text)) for line in episode.script]
    return captions(script, length, episode.lang).encode()


def write_media(pelican: Any) -> None:
    pelican.settings["MEDIA"].write(Path(pelican.output_path))


def register() -> None:
    signals.finalized.connect(write_media)
