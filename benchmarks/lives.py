"""People under measure: clients that live through many lives, and write down what each was promised."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from standardwebhooks.webhooks import Webhook

from benchmarks.servers import KEY
from tracker.links import Links

HOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EPISODES = [f"episode-{number}" for number in range(1, 11)]
SYSTEMS = ("X11; Linux x86_64", "Windows NT 10.0; Win64; x64", "Linux; Android 14; Pixel 8", "Linux; Android 13; K")
PATIENCE = 500  # times that a notification is told again after the end of a run


@dataclass
class Promises:
    """What the server answered for. One for each client, so that nobody waits for a lock."""

    visits: list[str] = field(default_factory=list)  # ids whose visit token was handed out
    seen: list[str] = field(default_factory=list)  # ids that were confirmed
    shares: list[tuple[str, str]] = field(default_factory=list)  # (visit id, channel)
    gifts: dict[tuple[str, str], int] = field(default_factory=dict)  # (payment, entry): signed amount
    untold: Counter[str] = field(default_factory=Counter)  # asked for, but no 2xx came


class Client(threading.Thread):
    """One connection that lives through many people's lives: they arrive, see, share, give and take back."""

    def __init__(self, number: int, port: int, links: list[str], stop: threading.Event, seed: int) -> None:
        super().__init__(name=f"client-{number}", daemon=True)
        self.number = number
        self.promises = Promises()
        self._chance = random.Random(seed * 1000 + number)
        self._links = links  # shared by all clients; only ever added to
        self._stop_asked = stop
        self._ids = Links([KEY])
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
        self._headers = {
            "User-Agent": f"Mozilla/5.0 ({SYSTEMS[number % 4]}) AppleWebKit/537.36 (KHTML, like Gecko) "
            f"Chrome/{100 + number}.0.0.0 Safari/537.36",
            "X-Forwarded-For": f"198.51.100.{number}",
        }
        self._payments = 0
        self._late = 0
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._stop_asked.is_set():
                self._live()
        except BaseException as error:  # noqa: BLE001 - told by whoever started the client
            self.failed = error
        finally:
            self._connection.close()

    def _live(self) -> None:
        """One person's life, as far as the server lets it."""
        chance = self._chance
        visit = self._arrive() if chance.random() < 0.2 or not self._links else self._follow()
        if visit is None:
            return
        id_ = self._ids.read("visit", visit)
        assert id_ is not None, f"{visit!r} is no visit token"
        self.promises.visits.append(id_)
        if chance.random() < 0.6 and self._see(visit, id_) and chance.random() < 0.5:
            self._share(visit, id_)
        if chance.random() < 0.15:
            self._give(id_)

    def _arrive(self) -> str | None:
        """Come without a link."""
        answer = self._ask("POST", "/t/visits", {"episode": self._chance.choice(EPISODES)}, counted="visits")
        if answer is None:
            return None
        self._links.append(answer["link"])
        return str(answer["visit"])

    def _follow(self) -> str | None:
        """Follow somebody's link."""
        link, episode = self._chance.choice(self._links[-2000:]), self._chance.choice(EPISODES)
        answer = self._ask("GET", f"/r/{episode}/{self._chance.choice(('wa', 'em2', 'xx'))}/{link}", counted="visits")
        if answer is not None and not answer["fragment"]:  # sent on without a token: nothing was promised
            self.promises.untold["visits"] += 1
            return None
        return str(answer["fragment"]) if answer else None

    def _see(self, visit: str, id_: str) -> bool:
        answer = self._ask("POST", "/t/seen", {"visit": visit}, counted="seen")
        if answer is None:
            return False
        assert self._ids.read("visit", answer["visit"]) == id_, "the visit was taken for somebody else's"
        self.promises.seen.append(id_)
        self._links.append(answer["link"])
        return True

    def _share(self, visit: str, id_: str) -> None:
        channel = self._chance.choice(("wa", "em"))
        body = {"visit": visit, "episode": self._chance.choice(EPISODES), "placement": channel}
        if self._ask("POST", "/t/shares", body, counted="shares") is not None:
            self.promises.shares.append((id_, channel))

    def _give(self, id_: str) -> None:
        """A gift, told again until it is answered, as platforms do; some are told twice, some are taken back."""
        self._payments += 1
        amount = self._chance.randrange(100, 9000)
        data = {"payment": f"{self.number}-{self._payments}", "amount": amount, "currency": "EUR", "visit_id": id_}
        notices = [("gift", data)]
        if self._chance.random() < 0.3:
            notices.append(("gift", data))
        if self._chance.random() < 0.3:
            notices.append(("refund", {**data, "amount": self._chance.randrange(1, amount), "refund": "r1"}))
        self._chance.shuffle(notices)
        for kind, told in notices:
            while self._ask("POST", "/hooks/generic", {"type": kind, "data": told}, counted="gifts", sign=True) is None:
                self._late += self._stop_asked.is_set()
                if self._late > PATIENCE:
                    return
            entry = "gift" if kind == "gift" else f"refund:{told['refund']}"
            self.promises.gifts[str(told["payment"]), entry] = int(str(told["amount"])) * (1 if kind == "gift" else -1)

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, counted: str = "", sign: bool = False
    ) -> dict[str, Any] | None:
        """The answer, or None if it was none that promises anything."""
        headers, data = dict(self._headers), None
        if body is not None:
            data = json.dumps(body)
            headers["Content-Type"] = "application/json"
        if sign and data is not None:
            now = datetime.now(UTC)
            headers |= {"webhook-id": "msg", "webhook-timestamp": str(int(now.timestamp()))}
            headers["webhook-signature"] = Webhook(HOOK_SECRET).sign("msg", now, data)
        try:
            self._connection.request(method, path, data, headers)
            response = self._connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            if not isinstance(error, ConnectionRefusedError):  # else nobody was asked
                self.promises.untold[counted] += 1
            time.sleep(0.01)
            return None
        if response.status == 302:
            return {"fragment": (response.headers["Location"] or "").partition("#")[2]}
        if response.status in (200, 201):
            return dict(json.loads(text))
        assert response.status == 503, f"{method} {path} was answered {response.status}: {text[:300]!r}"
        self.promises.untold[counted] += 1
        time.sleep(0.01)
        return None
