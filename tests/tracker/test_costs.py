"""What a write costs on PostgreSQL: no more where there are many visits, whatever its planner believes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conftest import Person
from tests.databases import Postgres
from tracker.services import Services


@pytest.fixture
def database(postgres: Postgres) -> Iterator[str]:
    """A database of its own, new, of which PostgreSQL has counted nothing yet."""
    yield postgres.make_database("costs")
    postgres.run("drop database costs with (force)")


MANY = """
    insert into sharers select 'S' || n, null, 'visit', null, 1, 0 from generate_series(1, 5000) as n;
    insert into visits (id, sharer, episode, channel, at, verdict, visitor, rules, findings)
      select 'V' || n, 'S' || n % 50, 'jai-piscine', 'wa', extract(epoch from now()), 'human', n, 0, ''
      from generate_series(1, 5000) as n;
    insert into shares (id, sharer, visit_id, episode, channel, variant, at)
      select 'H' || n, 'S' || n, 'V' || n, 'jai-piscine', 'wa', 1, extract(epoch from now())
      from generate_series(1, 5000) as n
"""


def test_what_is_written_costs_no_more_where_there_are_many_visits(
    postgres: Postgres, ana: Person, bo: Person, kit: Services, tell: Callable[..., Any]
) -> None:
    """Also with plans that were made while the tables were empty, and before PostgreSQL has counted anything."""

    def live(name: str) -> None:
        link = ana.arrive()["link"]
        visit = bo.follow(link)
        bo.share(bo.see(visit)["visit"])
        tell(payment=name, amount=500, visit_id=kit.links.read("visit", visit))
        tell("refund", payment=name, refund="r", amount=100)

    def rows_read() -> int:
        kit.store._writing.raw.execute("select pg_stat_force_next_flush()")  # type: ignore[attr-defined]
        sums = "select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) from pg_stat_user_tables"
        return int(postgres.run(sums, database="costs")[0][0])

    for table in ("visits", "sharers", "shares"):  # nor will it count in the middle of this test
        postgres.run(f"alter table {table} set (autovacuum_enabled = false)", database="costs")
    for turn in range(12):
        live(f"before-{turn}")
    postgres.run(MANY, database="costs")
    before = rows_read()
    for turn in range(10):
        live(f"after-{turn}")
    assert (rows_read() - before) / 10 < 200
