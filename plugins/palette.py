"""The campaign's colours, read from its style sheets: pages, cards, icons and manifests all take theirs from there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

USUAL = "counter"
"""The palette that stands in the style sheet itself; others, in theme/palettes, replace what they name."""

_BLOCK = re.compile(r"(@media[^{]*dark[^{]*\{\s*)?:root\s*\{([^}]*)\}")
_COLOUR = re.compile(r"--([\w-]+):\s*(#[0-9a-fA-F]{3,8}|var\(--[\w-]+\))\s*;")


@dataclass(frozen=True)
class Palette:
    """Colours by the name of their variable, as #rrggbb, by day and by night."""

    light: Mapping[str, str]
    dark: Mapping[str, str]


def read_palette(sheets: str) -> Palette:
    """The colours that style sheets set in :root, the last word winning as it does in browsers."""
    light: dict[str, str] = {}
    dark: dict[str, str] = {}
    for night, rules in _BLOCK.findall(re.sub(r"/\*.*?\*/", "", sheets, flags=re.DOTALL)):
        (dark if night else light).update(_COLOUR.findall(rules))
    return Palette(_resolve(light), _resolve({**light, **dark}))


def _resolve(colours: Mapping[str, str]) -> dict[str, str]:
    return {name: _widen(colours.get(value[6:-1], value) if "(" in value else value) for name, value in colours.items()}


def _widen(colour: str) -> str:
    return "#" + "".join(sign * 2 for sign in colour[1:]) if len(colour) == 4 else colour.lower()


def list_palettes(theme: Path) -> list[str]:
    """The names that PALETTE may have."""
    return [USUAL, *sorted(file.stem for file in (theme / "palettes").glob("*.css"))]
