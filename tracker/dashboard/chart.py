"""Small pictures inside tables, drawn without any inline style, so that they pass the strict policy of our pages."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup


def draw_share(value: int, whole: int) -> Markup:
    """A thin bar: this part of the whole. It says nothing that the number beside it does not."""
    return draw_bar(0 if whole <= 0 else round(max(min(value / whole, 1), 0) * 1000))


@lru_cache(maxsize=1001)
def draw_bar(thousandths: int) -> Markup:
    return Markup(
        '<svg class="part" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{:.1f}" height="4"/></svg>'
    ).format(thousandths / 10)
