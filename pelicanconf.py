"""The campaign's own settings. What a charity changes first stands first; what differs online is in publishconf.py.

Look into https://docs.getpelican.com/en/latest/settings.html for what Pelican itself offers.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [] if str(HERE) in sys.path else [str(HERE)]

import settings  # noqa: E402

_settings = settings.load()

# The campaign ---------------------------------------------------------------------------------------------------------
LANGUAGES = ["fr", "en"]  # the first one is the original's and has the short addresses
SITE_NAMES = {"fr": "Le Bureau des excuses", "en": "The Excuse Office"}
TAGLINES = {
    "fr": "Toutes les excuses sont examinées. Toutes sont refusées.",
    "en": "Every excuse is examined. Every excuse is denied.",
}
ORGANISATION = "Les Couverts"
CURRENCY = "EUR"
PALETTE = "counter"  # the colours in theme/static/style.css; or a file of theme/palettes, such as "night-train"
TIMEZONE = "Europe/Paris"

# What gifts are for: episodes name a cause by its code.
CAUSES = [
    {
        "code": "repas",
        "names": {"fr": "Des repas chauds", "en": "Hot meals"},
        "texts": {
            "fr": "Un repas chaud servi à table, à qui a faim et un peu froid.",
            "en": "A hot meal, served at a table, to whoever is hungry and a little cold.",
        },
    },
    {
        "code": "toit",
        "names": {"fr": "Un toit pour la nuit", "en": "A roof for the night"},
        "texts": {
            "fr": "Un lit, une douche et une porte qui ferme, le temps d’une nuit ou de plusieurs.",
            "en": "A bed, a shower and a door that locks, for one night or for several.",
        },
    },
    {
        "code": "coup-de-pouce",
        "names": {"fr": "Un coup de pouce vers l’emploi", "en": "A leg-up back to work"},
        "texts": {
            "fr": "Un CV, une veste repassée et quelqu’un qui y croit : la route du travail repart de là.",
            "en": "A CV, an ironed jacket and somebody who believes in it: the road back to work starts there.",
        },
    },
]

# Where people give. `field` is the query field in which the platform carries our visit id through.
TARGETS = [
    {
        "name": "donner",
        "address": _settings.donation_url or f"{_settings.site_url}/plateforme-de-demonstration/",
        "provider": _settings.donation_provider,
        "field": _settings.donation_field,
    }
]

# The donate page suggests these amounts, in whole units of CURRENCY; the target's `amount_field`, where the platform
# has one, carries the choice on.
AMOUNTS = [5, 15, 30]
# What a gift really costs: the tax reduction's rate (percent), the yearly ceiling of gifts that it applies to, and the
# year of these rules. In France, for help to people in difficulty ("loi Coluche", as here): 75 % up to 2,000 €, since
# 14 October 2025. For most other charities {"rate": 66, "ceiling": None, "year": 2026}: within 20 % of taxable income.
# Each year's finance law may change it, and yours depends on your charity's status: check. None leaves the line out.
TAX = {"rate": 75, "ceiling": 2000, "year": 2026}

# Pages in the menus, by their file in content/pages; their headings `Menu` or `Title` name them.
MENU = ["donner", "a-propos"]
FOOTER_MENU = ["a-propos", "mentions-legales", "confidentialite"]
DONATE_PAGE = "donner"

# Mentions légales, compulsory in France (see publishconf.py); a text, or one for each language.
LEGAL = {
    "publisher": {
        "fr": "Les Couverts, association fictive (loi de 1901)",
        "en": "Les Couverts, an imaginary charity (French law of 1901)",
    },
    "publisher_address": "1 rue de l’Exemple, 75000 Paris",
    "director": "Madame Bernard",
    "host": {"fr": "Votre propre machine", "en": "Your own machine"},
    "host_address": {"fr": "Sous votre bureau", "en": "Under your desk"},
    "host_phone": "01 99 00 00 00",
    "email": "bonjour@couverts.example",
}
LEGAL_REQUIRED = False

# Ways to pass an episode on, in the order of the buttons. Codes are lower-case letters; they stand in links and totals:
# never change the code of a channel in use. Its kind is intent (a link with {text}, {title}, {url} to fill in), copy,
# sheet (the phone's own) or none (no button: links made by staff). plugins/passing.py says where they were looked up.
CHANNELS: list[dict[str, object]] = [
    {"code": "wa", "name": "WhatsApp", "kind": "intent", "intent": "https://wa.me/?text={text}%20{url}"},
    {"code": "sheet", "name": "Envoyer…", "names": {"en": "Send…"}, "kind": "sheet"},
    {"code": "sms", "name": "SMS", "kind": "intent", "intent": "sms:?&body={text}%20{url}"},
    {
        "code": "mail",
        "name": "E-mail",
        "kind": "intent",
        "intent": "mailto:?subject={title}&body={text}%0A%0A{url}",
    },
    {
        "code": "fb",
        "name": "Facebook",
        "kind": "intent",
        "intent": "https://www.facebook.com/sharer/sharer.php?u={url}",
    },
    {
        "code": "bsky",
        "name": "Bluesky",
        "kind": "intent",
        "intent": "https://bsky.app/intent/compose?text={text}%20{url}",
    },
    {
        "code": "masto",
        "name": "Mastodon",
        "kind": "intent",
        "intent": "https://share.joinmastodon.org/#text={text}%20{url}",
    },
    {
        "code": "li",
        "name": "LinkedIn",
        "kind": "intent",
        "intent": "https://www.linkedin.com/sharing/share-offsite/?url={url}",
    },
    {
        "code": "tg",
        "name": "Telegram",
        "kind": "intent",
        "intent": "https://t.me/share/url?url={url}&text={text}",
    },
    {"code": "x", "name": "X", "kind": "intent", "intent": "https://x.com/intent/tweet?text={text}&url={url}"},
    {"code": "copy", "name": "Copier le lien", "names": {"en": "Copy the link"}, "kind": "copy"},
    {"code": "qr", "name": "QR code", "kind": "none"},
    {"code": "hand", "name": "Code tapé", "names": {"en": "Typed code"}, "kind": "none"},
    {"code": "ref", "name": "Lien nommé", "names": {"en": "Named link"}, "kind": "none"},
    {"code": "emb", "name": "Lecteur sur un autre site", "names": {"en": "Player on another site"}, "kind": "none"},
    {"code": "page", "name": "Adresse de la page", "names": {"en": "Page address"}, "kind": "none"},
]

# The machinery --------------------------------------------------------------------------------------------------------
SITEURL = _settings.site_url
SITENAME = SITE_NAMES[LANGUAGES[0]]
DEFAULT_LANG = LANGUAGES[0]
LOCALE = ["C.UTF-8", "C"]  # dates and money come from Babel: the same on every machine

PATH = str(HERE / "content")
THEME = str(HERE / "theme")
OUTPUT_PATH = _settings.output
CACHE_FOLDER = str(HERE / ".cache")  # cards, posters and what films say of themselves
CONFIGURATION = __file__
PREVIEW = False  # `make up` builds drafts, under /drafts/

PLUGINS = [
    "plugins.reading",
    "plugins.languages",
    "plugins.embeds",
    "plugins.assets",
    "plugins.icons",
    "plugins.media",
    "plugins.feeds",
    "plugins.sitemap",
    "plugins.manifest",
    "plugins.hosts",
]

ARTICLE_PATHS = ["episodes"]
ARTICLE_URL = "episodes/{slug}/"
ARTICLE_SAVE_AS = "episodes/{slug}/index.html"
ARTICLE_LANG_URL = "{lang}/episodes/{slug}/"
ARTICLE_LANG_SAVE_AS = "{lang}/episodes/{slug}/index.html"
DRAFT_URL = "drafts/{slug}/"
DRAFT_SAVE_AS = "drafts/{slug}/index.html"
DRAFT_LANG_URL = "drafts/{lang}/{slug}/"
DRAFT_LANG_SAVE_AS = "drafts/{lang}/{slug}/index.html"
WITH_FUTURE_DATES = False

PAGE_PATHS = ["pages"]
PAGE_TRANSLATION_ID = "stem"  # donner.md and donner.en.md go together, whatever their addresses
PAGE_URL = "{slug}/"
PAGE_SAVE_AS = "{slug}/index.html"
PAGE_LANG_URL = "{lang}/{slug}/"
PAGE_LANG_SAVE_AS = "{lang}/{slug}/index.html"
DRAFT_PAGE_URL = "drafts/pages/{slug}/"
DRAFT_PAGE_SAVE_AS = "drafts/pages/{slug}/index.html"
DRAFT_PAGE_LANG_URL = "drafts/pages/{lang}/{slug}/"
DRAFT_PAGE_LANG_SAVE_AS = "drafts/pages/{lang}/{slug}/index.html"

STATIC_PATHS: list[str] = []  # only what is used goes online: films of drafts stay here
THEME_STATIC_DIR = "theme"
THEME_STATIC_PATHS: list[str] = []  # plugins/assets.py copies them, under names with a hash
IGNORE_FILES = ["**/.*", ".*", "_*", "__pycache__"]

# An episode site has no tags, authors, archives or categories; feeds are ours (plugins/feeds.py).
DIRECT_TEMPLATES: list[str] = []
AUTHOR_SAVE_AS = CATEGORY_SAVE_AS = TAG_SAVE_AS = ARCHIVES_SAVE_AS = ""
USE_FOLDER_AS_CATEGORY = False
PAGINATED_TEMPLATES: dict[str, None] = {}
FEED_ALL_ATOM = CATEGORY_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = TRANSLATION_FEED_ATOM = None

JINJA_ENVIRONMENT = {
    "autoescape": True,  # Pelican's default is off: a title such as <b> would become a tag
    "trim_blocks": True,
    "lstrip_blocks": True,
    "extensions": ["jinja2.ext.i18n"],
}
