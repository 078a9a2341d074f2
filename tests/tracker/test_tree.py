"""The tree of who brought whom beside a plain model of it, whatever the cascade, even in a damaged database."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.tracker.cascades import NOON, TIMEZONE, Model, assert_equal, empty, live, name
from tracker.branches import branches_made_at, refresh_branches, sum_branches
from tracker.leaderboard import Scope, list_children, rank_branches
from tracker.sharers import COLUMNS, branch_of, path_to
from tracker.shares import Share, write_shares
from tracker.standings import keep_current
from tracker.store import Store, StoreError
from tracker.visits.recording import Arrival, write_arrivals

PEOPLE = 14
person, another = st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1)
cascades = st.lists(
    st.one_of(
        st.tuples(st.just("follow"), person, another, st.booleans()),
        st.tuples(st.just("come"), person),
        st.tuples(st.just("follow own link"), person, another),
        st.tuples(st.just("forge"), person, another),
        st.tuples(st.just("share"), person),
        st.tuples(st.just("give"), person),
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cascade=cascades)
@example(cascade=[("forge", 0, 1), ("follow", 1, 0, False)])
def test_any_cascade_makes_the_tree_that_a_plain_model_makes(store: Store, cascade: list[tuple[Any, ...]]) -> None:
    empty(store)
    assert_equal(store, live(store, cascade))


def test_somebody_below_a_ring_is_no_part_of_it(store: Store) -> None:
    ring = [("forge", 5, 6), ("forge", 6, 7), ("forge", 7, 5), ("forge", 1, 6)]
    assert_equal(store, live(store, [*ring, ("share", 1)]))


def test_a_parent_may_come_late_and_stays(store: Store) -> None:
    late = [("follow", 2, 1, True), ("come", 1), ("share", 1), ("follow", 1, 3, True)]
    model = live(store, late)
    assert model.parents[1] is None
    assert_equal(store, model)


def test_a_chain_of_a_thousand_people(store: Store) -> None:
    chain = 1000
    with store.atomic() as writing:
        for number in range(chain):
            above = name(number - 1) if number else None
            arrival = Arrival(
                name(number), above, "jai-piscine", "wa", 1, NOON, "human", "none", number, -1, TIMEZONE, NOON
            )
            write_arrivals(writing, [arrival])
        write_shares(writing, [Share(name(9_000), name(chain - 1), "jai-piscine", "wa", 1, NOON, TIMEZONE)])
    told = branch_of(store, name(0))
    assert (told["sharers"], told["depth"], told["visits"]) == (chain, chain - 1, chain - 1)
    assert (told["confirmed"], told["shares"]) == (chain - 1, 1)
    path = path_to(store, name(chain - 1))
    assert [row["generation"] for row in path] == list(range(chain, 0, -1))
    keep_current(store, TIMEZONE, NOON)
    refresh_branches(store, NOON)
    assert [row["relays"] for row in rank_branches(store, 3)] == [chain - 1, chain - 2, chain - 3]


def test_a_chain_whose_links_nobody_counted_becomes_one_when_its_last_shares(store: Store) -> None:
    """A thousand late parents at once: none of these visits had made anybody a sharer."""
    cascade = [("forge", 0, 0), *(("forge", number, number - 1) for number in range(1, 900))]
    model = live(store, [*cascade, ("share", 899)])
    generations = store.query("select generation from sharers order by id")
    assert [row["generation"] for row in generations] == list(range(1, 901))
    assert len(model.parents) == 900


def test_a_root_with_a_hundred_thousand_children(store: Store) -> None:
    children = 100_000
    rows = [("root" + "0" * 12, None, "visit", None, 1, NOON)]
    rows += [(name(number), rows[0][0], "visit", None, 2, NOON) for number in range(children)]
    with store.atomic() as writing:
        for start in range(0, len(rows), 2000):
            writing.insert("sharers", COLUMNS, rows[start : start + 2000])
        write_arrivals(
            writing,
            [Arrival("v" * 16, name(7), "jai-piscine", "wa", 1, NOON, "human", "none", 1, -1, TIMEZONE, NOON)],
        )
    store.execute("analyze sharers")  # PostgreSQL does so by itself, within a minute of so many new rows
    told = branch_of(store, rows[0][0])
    assert (told["sharers"], told["depth"], told["confirmed"]) == (children + 1, 1, 1)
    assert [row["sharer"] for row in list_children(store, rows[0][0], Scope(), 1)] == [name(7)]
    keep_current(store, TIMEZONE, NOON)
    refresh_branches(store, NOON)
    assert [(row["relays"], row["confirmed"]) for row in rank_branches(store)] == [(0, 1), (children, 1)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parents=st.lists(st.none() | st.integers(0, 9), min_size=1, max_size=10))
def test_parents_that_form_rings_stop_nobody(store: Store, parents: list[int | None]) -> None:
    """Written straight into the table, against every rule: figures are those of all that can be reached, once each."""
    empty(store)
    known = {
        person: parent if parent is None or parent < len(parents) else None for person, parent in enumerate(parents)
    }
    model = Model(parents=known)
    with store.atomic() as writing:
        writing.insert(
            "sharers",
            COLUMNS,
            [
                (name(person), None if parent is None else name(parent), "visit", None, 1, NOON)
                for person, parent in known.items()
            ],
        )
    sums = sum_branches({name(p): None if q is None else name(q) for p, q in known.items()}, {})
    for person in known:
        size = len(model.branch(person))
        assert branch_of(store, name(person))["sharers"] == size
        assert sums[name(person)][0] == size
        path = [row["id"] for row in path_to(store, name(person))]
        assert len(path) == len(set(path)) <= len(known)
        assert path[0] == name(person)


def test_a_large_tree_is_added_up_by_a_process_of_its_own(
    store: Store, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.branches.LARGE", 0)
    model = live(store, [("come", 1), ("follow", 2, 1, True), ("follow", 3, 2, True), ("give", 3)])
    keep_current(store, TIMEZONE, NOON)
    assert refresh_branches(store, NOON, database)
    assert {row["sharer"]: row["sharers"] for row in store.query("select * from branches")} == {
        name(person): len(model.branch(person)) for person in model.parents
    }
    store.execute("insert into sharers (id, kind, generation, created_at) values ('x', 'visit', 1, 0)")
    with pytest.raises(StoreError, match="could not be added up"):
        refresh_branches(store, NOON + 60, "postgresql://nobody@127.0.0.1:1/nothing")


def test_whole_branches_are_made_again_only_when_something_changed(store: Store) -> None:
    live(store, [("come", 1), ("share", 1)])
    keep_current(store, TIMEZONE, NOON)
    assert branches_made_at(store) is None
    assert refresh_branches(store, NOON)
    assert not refresh_branches(store, NOON + 600)
    store.record(
        write_arrivals,
        Arrival(name(2), name(1), "jai-piscine", "wa", 1, NOON, "human", "none", 2, -1, TIMEZONE, NOON),
    )
    assert not refresh_branches(store, NOON + 59)
    assert refresh_branches(store, NOON + 660)
    assert branches_made_at(store) == NOON + 660
    assert [row["confirmed"] for row in rank_branches(store)] == [1]
    assert refresh_branches(store, NOON + 660 + 3600)


def test_branches_are_added_up_however_many_somebody_brought(store: Store) -> None:
    """Also beyond the square root of what PostgreSQL's usual integers hold."""
    with store.atomic() as writing:
        writing.insert("sharers", COLUMNS, [(name(1), None, "visit", None, 1, NOON)])
        writing.insert(
            "standings",
            ("span", "sharer", "visits", "confirmed", "shares", "gifts", "amount"),
            [("ever", name(1), 90_000, 60_000, 0, 50_000, 5_000_000_000)],
        )
    assert refresh_branches(store, NOON)
    assert [(row["confirmed"], row["amount"]) for row in rank_branches(store)] == [(60_000, 5_000_000_000)]
