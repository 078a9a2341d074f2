"""The store's contract: what was answered is there, once; what failed left nothing; what is bad harms only itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tracker.store import Store, StoreError, Writing, open_store
from tracker.store import writer as writing_queue


def write_names(writing: Writing, names: list[str]) -> list[str]:
    writing.insert("salts", ("day", "salt"), [(int(name), name) for name in names])
    return [name * 2 for name in names]


def count(store: Store) -> int:
    return int(store.query("select count(*) as n from salts")[0]["n"])


def test_migrations_run_once(store: Store) -> None:
    assert store.migrate() == []


def test_names_stand_for_values_and_nothing_else_is_taken_for_one(store: Store) -> None:
    (row,) = store.query(
        """
        select ':day' as quoted, 'it''s 100 % :day' as escaped, cast(:day as bigint) + :day as twice -- not :this
        , ':' || cast(:text as text) as text, cast(7 as text) as seven
        """,
        day=21,
        text="50 % of 'it' \\ :day",
    )
    assert row == {
        "quoted": ":day",
        "escaped": "it's 100 % :day",
        "twice": 42,
        "text": ":50 % of 'it' \\ :day",
        "seven": "7",
    }


def test_sums_and_shares_of_whole_numbers_are_whole_numbers(store: Store) -> None:
    store.record(write_names, "700")
    store.record(write_names, "701")
    (row,) = store.query("select sum(day) as sum, max(day) / 900 as quotient, count(*) as n from salts where day > 0")
    assert {name: (value, type(value)) for name, value in row.items()} == {
        "sum": (1401, int),
        "quotient": (0, int),
        "n": (2, int),
    }
    assert store.query("select sum(day) as sum from salts where day < 0") == [{"sum": None}]


def test_texts_sort_by_their_bytes_so_that_ids_sort_by_time(store: Store) -> None:
    ids = ["-", "0", "9", "A", "Z", "_", "a", "z", "é"]
    with store.atomic() as writing:
        rows = [(id_, None, "visit", None, 1, 0) for id_ in reversed(ids)]
        writing.insert("sharers", ("id", "parent", "kind", "name", "generation", "created_at"), rows)
    assert [row["id"] for row in store.query("select id from sharers order by id")] == ids
    assert store.query("select max(id) as id from sharers where id < 'a'") == [{"id": "_"}]


def test_an_insert_may_meet_what_is_there(store: Store) -> None:
    with store.atomic() as writing:
        assert writing.insert("salts", ("day", "salt"), [(1, "a"), (2, "b")], "returning day") == [
            {"day": 1},
            {"day": 2},
        ]
        again = "on conflict (day) do update set salt = salts.salt || excluded.salt"
        assert writing.insert("salts", ("day", "salt"), [(1, "c"), (3, "d")], again) == []
        assert writing.insert("salts", ("day", "salt"), []) == []
        assert writing.execute("update salts set salt = 'e' where day > 1") == 2
    assert [row["salt"] for row in store.query("select salt from salts order by day")] == ["ac", "e", "e"]


def test_rows_stream_one_by_one_and_may_be_left_half_read(store: Store) -> None:
    with store.atomic() as writing:
        writing.insert("salts", ("day", "salt"), [(n, "x") for n in range(3000)])
    rows = store.stream("select day from salts where day >= :since order by day", since=10)
    assert next(rows) == {"day": 10}
    assert store.execute("delete from salts where day = 2999") == 1
    rows.close()  # type: ignore[attr-defined]
    assert sum(1 for _ in store.stream("select day from salts")) == 2999


def test_a_question_with_a_null_byte_finds_nothing(store: Store) -> None:
    assert store.query("select day from salts where salt = :salt", salt="a\0b") == []


def test_reading_writes_nothing(store: Store) -> None:
    with pytest.raises(StoreError):
        store.query("insert into salts (day, salt) values (1, 'x')")
    assert count(store) == 0


def test_several_processes_take_turns(store: Store, database: str) -> None:
    others = [open_store(database) for _ in range(3)]

    def add(n: int) -> int:
        with [store, *others][n % 4].atomic() as writing:
            before = int(writing.query("select coalesce(max(day), 0) as day from salts")[0]["day"])
            writing.insert("salts", ("day", "salt"), [(before + 1, "x")])
        return before

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(add, range(80))) == list(range(80))
    for other in others:
        other.close()


def test_every_thread_gets_its_own_result(store: Store) -> None:
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(lambda n: store.record(write_names, str(n)), range(500)))
    assert results == [str(n) * 2 for n in range(500)]
    assert count(store) == 500


def test_a_bad_item_harms_only_itself(store: Store) -> None:
    together = threading.Barrier(8)

    def record(n: int) -> Any:
        together.wait()
        try:
            return store.record(write_names, str(7 if n == 3 else n))
        except StoreError as error:
            return error

    store.record(write_names, "7000")
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(record, range(8)))
    assert sum(isinstance(result, StoreError) for result in results) == 1
    assert count(store) == 8


@pytest.mark.parametrize("before", range(8))
def test_failures_leave_nothing_behind_that_harms_who_comes_later(store: Store, before: int) -> None:
    # psycopg once took a statement for prepared that a failed pipeline had never let the database see
    for n in range(before):
        store.record(write_names, str(n))
    store.record(write_names, "7000")
    for n in range(100, 110):
        with pytest.raises(StoreError):
            store.record(write_names, "7000")
        assert store.record(write_names, str(n)) == f"{n}{n}"


def test_what_many_leave_to_the_end_is_written_once_and_only_with_them(store: Store) -> None:
    written: list[list[int]] = []

    def write_days(writing: Writing, days: list[int]) -> None:
        written.append(days)
        writing.insert("salts", ("day", "salt"), [(day, "x") for day in days])

    with store.atomic() as writing:
        for day in range(5):
            writing.at_end(write_days, [day])
        writing.at_end(write_days, [])
        assert writing.query("select * from salts") == []
    assert (written, count(store)) == ([[0, 1, 2, 3, 4]], 5)
    with pytest.raises(ZeroDivisionError):
        break_off(store, lambda writing: writing.at_end(write_days, [6]))
    with store.atomic() as writing:
        writing.at_end(write_days, list(range(1000, 2300)))
    assert [len(days) for days in written[1:]] == [500, 500, 300]


def test_the_log_of_sqlite_stays_short_and_a_long_read_stops_nobody(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "tracker.db"))
    store.migrate()
    log = tmp_path / "tracker.db-wal"

    def write(rows: range) -> int:
        for n in rows:
            store.record(write_names, str(n))
        return log.stat().st_size

    short = write(range(900))
    assert write(range(900, 1800)) <= short * 1.5
    rows = store.stream("select day from salts")
    next(rows)
    assert write(range(1800, 2700)) > short * 1.5
    rows.close()  # type: ignore[attr-defined]
    write(range(2700, 3600))
    assert store.query("pragma wal_checkpoint")[0]["log"] < 900 * 4
    assert count(store) == 3600
    store.close()


def test_large_transactions_let_the_log_grow_no_longer_than_many_small_ones(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "tracker.db"))
    store.migrate()
    for first in range(0, 200_000, 5_000):
        with store.atomic() as writing:
            for more in range(first, first + 5_000, 500):
                writing.insert("salts", ("day", "salt"), [(n, "x" * 50) for n in range(more, more + 500)])
    written = (tmp_path / "tracker.db").stat().st_size
    assert written > 10_000_000
    assert (tmp_path / "tracker.db-wal").stat().st_size < written / 3
    store.close()


def test_a_log_that_grew_gives_its_place_on_the_disk_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.store.sqlite.LONGEST_LOG", 100_000)
    monkeypatch.setattr("tracker.store.sqlite.CHECKPOINT", 2)
    store = open_store(str(tmp_path / "tracker.db"))
    store.migrate()
    with store.atomic() as writing:
        writing.insert("salts", ("day", "salt"), [(n, "x" * 3000) for n in range(400)])
    assert (tmp_path / "tracker.db-wal").stat().st_size > 1_000_000
    for n in range(1000, 1006):
        store.record(write_names, str(n))
    assert (tmp_path / "tracker.db-wal").stat().st_size <= 100_000
    assert count(store) == 406
    store.close()


def test_errors_of_our_own_pass_through_unchanged(store: Store) -> None:
    def refuse(_writing: Writing, _items: list[int]) -> list[int]:
        raise KeyError("ours")

    with pytest.raises(KeyError, match="ours"):
        store.record(refuse, 1)
    assert store.record(write_names, "1") == "11"


def break_off(store: Store, before: Callable[[Writing], object]) -> None:
    with store.atomic() as writing:
        before(writing)
        _ = 1 / 0


def test_an_atomic_block_is_all_or_nothing_and_takes_its_turn(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        pending = [pool.submit(store.record, write_names, str(n)) for n in range(100)]
        with pytest.raises(ZeroDivisionError):
            break_off(store, lambda writing: write_names(writing, ["1000"]))
        with store.atomic() as writing:
            writing.execute("insert into salts (day, salt) values (1001, 'x')")
        for each in pending:
            each.result()
    assert count(store) == 101


def test_what_is_recorded_later_is_there_after_a_flush(store: Store) -> None:
    for n in range(50):
        store.record_later(write_names, str(n))
    store.record_later(write_names, "1")  # fails, is counted, stops nothing
    store.record_later(write_names, "51")
    store.flush()
    assert count(store) >= 50


def test_a_full_queue_refuses_and_loses_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing_queue, "WAITING", 2)
    inside, go_on = threading.Event(), threading.Event()

    def slow(_writing: Writing, items: list[str]) -> list[str]:
        inside.set()
        go_on.wait(10)
        return items

    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(store.record, slow, "a")
        inside.wait(10)
        others = [pool.submit(store.record, write_names, str(n)) for n in range(5)]
        refused = 0
        while refused < 3:
            refused = sum(each.done() and each.exception() is not None for each in others)
        go_on.set()
        assert first.result() == "a"
        done = [each.result() for each in others if each.exception() is None]
    assert len(done) == 2
    assert count(store) == 2


def test_a_place_that_cannot_be_written_is_told_with_the_mend(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="Point TRACKER_DATABASE at"):
        open_store(str(tmp_path / "file" / "store.db"))


def test_its_owner_can_open_the_file_with_ordinary_tools(tmp_path: Path) -> None:
    import sqlite_utils

    store = open_store(str(tmp_path / "deep" / "folder" / "store.db"))
    store.migrate()
    store.close()
    database = sqlite_utils.Database(tmp_path / "deep" / "folder" / "store.db")
    assert {"sharers", "visits", "shares", "gifts", "conversions", "totals"} <= set(database.table_names())
    assert [column.name for column in database["sharers"].columns] == [
        "id",
        "parent",
        "kind",
        "name",
        "generation",
        "created_at",
    ]
    database.close()
