"""Pages for people: their language, the frame that site and tracker share, and headers that keep browsers strict.

Public pages stand in the site's own frame (theme/templates/base.html) as soon as the site was built once; until then,
and for staff, in frames of our own.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache, partial
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, request, session
from jinja2 import ChoiceLoader, FileSystemLoader
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from theme import wording
from theme.headers import FIXED, content_policy
from tracker.campaign import Campaign
from tracker.errors import answer_error, is_for_scripts
from tracker.services import services

HERE = Path(__file__).parent
SITE_TEMPLATES = HERE.parent / "theme" / "templates"
STAFF = "/staff"
STAFF_LANGUAGES = ["fr", "en"]


def is_staff_page() -> bool:
    """Whether this page is for staff, wherever it is."""
    return request.path == STAFF or request.path.startswith(f"{STAFF}/")


def page_language() -> str:
    """The language of this request: `?lang=`, the language that staff chose, the path's beginning, the browser's."""
    if "page_language" not in g:
        g.page_language = choose_language()
    return str(g.page_language)


def choose_language() -> str:
    staff = is_staff_page()
    languages = STAFF_LANGUAGES if staff else services().campaign.languages
    wishes = [request.args.get("lang"), session.get("lang") if staff else None, request.path.split("/")[1]]
    for wish in wishes:
        if wish in languages:
            return str(wish)
    return request.accept_languages.best_match(languages) or languages[0]


def catalogues() -> tuple[NullTranslations, NullTranslations]:
    """What the tracker says in this page's language, and what the theme says; read once for each request."""
    if "catalogues" not in g:
        lang = page_language()
        g.catalogues = wording.translations(lang, HERE / "translations"), wording.translations(lang)
    own, theme = g.catalogues
    return own, theme


def gettext(message: str) -> str:
    """The message in this page's language: from the tracker's catalogue, or else the theme's."""
    own, theme = catalogues()
    said = own.gettext(message)
    return said if said != wording.typeset(message, "fr") else theme.gettext(message)


def ngettext(one: str, many: str, number: int) -> str:
    own, theme = catalogues()
    said = own.ngettext(one, many, number)
    unsaid = (wording.typeset(one, "fr"), wording.typeset(many, "fr"))
    return theme.ngettext(one, many, number) if said in unsaid else said


# A ranking writes hundreds of figures, mostly small ones that it has written before: they took a third of its time.
write_money = lru_cache(maxsize=4096)(wording.format_money)
write_number = lru_cache(maxsize=4096)(wording.format_number)


def money(minor: int) -> str:
    """Minor units in the campaign's currency, as this page's language writes them."""
    return write_money(int(minor), services().campaign.currency, page_language())


def number(value: float) -> str:
    """A number as this page's language writes it."""
    return write_number(value, page_language())


def format_day(day: date | str) -> str:
    """A day written out; also one such as 2026-11-22."""
    return wording.format_date(date.fromisoformat(day) if isinstance(day, str) else day, page_language())


def said(texts: Any) -> str:
    """One of a campaign's texts in this page's language, or in the campaign's first."""
    languages = services().campaign.languages
    texts = texts if isinstance(texts, dict) else {}
    return str(texts.get(page_language()) or texts.get(languages[0]) or "")


def describe_site(campaign: Campaign, lang: str) -> dict[str, Any]:
    """`site`, as the frame of every page needs it."""
    site, first = campaign.site, campaign.languages[0]
    menus = {name: site.get(name) or {} for name in ("menu", "footer_menu")}
    home = "/" if lang == first else f"/{lang}/"
    return {
        "name": said(site.get("name")) or "Ricochet",
        "tagline": said(site.get("tagline")),
        "organisation": site.get("organisation") or "",
        "url": services().settings.site_url,
        "home": home,
        "donate": said(site.get("donate")) or home,
        **{name: menu.get(lang) or menu.get(first) or [] for name, menu in menus.items()},
    }


def describe_page() -> dict[str, Any]:
    """What every template may use: the names in the site's own frame, and `frame` itself."""
    kit, lang = services(), page_language()
    campaign = kit.campaign
    assets = campaign.look.get("assets") or {}
    address = kit.settings.site_url + request.path
    built = bool(campaign.look.get("styles")) and (SITE_TEMPLATES / "base.html").is_file()
    return {
        "lang": lang,
        "languages": campaign.languages,
        "alternates": {each: f"{address}?lang={each}" for each in campaign.languages},
        "site": describe_site(campaign, lang),
        "page_path": request.path,
        "page_title": "",
        "page_description": "",
        "canonical": "",
        "asset": lambda name: assets.get(name, ""),
        "styles": Markup(campaign.look.get("styles") or ""),  # noqa: S704 (our own style sheet, written by the build)
        "frame": "base.html" if built else "plain.html",
        "campaign": campaign,
    }


def protect(response: Response) -> Response:
    """Headers of every answer."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", content_policy(services().campaign.look.get("style_hashes") or []))
    for name, value in FIXED.items():
        headers.setdefault(name, value)
    if response.mimetype == "text/html":
        headers.add("Vary", "Accept-Language")
        headers.setdefault("Cache-Control", "no-store" if is_staff_page() else "no-cache")
    return response


def answer_not_found(output: Path, error: HTTPException) -> Response:
    """The site's own page for what is not there; JSON for scripts; a page of ours before the first build."""
    campaign = services().campaign
    folder = "" if page_language() == campaign.languages[0] else page_language()
    built = [file for file in (output / folder / "404.html", output / "404.html") if file.is_file()]
    if is_for_scripts() or is_staff_page() or not built:
        return answer_error("not_found", error.description or "There is no such page.", 404)
    response = Response(built[0].read_text(encoding="utf-8"), status=404)
    look = campaign.look
    response.headers["Content-Security-Policy"] = content_policy(
        look.get("style_hashes") or [], look.get("script_hashes") or []
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def register_pages(app: Flask, output: Path) -> None:
    """Templates, translations, headers, and the page for what is not there. `output` is the built site."""
    app.jinja_loader = ChoiceLoader([FileSystemLoader(HERE / "templates"), FileSystemLoader(SITE_TEMPLATES)])
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals.update(money=money, number=number, format_date=format_day, said=said)
    app.context_processor(describe_page)
    app.after_request(protect)
    app.register_error_handler(404, partial(answer_not_found, output))
