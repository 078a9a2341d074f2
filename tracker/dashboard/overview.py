"""What the first page shows, and what it sends again to a page that stays open, from figures that are kept ready."""

from __future__ import annotations

import time
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

from theme.wording import format_brief
from tracker.campaign import Campaign
from tracker.charts import draw_for_page
from tracker.choices import counting_since
from tracker.dashboard.compare import period_before, read_before, read_figures
from tracker.dashboard.curve import read_curve
from tracker.dashboard.period import Period
from tracker.dashboard.story import Look, find_what_matters
from tracker.dashboard.telling import show_change, show_ratio, tell
from tracker.leaderboard import Scope
from tracker.pages import page_language
from tracker.services import Services
from tracker.store import Store
from tracker.virality.days import days_made_at
from tracker.virality.doubt import FEWEST, FEWEST_GIFTS, count_changed
from tracker.virality.figures import read_generations, read_journeys, read_parts, whole

STEPS = ("visits", "confirmed", "begun", "finished", "sharing", "gifts")
MANY = {"gifts": FEWEST_GIFTS}


def look_at(kit: Services, period: Period, first_day: str) -> dict[str, Any]:
    """Names for the template of the live part of the overview."""
    store, campaign, now = kit.store, kit.campaign, time.time()
    first = max(first_day, counting_since(store)) if first_day else ""
    figures = read_figures(store, period, campaign)
    before = read_before(store, period, campaign, now, first)
    spread = whole(read_generations(store, period.scope))
    look = Look(figures, spread, *parts_of(store, period.scope, spread.sharers))
    past = None
    if before is not None:
        scope = period_before(period, campaign).scope
        sown = whole(read_generations(store, scope))
        past = Look(before, sown, *parts_of(store, scope, sown.sharers))
    curve = read_curve(store, period, short_day)
    (journey,) = read_journeys(store, period.scope)
    ratio = spread.ratio or 0.0
    return {
        "figures": figures,
        "before": before,
        "changed": {
            name: count_changed(getattr(figures, name), getattr(before, name), ratio, MANY.get(name, FEWEST))
            for name in ("confirmed", "shares", "new_sharers", "gifts")
        }
        if before
        else {},
        "show_change": show_change,
        "show_ratio": show_ratio,
        "spread": spread,
        "sentences": [tell(each, campaign) for each in find_what_matters(look, past)],
        "funnel": [(name, int(journey[name])) for name in STEPS],
        "curve": curve,
        "picture": "" if curve.is_empty else draw_for_page(curve.chart()),
        "made_at": days_made_at(store),
        "clock": datetime.fromtimestamp(now, campaign.timezone).strftime("%H:%M:%S"),
    }


def parts_of(store: Store, scope: Scope, sharers: int) -> tuple[Any, Any]:
    return read_parts(store, scope, "channel", sharers), read_parts(store, scope, "episode", sharers)


def short_day(day: date) -> str:
    """22 nov., 22 Nov."""
    return format_brief(day, page_language())


def version_of(store: Store, campaign: Campaign, *asked: str) -> str:
    """A text that changes when what is shown for these words may have: read from a few rows, whatever there is."""
    today = datetime.fromtimestamp(time.time(), campaign.timezone).date().isoformat()
    (row,) = store.query(
        """
        select sum(confirmed) as confirmed, sum(shares) as shares, sum(gifts) as gifts, sum(amount) as amount,
          (select max(at) from gifts) as gift, (select at from refreshed where what = 'days') as days,
          (select max(changed_at) from choices) as choice, (select max(created_at) from sharers where kind = 'visit')
            as sharer
        from hours where day = :today
        """,
        today=today,
    )
    told = repr((today, sorted(row.items()), campaign.data.get("version"), id(campaign), page_language(), asked))
    return blake2b(told.encode(), digest_size=12).hexdigest()
