"""The marketers' dashboard: does it spread, thanks to whom and to what; who gave; what does not count, and why.

Figures come from tracker.leaderboard, rows from tracker.dashboard.records; views only put them on a page.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from theme.wording import format_percent
from tracker.choices import COUNT_FROM, counting_since, keep_choice, read_choice
from tracker.dashboard import records, words
from tracker.dashboard.chart import draw_share
from tracker.dashboard.overview import look_at
from tracker.dashboard.period import USUAL, Period, read_day, read_period
from tracker.dashboard.placings import rank_whole_branches
from tracker.dashboard.portrait import portray
from tracker.dashboard.ranking import write_ranks
from tracker.errors import Refused
from tracker.films import count_stops
from tracker.gifts.credits import count_unclaimed, list_odd
from tracker.gifts.ledger import WINDOW_CHOICE, read_window
from tracker.gifts.recording import PROVIDERS
from tracker.leaderboard import BranchBy, in_order, rank_sharers, ranked_at, sum_all, sum_hourly_by
from tracker.origins import list_links
from tracker.pages import gettext as _
from tracker.pages import page_language
from tracker.services import services
from tracker.staff.roles import only_who_may
from tracker.store import Store
from tracker.totals import MEASURES
from tracker.uncounted import reading_until, with_uncounted

blueprint = Blueprint("dashboard", __name__, url_prefix="/staff")

TOP = 10
PAGE = 25  # ranks: what somebody reads through; whoever wants all of them takes them away
NOTICES = FLOODS = 100
BRANCH_RANKS: dict[str, BranchBy] = {"branch": "confirmed", "branch-gifts": "gifts", "branch-amount": "amount"}
LEDGER = 50
DEMONSTRATION = "/plateforme-de-demonstration/"


def asked_period(usual: str = USUAL) -> Period:
    """The period of this request; of days that it does not name, the usual ones."""
    kit = services()
    since, args = counting_since(kit.store), {"range": usual, **request.args.to_dict()}
    return read_period(args, kit.campaign, time.time(), since, first_day_of(kit.store))


def first_day_of(store: Store) -> str:
    """The first day with any figures; "" while there is none."""
    (first,) = store.query("select min(day) as day from totals")
    return first["day"] or ""


def asked_measure() -> Any:
    """What the leaderboard is ranked by."""
    by = request.args.get("by", "confirmed")
    return by if by in MEASURES else "confirmed"


@blueprint.app_template_filter("moment")
def show_moment(at: int) -> str:
    """Seconds since 1970 as the campaign's clock shows them."""
    return datetime.fromtimestamp(at, services().campaign.timezone).strftime("%d/%m/%Y %H:%M")


@blueprint.context_processor
def offer_words() -> dict[str, Any]:
    kit = services()
    return {
        "name_sharer": words.name_sharer,
        "explain_verdict": words.explain_verdict,
        "explain_notice": words.explain_notice,
        "name_conversion": words.name_conversion,
        "name_entry": words.name_entry,
        "draw_share": draw_share,
        "write_ranks": write_ranks,
        "percent": lambda part: format_percent(part, page_language()),
        "here": lambda query: url_for(request.endpoint or "", **(request.view_args or {}), **query),
        "channel_name": lambda code: kit.campaign.channel(code, page_language()) if code else _("Sans canal"),
        "episode_name": lambda slug: kit.campaign.title(slug, page_language()) if slug else _("Sans épisode"),
        "count_from": read_choice(kit.store, COUNT_FROM),
    }


@blueprint.get("/")
def overview() -> ResponseReturnValue:
    kit, period = services(), asked_period()
    store, scope = kit.store, period.scope
    kiosk = read_choice(store, "kiosk")
    return render_template(
        "dashboard/overview.html",
        period=period,
        by=asked_measure(),
        ranks=in_order(rank_sharers(store, scope, asked_measure(), TOP), asked_measure()),
        ordered_at=ranked_at(store, scope, asked_measure()),
        channels=sum_hourly_by(store, scope, "channel"),
        episodes=sum_hourly_by(store, scope, "episode"),
        gifts=records.list_gifts(store, period, 5),
        stops=count_stops(store, scope.since, scope.until, period.episode),
        rehearsing=any(DEMONSTRATION in target["address"] for target in kit.campaign.targets.values()),
        kiosk=kit.address_of(url_for("live.kiosk_by_link", key=kiosk["value"])) if kiosk and kiosk["value"] else "",
        **look_at(kit, period, first_day_of(store)),
    )


@blueprint.post("/count-from")
@only_who_may("count from")
def post_count_from() -> ResponseReturnValue:
    wanted = request.form.get("day", "")
    day = read_day(wanted)
    if wanted and (day is None or day > date.today() + timedelta(days=366)):  # noqa: DTZ011 (only a bound)
        raise Refused("bad_day", "The day must be written as 2026-11-22.", 422)
    keep_choice(services().store, COUNT_FROM, day.isoformat() if day else "", current_user.name)
    flash(_("Compris. Les répétitions ne comptent plus.") if day else _("Compris. Tout compte, depuis le début."))
    return redirect(url_for("dashboard.overview"), 303)


@blueprint.get("/sharers/")
def sharers() -> ResponseReturnValue:
    kit, period = services(), asked_period()
    page = max(request.args.get("page", 1, type=int), 1)
    wanted = request.args.get("by", "")
    whole, by = wanted.startswith("branch"), asked_measure()
    offset = min(page - 1, 10**6) * PAGE
    made_at = None
    if whole:
        by, period = BRANCH_RANKS.get(wanted, "confirmed"), replace(asked_period("all"), episode="", channel="")
        ranks, made_at = rank_whole_branches(kit.store, period, by, PAGE + 1, offset)
    else:
        ranks = rank_sharers(kit.store, period.scope, by, PAGE + 1, offset=offset)
        ranks = with_uncounted(kit.store, period.scope, ranks)
    return render_template(
        "dashboard/sharers.html",
        period=period,
        by=by,
        whole=whole,
        asked=wanted if whole else by,
        made_at=made_at,
        judged=reading_until(kit.store, kit.campaign.timezone),
        ranks=in_order(ranks[:PAGE], by),
        ordered_at=None if whole else ranked_at(kit.store, period.scope, by),
        first=offset,
        page=page,
        more=len(ranks) > PAGE,
    )


@blueprint.get("/sharers/<id_>")
def sharer(id_: str) -> ResponseReturnValue:
    kit, period = services(), asked_period()
    portrait = portray(kit, id_, period)
    if portrait is None:
        raise Refused("unknown_sharer", "There is no such sharer.", 404)
    links = list_links(kit, id_)[:2] if portrait["person"]["kind"] == "origin" else []
    return render_template("dashboard/sharer.html", period=period, links=links, **portrait)


@blueprint.get("/gifts")
def gifts() -> ResponseReturnValue:
    store, period = services().store, asked_period()
    return render_template(
        "dashboard/gifts.html",
        period=period,
        sums=sum_all(store, period.scope),
        departures=records.count_departures(store, period),
        gifts=records.list_gifts(store, period, LEDGER),
        conversions=records.count_conversions(store, period),
        notices=records.list_notices(store, period, NOTICES),
        told=records.count_notices(store, period),
        unclaimed=count_unclaimed(store),
        odd=len(list_odd(store)),
        window=read_window(store),
        chosen=read_choice(store, WINDOW_CHOICE),
        hooks=[name for name, provider in PROVIDERS.items() if provider.is_open(services().settings)],
    )


@blueprint.get("/verdicts")
def verdicts() -> ResponseReturnValue:
    store, period = services().store, asked_period()
    rows = records.count_verdicts(store, period)
    return render_template(
        "dashboard/verdicts.html",
        period=period,
        verdicts=rows,
        all_visits=sum(row["visits"] for row in rows),
        floods=records.list_floods(store, period, FLOODS),
    )
