"""The share tree as a picture: each generation a column, each branch as high as what it brought, the small ones folded.

SVG without any inline style, which passes the strict policy of our pages: widths are in percent, so that one drawing
fits a phone and a wall, and each cell is a plain link.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup

from tracker.store import Store
from tracker.tree.reading import Node, read_children, size_of_first

LEVELS = 4  # generations below the root
HEIGHT = 620  # pixels, of the cells
SMALLEST = 24  # pixels: a cell that can be read and hit by a finger
HEAD = 24  # pixels for the names of the columns
AT_LEAST = 10  # children of the root that are drawn however small they are; of others, half of what there is room for
ROOT = 18  # percent of the width, for the root's own column

Words = Callable[[Node], str]
Address = Callable[[Node, int], str]


def lay_out(store: Store, root: Node, height: int = HEIGHT, levels: int = LEVELS, skip: int = 0) -> Node:
    """Read what there is room for, and give each branch its place."""
    root.top, root.height, root.skipped = 0, height, skip
    row = [root]
    for level in range(1, levels + 1):
        for parent in row:
            fill(store, parent, level, skip if parent is root else 0)
        row = [child for parent in row for child in parent.children]
    return root


def fill(store: Store, parent: Node, level: int, skip: int) -> None:
    """Place its children beside it: from its top down, the largest first, then one cell for all that are folded."""
    room = int(parent.height // SMALLEST)
    if not parent.row["children"] or not room:
        return
    below = parent.below - (size_of_first(store, parent, skip) if skip else 0)
    found = read_children(store, parent, room + 1, skip)
    whole = max(below, sum(child.size for child in found), 1)
    scale = parent.height * min(whole / max(parent.size, 1), 1) if not skip else parent.height
    least = AT_LEAST if level == 1 else max(int(scale // SMALLEST // 2), 1)
    shown = [child for place, child in enumerate(found) if place < least or child.size / whole * scale >= SMALLEST / 2]
    if len(shown) > room or len(shown) < len(found) == room + 1:
        shown = shown[: room - 1]  # the last place is for the others
    folded_size = max(below - sum(child.size for child in shown), 0)
    parent.folded = max(parent.row["children"] - skip - len(shown), 0)
    parent.folded_size = folded_size if parent.folded else 0
    sizes = [child.size for child in shown] + ([parent.folded_size] if parent.folded_size else [])
    heights = share_out(sizes, scale, parent.height)
    top = parent.top
    for child, child_height in zip(shown, heights, strict=False):
        child.top, child.height, child.level = top, child_height, level
        parent.children.append(child)
        top += child.height
    parent.folded_height = heights[-1] if parent.folded_size else 0


def share_out(sizes: Sequence[int], wanted: float, most: float) -> list[float]:
    """Heights in proportion to sizes, none too small to be read: what those need more is taken from the larger ones."""
    if not sizes:
        return []
    total = min(max(wanted, len(sizes) * SMALLEST), most)
    whole = sum(sizes) or 1
    small: set[int] = set()
    while True:
        left = total - len(small) * SMALLEST
        rest = whole - sum(sizes[place] for place in small)
        scale = left / rest if rest > 0 else 0
        more = {place for place, size in enumerate(sizes) if place not in small and size * scale < SMALLEST}
        if not more:
            break
        small |= more
    return [float(SMALLEST) if place in small else size * scale for place, size in enumerate(sizes)]


def draw_icicle(
    root: Node, heads: Sequence[str], name: Words, tell: Words, folded: Words, address: Address, label: str
) -> Markup:
    """The picture. `name` is what stands in a cell, `tell` what it says when pointed at or read aloud, `address` where
    it leads (for the cell of the folded ones, with how many larger ones to leave out; else 0)."""
    width = (100 - ROOT) / max(len(heads) - 1, 1)
    places = [(0.0, float(ROOT)), *((ROOT + place * width, width) for place in range(len(heads)))]
    shapes = [
        Markup('<text class="column" x="{:g}%" dx="1" y="15">{}</text>').format(x, head)
        for (x, _), head in zip(places, heads, strict=False)
    ]
    for node in root.walk():
        kind = "root" if node is root else "gave" if node.row["gifts"] > 0 else "plain"
        shapes.append(draw_cell(node, kind, *places[node.level], name(node), tell(node), address(node, 0)))
        if node.folded_height:
            onward = address(node, node.skipped + len(node.children))
            shapes.append(draw_folded(node, *places[node.level + 1], folded(node), onward))
    return Markup('<svg class="icicle" height="{}" role="group" aria-label="{}">{}</svg>').format(
        HEAD + root.height, label, Markup("").join(shapes)
    )


def draw_cell(node: Node, kind: str, x: float, width: float, name: str, told: str, address: str) -> Markup:
    """A cell: its own little drawing, so that a long name ends at its border."""
    head, _, figure = name.partition("\n")
    if node.height >= 46:
        words = Markup('<text x="12" y="20">{}</text><text class="figure" x="12" y="38">{}</text>').format(head, figure)
    else:
        words = Markup('<text x="12" y="{:.1f}">{} <tspan class="figure" dx="4">{}</tspan></text>').format(
            min(node.height / 2 + 5, 20), head, figure
        )
    mark = Markup('<rect class="mark" width="5" height="100%"/>') if kind == "gave" else ""
    return Markup(
        '<a class="cell {}" href="{}" aria-label="{}"><title>{}</title>'
        '<svg x="{:g}%" y="{:.1f}" width="{:g}%" height="{:.1f}"><rect width="100%" height="100%"/>{}{}</svg></a>'
    ).format(kind, address, told, told, x, HEAD + node.top, width, node.height, mark, words)


def draw_folded(parent: Node, x: float, width: float, words: str, address: str) -> Markup:
    """The cell of all that are folded, below the last child."""
    top, height = sum((child.height for child in parent.children), parent.top), parent.folded_height
    return Markup(
        '<a class="cell folded" href="{}" aria-label="{}"><title>{}</title>'
        '<svg x="{:g}%" y="{:.1f}" width="{:g}%" height="{:.1f}"><rect width="100%" height="100%"/>'
        '<text x="12" y="{:.1f}">{}</text></svg></a>'
    ).format(address, words, words, x, HEAD + top, width, height, min(height / 2 + 5, 20), words)
