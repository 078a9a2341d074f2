"""The theme's own files: their names carry a hash of their content, so that browsers may keep them for ever; and what
stands in every page, style sheet and starter, with the hashes that let them past the Content-Security-Policy."""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup
from pelican import signals

from plugins.films import write_whole
from plugins.palette import USUAL, read_palette

SCRIPTS = ("page.js", "pass.js", "refuse.js", "film.js", "excuses.js")
"""What counter.js is made of: one after the other, as they were written. On a slow phone each further file is a further
wait, and together they are smaller than apart. page.js comes first: the others look for what it knows."""

STARTER = "start.js"
"""Fetches counter.js when the page is painted; the only script that stands in pages."""


class Assets:
    """The files of theme/static, and what plugins add. All its style sheets stand in every page, by name, the
    palette's last; pictures drawn by hand take its colours."""

    def __init__(self, folder: Path, place: str, palette: Path | None = None) -> None:
        files = sorted(file for file in folder.rglob("*") if file.is_file() and not file.name.startswith("."))
        sheets = [file.read_text(encoding="utf-8").strip() for file in files if file.suffix == ".css"]
        usual = read_palette("\n".join(sheets)).light
        sheets += [palette.read_text(encoding="utf-8").strip()] if palette else []
        self.colours = read_palette("\n".join(sheets))
        self._place = place
        self._contents: dict[str, bytes] = {}
        self.paths: dict[str, str] = {}
        found = {file.relative_to(folder).as_posix(): file for file in files}
        for name, file in found.items():
            if file.suffix != ".css" and name not in (*SCRIPTS, STARTER):
                content = file.read_bytes()
                self.add(name, self._colour(content, usual) if file.suffix == ".svg" else content)
        self.add("counter.js", b"\n".join(found[name].read_bytes() for name in SCRIPTS if name in found))
        self.styles = Markup(self._point_at_assets(squeeze("\n".join(sheets))))  # noqa: S704 (our own file)
        self.starter = Markup(squeeze(found[STARTER].read_text(encoding="utf-8")) if STARTER in found else "")  # noqa: S704
        self.add("counter.css", self.styles.encode())  # for players, which many pages of other sites may hold
        for name, text in {"style sheet": self.styles, STARTER: self.starter}.items():
            if "</" in text:
                raise ValueError(f"the {name} contains </, which would end it early")

    def add(self, name: str, content: bytes) -> None:
        """A file that is not in theme/static."""
        self._contents[name] = content
        self.paths[name] = f"/{self._place}/{_hash_name(name, content)}"

    def asset(self, name: str) -> str:
        """The root-relative address of a file in theme/static."""
        if name not in self.paths:
            raise LookupError(f"theme/static has no {name}; it has {', '.join(self.paths) or 'nothing'}")
        return self.paths[name]

    @property
    def style_hashes(self) -> list[str]:
        """What a Content-Security-Policy names to let the style sheet in."""
        return [_digest(self.styles)]

    @property
    def script_hashes(self) -> list[str]:
        """The same for the starter."""
        return [_digest(self.starter)]

    def list_files(self) -> Iterator[tuple[str, bytes]]:
        """Each file's place in the output, and its content."""
        for name, content in self._contents.items():
            yield self.paths[name].removeprefix("/"), content

    def _colour(self, picture: bytes, usual: Mapping[str, str]) -> bytes:
        """An SVG, drawn in the usual colours, in the palette's."""
        known = {usual[name]: self.colours.light[name] for name in ("paper", "stamp", "ink") if name in usual}
        text = picture.decode()
        return re.sub("#[0-9a-fA-F]{6}", lambda found: known.get(found[0].lower(), found[0]), text).encode()

    def _point_at_assets(self, sheet: str) -> str:
        def point(found: re.Match[str]) -> str:
            name = found[2].removeprefix("./").removeprefix("../")
            return f'url("{self.paths[name]}")' if name in self.paths else found[0]

        return re.sub(r"""url\((["']?)([^"')]+)\1\)""", point, sheet)


def squeeze(text: str) -> str:
    """Styles or a script without comments and indents: what stands in every page should be short, yet readable."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _hash_name(name: str, content: bytes) -> str:
    stem, dot, ending = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(content).hexdigest()[:8]}{dot}{ending}"


def load_assets(pelican: Any) -> None:
    settings, theme = pelican.settings, Path(pelican.theme)
    chosen = theme / "palettes" / f"{settings['PALETTE']}.css" if settings["PALETTE"] != USUAL else None
    settings["ASSETS"] = Assets(theme / "static", settings["THEME_STATIC_DIR"], chosen)
    settings["COLOURS"] = settings["ASSETS"].colours


def write_assets(pelican: Any) -> None:
    for path, content in pelican.settings["ASSETS"].list_files():
        write_whole(Path(pelican.output_path) / path, content)


def register() -> None:
    signals.initialized.connect(load_assets)
    signals.finalized.connect(write_assets)
