"""What counts: which days of the campaign, which episode and which channel; and by what one may rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from tracker.totals import MEASURES

By = Literal["confirmed", "gifts", "amount", "visits", "shares"]
BranchBy = Literal["confirmed", "gifts", "amount"]
BRANCH_BY = ("confirmed", "gifts", "amount")
FIRST_DAY, LAST_DAY = "0000-00-00", "9999-99-99"
SUMS = ", ".join(f"coalesce(sum({name}), 0) as {name}" for name in MEASURES)


@dataclass(frozen=True)
class Scope:
    """What counts: days from `since` to `until`, both included; one episode or channel, or "" for all of them."""

    since: str = FIRST_DAY
    until: str = LAST_DAY
    episode: str = ""
    channel: str = ""

    def where(self) -> tuple[str, dict[str, Any]]:
        """The condition on totals, and its parameters."""
        parts, params = ["day >= :since and day <= :until"], {"since": self.since, "until": self.until}
        for name in ("episode", "channel"):
            if value := getattr(self, name):
                parts.append(f"{name} = :{name}")
                params[name] = value
        return " and ".join(parts), params
