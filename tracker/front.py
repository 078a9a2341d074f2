"""The server's door (ASGI). What is asked most is answered by the event loop: links, what pages tell, the built site.

There, a visitor who waits for the disk, or a slow phone that takes a minute over a film, costs no thread. All else
is Flask's, in a few threads. The same classes make up the WSGI application of tracker.create_app, and answer alike.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_to_bytes
from wsgiref.util import FileWrapper

from a2wsgi import WSGIMiddleware
from flask import Flask

from tracker.plans import Plan, carry_out_in_loop
from tracker.services import EXTENSION, Services
from tracker.site import Site
from tracker.swift import MISTAKES, Swift
from tracker.visits.redirect import Answer, Redirect

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Environ = dict[str, Any]

PIECE = 65_536  # bytes of a file sent at once


class Front:
    """ASGI application around the tracker and the built site."""

    def __init__(self, app: Flask, site: Site, threads: int) -> None:
        """`threads` work for Flask."""
        kit: Services = app.extensions[EXTENSION]
        self.store = kit.store
        self.redirect: Redirect = app.extensions["redirect"]
        self.swift: Swift = app.extensions["swift"]
        self.site = site
        self.flask = WSGIMiddleware(self.in_thread, workers=threads)  # type: ignore[arg-type]

    def in_thread(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.errors"] = sys.stderr
        return self.swift.inner(environ, start_response)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.flask(scope, receive, send)  # type: ignore[arg-type]
            return
        environ = read_environ(scope)
        if (plan := self.redirect.plan(environ)) is not None:
            answer = await carry_out_in_loop(self.store, plan) if isinstance(plan, Plan) else plan
            await say(send, environ, answer)
        elif self.swift.is_plain(environ):
            await self.hear(environ, scope, receive, send)
        elif (files := self.site.files_for(environ)) is not None:
            await send_file(environ, files, send)
        else:
            await self.pass_on(scope, receive, send)

    async def hear(self, environ: Environ, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what a page tells."""
        raw = await read_body(receive, int(environ["CONTENT_LENGTH"]))
        answer = None
        if (plan := self.swift.plan(environ, raw)) is not None:
            with suppress(*MISTAKES):
                answer = await carry_out_in_loop(self.store, plan)
        if answer is not None:
            await say(send, environ, Answer(*self.swift.spell(environ, answer)))
        else:
            await self.pass_on(scope, partial(give_back, raw), send)

    async def pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let Flask answer: without headers that only look like others, and with a query that any address may hold."""
        query = scope["query_string"]
        if not query.isascii():
            query = quote(query, safe=bytes(range(128))).encode("ascii")
        headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
        await self.flask({**scope, "query_string": query, "headers": headers}, partial(wait_for, receive), send)  # type: ignore[arg-type]


def read_environ(scope: Scope) -> Environ:
    """What a WSGI server would tell of this request, its body left out."""
    path: bytes = scope["raw_path"]
    client = scope["client"]
    environ = {
        "REQUEST_METHOD": scope["method"],
        "PATH_INFO": (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "REMOTE_ADDR": client[0] if client else "",
    }
    for raw, value in scope["headers"]:
        name = spell_header(raw)
        text = value.decode("latin-1")
        environ[name] = f"{environ[name]},{text}" if name in environ else text
    return environ


@lru_cache(maxsize=1024)
def spell_header(raw: bytes) -> str:
    """WSGI's name of a header. One with `_` is left under a name that nothing reads: it must not pass for another."""
    name = raw.decode("latin-1").upper()
    if "_" in name:
        return f"IGNORED {name}"
    name = name.replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"


async def read_body(receive: Receive, length: int) -> bytes:
    """So many bytes, or what there was of them when the sender hung up."""
    body = b""
    while len(body) < length:
        message = await receive()
        body += message.get("body") or b""
        if not message.get("more_body"):
            break
    return body[:length]


async def wait_for(receive: Receive) -> MutableMapping[str, Any]:
    """As a coroutine, which granian's own is not."""
    return await receive()


async def give_back(raw: bytes) -> MutableMapping[str, Any]:
    """A body that was read already, for whoever reads it next."""
    return {"type": "http.request", "body": raw, "more_body": False}


def start(status: str, headers: Iterable[tuple[str, str]]) -> MutableMapping[str, Any]:
    return {"type": "http.response.start", "status": int(status[:3]), "headers": [spell(*each) for each in headers]}


@lru_cache(maxsize=1024)
def spell(name: str, value: str) -> tuple[bytes, bytes]:
    """A header as ASGI has it; most are the same in every answer."""
    return name.lower().encode("latin-1"), value.encode("latin-1")


async def say(send: Send, environ: Environ, answer: Answer) -> None:
    await send(start(answer.status, answer.headers))
    body = b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def send_file(environ: Environ, files: Callable[[Environ, Any], Iterable[bytes]], send: Send) -> None:
    """A file of the built site, a piece at a time, as fast as the visitor takes it."""
    environ["wsgi.file_wrapper"] = partial(FileWrapper, blksize=PIECE)
    started: list[MutableMapping[str, Any]] = []
    pieces = files(environ, lambda status, headers: started.append(start(status, headers)))
    try:
        await send(started[0])
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        if close := getattr(pieces, "close", None):
            close()
