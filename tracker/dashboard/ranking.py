"""The rows of a ranking, written in one go: a hundred have a thousand cells, which took a template longer than all else
on their page, and made a page of a large campaign so much dearer than that of a small one, where few have ranks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote as quote_anew

from flask import url_for
from markupsafe import Markup, escape

from tracker.dashboard.chart import draw_share
from tracker.dashboard.period import Period
from tracker.dashboard.words import name_sharer
from tracker.pages import gettext as _
from tracker.pages import page_language, write_money, write_number
from tracker.services import services
from tracker.store import Row

SOMEBODY = "somebody"  # stands for an id in an address
NEXT_CELL = '</td><td class="n">'
quote = lru_cache(maxsize=4096)(quote_anew)  # the same ids lead every ranking


def write_ranks(ranks: Sequence[Row], period: Period, by: str, measures: Sequence[str], first: int = 0) -> Markup:
    """Table rows of these ranks, which begin after the place `first`: place, name, and a cell for each measure."""
    if not ranks:
        return Markup("")
    lang, currency, best = page_language(), services().campaign.currency, ranks[0][by]
    query: dict[str, Any] = period.query()
    before, _id, after = escape(url_for("dashboard.sharer", id_=SOMEBODY, **query)).rpartition(SOMEBODY)
    tag, file = f' <span class="tag">{escape(_("lien nommé"))}</span>', _("Dossier")
    rows = []
    for place, row in enumerate(ranks, first + 1):
        figures = [
            write_money(int(row[measure]), currency, lang) if measure == "amount" else write_number(row[measure], lang)
            for measure in measures
        ]
        rows.append(
            f'<tr><td class="n rank">{place}</td><th scope="row"><a href="{before}{quote(row["sharer"])}{after}">'
            f"{escape(name_sharer(row, file))}</a>{tag if row['kind'] == 'origin' else ''}"
            f"{draw_share(row[by], best)}</th>\n"
            f'<td class="n">{NEXT_CELL.join(figures)}</td></tr>\n'
        )
    return Markup("".join(rows))  # noqa: S704 - names are escaped above, figures are our own
