"""What a table to take away is: its columns, where its rows come from, by what they may be ranked, whose they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tracker.dashboard import records
from tracker.dashboard.period import Period
from tracker.errors import Refused
from tracker.gifts.ledger import Payment
from tracker.services import Services
from tracker.store import Row

EVERYBODY = 1_000_000_000
EVER: dict[str, Any] = {"since": 0, "until": 1 << 40}  # moments


@dataclass(frozen=True)
class Asked:
    """What else an address asks for: by which column rows are ranked, of which sharer they are ("": unsaid).

    `more` is all that it says, for tables that have words of their own.
    """

    by: str = ""
    below: str = ""
    more: Mapping[str, str] = field(default_factory=dict)


Reader = Callable[[Services, Period, Asked], Iterable[Row]]


@dataclass(frozen=True)
class Table:
    """A table that can be taken away: its columns, how its rows are read, and how many there will be.

    `count` is None where `read` gives all rows at once; `by` has the columns that its rows can be ranked by. `of_one`:
    it is one sharer's, whom the address must name. `needs` is a deed of tracker.staff.roles that not everybody may do.
    """

    columns: tuple[str, ...]
    read: Reader
    count: Callable[[Services, Period, Asked], int] | None = None
    by: tuple[str, ...] = ()
    of_one: bool = False
    needs: str = ""

    def open(self, kit: Services, period: Period, asked: Asked) -> tuple[Iterable[Row], int]:
        """The rows, and how many they are going to be (some more may be written meanwhile). Raises Refused."""
        if self.of_one and not asked.below:
            raise Refused("needs_sharer", "This table is one sharer's: say whose, as below=ID.")
        if asked.by not in self.by:
            asked = replace(asked, by="")
        if self.count is not None:
            return self.read(kit, period, asked), self.count(kit, period, asked)
        rows = list(self.read(kit, period, asked))
        return rows, len(rows)


def one_by_one(columns: tuple[str, ...], sql: str, table: str = "", payments: str = "") -> Table:
    """A table of records, oldest first; of one episode or channel if `table` has them, of one payment, whenever that
    was, if `payments` has those."""

    def ask(period: Period, asked: Asked) -> tuple[str, dict[str, Any]]:
        if payments and asked.more.get("payment"):
            named = {name: asked.more.get(name, "") for name in Payment._fields}
            return f"{sql} and {' and '.join(f'{payments}.{name} = :{name}' for name in named)}", EVER | named
        return records.filtered(sql, table, period) if table else (sql, dict(records.within(period)))

    def read(kit: Services, period: Period, asked: Asked) -> Iterable[Row]:
        text, params = ask(period, asked)
        return kit.store.stream(f"{text} order by at", **params)

    def count(kit: Services, period: Period, asked: Asked) -> int:
        text, params = ask(period, asked)
        (row,) = kit.store.query(f"select count(*) as count from ({text}) as asked", **params)  # noqa: S608
        return int(row["count"])

    return Table(columns, read, count)
