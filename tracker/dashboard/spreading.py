"""How it spreads: the virality ratio, its factors and a look ahead; what it spreads by, ranked; the curve as a file."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from tracker.charts import Chart, Series, draw_file, draw_for_page
from tracker.dashboard import asked_period, offer_words
from tracker.dashboard.curve import read_curve
from tracker.dashboard.overview import short_day
from tracker.dashboard.placings import RANK_BY, RANKED, rank_ways, rank_whole_ways
from tracker.dashboard.telling import show_ratio
from tracker.errors import Refused
from tracker.pages import gettext as _
from tracker.pages import number
from tracker.services import services
from tracker.virality.days import days_made_at
from tracker.virality.doubt import FEWEST
from tracker.virality.figures import Spread, read_cycle, read_generations, read_parts
from tracker.virality.figures import whole as all_together
from tracker.virality.projection import days_to_run, read_outlook
from tracker.virality.reach import REACH

blueprint = Blueprint("spread", __name__, url_prefix="/staff")
blueprint.context_processor(offer_words)


@blueprint.get("/virality")
def virality() -> ResponseReturnValue:
    store, period = services().store, asked_period()
    generations = read_generations(store, period.scope)
    spread = all_together(generations)
    outlook = read_outlook(request.args, spread)
    cycle = read_cycle(store, period.scope)
    return render_template(
        "dashboard/virality.html",
        period=period,
        generations=generations,
        spread=spread,
        channels=read_parts(store, period.scope, "channel", spread.sharers),
        episodes=read_parts(store, period.scope, "episode", spread.sharers),
        cycle=cycle,
        made_at=days_made_at(store),
        picture=draw_for_page(chart_of(generations)) if any(each.sharers >= FEWEST for each in generations) else "",
        fewest=FEWEST,
        show_ratio=show_ratio,
        outlook=outlook,
        asked_outlook={name: request.args[name] for name in ("people", "ratio", "generations") if name in request.args},
        days=days_to_run(cycle, outlook.generations) if cycle else None,
    )


def chart_of(generations: list[Spread]) -> Chart:
    """The ratio of each generation that is large enough to have one."""
    generations = [each for each in generations if each.sharers >= FEWEST]
    return Chart(
        kind="bars",
        title=_("Ratio de viralité, génération après génération. Les chiffres sont dans le tableau qui suit."),
        labels=tuple(str(each.key) for each in generations),
        series=(Series(_("Ratio"), tuple(each.ratio for each in generations)),),
        spell=number,
    )


@blueprint.get("/ranks/<what>")
def ranks(what: str) -> ResponseReturnValue:
    if what not in RANKED:
        raise Refused("unknown_ranking", f"There is no such ranking; there are {', '.join(RANKED)}.", 404)
    store, period = services().store, asked_period()
    by, whole = request.args.get("by", ""), request.args.get("whole") == "1"
    if whole:  # of the whole campaign: what a way leads to doesn't end at an episode
        period = replace(period, episode="", channel="")
    by = by if by in (REACH if whole else RANK_BY) else "confirmed"
    return render_template(
        "dashboard/ranks.html",
        period=period,
        what=what,
        by=by,
        whole=whole,
        rows=(rank_whole_ways if whole else rank_ways)(store, period.scope, what, by),
        made_at=days_made_at(store),
    )


@blueprint.get("/charts/curve.svg")
def picture() -> ResponseReturnValue:
    """The overview's curve as a file. Its style stands inside, so it is let have one; it has no script."""
    period = asked_period()
    chart = read_curve(services().store, period, short_day).chart()
    response = Response(draw_file(chart), mimetype="image/svg+xml")
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    response.headers["Cache-Control"] = "private, no-store"
    return response
