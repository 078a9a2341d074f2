"""docs/openapi.yaml is true: all addresses are in it, and the running server answers as it says, whatever is asked."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import requests
import schemathesis
import yaml
from flask import Flask
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from standardwebhooks.webhooks import Webhook

from settings import HERE, Settings
from tests.conftest import AGENTS, CAMPAIGN, HOOK_SECRET, KEY
from tests.gifts import HELLOASSO_KEY, STRIPE_SECRET, helloasso_headers, stripe_headers
from tests.ports import free_port
from tests.tracker.conftest import PASSWORD
from tracker import LARGEST_BODY
from tracker.gifts import PROVIDERS
from tracker.staff import add_staff
from tracker.store import open_store

DOCUMENT = HERE / "docs" / "openapi.yaml"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 3  # drawn for each operation; those that the document names, and its borders, come on top

schema = schemathesis.openapi.from_path(DOCUMENT)
drawn = settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def test_every_address_is_in_the_document_and_nothing_else(app: Flask) -> None:
    paths = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))["paths"]
    written = {(path, verb.upper()) for path, verbs in paths.items() for verb in verbs if verb in ("get", "post")}
    links = {(path, "GET") for path in paths if "/r/{episode}" in path}  # answered in front of Flask
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST"}
    }
    routes.remove(("/hooks/{provider}", "POST"))  # each provider has an entry of its own
    routes |= {(f"/hooks/{name}", "POST") for name in PROVIDERS}
    assert len(links) == 2
    assert written == routes | links


def test_the_document_is_a_good_one() -> None:
    document = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    names = [verb["operationId"] for path in document["paths"].values() for verb in path.values() if "tags" in verb]
    assert len(names) == len(set(names))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A tracker as it is served, on a database of its own; its address."""
    folder = tmp_path_factory.mktemp("served")
    database = str(folder / "tracker.db")
    if request.param == "postgresql":
        database = request.getfixturevalue("postgres").make_database("served")
    (folder / "output").mkdir()
    (folder / "output" / "campaign.json").write_text(json.dumps(CAMPAIGN), encoding="utf-8")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    names = {name.upper() for name in Settings.model_fields}
    env = {name: value for name, value in os.environ.items() if name not in names} | {
        "OUTPUT": str(folder / "output"),
        "TRACKER_DATABASE": database,
        "TRACKER_SECRETS": KEY,
        "HOOK_GENERIC_SECRET": HOOK_SECRET,
        "HOOK_STRIPE_SECRET": STRIPE_SECRET,
        "HOOK_HELLOASSO_KEY": HELLOASSO_KEY,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "SITE_URL": address,
    }
    log = folder / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tracker"], cwd=HERE, env=env, stdout=out, stderr=out, start_new_session=True
        )
    try:
        wait_for(f"{address}/t/health", process, log)
        add_stef(database)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)
    said = log.read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in said
    for file in (log, *folder.glob("tracker.db*")):
        for private in (b"Mozilla/5.0", b"python-requests", b"WhatsApp/2"):
            assert private not in file.read_bytes(), f"{file.name} keeps agents"


def add_stef(database: str) -> None:
    store = open_store(database)
    add_staff(store, "Stef", PASSWORD, "admin")
    store.close()


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        try:
            with urlopen(address, timeout=5):
                return
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def stefs_headers(server: str) -> dict[str, str]:
    """What a browser of staff sends: its session, and the token of its forms."""
    session = requests.Session()
    page = session.get(f"{server}/staff/sign-in").text
    session.post(
        f"{server}/staff/sign-in", data={"csrf_token": read_token(page), "name": "Stef", "password": PASSWORD}
    ).raise_for_status()
    token = read_token(session.get(f"{server}/staff/password").text)
    cookie = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
    return {"Cookie": cookie, "X-CSRFToken": token}


def read_token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    return found[1]


public = schema.exclude(path_regex="^/staff/(?!sign-in|static)")
hooks = schema.include(path_regex="^/hooks/")
staff = schema.include(path_regex="^/staff/").exclude(path_regex="sign-out$")


@public.parametrize()
@drawn
def test_the_server_answers_as_the_document_says(case: Any, server: str) -> None:
    case.call_and_validate(base_url=server, headers={"User-Agent": AGENTS["ana"]}, checks=CHECKS, timeout=20)


@pytest.mark.parametrize("server", ["sqlite"], indirect=True)  # staff's pages run on both in their own tests
@staff.parametrize()
@drawn
def test_it_does_so_for_staff_too(case: Any, server: str, stefs_headers: dict[str, str]) -> None:
    case.call_and_validate(base_url=server, headers=stefs_headers, checks=CHECKS, timeout=20)


def sign(provider: str, body: str) -> dict[str, str]:
    """What this platform sends beside its body."""
    if provider == "stripe":
        return stripe_headers(body.encode())
    if provider == "helloasso":
        return helloasso_headers(body.encode())
    now = datetime.now(UTC)
    signature = Webhook(HOOK_SECRET).sign("msg", now, body)
    return {"webhook-id": "msg", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}


@hooks.parametrize()
@drawn
def test_it_does_so_for_platforms_that_sign_what_they_tell(case: Any, server: str) -> None:
    body = json.dumps(case.body) if isinstance(case.body, dict | list | str | int | None) else "{}"
    headers = {"content-type": "application/json"} | sign(case.path.rpartition("/")[2], body)
    answer = requests.post(f"{server}{case.path}", data=body, headers=headers, timeout=20)
    assert answer.status_code != 401
    case.validate_response(answer, checks=CHECKS)


def test_it_does_so_all_along_a_true_journey(server: str) -> None:
    """From a first visit to the impact page, with tokens that are ours."""

    def ask(path: str, method: str, expected: int, agent: str = "ana", **parts: Any) -> Any:
        case = schema[path][method].Case(**parts)
        headers = {"User-Agent": AGENTS.get(agent, agent)}
        answer = case.call(base_url=server, headers=headers, timeout=20, allow_redirects=False)
        case.validate_response(answer, checks=CHECKS)
        assert answer.status_code == expected, answer.text
        return answer

    json_ = {"media_type": "application/json"}
    mine = ask("/t/visits", "POST", 201, body={"episode": "jai-piscine"}, **json_).json()
    place = {"episode": "jai-piscine", "placement": "wa", "link": mine["link"]}
    ask("/r/{episode}/{placement}/{link}", "GET", 200, "WhatsApp/2.24", path_parameters=place)
    ask("/r/{episode}/{placement}/{link}", "HEAD", 302, "bo", path_parameters=place)
    onward = ask("/r/{episode}/{placement}/{link}", "GET", 302, "bo", path_parameters=place)
    visit = onward.headers["location"][0].partition("#")[2]
    english = {"language": "en", **place}
    ask("/{language}/r/{episode}/{placement}/{link}", "GET", 302, "cy", path_parameters=english)
    ask("/t/seen", "POST", 200, "bo", body={"visit": visit, "known": mine["visit"]}, **json_)
    shared = {"visit": visit, "episode": "jai-piscine", "placement": "wa2"}
    impact = ask("/t/shares", "POST", 201, "bo", body=shared, **json_).json()["impact"].rpartition("/")[2]
    page = {"path_parameters": {"token": impact}}
    ask("/impact/{token}", "GET", 200, "bo", **page)
    form = {"media_type": "application/x-www-form-urlencoded"}
    ask("/impact/{token}", "POST", 422, "bo", body={"name": " "}, **page, **form)
    ask("/impact/{token}", "POST", 303, "bo", body={"name": "Bo"}, **page, **form)
    ask("/go/{target}", "GET", 302, "bo", path_parameters={"target": "donner"}, query={"by": visit})


@pytest.mark.parametrize(
    ("size", "status"), [(100, 400), (LARGEST_BODY, 400), (LARGEST_BODY + 1, 413), (40 * LARGEST_BODY, 413)]
)
@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_are_bounded_as_they_come_in(server: str, size: int, status: int, chunked: bool) -> None:
    """With a length or in chunks: what is too long is refused before it is all here."""
    pieces = iter([b"x" * size]) if chunked else b"x" * size
    try:
        answer = requests.post(
            f"{server}/t/visits", data=pieces, headers={"Content-Type": "application/json"}, timeout=20
        )
    except requests.ConnectionError:  # the server answered, and hung up on what was still to come
        assert size > 10 * LARGEST_BODY
    else:
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")


def test_a_body_in_chunks_is_as_good_as_any(server: str) -> None:
    body = json.dumps({"episode": "jai-piscine"}).encode()
    pieces = (body[start : start + 5] for start in range(0, len(body), 5))
    answer = requests.post(f"{server}/t/visits", data=pieces, headers={"Content-Type": "application/json"}, timeout=20)
    assert answer.status_code == 201
