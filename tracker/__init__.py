"""The tracker: knows who brought whom, and turns what it knows into figures that can be trusted."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from settings import Settings, load
from tracker import board, departures, films, gifts, health, impact, shares, visits
from tracker.beacons import register_beacons
from tracker.campaign import CampaignFile
from tracker.dashboard import blueprint as dashboard
from tracker.dashboard.live import blueprint as live
from tracker.dashboard.spreading import blueprint as spreading
from tracker.errors import register_errors
from tracker.gifts.desk import blueprint as desk
from tracker.links import Links
from tracker.origins.desk import blueprint as origins
from tracker.origins.door import blueprint as codes
from tracker.pages import register_pages
from tracker.report.desk import blueprint as reports
from tracker.report.desk import stopping
from tracker.services import EXTENSION, Services
from tracker.staff import blueprint as staff
from tracker.staff import is_staff_request, register_staff
from tracker.store import Store, open_store
from tracker.swift import Swift
from tracker.takeaway import blueprint as takeaway
from tracker.takeaway.api import register_api
from tracker.takeaway.tokens import blueprint as tokens
from tracker.texts import Plan
from tracker.texts.desk import blueprint as texts
from tracker.throttle import CROWDS
from tracker.tree import blueprint as tree
from tracker.visitors import Visitors
from tracker.visits.redirect import Redirect

LARGEST_BODY = 64 * 1024  # bytes; hooks allow themselves more


def create_app(settings: Settings | None = None, store: Store | None = None) -> Flask:
    """The application. Without a store, it opens (and brings up to date) the one that the settings name.

    Raises SettingsError or StoreError, saying the mend.
    """
    settings = settings or load()
    keys = settings.secrets
    if store is None:
        store = open_store(settings.tracker_database)
    store.migrate()
    campaign_file = CampaignFile(settings.campaign)
    kit = Services(
        settings=settings,
        store=store,
        links=Links(keys),
        visitors=Visitors(store, settings.trusted_proxies),
        campaign_file=campaign_file,
        texts=Plan(store, campaign_file),
    )

    app = Flask(__name__, template_folder="templates", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY, SECRET_KEY=keys[-1], SECRET_KEY_FALLBACKS=keys[:-1])
    app.extensions[EXTENSION] = kit
    app.json.ensure_ascii = False  # type: ignore[attr-defined]

    register_errors(app)
    register_pages(app, Path(settings.output))
    register_beacons(app)
    register_staff(app)

    app.register_blueprint(visits.blueprint)  # POST /t/visits, /t/seen
    app.register_blueprint(shares.blueprint)  # POST /t/shares
    app.register_blueprint(films.blueprint)  # POST /t/watched
    app.register_blueprint(departures.blueprint)  # GET /go/TARGET
    app.register_blueprint(gifts.blueprint)  # POST /hooks/PROVIDER
    app.register_blueprint(impact.blueprint)  # GET /impact/TOKEN
    app.register_blueprint(board.blueprint)  # GET /board/
    app.register_blueprint(staff)  # /staff/sign-in ...
    app.register_blueprint(dashboard)  # /staff/ ...
    app.register_blueprint(spreading)  # /staff/virality, /staff/ranks/...
    app.register_blueprint(live)  # /staff/live, /staff/kiosk, /kiosk/KEY
    app.register_blueprint(tree)  # /staff/tree/...
    app.register_blueprint(takeaway)  # /staff/export/...
    app.register_blueprint(tokens)  # /staff/tokens/
    register_api(app)  # GET /api/...
    app.register_blueprint(reports)  # /staff/report/
    app.register_blueprint(stopping)  # /report/stop/TOKEN
    app.register_blueprint(desk)  # /staff/gifts/...
    app.register_blueprint(codes)  # GET /p/CODE
    app.register_blueprint(origins)  # /staff/origins/...
    app.register_blueprint(texts)  # /staff/texts/...
    app.register_blueprint(health.blueprint)  # GET /t/health, /metrics

    if proxies := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=0, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    # Neither plain beacons nor GET /r/... reach Flask.
    swift = app.extensions["swift"] = Swift(app.wsgi_app, kit, app.extensions[CROWDS].is_over)
    redirect = app.extensions["redirect"] = Redirect(swift, kit, is_staff_request(app))
    app.wsgi_app = redirect  # type: ignore[method-assign]
    return app
