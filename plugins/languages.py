"""Each page in its language: wording, menus, alternates, home pages; and every name that templates may use."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment
from pelican import signals
from pelican.generators import ArticlesGenerator, Generator, PagesGenerator
from pelican.writers import Writer

from plugins.cards import draw_card
from plugins.editions import Edition
from plugins.hands import share_out
from plugins.kept import Kept
from plugins.media import Media
from plugins.seasons import fill_drawers
from plugins.shown import Shown, list_published, show_causes, show_episodes
from theme.wording import format_date, format_money, part_of, translations, typeset


class Speaker:
    """What the pages of one language say: words, dates, money."""

    def __init__(self, lang: str, currency: str) -> None:
        self.lang, self.currency, self.words = lang, currency, translations(lang)

    def gettext(self, message: str) -> str:
        return self.words.gettext(message)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return self.words.ngettext(singular, plural, number)

    def format_date(self, day: Any) -> str:
        return format_date(day, self.lang)

    def money(self, minor: int) -> str:
        return format_money(minor, self.currency, self.lang)

    def price(self, units: int, percent: float = 100) -> str:
        """So many percent of an amount in whole units of the currency, as money."""
        return self.money(part_of(units, percent, self.currency))

    def list_words(self) -> dict[str, Any]:
        """Everything of it that templates may call."""
        return {
            "_": self.gettext,
            "gettext": self.gettext,
            "ngettext": self.ngettext,
            "format_date": self.format_date,
            "money": self.money,
            "price": self.price,
        }


class Site:
    """The whole site as templates see it: its episodes, pages and menus in each language."""

    def __init__(self, settings: Mapping[str, Any], articles: list[Any], pages: list[Any]) -> None:
        self.settings = settings
        self.languages: list[str] = settings["LANGUAGES"]
        self.url: str = settings["SITEURL"]
        self.pages = pages
        self.episodes = show_episodes(articles, settings, settings["MEDIA"])
        self.published = {lang: list_published(self.episodes, lang, self.languages[0]) for lang in self.languages}
        self.drawers = {lang: fill_drawers(published) for lang, published in self.published.items()}
        self.drafts = [episode for episode in self.episodes if episode.status == "draft"]
        self._described: dict[str, dict[str, Any]] = {}
        self._by_path = {path: episode for episode in self.episodes for path in (episode.path, episode.embed)}

    def home(self, lang: str) -> str:
        return "/" if lang == self.languages[0] else f"/{lang}/"

    def find_episode(self, path: str) -> Shown | None:
        """The episode whose page, or player for other sites, stands at a path."""
        return self._by_path.get(path)

    def path_of(self, stem: str, lang: str) -> str:
        """The path of a page by its file's name; in the original's language if it has no translation."""
        for wanted in (lang, self.languages[0]):
            for page in self.pages:
                if page.stem == stem and page.lang == wanted:
                    return f"/{page.url}"
        return self.home(lang)

    def list_menu(self, stems: list[str], lang: str) -> list[dict[str, str]]:
        entries = []
        for stem in stems:
            versions = {page.lang: page for page in self.pages if page.stem == stem and page.status == "published"}
            if page := versions.get(lang) or versions.get(self.languages[0]):
                name = page.written.menu
                entries.append({"name": typeset(name, page.lang), "path": f"/{page.url}"})
        return entries

    def describe(self, lang: str) -> dict[str, Any]:
        """`site` in templates."""
        if lang not in self._described:
            self._described[lang] = self._describe(lang)
        return self._described[lang]

    def _describe(self, lang: str) -> dict[str, Any]:
        spaced = partial(typeset, lang=lang)
        return {
            "name": spaced(self._say(self.settings["SITE_NAMES"], lang)),
            "tagline": spaced(self._say(self.settings["TAGLINES"], lang)),
            "organisation": self.settings["ORGANISATION"],
            "url": self.url,
            "home": self.home(lang),
            "donate": self.path_of(self.settings["DONATE_PAGE"], lang),
            "menu": self.list_menu(self.settings["MENU"], lang),
            "footer_menu": self.list_menu(self.settings["FOOTER_MENU"], lang),
            "feed": f"{self.home(lang)}feeds/atom.xml",
        }

    def _say(self, text: str | Mapping[str, str], lang: str) -> str:
        """A setting that may have a text for each language."""
        return text if isinstance(text, str) else text.get(lang) or text.get(self.languages[0], "")

    def list_alternates(self, content: Any, lang: str, path: str) -> dict[str, str]:
        """This page's address in each language that it exists in."""
        if path.endswith("404.html"):
            return {}
        if not content:
            return {code: f"{self.url}{self.home(code)}" for code in self.languages}
        versions = {content.lang: content, **{other.lang: other for other in content.translations}}
        return {code: f"{self.url}/{versions[code].url}" for code in self.languages if code in versions}

    def describe_edition(self, lang: str) -> dict[str, Any]:
        """What templates find the same on every page of a language."""
        return {
            "lang": lang,
            "languages": self.languages,
            "site": self.describe(lang),
            "styles": self.settings["ASSETS"].styles,
            "starter": self.settings["ASSETS"].starter,
            "colours": self.settings["COLOURS"],
            "causes": show_causes(self.settings, lang),
            "targets": {target["name"]: target for target in self.settings["TARGETS"]},
            "legal": {key: self._say(text, lang) for key, text in self.settings["LEGAL"].items()},
            "episodes": self.published[lang],
            "drawers": self.drawers[lang],
            "drafts": self.drafts,
        }

    def describe_page(self, path: str, content: Any, lang: str) -> dict[str, Any]:
        """What templates may use beyond that on one page."""
        lost = path.endswith("404.html")
        episode = self.find_episode(path)
        published = self.published[lang]
        return {
            "alternates": self.list_alternates(content, lang, path),
            "page_path": path,
            "page_title": content.title if content else "404" if lost else "",
            "page_description": (episode.summary if episode else content.metadata.get("summary", ""))
            if content
            else self.describe(lang)["tagline"],
            "canonical": f"{self.url}{path}",
            "episode": episode or (published[0] if published and not content and not lost else None),
        }


def make_edition(site: Site, lang: str, like: Environment) -> Edition:
    """The theme in a language, with all that the environment of a Pelican generator offers."""
    spoken = {**Speaker(lang, site.settings["CURRENCY"]).list_words(), "asset": site.settings["ASSETS"].asset}
    edition = Edition(like, {**site.describe_edition(lang), **spoken}, **site.settings["JINJA_ENVIRONMENT"])
    # Macros imported without context find them too. Not Jinja's newstyle gettext, so that what a translator wrote is
    # escaped like everything else, quotes in attributes included.
    edition.globals |= spoken
    return edition


@dataclass(frozen=True)
class _Page:
    """A page to print: its template, its language, and its own names."""

    template: str
    lang: str
    names: dict[str, Any]


class SiteWriter(Writer):
    """Gathers pages, and prints them all at the end, each in the edition of its own language."""

    def __init__(self, output_path: str, settings: Any = None) -> None:
        super().__init__(output_path, settings)  # type: ignore[no-untyped-call]
        self._pages: dict[str, _Page] = {}
        self._shared: dict[str, dict[str, Any]] = {}
        self.settings["WRITER"] = self

    def write_file(self, name: str, template: Any, context: Any, *args: Any, **kwargs: Any) -> None:
        if name:
            content: Any = kwargs.get("article") or kwargs.get("page")
            path = "/" + name.removesuffix("index.html")
            lang = kwargs.get("lang") or content.lang
            if name in self._pages:
                raise RuntimeError(f"two pages want to stand at {name}")
            site: Site = self.settings["SITE"]
            if lang not in self._shared:
                self._shared[lang] = {**context, **site.describe_edition(lang)}
            names = {**kwargs, **site.describe_page(path, content, lang)}
            self._pages[name] = _Page(template.name, lang, names)

    def print_again(self, name: str, **changed: Any) -> bytes:
        """A page that was written before, with some names changed."""
        page = self._pages[name]
        return self._render(page, {**self._shared[page.lang], **page.names, **changed})

    def print_pages(self) -> None:
        """Renders and writes all pages that were asked for, by many hands."""
        kept: Kept = self.settings["KEPT"]
        kept.note(share_out(self._print, list(self._pages.items()), "Writing pages"))

    def _print(self, named: tuple[str, "_Page"]) -> str:
        """Writes a page; or returns its place if the former site has the same."""
        name, page = named
        names = {**self._shared[page.lang], **page.names}
        printed = self._render(page, names)
        if self.settings["KEPT"].has(name, printed):
            return name
        file = Path(self.output_path) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(printed)
        signals.content_written.send(str(file), context=names)
        return ""

    def _render(self, page: _Page, names: dict[str, Any]) -> bytes:
        edition: Edition = self.settings["EDITIONS"][page.lang]
        return edition.get_template(page.template).render(names).encode()


class HomeGenerator(Generator):
    """The home page and the page not found, in every language."""

    def generate_output(self, writer: SiteWriter) -> None:
        for lang in self.settings["LANGUAGES"]:
            folder = self.context["SITE"].home(lang).removeprefix("/")
            for name, file in (("home", "index.html"), ("404", "404.html")):
                template = self.get_template(name)  # type: ignore[no-untyped-call]
                writer.write_file(f"{folder}{file}", template, self.context, lang=lang, url=folder)


def prepare(pelican: Any) -> None:
    settings = pelican.settings
    cache = Path(settings["CACHE_FOLDER"])
    settings.setdefault("KEPT", Kept())  # unless chores/build.py knows a former site
    settings["MEDIA"] = Media(cache, partial(draw_card, settings=settings, cache=cache))


def gather_site(generators: list[Any]) -> None:
    articles: list[Any] = []
    pages: list[Any] = []
    for generator in generators:
        if isinstance(generator, ArticlesGenerator):
            articles += generator.articles + generator.translations
            articles += generator.hidden_articles + generator.hidden_translations
            articles += generator.drafts + generator.drafts_translations
        elif isinstance(generator, PagesGenerator):
            pages += generator.pages + generator.translations
            pages += generator.hidden_pages + generator.hidden_translations
            pages += generator.draft_pages + generator.draft_translations
    settings = generators[0].settings
    site = Site(settings, articles, pages)
    generators[0].context["SITE"] = settings["SITE"] = site
    settings["EDITIONS"] = {lang: make_edition(site, lang, generators[0].env) for lang in site.languages}


def print_pages(pelican: Any) -> None:
    pelican.settings["WRITER"].print_pages()


def register() -> None:
    signals.finalized.connect(print_pages)
    signals.initialized.connect(prepare)
    signals.all_generators_finalized.connect(gather_site)
    signals.get_generators.connect(offer_home)
    signals.get_writer.connect(offer_writer)


def offer_home(_pelican: Any) -> type[HomeGenerator]:
    return HomeGenerator


def offer_writer(_pelican: Any) -> type[SiteWriter]:
    return SiteWriter
