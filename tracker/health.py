"""Is it alive, and how is it doing: /t/health for load balancers, /metrics for Prometheus. Neither tells of people."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from tracker.services import services

blueprint = Blueprint("health", __name__)


@blueprint.get("/t/health")
def health() -> Response:
    """200 while the database answers; the error handler makes a 503 of anything else."""
    kit = services()
    kit.store.query("select 1 as one")
    response = jsonify(status="ok", episodes=len(kit.campaign.episodes))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/metrics")
def metrics() -> Response:
    """Figures of the whole campaign, in Prometheus' text format."""
    store = services().store
    registry = CollectorRegistry()
    (sums,) = store.query(
        """
        select coalesce(sum(visits), 0) as visits, coalesce(sum(confirmed), 0) as confirmed,
          coalesce(sum(shares), 0) as shares, coalesce(sum(gifts), 0) as gifts, coalesce(sum(amount), 0) as amount
        from totals
        """
    )
    for name, meaning in (
        ("visits", "human visits"),
        ("confirmed", "human visits whose page was on screen"),
        ("shares", "shares"),
        ("gifts", "gifts that were not taken back"),
        ("amount", "sum of gifts less refunds, in minor units"),
    ):
        Gauge(f"ricochet_{name}", f"Since the start: {meaning}.", registry=registry).set(sums[name])
    (tree,) = store.query("select count(*) as sharers, coalesce(max(generation), 0) as generations from sharers")
    Gauge("ricochet_sharers", "People and origins whose links brought people.", registry=registry).set(tree["sharers"])
    Gauge("ricochet_generations", "Longest chain of sharers.", registry=registry).set(tree["generations"])
    unpromised = current_app.extensions["redirect"].unpromised
    Gauge("ricochet_unpromised", "Visitors sent on without a token since this process began.", registry=registry).set(
        unpromised
    )
    dropped = getattr(store, "dropped", 0)
    Gauge("ricochet_dropped", "Best-effort rows dropped since this process began.", registry=registry).set(dropped)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
