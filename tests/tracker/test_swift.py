"""Both ways of answering what pages tell, without Flask and with it, are one."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.conftest import Person
from tracker.swift import Swift

SAFE = {
    "Content-Type",
    "Vary",
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Permissions-Policy",
    "Cross-Origin-Opener-Policy",
    "Access-Control-Allow-Origin",
}


def answer(person: Person, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
    """Status, body without what is drawn anew each time, and headers."""
    told = person.post(path, data=body, headers={"Content-Type": "application/json", **headers})
    text = re.sub(r"[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{16}", "TOKEN", told.text)
    told_body = json.loads(text)
    told_body.pop("variants", None)
    return told.status_code, told_body, {name: told.headers[name] for name in SAFE if name in told.headers}


CORPUS: list[tuple[str, Any, dict[str, str]]] = [
    ("/t/visits", {"episode": "jai-piscine"}, {}),
    ("/t/visits", {"episode": "jai-piscine"}, {"Origin": "http://127.0.0.1:8000"}),
    ("/t/visits", {"episode": "jai-piscine"}, {"Origin": "http://localhost"}),
    ("/t/visits", {"episode": "jai-piscine"}, {"Origin": "https://evil.example"}),
    ("/t/visits", {"episode": "jai-piscine"}, {"Sec-GPC": "1"}),
    ("/t/visits", {"episode": ""}, {}),
    ("/t/visits", {"episode": "no-such"}, {}),
    ("/t/visits", {"episode": 7}, {}),
    ("/t/visits", {"episode": "jai-piscine", "source": "http://["}, {}),
    ("/t/visits", {"episode": "jai-piscine", "known": "x", "link": ["y"]}, {}),
    ("/t/visits", [], {}),
    ("/t/visits", None, {"Content-Type": "text/plain"}),
    ("/t/visits", {"episode": "x" * 5000}, {}),
    ("/t/visits", {"episode": "\ud800"}, {}),
    ("/t/visits", {"episode": "jai-piscine"}, {"User-Agent": ""}),
    ("/t/visits", {"episode": "jai-piscine"}, {"User-Agent": "curl/8"}),
    ("/t/seen", {"visit": "VISIT"}, {}),
    ("/t/seen", {"visit": "LINK"}, {}),
    ("/t/seen", {}, {}),
    ("/t/shares", {"visit": "VISIT", "episode": "jai-piscine", "placement": "wa2"}, {}),
    ("/t/shares", {"visit": "VISIT", "episode": "jai-piscine", "placement": "zz"}, {}),
    ("/t/shares", {"visit": "AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAA", "episode": "jai-piscine", "placement": "wa"}, {}),
]


@pytest.mark.parametrize("case", range(len(CORPUS)))
def test_both_ways_answer_alike(ana: Person, bo: Person, monkeypatch: pytest.MonkeyPatch, case: int) -> None:
    path, body, headers = CORPUS[case]
    tokens = ana.arrive()
    text = json.dumps(body).replace('"VISIT"', f'"{tokens["visit"]}"').replace('"LINK"', f'"{tokens["link"]}"')
    swift = answer(ana, path, text.encode(), headers)
    monkeypatch.setattr(Swift, "is_plain", lambda *_: False)
    assert answer(ana, path, text.encode(), headers) == swift


def test_plain_beacons_do_not_reach_flask(ana: Person, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = ana.arrive()

    def fail(*_: Any) -> None:
        raise AssertionError("this went to Flask")

    monkeypatch.setattr(app.extensions["redirect"].inner, "inner", fail)
    ana.arrive()
    ana.see(tokens["visit"])
    ana.share(tokens["visit"])
