"""The share tree as staff explore it: GET /staff/tree/ from the top, GET /staff/tree/<sharer> from somebody down.

A picture of plain links (tracker.tree.icicle), and under it a table of the very same branches.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from tracker.branches import branches_made_at
from tracker.dashboard import asked_period, offer_words
from tracker.dashboard.words import name_sharer
from tracker.errors import Refused
from tracker.pages import gettext as _
from tracker.pages import money, ngettext, number
from tracker.services import services
from tracker.sharers import file_code, path_to
from tracker.store import Row
from tracker.tree.icicle import HEIGHT, draw_icicle, lay_out
from tracker.tree.reading import DEEPEST_SKIP, SIZES, By, Node, read_root

blueprint = Blueprint("tree", __name__, url_prefix="/staff/tree")
blueprint.context_processor(offer_words)

FIRST, LAST = 2, 4  # of a long path, so many are shown


@blueprint.get("/")
def whole_tree() -> ResponseReturnValue:
    return show_tree("")


@blueprint.get("/<id_>")
def tree_of(id_: str) -> ResponseReturnValue:
    return show_tree(id_)


def asked_size() -> By:
    """What the size of a branch stands for on this page."""
    return next((by for by in SIZES if by == request.args.get("by")), "confirmed")


def show_tree(sharer: str) -> str:
    kit, by = services(), asked_size()
    path = path_to(kit.store, sharer) if sharer else []
    if sharer and not path:
        raise Refused("unknown_sharer", "There is no such sharer.", 404)
    skip = min(max(request.args.get("skip", 0, type=int), 0), DEEPEST_SKIP)
    root = read_root(kit.store, sharer, by)
    if root is not None:
        lay_out(kit.store, root, skip=skip)
    return render_template(
        "tree/tree.html",
        by=by,
        root=root,
        skip=skip,
        person={**path[0], "sharer": sharer} if path else None,
        path=shorten_path(path),
        picture=draw_branch(root) if root is not None and root.children else "",
        made_at=branches_made_at(kit.store),
        period=asked_period(),
        name_node=name_node,
    )


@blueprint.app_template_global("picture_branch")
def picture_branch(sharer: str) -> Markup | str:
    """A sharer's branch as a picture, by confirmed visitors, for any page of staff; "" while nobody is below them."""
    root = read_root(services().store, sharer, "confirmed")
    if root is None or not root.row["children"]:
        return ""
    lay_out(services().store, root, HEIGHT // 2)
    return draw_branch(root) if root.children else ""


def shorten_path(path: list[Row]) -> list[Row | int]:
    """From the first to the last; of a long path, a number stands for those in the middle."""
    rows: list[Row | int] = [{**row, "sharer": row["id"]} for row in reversed(path)]
    hidden = len(rows) - FIRST - LAST
    return [*rows[:FIRST], hidden, *rows[-LAST:]] if hidden > 1 else rows


def name_node(node: Node) -> str:
    """A branch by its root's name; the whole tree has none."""
    return name_sharer(node.row) if node.sharer else _("Tout le monde")


def draw_branch(root: Node) -> Markup:
    """The laid-out branch as SVG, in this page's words."""
    above: Any = root.row["parent"]

    def name(node: Node) -> str:
        short = node.row["name"] or node.row["pseudonym"] or (file_code(node.sharer) if node.sharer else "")
        size = money(node.size) if node.by == "amount" else number(node.size)
        return f"{short or name_node(node)}\n{size}"

    def address(node: Node, skip: int) -> str:
        if skip:
            return place(node.sharer, skip)
        if node is root:
            return place(above) if node.sharer else place("")
        return place(node.sharer) if node.row["children"] else url_for("dashboard.sharer", id_=node.sharer)

    def place(sharer: str, skip: int = 0) -> str:
        query: dict[str, Any] = {
            **({"by": root.by} if root.by != "confirmed" else {}),
            **({"skip": skip} if skip else {}),
        }
        return url_for("tree.tree_of", id_=sharer, **query) if sharer else url_for("tree.whole_tree", **query)

    def tell(node: Node) -> str:
        if node is root:
            return _("Remonter") if node.sharer else name_node(node)
        parts = [number(node.row["confirmed"]), number(node.row["sharers"] - 1), number(node.row["gifts"])]
        return _("%(name)s, visiteurs : %(visitors)s, relais : %(relays)s, dons : %(gifts)s") % dict(
            zip(("name", "visitors", "relays", "gifts"), (name_node(node), *parts), strict=True)
        )

    def folded(node: Node) -> str:
        return ngettext("%(count)s autre", "%(count)s autres", node.folded) % {"count": number(node.folded)}

    depth = max(node.level + bool(node.folded_height) for node in root.walk())
    heads = [_("Départ") if not root.sharer else _("Cette branche")]
    heads += [_("Génération %(place)s") % {"place": root.row["generation"] + level} for level in range(1, depth + 1)]
    label = _("Chaque colonne est une génération, chaque case une branche. Le tableau qui suit dit la même chose.")
    return draw_icicle(root, heads, name, tell, folded, address, label)
