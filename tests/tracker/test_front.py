"""The server's door (ASGI) and the WSGI application are made of the same parts, and answer alike."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as drawn
from hypothesis import strategies as st

from tests.conftest import AGENTS, Person
from tracker.front import Front
from tracker.links import new_id
from tracker.services import Services
from tracker.site import Site

CHANGING = re.compile(r"[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{16}")
Answered = tuple[int, dict[str, str], str]


class Door:
    """Asks the front as granian does."""

    def __init__(self, app: Flask, output: str) -> None:
        self.front = Front(app, Site(output), threads=2)

    def ask(self, method: str, target: bytes, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> Answered:
        path, _, query = target.partition(b"?")
        scope = {
            "type": "http",
            "method": method,
            "path": path.decode("utf-8", "replace"),
            "raw_path": path,
            "query_string": query,
            "headers": headers,
            "client": ("127.0.0.1", 5000),
            "server": ("127.0.0.1", 8000),
            "scheme": "http",
            "http_version": "1.1",
        }
        sent: list[Any] = []
        pieces = [{"type": "http.request", "body": body[:10], "more_body": True}, {"body": body[10:]}]

        async def run() -> None:
            async def receive() -> Any:
                return pieces.pop(0) if pieces else {"type": "http.disconnect"}

            async def send(message: Any) -> None:
                sent.append(message)

            await self.front(scope, receive, send)

        asyncio.run(run())
        told = {name.decode("latin-1"): value.decode("latin-1") for name, value in sent[0]["headers"]}
        text = b"".join(message.get("body", b"") for message in sent[1:])
        return sent[0]["status"], told, text.decode("utf-8", "replace")


@pytest.fixture
def door(app: Flask, tmp_path: Path) -> Door:
    output = tmp_path / "output"
    (output / "episodes").mkdir(parents=True)
    (output / "episodes" / "index.html").write_text("<p>é</p>" * 30_000, encoding="utf-8")
    return Door(app, str(output))


def test_who_comes_right_after_a_build_gets_the_new_page_whole_and_let_in_by_its_policy(
    door: Door, tmp_path: Path
) -> None:
    page, note = tmp_path / "output/episodes/index.html", tmp_path / "output/campaign.json"
    assert len(door.ask("GET", b"/episodes/", [BROWSER])[2]) == 8 * 30_000
    note.write_text(json.dumps({"look": {"style_hashes": ["sha256-new"]}}), encoding="utf-8")
    page.write_text("<p>longer</p>" * 30_000, encoding="utf-8")
    _, headers, text = door.ask("GET", b"/episodes/", [BROWSER])
    assert text == "<p>longer</p>" * 30_000
    assert int(headers["content-length"]) == len(text)
    assert "'sha256-new'" in headers["content-security-policy"]
    page.unlink()
    assert door.ask("GET", b"/episodes/", [BROWSER])[0] == 404


def wsgi(app: Flask, method: str, target: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> Answered:
    """The same request to the WSGI application."""
    with app.test_client(use_cookies=False) as client:
        names = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
        answer = client.open(
            target.decode("latin-1"), method=method, headers=names, data=body, environ_base={"REMOTE_ADDR": "127.0.0.1"}
        )
        return answer.status_code, {name.lower(): value for name, value in answer.headers}, answer.text


BROWSER = (b"user-agent", AGENTS["bo"].encode())
JSON = (b"content-type", b"application/json")

CORPUS: list[tuple[str, str, list[tuple[bytes, bytes]], Any]] = [
    ("GET", "/r/jai-piscine/wa2/LINK", [BROWSER], None),
    ("HEAD", "/r/jai-piscine/wa/LINK", [BROWSER], None),
    ("POST", "/r/jai-piscine/wa/LINK", [BROWSER], None),
    ("GET", "/en/r/jai-piscine/wa/LINK", [BROWSER, (b"sec-purpose", b"prefetch")], None),
    ("GET", "/r/jai-piscine/wa2/LINK", [(b"user-agent", b"WhatsApp/2.24.7.79 A")], None),
    ("GET", "/r/jai-piscine/wa2/LINK", [], None),
    ("GET", "/r/jai-piscine/wa2/LINK", [BROWSER, (b"sec-gpc", b"1")], None),
    ("GET", "/r/jai-piscine/wa2/LINKx", [BROWSER], None),
    ("GET", "/r/%C3%A9%2F..%2f/%00/LINK?q=%ff", [BROWSER], None),
    ("GET", "/r/", [BROWSER], None),
    ("GET", "/r", [BROWSER], None),
    ("POST", "/t/visits", [BROWSER, JSON], {"episode": "jai-piscine"}),
    ("POST", "/t/visits", [BROWSER, JSON, (b"origin", b"https://evil.example")], {"episode": "jai-piscine"}),
    ("POST", "/t/visits", [BROWSER, JSON, (b"x_forwarded_for", b"6.6.6.6")], {"episode": "no-such"}),
    ("POST", "/t/visits", [BROWSER, JSON], ["no object"]),
    ("POST", "/t/visits", [BROWSER, JSON], {"episode": "x" * 5000}),
    ("POST", "/t/visits", [BROWSER, JSON], {"episode": "x" * 100_000}),
    ("POST", "/t/visits", [BROWSER, (b"content-type", b"text/plain")], {"episode": "jai-piscine"}),
    ("POST", "/t/seen", [BROWSER, JSON], {"visit": "VISIT"}),
    ("POST", "/t/seen", [BROWSER, JSON, (b"cookie", b"a=b")], {"visit": "VISIT"}),
    ("POST", "/t/shares", [BROWSER, JSON], {"visit": "VISIT", "episode": "jai-piscine", "placement": "wa2"}),
    ("OPTIONS", "/t/shares", [BROWSER, (b"origin", b"http://127.0.0.1:8000")], None),
    ("GET", "/go/donner?by=VISIT", [BROWSER], None),
    ("GET", "/go/nowhere", [BROWSER], None),
    ("GET", "/board/?lang=en&x=\xff", [BROWSER], None),
    ("GET", "/staff/sign-in", [BROWSER, (b"cookie", b"session=forged")], None),
    ("GET", "/t/health", [BROWSER], None),
    ("GET", "/no/such/page", [(b"user-agent", b"M\xff\xc3\xa9"), (b"accept", b"text/html")], None),
    ("BREW", "/", [BROWSER], None),
]
ALWAYS_NEW = {"set-cookie", "date"}


def comparable(answered: Answered) -> Answered:
    status, headers, text = answered
    kept = {name: CHANGING.sub("TOKEN", value) for name, value in headers.items() if name not in ALWAYS_NEW}
    text = re.sub(r'value="[^"]{60,}"', 'value="CSRF"', CHANGING.sub("TOKEN", text))
    if headers.get("content-type") == "application/json":
        text = json.dumps(
            {name: value for name, value in json.loads(text).items() if name != "variants"}, sort_keys=True
        )
    kept.pop("content-length", None)
    return status, kept, text


@pytest.mark.parametrize("case", range(len(CORPUS)))
def test_both_ways_answer_alike(door: Door, app: Flask, ana: Person, case: int) -> None:
    method, target, headers, body = CORPUS[case]
    tokens = ana.arrive()

    def fill(text: str) -> bytes:
        filled = text.replace("VISIT", tokens["visit"]).replace("LINK", tokens["link"])
        return filled.encode("latin-1")

    raw = b"" if body is None else fill(json.dumps(body))
    headers = [*headers, (b"host", b"127.0.0.1:8000"), (b"content-length", str(len(raw)).encode())]
    by_door = comparable(door.ask(method, fill(target), headers, raw))
    assert by_door == comparable(wsgi(app, method, fill(target), headers, raw))


def test_a_follower_is_on_disk_when_the_door_answers(door: Door, ana: Person, kit: Services, rows: Any) -> None:
    link = ana.arrive()["link"]
    status, headers, _ = door.ask("GET", f"/r/jai-piscine/wa2/{link}".encode(), [BROWSER])
    token = headers["location"].partition("#")[2]
    assert status == 302
    assert rows("select verdict, channel, variant from visits where id = :id", id=kit.links.read("visit", token)) == [
        {"verdict": "human", "channel": "wa", "variant": 2}
    ]


def test_the_door_serves_the_site_whole_and_in_parts(door: Door) -> None:
    status, headers, text = door.ask("GET", b"/episodes/", [BROWSER])
    assert (status, len(text), headers["content-type"]) == (200, 240_000, 'text/html; charset="utf-8"')
    assert "content-security-policy" in headers
    status, headers, text = door.ask("GET", b"/episodes/", [BROWSER, (b"range", b"bytes=3-4")])
    assert (status, headers["content-range"], text) == (206, "bytes 3-4/270000", "é")
    assert door.ask("HEAD", b"/episodes/", [BROWSER])[2] == ""
    assert door.ask("GET", b"/episodes", [BROWSER])[0] == 302


def test_a_header_spelt_with_a_low_line_does_not_pass_for_another(door: Door, ana: Person, rows: Any) -> None:
    link = ana.arrive()["link"]
    door.ask("GET", f"/r/jai-piscine/wa/{link}".encode(), [BROWSER, (b"sec_gpc", b"1")])
    assert rows("select count(*) as n from visits where seen_at is null") == [{"n": 1}]


wire = st.binary(max_size=60)
often = drawn(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


@often
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "BREW"]),
    start=st.sampled_from([b"/", b"/r/", b"/r/jai-piscine/wa/", b"/t/visits", b"/go/", b"/staff/", b"/hooks/generic"]),
    rest=wire,
    query=wire,
    body=wire,
    headers=st.lists(
        st.tuples(st.sampled_from([b"user-agent", b"cookie", b"origin", b"range", b"x-forwarded-for", b"x_a"]), wire),
        max_size=4,
    ),
)
def test_garbage_is_answered(
    door: Door, method: str, start: bytes, rest: bytes, query: bytes, body: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    sent = [*headers, (b"host", b"127.0.0.1:8000"), (b"content-length", str(len(body)).encode())]
    status, _, _ = door.ask(method, start + rest.replace(b"?", b"") + b"?" + query, sent, body)
    assert 200 <= status < 500


def test_many_wait_for_one_flush_and_each_gets_their_own(kit: Services) -> None:
    def write(writing: Any, ids: list[str]) -> list[str]:
        writing.insert("sharers", ("id", "kind", "generation", "created_at"), [(id_, "visit", 1, 0) for id_ in ids])
        batches.append(len(ids))
        return [id_[::-1] for id_ in ids]

    async def run() -> list[str]:
        return await asyncio.gather(*(kit.store.recorded(write, id_) for id_ in ids))

    batches: list[int] = []
    ids = [new_id() for _ in range(200)]
    assert asyncio.run(run()) == [id_[::-1] for id_ in ids]
    assert max(batches) == 64
    assert sum(batches) == 200


def test_coroutines_wait_their_turn_while_somebody_has_the_database(kit: Services) -> None:
    async def run() -> None:
        with kit.store.atomic() as writing:
            waiting = asyncio.ensure_future(kit.store.recorded(lambda _writing, items: items, "late"))
            await asyncio.sleep(0.05)
            assert not waiting.done()
            writing.execute("delete from salts")
        assert await waiting == "late"

    asyncio.run(run())


def test_a_bad_item_harms_only_itself_in_the_loop_too(kit: Services) -> None:
    def write(_writing: Any, items: list[int]) -> list[int]:
        if 3 in items:
            raise ValueError("three")
        return items

    async def run() -> list[Any]:
        return await asyncio.gather(*(kit.store.recorded(write, n) for n in range(6)), return_exceptions=True)

    told = asyncio.run(run())
    assert [repr(each) for each in told] == ["0", "1", "2", "ValueError('three')", "4", "5"]
