"""What a donation platform is to us: one small module with the same three answers for each.

`is_open(settings)`: is there what it takes to know its notifications from forgeries? Without, its hook answers 404.
`check(message)`: is this one genuine? Returns the body to read: what was sent, or what the platform's own API says
where a notification is but a ping. Raises Refused. This leaves room for platforms that sign, for those that put a
shared secret into the body, and for those that must be asked.
`read(body, settings)`: what does it say? A Reading. Raises Refused for what can't be understood.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Protocol, cast

from pydantic import SecretStr

from settings import Settings
from tracker.gifts.fetching import Fetch
from tracker.gifts.notices import Reading


@dataclass(frozen=True)
class Message:
    """A notification as it arrived. `address` is the sender's, as far as declared proxies vouch for it."""

    headers: Mapping[str, str]
    body: bytes
    address: str
    settings: Settings
    fetch: Fetch

    def header(self, name: str) -> str:
        """A header's value, however its name is spelt; "" if it is not there."""
        return next((value for key, value in self.headers.items() if key.lower() == name), "")


class Provider(Protocol):
    """A module such as tracker.gifts.generic."""

    FIELD: str  # the query field in which this platform carries our visit id through
    is_open: Callable[[Settings], bool]
    check: Callable[[Message], bytes]
    read: Callable[[bytes, Settings], Reading]


def provider_of(module: ModuleType) -> Provider:
    return cast(Provider, module)


def plain(secret: SecretStr | None) -> str:
    """The secret's text; "" for none."""
    return secret.get_secret_value() if secret else ""
