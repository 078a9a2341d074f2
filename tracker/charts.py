"""Charts, drawn on the server as SVG by pygal: one picture for the page, the mail, the print and the download.

pygal's own styles and scripts are left out, since our pages allow none inline: on a page staff.css dresses the picture,
a file carries its own dress (light, and dark where the reader prefers it), and a mail gets it as PNG. Colours say
nothing that the table under each chart does not. Why pygal: docs/charts.md.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal
from xml.etree.ElementTree import Element, SubElement

import font_source_sans_pro
from markupsafe import Markup

FONT = Path(font_source_sans_pro.__file__).parent / "files" / "SourceSansPro-Semibold.ttf"

Size = tuple[int, int]

WIDE: Size = (960, 250)
NARROW: Size = (380, 230)  # what a phone shows, so that its words stay readable
LETTER = 12  # height of the words, in units of the picture
MOST_LABELS = {WIDE: 8, NARROW: 4}
FOOT = 5  # height of a mark under its column

DRESS = """
.chart{font:700 12px "Source Sans Pro","Liberation Sans",Arial,sans-serif}.chart text{fill:#655b4e}
.chart .y text{text-anchor:end}.chart .x text{text-anchor:middle}.chart .guide,.chart .line{stroke:#d8cdb8;fill:none}
.chart .color-0 rect,.chart .color-0 circle{fill:#1f3fbf}.chart .color-1 rect,.chart .color-1 circle{fill:#8fa3ea}
.chart .color-0 .line{stroke:#1f3fbf;stroke-width:3}.chart .color-1 .line{stroke:#c81e2d;stroke-width:3}
.chart .mark{fill:#c81e2d}
"""
DARK = """
@media (prefers-color-scheme:dark){.chart text{fill:#bdb09a}.chart .guide,.chart .line{stroke:#4a423a}
.chart .color-0 rect,.chart .color-0 circle{fill:#a9baff}.chart .color-1 rect,.chart .color-1 circle{fill:#5a6bb8}
.chart .color-0 .line{stroke:#a9baff}.chart .color-1 .line,.chart .mark{stroke:#ff8078;fill:#ff8078}
.chart .color-1 .line{fill:none}}
"""
PAPER = "#fffaf0"  # behind a PNG: mails have backgrounds of their own

UNWANTED = ("script", "style", "desc", "title", "defs")
UNWANTED_LOOKS = ("overlay", "titles", "background")


@dataclass(frozen=True)
class Series:
    """One measure, a value for each column; None where nothing is known."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Chart:
    """What to draw: columns from left to right, on top of each other in a `stack`, side by side as `bars`, or `lines`.

    `title` says in words what is drawn, and where the figures stand. `marks` are places of columns that get a mark
    under them. `spell` writes a figure of the scale.
    """

    kind: Literal["stack", "bars", "lines"]
    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    marks: frozenset[int] = frozenset()
    spell: Callable[[float], str] = "{:g}".format

    @property
    def top(self) -> float:
        """The upper end of the scale: a round number."""
        columns = list(zip(*(each.values for each in self.series), strict=True))
        heights = [
            sum(filter(None, column)) if self.kind == "stack" else max(map(float, filter(None, column)), default=0)
            for column in columns
        ]
        return round_up(max(heights, default=0))


def round_up(value: float) -> float:
    """The next round number that halves well, for the top of a scale: ..., 0.8, 1, 2, 4, 6, 8, 10, 20..."""
    unit = 0.01 if 0 < value < 1 else 1.0
    while True:
        for factor in (1, 2, 4, 6, 8):
            if value <= factor * unit:
                return round(factor * unit, 6)
        unit *= 10


def draw_for_page(chart: Chart) -> Markup:
    """The picture wide and narrow; staff.css shows one of them. Only the first is announced to screen readers."""
    return Markup(draw(chart, WIDE, "wide") + draw(chart, NARROW, "narrow"))  # noqa: S704 - elements escape what they hold


def draw_file(chart: Chart, size: Size = WIDE) -> str:
    """A whole SVG file, which needs nothing else. It has one style element, and neither style attribute nor script."""
    return draw(chart, size, "file", f"{DRESS}{DARK}")


def draw_png(chart: Chart, size: Size = WIDE, zoom: float = 1.5) -> bytes:
    """The same on paper as PNG, for mails; with the campaign's typeface, so that every machine draws the same."""
    import resvg_py  # here, since few processes ever send a mail

    picture: bytes = resvg_py.svg_to_bytes(
        svg_string=draw(chart, size, "file", DRESS),
        background=PAPER,
        zoom=zoom,
        skip_system_fonts=True,
        font_files=[str(FONT)],
        font_family="Source Sans Pro",
        sans_serif_family="Source Sans Pro",
    )
    return picture


@lru_cache(maxsize=64)
def draw(chart: Chart, size: Size, look: str, dress: str = "") -> str:
    """The SVG; drawing takes some milliseconds, and the same chart is often asked for again."""
    pygal = load_pygal()
    kinds: dict[str, Any] = {"stack": pygal.StackedBar, "bars": pygal.Bar, "lines": pygal.Line}
    picture = kinds[chart.kind](
        width=size[0],
        height=size[1],
        style=pygal.style.Style(label_font_size=LETTER, major_label_font_size=LETTER),
        css=[],
        js=[],
        show_legend=False,
        disable_xml_declaration=True,
        margin=2,
        margin_top=8,
        margin_right=12,
        margin_bottom=FOOT + 4,
        spacing=6,
        range=(0, chart.top),
        y_labels=[0, chart.top / 2, chart.top],
        value_formatter=chart.spell,
        formatter=chart.spell,
        show_minor_x_labels=False,
        dots_size=4,
        truncate_label=-1,
        allow_interruptions=True,
    )
    picture.x_labels = list(chart.labels) or [""]
    picture.x_labels_major = list(dict.fromkeys(choose_labels(chart.labels, MOST_LABELS.get(size, 8))))
    for each in chart.series:
        picture.add(each.name, list(each.values))
    picture.add_xml_filter(lambda root: tidy(root, chart, look, dress))
    text: str = picture.render(is_unicode=True)
    return text


@cache
def load_pygal() -> Any:
    """pygal, once it is needed: a process that nobody of staff visits saves 8 MB.

    It leaves a finder of plug-ins behind, of a kind that Python no longer asks, and warns of at every import.
    """
    pygal = import_module("pygal")
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]
    return pygal


def choose_labels(labels: Sequence[str], most: int) -> list[str]:
    """Some of the labels, evenly spread from the first on."""
    step = -(-len(labels) // most) or 1
    return list(labels[::step])


def tidy(root: Element, chart: Chart, look: str, dress: str) -> Element:
    """Keep the picture alone: neither styles nor scripts, no text that only scripts would show, short numbers."""
    for parent in list(root.iter()):
        for child in list(parent):
            is_comment, look_of = callable(child.tag), child.get("class", "")
            if is_comment or child.tag in UNWANTED or look_of.endswith(UNWANTED_LOOKS) or is_upright(child):
                parent.remove(child)
    for node in root.iter():
        shorten(node)
    plot = next(node for node in root.iter("g") if node.get("class") == "plot")
    mark_columns(plot, chart.marks)
    root.attrib.pop("id", None)
    root.set("class", f"chart {look}")
    root.set("role", "img")
    root.set("aria-label", chart.title)
    if look == "narrow":
        root.attrib.pop("role")
        root.attrib.pop("aria-label")
        root.set("aria-hidden", "true")
    bounds = [place for node in plot.iter("path") if "guide" in node.get("class", "") for place in read_span(node)]
    if bounds:  # where the columns begin and end, for the script that shows what is under the pointer
        left = float((plot.get("transform") or "translate(0").partition("(")[2].partition(",")[0])
        root.set("data-left", f"{left + min(bounds):.1f}")
        root.set("data-right", f"{left + max(bounds):.1f}")
    if dress:
        root.set("width", root.get("viewBox", "").split()[2])
        style = Element("style")
        style.text = dress
        root.insert(0, style)
    return root


def is_upright(node: Element) -> bool:
    """Whether this is one of the lines that would stand in the middle of columns, or the edge at the left."""
    return node.tag == "path" and " v" in node.get("d", "") and "line" in node.get("class", "")


def shorten(node: Element) -> None:
    for name in ("x", "y", "width", "height", "cx", "cy", "r"):
        if (value := node.get(name)) is not None:
            node.set(name, f"{float(value):.1f}".removesuffix(".0"))
    for name in ("rx", "ry"):
        node.attrib.pop(name, None)
    if path := node.get("d"):
        node.set(
            "d",
            " ".join(
                part[:1] + tidy_number(part[1:]) if part[:1].isalpha() else tidy_number(part)
                for part in path.replace(",", " ").split()
            ),
        )
    if node.get("class") == "rect reactive tooltip-trigger":
        node.attrib.pop("class")


def tidy_number(text: str) -> str:
    return f"{float(text):.1f}".removesuffix(".0") if text else ""


def read_span(node: Element) -> tuple[float, ...]:
    """The horizontal ends of a guide such as "M0 12 h740"; nothing for upright ones."""
    start, _, length = (node.get("d") or "").partition("h")
    return (float(start.split()[0][1:]), float(start.split()[0][1:]) + float(length)) if length else ()


def mark_columns(plot: Element, marks: frozenset[int]) -> None:
    """A small stamp under each of these columns."""
    series = next((node for node in plot.iter("g") if "serie-0" in node.get("class", "").split()), None)
    columns = list(series.iter("rect")) if series is not None else []
    foot = max((float(node.get("y", 0)) + float(node.get("height", 0)) for node in columns), default=0)
    for place in sorted(marks):
        if place < len(columns):
            column = columns[place]
            SubElement(
                plot,
                "rect",
                {
                    "class": "mark",
                    "x": column.get("x", ""),
                    "y": f"{foot + 2:.1f}",
                    "width": column.get("width", ""),
                    "height": str(FOOT),
                },
            )
