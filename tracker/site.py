"""The built site, served by WhiteNoise: ranges for films, compressed variants, long lifetimes for hashed names.

A new build is noticed within a second, without a restart: its list of files takes the place of the old one at once.
Until then, a file that it has replaced is listed anew for whoever asks for it.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from calendar import timegm
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from wsgiref.headers import Headers

from whitenoise import WhiteNoise
from whitenoise.responders import Redirect
from whitenoise.string_utils import decode_path_info

from theme.headers import FIXED, content_policy

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

HASHED = r"^.+\.[0-9a-f]{8,16}\.[a-z0-9]+$"
BUILD_NOTE = ".built.json"  # what `invoke build` writes last; its date says that there is a new build
FOR_OTHER_HOSTS = ("/_headers", "/_redirects", "/.htaccess", "/.nginx.conf")  # what we say ourselves, for them
LOOK_AGAIN = 0.5  # seconds between looks at that date


class Site:
    """The newest build's files, each answered by a WSGI application."""

    def __init__(self, output: str, drafts: bool = False) -> None:
        """`drafts` shows what `make up` builds for staff alone."""
        self.drafts = drafts
        self.output = Path(output)
        self._lock = threading.Lock()
        self._files: WhiteNoise | None = None
        self._build: int | None = None
        self._look_at = 0.0
        self._policy = -1, ""

    def files_for(self, environ: Mapping[str, Any]) -> WSGIApplication | None:
        """What answers this request with a file of the site; None where there is none."""
        files = self.files()
        if files is None or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return None
        path = decode_path_info(environ["PATH_INFO"])  # type: ignore[no-untyped-call]
        return files if path in files.files and self._is_there(files, path) else None

    def _is_there(self, files: WhiteNoise, path: str) -> bool:
        """Whether this file still stands there. One that a build has just replaced is listed anew: nobody gets the new
        one's words cut to the old one's length, or under the old one's policy."""
        listed = files.files[path]
        if isinstance(listed, Redirect):
            return True
        place = os.path.join(self.output, path.lstrip("/"), "index.html" if path.endswith("/") else "").rstrip("/")
        try:
            found = os.stat(place)
        except OSError:
            return False
        if timegm(listed.last_modified) != int(found.st_mtime) or not listed.etag.endswith(f'-{found.st_size:x}"'):
            files.files[path] = files.get_static_file(place, path)  # type: ignore[no-untyped-call]
        return True

    def files(self) -> WhiteNoise | None:
        """The files of the newest build; None before the first. Once there are some, nobody waits for newer ones."""
        now = time.monotonic()
        if now >= self._look_at and self._lock.acquire(blocking=self._files is None):
            self._look_at = now + LOOK_AGAIN
            if self._files is None or self.build_date() == self._build:
                self._look()
            else:
                threading.Thread(target=self._look, name="site", daemon=True).start()
        return self._files

    def _look(self) -> None:
        """Take a new build's files in place of the old one's, and give back the lock."""
        try:
            build = self.build_date()
            if build != self._build:
                self._build, self._files = build, self.read_files()
        finally:
            self._lock.release()

    def build_date(self) -> int | None:
        for name in (BUILD_NOTE, "campaign.json"):
            try:
                return (self.output / name).stat().st_mtime_ns
            except OSError:
                continue
        return None

    def policy(self) -> str:
        """The policy of pages; made again when campaign.json, which names what stands in them, changes."""
        try:
            written = (self.output / "campaign.json").stat().st_mtime_ns
        except OSError:
            written = 0
        if self._policy[0] != written:
            self._policy = written, content_policy(*read_look(self.output))
        return self._policy[1]

    def read_files(self) -> WhiteNoise | None:
        if not self.output.is_dir():
            return None
        player = content_policy(embeddable=True)

        def add_headers(headers: Headers, path: str, url: str) -> None:
            for name, value in FIXED.items():
                headers[name] = value
            if headers.get("Content-Type", "").startswith(("text/html", "image/svg")):
                headers["Content-Security-Policy"] = player if "/embed/" in url else self.policy()
            if url.endswith(("/404.html", BUILD_NOTE)):
                headers["X-Robots-Tag"] = "noindex"

        files = WhiteNoise(
            None,  # it is asked for files that it has
            root=str(self.output),
            index_file=True,
            max_age=0,
            allow_all_origins=False,
            mimetypes={
                ".vtt": "text/vtt",
                ".webmanifest": "application/manifest+json",
                ".atom": "application/atom+xml",
            },
            add_headers_function=add_headers,
            immutable_file_test=HASHED,
        )
        hidden = {f"/{BUILD_NOTE}", *FOR_OTHER_HOSTS}
        for url in [url for url in files.files if url in hidden or ("/drafts/" in url and not self.drafts)]:
            del files.files[url]
        return files


def read_look(output: Path) -> tuple[list[str], list[str]]:
    """Hashes of the style sheets and of the scripts that stand in the pages, as the build noted them."""
    try:
        look: dict[str, Any] = json.loads((output / "campaign.json").read_text(encoding="utf-8")).get("look", {})
        return list(look.get("style_hashes", [])), list(look.get("script_hashes", []))
    except (OSError, ValueError, AttributeError):
        return [], []
