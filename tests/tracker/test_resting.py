"""The event loop writes, and stands still for nobody: neither for the disk nor for whoever else has the database."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.tracker.test_store import count, write_names
from tracker.store import Store, StoreError, open_store
from tracker.store import writer as writing_queue


def test_requests_that_wait_on_a_loop_are_written_together_and_get_their_own_results(store: Store) -> None:
    async def ask() -> list[str]:
        return await asyncio.gather(*(store.recorded(write_names, str(n)) for n in range(300)))

    assert asyncio.run(ask()) == [str(n) * 2 for n in range(300)]
    assert count(store) == 300


def test_a_bad_one_among_them_harms_only_itself(store: Store) -> None:
    async def ask() -> list[str | BaseException]:
        names = [str(7 if n == 30 else n) for n in range(60)]
        return await asyncio.gather(*(store.recorded(write_names, name) for name in names), return_exceptions=True)

    results = asyncio.run(ask())
    assert sum(isinstance(result, StoreError) for result in results) == 1
    assert count(store) == 59
    assert len(asyncio.run(ask())) == 60  # and nobody who comes later
    assert count(store) == 59


def test_the_loop_goes_on_while_another_process_has_the_database(store: Store, database: str) -> None:
    other = open_store(database)

    async def ask() -> str:
        with other.atomic() as writing:
            waiting = asyncio.ensure_future(store.recorded(write_names, "1"))
            for _ in range(50):
                await asyncio.sleep(0)
            writing.insert("salts", ("day", "salt"), [(2, "x")])  # if the loop stood still, this would never be reached
            assert not waiting.done()
        return await waiting

    assert asyncio.run(ask()) == "11"
    assert count(store) == 2
    other.close()


def test_who_stands_still_on_the_loop_ends_what_rests_there_and_waits_for_nobody_else(store: Store) -> None:
    async def ask() -> list[str]:
        waiting = [asyncio.ensure_future(store.recorded(write_names, str(n))) for n in range(100)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # the first transaction is under way
        with store.atomic() as writing:
            writing.insert("salts", ("day", "salt"), [(1000, "x")])
        store.record_later(write_names, "1001")
        assert store.record(write_names, "1002") == "10021002"
        store.flush()
        return await asyncio.gather(*waiting)

    assert asyncio.run(ask()) == [str(n) * 2 for n in range(100)]
    assert count(store) == 103


def test_a_loop_that_is_closed_leaves_the_database_to_the_next(store: Store) -> None:
    async def leave(n: int) -> None:
        waiting = asyncio.ensure_future(store.recorded(write_names, str(n)))
        store.record_later(write_names, str(n + 500))
        for _ in range(n % 4):
            await asyncio.sleep(0)
        waiting.cancel()

    for n in range(12):
        asyncio.run(leave(n))
    assert store.record(write_names, "100") == "100100"
    assert asyncio.run(store.recorded(write_names, "101")) == "101101"
    store.flush()
    assert {row["day"] for row in store.query("select day from salts where day >= 500")} == set(range(500, 512))


def test_threads_and_the_loop_share_the_database(store: Store) -> None:
    async def ask() -> None:
        loop = asyncio.get_running_loop()

        def add(n: int) -> str:
            if n % 10 == 0:
                with store.atomic() as writing:
                    return write_names(writing, [str(n)])[0]
            return store.record(write_names, str(n))

        with ThreadPoolExecutor(8) as pool:
            threads = [loop.run_in_executor(pool, add, n) for n in range(200)]
            results = await asyncio.gather(*(store.recorded(write_names, str(n)) for n in range(200, 600)), *threads)
        assert sorted(results, key=len) == sorted([f"{n}{n}" for n in [*range(200, 600), *range(200)]], key=len)

    asyncio.run(ask())
    assert count(store) == 600


def test_what_takes_too_long_for_the_loop_is_left_to_a_thread(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing_queue, "QUICK", -1.0)
    by: list[str] = []

    def write(writing: object, names: list[str]) -> list[str]:
        by.append(threading.current_thread().name)
        return names

    async def ask() -> None:
        for n in range(3):
            assert await store.recorded(write, str(n)) == str(n)

    asyncio.run(ask())
    assert by == [threading.current_thread().name, "store-writer", "store-writer"]
