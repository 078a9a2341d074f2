"""Films that live elsewhere: recognises YouTube, Vimeo, PeerTube and Dailymotion in their common spellings.

Nothing is fetched. Each gets one canonical address and the privacy-friendliest player that its host offers.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Remote:
    """A film elsewhere: who shows it, its page, and the address of the player for an iframe."""

    provider: str
    address: str
    embed: str

    @property
    def host(self) -> str:
        """Whom a visitor's browser will contact: anybody may run a PeerTube."""
        return urlsplit(self.embed).netloc


_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def recognise(address: str) -> Remote | None:
    """The film at an address, or None if it is at none of the four."""
    try:
        parts = urlsplit(address.strip())
        host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or parts.username:
        return None
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    path = parts.path.rstrip("/")

    if host in ("youtube.com", "music.youtube.com", "youtube-nocookie.com", "youtu.be"):
        return _youtube(host, path, query)
    if host in ("vimeo.com", "player.vimeo.com"):
        return _vimeo(path, query)
    if host in ("dailymotion.com", "geo.dailymotion.com", "dai.ly"):
        return _dailymotion(host, path, query)
    return _peertube(parts.hostname or "", port, path)


def _youtube(host: str, path: str, query: dict[str, str]) -> Remote | None:
    if host == "youtu.be":
        film = path.removeprefix("/")
    elif path == "/watch":
        film = query.get("v", "")
    else:
        found = re.fullmatch(r"/(?:shorts|embed|live|v)/([^/]+)", path)
        film = found[1] if found else ""
    if not re.fullmatch(r"[\w-]{11}", film, re.ASCII):
        return None
    # The -nocookie host is YouTube's privacy-enhanced mode: https://support.google.com/youtube/answer/171780
    return Remote(
        "YouTube", f"https://www.youtube.com/watch?v={film}", f"https://www.youtube-nocookie.com/embed/{film}"
    )


def _vimeo(path: str, query: dict[str, str]) -> Remote | None:
    found = re.fullmatch(r"(?:/video|/channels/[\w-]+|/groups/[\w-]+/videos)?/(\d+)(?:/([0-9a-f]+))?", path)
    if not found:
        return None
    film, unlisted = found[1], found[2] or query.get("h", "")
    if unlisted and not re.fullmatch(r"[0-9a-f]+", unlisted):
        return None
    # dnt=1: the player counts nobody, https://help.vimeo.com/hc/en-us/articles/26080940921361
    page = f"https://vimeo.com/{film}" + (f"/{unlisted}" if unlisted else "")
    player = f"https://player.vimeo.com/video/{film}?dnt=1" + (f"&h={unlisted}" if unlisted else "")
    return Remote("Vimeo", page, player)


def _dailymotion(host: str, path: str, query: dict[str, str]) -> Remote | None:
    if host == "dai.ly":
        film = path.removeprefix("/")
    elif path.startswith("/player"):
        film = query.get("video", "")
    else:
        found = re.fullmatch(r"(?:/embed)?/video/([^/_]+)(?:_[^/]*)?", path)
        film = found[1] if found else ""
    if not re.fullmatch(r"[a-z0-9]{5,12}", film, re.ASCII | re.IGNORECASE):
        return None
    return Remote(
        "Dailymotion",
        f"https://www.dailymotion.com/video/{film}",
        f"https://geo.dailymotion.com/player.html?video={film}",
    )


def _peertube(host: str, port: int | None, path: str) -> Remote | None:
    found = re.fullmatch(rf"/(?:w|videos/watch|videos/embed)/({_UUID}|[1-9A-HJ-NP-Za-km-z]{{22}})", path)
    if not found or "." not in host:
        return None
    site = f"https://{host}" + (f":{port}" if port else "")
    return Remote("PeerTube", f"{site}/w/{found[1]}", f"{site}/videos/embed/{found[1]}?p2p=0")
