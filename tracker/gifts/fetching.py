"""Asking a platform's API: over HTTPS (HTTP for a stand-in on this machine), briefly, and never after a redirect."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from tracker.errors import Refused

TIMEOUT = 5  # seconds; the platform tells again if we could not ask in time
LARGEST = 1024 * 1024
AT_ONCE = 3  # threads that strangers' pings may keep waiting for the platform

Fetch = Callable[..., dict[str, Any]]

_seats = threading.BoundedSemaphore(AT_ONCE)


class NoRedirect(HTTPRedirectHandler):
    """A redirect would carry our credentials elsewhere."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None


_opener = build_opener(NoRedirect)


def fetch_json(
    address: str, headers: Mapping[str, str] | None = None, form: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The JSON object at an address; with a form, by POST. Raises Refused: not_found, or platform_unreachable."""
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise Refused("platform_unreachable", f"{parts.scheme}://{parts.hostname} is not HTTPS.", 503)
    if not _seats.acquire(timeout=TIMEOUT):
        raise Refused("platform_unreachable", "Too many questions to the platform are waiting; tell again later.", 503)
    try:
        data = urlencode(form).encode() if form is not None else None
        request = Request(address, data, {"Accept": "application/json", **(headers or {})})  # noqa: S310 - see above
        with _opener.open(request, timeout=TIMEOUT) as answer:
            found = json.loads(answer.read(LARGEST))
    except HTTPError as error:
        if error.code == 404:
            raise Refused("not_found", "The platform knows of no such payment.", 404) from None
        raise Refused("platform_unreachable", f"The platform's API answered {error.code}.", 503) from None
    except (URLError, OSError, ValueError) as error:
        raise Refused(
            "platform_unreachable", f"The platform's API did not answer ({type(error).__name__}).", 503
        ) from None
    finally:
        _seats.release()
    if not isinstance(found, dict):
        raise Refused("platform_unreachable", "The platform's API answered no JSON object.", 503)
    return found
