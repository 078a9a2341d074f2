"""Nothing that a visitor can send makes an error of ours: drawn garbage in every part of a request."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given
from hypothesis import settings as drawn
from hypothesis import strategies as st

from tests.conftest import AGENTS, FORMER_KEY, Person
from tracker.links import Links, new_id
from tracker.services import Services
from tracker.store import Row

PATHS = [
    "/",
    "/r/",
    "/r/jai-piscine/wa/",
    "/en/r/jai-piscine/wa2/",
    "/t/visits",
    "/t/seen",
    "/t/shares",
    "/t/health",
    "/t/",
    "/go/",
    "/go/donner",
    "/hooks/generic",
    "/hooks/stripe",
    "/impact/",
    "/board/",
    "/metrics",
    "/staff/",
    "/staff/sign-in",
    "/staff/sharers/",
    "/staff/export/",
    "/staff/static/",
]
# What WSGI servers hand on: any bytes, spelt as Latin-1.
wire = st.one_of(
    st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")),
    st.text(max_size=30).map(lambda text: text.encode("utf-8", "replace").decode("latin-1")),
    st.sampled_from(
        ["", "\0", "%", "%00", "..", "../../etc/passwd", "\xff\xfe", "é", "[", "[::1", "//", "\r\nX: y", "a" * 5000]
    ),
)
headers = st.dictionaries(
    st.sampled_from(
        [
            "HTTP_USER_AGENT",
            "HTTP_COOKIE",
            "HTTP_ORIGIN",
            "HTTP_HOST",
            "HTTP_X_FORWARDED_FOR",
            "HTTP_X_FORWARDED_PROTO",
            "HTTP_X_FORWARDED_HOST",
            "HTTP_FORWARDED",
            "HTTP_ACCEPT",
            "HTTP_ACCEPT_LANGUAGE",
            "HTTP_ACCEPT_ENCODING",
            "HTTP_REFERER",
            "HTTP_RANGE",
            "HTTP_IF_MODIFIED_SINCE",
            "HTTP_IF_NONE_MATCH",
            "HTTP_SEC_PURPOSE",
            "HTTP_PURPOSE",
            "HTTP_X_MOZ",
            "HTTP_SEC_GPC",
            "HTTP_AUTHORIZATION",
            "HTTP_WEBHOOK_ID",
            "HTTP_WEBHOOK_TIMESTAMP",
            "HTTP_WEBHOOK_SIGNATURE",
            "HTTP_STRIPE_SIGNATURE",
            "HTTP_X_HTTP_METHOD_OVERRIDE",
            "REMOTE_ADDR",
            "CONTENT_TYPE",
            "CONTENT_LENGTH",
        ]
    ),
    wire,
    max_size=6,
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
fields = st.dictionaries(
    st.sampled_from(["episode", "visit", "link", "known", "source", "placement", "language", "x"]),
    st.one_of(anything, st.sampled_from(["jai-piscine", "wa", "wa2", "en", "//[", "http://[::1", "\ud800", "\0"])),
    max_size=6,
)
often = drawn(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def ask(app: Flask, method: str, path: str, query: str = "", body: bytes = b"", **more: str) -> tuple[int, str]:
    """Status and type of the answer to a raw WSGI request, from which nothing is tidied on the way."""
    answer: list[Any] = []
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "HTTP_USER_AGENT": AGENTS["mallory"],
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **more,
    }
    chunks = app.wsgi_app(environ, lambda status, headers, *_: answer.append((status, headers)))  # type: ignore[arg-type]
    b"".join(chunks)
    if close := getattr(chunks, "close", None):
        close()
    status, sent = answer[0]
    for name, value in sent:
        assert "\n" not in value, name
        assert "\r" not in value, name
    return int(status.split()[0]), dict(sent).get("Content-Type", "")


@pytest.fixture
def strict(app: Flask) -> Flask:
    """An application in which an error that nobody foresaw is not turned into a page."""
    app.config["PROPAGATE_EXCEPTIONS"] = True
    return app


@often
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "BREW"]),
    path=st.sampled_from(PATHS),
    rest=wire,
    query=wire,
    body=st.binary(max_size=100),
    more=headers,
)
@example(method="GET", path="/staff/", rest="", query="range=custom&from=0000-00-00&to=\xff", body=b"", more={})
@example(method="POST", path="/t/visits", rest="", query="", body=b"{}", more={"CONTENT_LENGTH": "-1"})
@example(
    method="POST",
    path="/t/visits",
    rest="",
    query="",
    body=b"{}",
    more={"CONTENT_TYPE": "application/json; charset=\xff"},
)
@example(method="GET", path="/board/", rest="", query="lang=%00", body=b"", more={"HTTP_ACCEPT_LANGUAGE": "\xff;q=x"})
def test_garbage_is_answered(
    strict: Flask, method: str, path: str, rest: str, query: str, body: bytes, more: dict[str, str]
) -> None:
    status, _ = ask(strict, method, path + rest, query, body, **more)
    assert 200 <= status < 500


@pytest.mark.parametrize("path", ["/r/jai-piscine/wa/x", "/go/donner", "/t/health", "/staff/sign-in", "/board/"])
def test_cookies_of_other_applications_may_hold_any_bytes(strict: Flask, path: str) -> None:
    """An older shop on the same name sets them in Latin-1; browsers bring them to us as well."""
    for cookies in ("shop=caf\xe9", "\xff\xfe", "a=b; shop=\xff; session=c"):
        assert ask(strict, "GET", path, HTTP_COOKIE=cookies)[0] in (200, 302)


@often
@given(path=st.sampled_from(["/t/visits", "/t/seen", "/t/shares"]), body=fields, more=headers)
@example(path="/t/visits", body={"episode": "jai-piscine", "source": "http://[::1"}, more={})
@example(path="/t/visits", body={"episode": "jai-piscine", "source": "//[v1.x]:99999999"}, more={})
@example(path="/t/shares", body={}, more={"HTTP_HOST": ".."})
def test_pages_may_tell_anything(strict: Flask, path: str, body: dict[str, Any], more: dict[str, str]) -> None:
    more = {name: value for name, value in more.items() if name != "CONTENT_LENGTH"}
    text = json.dumps(body).encode("utf-8", "surrogatepass")
    status, kind = ask(strict, "POST", path, "", text, **{"CONTENT_TYPE": "application/json"} | more)
    assert status in (200, 201, 400, 403, 404, 413, 429)
    assert kind == "application/json"


@often
@given(token=wire, prefix=st.sampled_from(["/r/jai-piscine/wa/", "/impact/"]))
def test_no_garbage_is_a_token(strict: Flask, kit: Services, token: str, prefix: str) -> None:
    assert ask(strict, "GET", prefix + token)[0] in (302, 404, 405, 308)
    kit.store.flush()
    assert kit.store.query("select count(*) as n from visits") == [{"n": 0}]


def test_a_token_changed_in_any_place_is_none(ana: Person, mallory: Person, kit: Services, rows: Any) -> None:
    """Every sign replaced by every other, cut anywhere, doubled, in other cases; under each salt."""
    id_ = new_id()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=~é \0"
    for salt in ("link", "visit", "impact"):
        token = kit.links.issue(salt, id_)  # type: ignore[arg-type]
        wrong = {token[:place] + sign + token[place + 1 :] for place in range(len(token)) for sign in alphabet}
        wrong |= {token[:place] for place in range(len(token))} | {token + sign for sign in alphabet}
        wrong |= {token.lower(), token.upper(), token[::-1], token * 2, f" {token}", f"{token}\n"}
        wrong.discard(token)
        assert [each for each in wrong if kit.links.read(salt, each) is not None] == []  # type: ignore[arg-type]
        others = {"link", "visit", "impact"} - {salt}
        assert all(kit.links.read(other, token) is None for other in others)  # type: ignore[arg-type]
    stranger = Links(["the key of another campaign altogether"]).issue("link", id_)
    assert mallory.follow(stranger) is None
    assert rows("select * from visits") == []
    former = Links([FORMER_KEY]).issue("link", id_)
    assert mallory.follow(former) is not None
    kept: list[Row] = rows("select sharer from visits")
    assert kept == [{"sharer": id_}]
