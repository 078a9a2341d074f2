"""What all tests share: a campaign of three episodes, a tracker on a database of its own, and the cast.

Ana shares, Bo follows her link and gives, Cy is a stranger, Mallory attacks, Stef is staff.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from standardwebhooks.webhooks import Webhook

from settings import Settings, load
from tests.databases import postgres, postgres_database, sqlite_database, sqlite_file  # noqa: F401 - fixtures
from tests.remembered import remember
from tracker import create_app
from tracker.services import EXTENSION, Services
from tracker.store import Row

HOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
FORMER_KEY = "an older key that still opens old links"
KEY = "the key that signs for as long as these tests run"

for _name in [*Settings.model_fields]:
    os.environ.pop(_name.upper(), None)
remember()


def agent(chrome: int, system: str = "X11; Linux x86_64") -> str:
    return f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{chrome}.0.0.0 Safari/537.36"


AGENTS = {
    "ana": agent(131),
    "bo": agent(130, "Linux; Android 14; Pixel 8"),
    "cy": agent(129, "Windows NT 10.0; Win64; x64"),
    "mallory": agent(128),
    "stef": agent(127, "Macintosh; Intel Mac OS X 10_15_7"),
}

CAMPAIGN: dict[str, Any] = {
    "version": 1,
    "site": {
        "name": {"fr": "Le Bureau des excuses", "en": "The Excuse Office"},
        "tagline": {"fr": "Toutes sont étudiées. Toutes sont refusées.", "en": "All are examined. All are denied."},
        "organisation": "Les Couverts",
        "url": "http://127.0.0.1:8000",
        "languages": ["fr", "en"],
        "timezone": "Europe/Paris",
        "currency": "EUR",
        "menu": {"fr": [{"name": "Donner", "path": "/donner/"}], "en": [{"name": "Donate", "path": "/en/donate/"}]},
    },
    "look": {"styles": "body{color:#17130f}", "style_hashes": [], "assets": {}},
    "channels": [
        {"code": code, "name": name}
        for code, name in (
            ("wa", "WhatsApp"),
            ("em", "E-mail"),
            ("cp", "Copie"),
            ("qr", "QR code"),
            ("ref", "Lien"),
            ("page", "Page"),
        )
    ],
    "causes": [{"code": "repas", "names": {"fr": "Des repas chauds", "en": "Hot meals"}}],
    "targets": [
        {
            "name": "donner",
            "address": "https://dons.example.org/p?campagne=excuses",
            "provider": "generic",
            "field": "visit_id",
        }
    ],
    "episodes": [
        {
            "slug": slug,
            "number": number,
            "date": "2026-09-07",
            "cause": "repas",
            "status": "published",
            "titles": {"fr": title, "en": english},
            "excuses": {"fr": title, "en": english},
            "answers": {"fr": "Si.", "en": "Yes, you do."},
            "paths": {"fr": f"/episodes/{slug}/", "en": f"/en/episodes/{slug}/"},
            "card": {"fr": f"/cards/{slug}.fr.jpg", "en": f"/cards/{slug}.en.jpg"},
            "share_texts": {"fr": [f"{title} Un.", f"{title} Deux."], "en": [f"{english} One.", f"{english} Two."]},
            "film": f"/media/{slug}.mp4",
            "duration": 12.0,
        }
        for slug, number, title, english in (
            ("jai-piscine", 3, "J’ai piscine.", "I have swimming."),
            ("ca-sert-a-rien", 2, "Ça sert à rien.", "It’s no use."),
            ("jai-pas-de-monnaie", 1, 'J’ai pas de <monnaie> & "tout".', "I have no change."),
        )
    ],
}


@pytest.fixture
def campaign() -> dict[str, Any]:
    """A copy of campaign.json that a test may change before it asks for `app`."""
    copy: dict[str, Any] = json.loads(json.dumps(CAMPAIGN))
    return copy


@pytest.fixture
def database(sqlite_database: str) -> str:  # noqa: F811 - a fixture
    """Where the tracker keeps its rows; tests/tracker runs on both databases."""
    return sqlite_database


@pytest.fixture
def settings(tmp_path: Path, campaign: dict[str, Any], database: str) -> Settings:
    """Settings of a tracker in a temporary folder, deaf to the machine's own environment and .env."""
    output = tmp_path / "output"
    output.mkdir(exist_ok=True)
    (output / "campaign.json").write_text(json.dumps(campaign), encoding="utf-8")
    return load(
        _env_file=None,
        output=str(output),
        tracker_database=database,
        tracker_secrets=[FORMER_KEY, KEY],
        hook_generic_secret=HOOK_SECRET,
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    app.testing = True
    yield app
    app.extensions[EXTENSION].store.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def kit(app: Flask) -> Services:
    kit: Services = app.extensions[EXTENSION]
    return kit


@dataclass
class Person:
    """Somebody with a browser of their own; `address` is where they connect from."""

    client: FlaskClient
    agent: str
    address: str = "127.0.0.1"

    def get(self, path: str, **more: Any) -> Any:
        return self._ask("get", path, more)

    def head(self, path: str, **more: Any) -> Any:
        return self._ask("head", path, more)

    def post(self, path: str, **more: Any) -> Any:
        return self._ask("post", path, more)

    def _ask(self, method: str, path: str, more: dict[str, Any]) -> Any:
        headers = {"User-Agent": self.agent, **more.pop("headers", {})}
        return getattr(self.client, method)(path, headers=headers, environ_base={"REMOTE_ADDR": self.address}, **more)

    def arrive(self, episode: str = "jai-piscine", **more: Any) -> dict[str, Any]:
        """Open an episode's page without a link, and stay."""
        answer = self.post("/t/visits", json={"episode": episode, **more})
        assert answer.status_code == 201, answer.json
        return dict(answer.json)

    def follow(self, link: str, episode: str = "jai-piscine", placement: str = "wa") -> str | None:
        """Follow a link token; the visit token in the address one lands on."""
        answer = self.get(f"/r/{episode}/{placement}/{link}")
        assert answer.status_code == 302
        return answer.location.partition("#")[2] or None

    def see(self, visit: str | None, **more: Any) -> dict[str, Any]:
        """Have the page on screen."""
        answer = self.post("/t/seen", json={"visit": visit, **more})
        assert answer.status_code == 200, answer.json
        return dict(answer.json)

    def share(self, visit: str, episode: str = "jai-piscine", placement: str = "wa") -> dict[str, Any]:
        answer = self.post("/t/shares", json={"visit": visit, "episode": episode, "placement": placement})
        assert answer.status_code == 201, answer.json
        return dict(answer.json)


@pytest.fixture
def ana(app: Flask) -> Person:
    return Person(app.test_client(), AGENTS["ana"])


@pytest.fixture
def bo(app: Flask) -> Person:
    return Person(app.test_client(), AGENTS["bo"])


@pytest.fixture
def cy(app: Flask) -> Person:
    return Person(app.test_client(), AGENTS["cy"])


@pytest.fixture
def mallory(app: Flask) -> Person:
    return Person(app.test_client(), AGENTS["mallory"])


@pytest.fixture
def rows(kit: Services) -> Callable[[str], list[Row]]:
    """Rows of a query, once all that was to be kept is on disk."""

    def read(sql: str, **params: Any) -> list[Row]:
        kit.store.flush()
        return kit.store.query(sql, **params)

    return read


@pytest.fixture
def tell(client: FlaskClient) -> Callable[..., Any]:
    """Send a signed notification to the generic hook, as a donation platform does."""

    def send(
        type_: str = "gift", secret: str = HOOK_SECRET, sent_at: datetime | None = None, id_: str = "msg_1", **data: Any
    ) -> Any:
        body = json.dumps({"type": type_, "data": {"currency": "EUR", **data}})
        when = sent_at or datetime.now(UTC)
        headers = {
            "webhook-id": id_,
            "webhook-timestamp": str(int(when.timestamp())),
            "webhook-signature": Webhook(secret).sign(id_, when, body),
            "content-type": "application/json",
        }
        return client.post("/hooks/generic", data=body, headers=headers)

    return send
