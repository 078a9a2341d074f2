"""PostgreSQL's own ways, and several processes on one database: nothing lost, nothing doubled, totals add up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from settings import Settings
from tests.conftest import Person, agent
from tests.databases import Postgres
from tracker import create_app
from tracker.gifts import record_notice
from tracker.gifts.notices import Notice
from tracker.services import EXTENSION, Services
from tracker.store import Row, Store, StoreError, Writing, open_store
from tracker.totals import recount

Rows = Callable[..., list[Row]]


@pytest.fixture
def address(postgres: Postgres) -> Iterator[str]:
    """An empty database of PostgreSQL, without tables."""
    yield postgres.make_database("alone")
    postgres.run("drop database alone with (force)")


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    store = open_store(address)
    store.migrate()
    yield store
    store.close()


def write_names(writing: Writing, names: list[str]) -> list[str]:
    writing.insert("salts", ("day", "salt"), [(int(name), name) for name in names])
    return names


def count(store: Store) -> int:
    return int(store.query("select count(*) as n from salts")[0]["n"])


def cut_all_connections(postgres: Postgres) -> None:
    """What clients see when the server is restarted."""
    postgres.run("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'alone'")


def test_hosts_that_start_at_once_migrate_once(address: str) -> None:
    together = Barrier(4)

    def start(_: int) -> list[str]:
        store = open_store(address)
        together.wait(10)
        try:
            return store.migrate()
        finally:
            store.close()

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(start, range(4)))
    assert sum(map(bool, taken)) == 1


def test_a_restarted_database_is_found_again(store: Store, postgres: Postgres) -> None:
    store.record(write_names, "1")
    assert count(store) == 1
    cut_all_connections(postgres)
    assert store.record(write_names, "2") == "2"
    assert count(store) == 2


def test_a_transaction_that_lost_its_database_left_nothing_and_the_next_one_works(
    store: Store, postgres: Postgres
) -> None:
    def write_and_lose(writing: Writing, _: list[int]) -> list[int]:
        write_names(writing, ["1"])
        cut_all_connections(postgres)
        write_names(writing, ["2"])
        return [0]

    with pytest.raises(StoreError, match="terminat"):
        store.record(write_and_lose, 0)
    assert store.record(write_names, "3") == "3"
    assert [row["day"] for row in store.query("select day from salts")] == [3]


def test_while_the_database_is_away_each_request_is_told_so_at_once(store: Store, postgres: Postgres) -> None:
    postgres.run("alter database alone allow_connections false")
    cut_all_connections(postgres)
    for name in "123":
        with pytest.raises(StoreError, match="reach"):
            store.record(write_names, name)
    with pytest.raises(StoreError, match="reach"):
        count(store)
    postgres.run("alter database alone allow_connections true")
    store._down_until = 0.0  # type: ignore[attr-defined]  # a second later
    assert store.record(write_names, "4") == "4"
    assert count(store) == 1


def test_an_error_that_was_swallowed_does_not_pass_for_a_commit(store: Store) -> None:
    def swallow(writing: Writing, _: list[int]) -> list[int]:
        write_names(writing, ["1"])
        with pytest.raises(StoreError):  # inserts of a shared transaction are sent with the next statement
            writing.execute("insert into salts (day, salt) select day, salt from salts")
        return [0]

    with pytest.raises(StoreError, match="Nothing of this transaction was kept"):
        store.record(swallow, 0)
    assert count(store) == 0


def test_an_error_does_not_quote_peoples_rows(store: Store) -> None:
    def write_twice(writing: Writing, _: list[int]) -> list[int]:
        writing.insert("salts", ("day", "salt"), [(77, "secret"), (77, "secret")])
        return [0]

    with pytest.raises(StoreError, match="duplicate key") as told:
        store.record(write_twice, 0)
    assert "secret" not in str(told.value)
    assert "77" not in str(told.value)


def test_answered_is_on_disk_whatever_the_role_is_set_to(address: str, postgres: Postgres) -> None:
    postgres.run("alter database alone set synchronous_commit = off")
    postgres.run("alter database alone set default_transaction_isolation = 'serializable'")
    store = open_store(address)
    with store.atomic() as writing:
        assert writing.query("show synchronous_commit") == [{"synchronous_commit": "on"}]
        assert writing.query("show transaction_isolation") == [{"transaction_isolation": "read committed"}]
    store.close()


@pytest.mark.parametrize("place", ["127.0.0.1:1", "nowhere.invalid:5432", "127.0.0.1:1,127.0.0.1:2"])
def test_a_database_that_cannot_be_reached_is_told_with_the_mend(place: str) -> None:
    with pytest.raises(StoreError, match=r"Check that it runs.* postgresql://USER:PASSWORD@HOST:PORT") as told:
        open_store(f"postgresql://ana:very-secret@{place}/excuses?connect_timeout=2")
    assert "very-secret" not in str(told.value)


@pytest.mark.parametrize("address", ["ana:very-secret@[::1/x", "ana:very-secret@x@[::1/x", "ana:very-/secret@h/x"])
def test_an_address_that_cannot_be_read_is_told_without_its_password(address: str) -> None:
    with pytest.raises(StoreError, match=r"TRACKER_DATABASE can't be read.*%40 for @") as told:
        open_store(f"postgresql://{address}")
    assert "very-secret" not in str(told.value)


@pytest.fixture
def processes(settings: Settings, app: Flask) -> Iterator[list[Flask]]:
    """Two processes on one database, whichever it is."""
    other = create_app(settings)
    other.testing = True
    yield [app, other]
    other.extensions[EXTENSION].store.close()


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """What they return, begun at the same moment."""
    together = Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> Any:
        together.wait(10)
        return deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def test_processes_agree_on_who_somebody_is(processes: list[Flask]) -> None:
    environ = {"REMOTE_ADDR": "203.0.113.7", "HTTP_USER_AGENT": agent(131)}
    hashes = at_once(*(partial(app.extensions[EXTENSION].visitors.hashes, environ) for app in processes))
    assert hashes[0] == hashes[1]


def test_a_double_tap_that_reaches_two_processes_is_one_visitor(
    processes: list[Flask], ana: Person, rows: Rows
) -> None:
    for turn in range(5):
        link = Person(ana.client, agent(200 + turn)).arrive()["link"]
        tap = [Person(app.test_client(), agent(140)) for app in processes]
        at_once(*(partial(bo.follow, link) for bo in tap))
    told = rows("select verdict, count(*) as n from visits where sharer is not null group by verdict order by verdict")
    assert told == [{"verdict": "human", "n": 5}, {"verdict": "repeat", "n": 5}]


def test_a_page_or_a_share_told_to_two_processes_counts_once(
    processes: list[Flask], ana: Person, bo: Person, rows: Rows
) -> None:
    link = ana.arrive()["link"]
    visit = bo.follow(link)
    both = [Person(app.test_client(), bo.agent) for app in processes]
    at_once(*(partial(who.see, visit) for who in both))
    at_once(*(partial(who.share, visit) for who in both))
    assert rows("select sum(confirmed) as confirmed, sum(shares) as shares from totals where sharer <> ''") == [
        {"confirmed": 1, "shares": 1}
    ]
    assert rows("select count(*) as n from shares") == [{"n": 1}]


def test_a_gift_and_its_refund_told_to_two_processes_add_up(
    processes: list[Flask], ana: Person, bo: Person, kit: Services
) -> None:
    visit = kit.links.read("visit", bo.see(bo.follow(ana.arrive()["link"]))["visit"])
    first, second = (app.extensions[EXTENSION] for app in processes)
    for n in range(10):
        gift = Notice("gift", f"p{n}", "gift", 3000, "EUR", visit_id=visit)
        refund = Notice("refund", f"p{n}", "refund:1", 3000, "EUR", visit_id=visit)
        at_once(
            partial(record_notice, first, "generic", gift),
            partial(record_notice, second, "generic", refund),
        )
    assert recount(kit.store, kit.campaign.timezone) == []
    assert kit.store.query("select sum(gifts) as gifts, sum(amount) as amount from totals") == [
        {"gifts": 0, "amount": 0}
    ]
