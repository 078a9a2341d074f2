"""What a notification tells, the same for every provider, and careful ways to read it from a stranger's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracker.errors import Refused


@dataclass(frozen=True, slots=True)
class Notice:
    """A gift or a refund. `amount` is above zero, in minor units; `at` in seconds since 1970, if told."""

    kind: str
    payment: str
    entry: str
    amount: int
    currency: str
    account: str = ""
    visit_id: str | None = None
    livemode: bool = True
    at: int | None = None


def read_text(data: Mapping[str, Any], name: str, longest: int = 200, required: bool = True) -> str:
    """A field that must be a text (or a whole number, as some platforms number their payments)."""
    value = data.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or not (value or not required) or len(value) > longest or not is_plain(value):
        raise Refused(f"bad_{name}", f"data.{name} must be a text of 1 to {longest} characters.", 422)
    return value


def is_plain(value: str) -> bool:
    """Whether a database can keep the text: JSON can spell half characters and nulls, which none can."""
    return "\0" not in value and value.isprintable()


def read_whole(data: Mapping[str, Any], name: str, required: bool = True) -> int | None:
    """A field that must be a whole number."""
    value = data.get(name)
    if value is None and not required:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**53:
        raise Refused(f"bad_{name}", f"data.{name} must be a whole number.", 422)
    return value
