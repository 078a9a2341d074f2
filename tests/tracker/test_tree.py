"""The tree of who brought whom beside a plain model of it, whatever the cascade, even in a damaged database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tracker.branches import branches_made_at, refresh_branches, sum_branches
from tracker.gifts.ledger import Entry, write_entries
from tracker.leaderboard import Scope, list_children, rank_branches
from tracker.sharers import COLUMNS, branch_of, path_to
from tracker.shares import Share, write_shares
from tracker.standings import keep_current
from tracker.store import Store, StoreError, open_store
from tracker.totals import recount
from tracker.visits.recording import Arrival, Seen, write_arrivals, write_seen

TIMEZONE = ZoneInfo("Europe/Paris")
NOON = 1_795_341_600
PEOPLE = 14


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    store = open_store(database)
    store.migrate()
    yield store
    store.close()


def name(number: int) -> str:
    return f"{number:016d}"


@dataclass
class Model:
    """The same cascade, told plainly: whose link each visit followed, who is a sharer, what their links brought."""

    followed: dict[int, int | None] = field(default_factory=dict)
    hashes: dict[int, int] = field(default_factory=dict)  # of visitors; one person may have several visits
    parents: dict[int, int | None] = field(default_factory=dict)  # of sharers; never changed again
    visits: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    confirmed: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    shares: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    gifts: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def become_sharer(self, person: int) -> None:
        """With all above them. Where their links form a ring, the oldest of it came without a link."""
        above: list[int] = []
        at: int | None = person
        while at is not None and at not in self.parents and at not in above:
            above.append(at)
            at = self.followed.get(at)
        oldest = min(above[above.index(at) :]) if at in above else None
        for each in above:
            self.parents[each] = None if each == oldest else self.followed.get(each)

    def generation(self, person: int) -> int:
        parent = self.parents[person]
        return 1 if parent is None else self.generation(parent) + 1

    def branch(self, person: int) -> set[int]:
        branch, size = {person}, 0
        while size < len(branch):
            size = len(branch)
            branch |= {child for child, parent in self.parents.items() if parent in branch}
        return branch


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


def live(store: Store, cascade: list[tuple[Any, ...]]) -> Model:
    """Let it happen, in the store and in the model."""
    model = Model()
    for step, (act, who, *more) in enumerate(cascade):
        at, new = NOON + step * 60, who not in model.followed
        arrival = Arrival(name(who), None, "jai-piscine", "wa", 1, at, "human", "none", who, -1, TIMEZONE, seen_at=at)
        if act == "come" and new:
            model.followed[who] = None
            store.record(write_arrivals, arrival)
        elif act == "follow" and new and more[0] != who:
            link, seen = more
            model.followed[who] = link
            arrival.sharer, arrival.seen_at = name(link), None
            store.record(write_arrivals, arrival)
            model.become_sharer(link)
            model.visits[link] += 1
            if seen:
                page = Seen(name(who), name(99_000 + step), at, "", who, -1, TIMEZONE)
                store.record(write_seen, page)
                model.confirmed[link] += 1
        elif act == "follow own link" and new and more[0] in model.followed and more[0] != who:
            arrival.visitor = model.hashes[who] = model.hashes.get(more[0], more[0])
            arrival.sharer = name(more[0])
            model.followed[who] = more[0]
            assert store.record(write_arrivals, arrival).verdict == "self"
        elif act == "forge" and new:
            model.followed[who] = more[0]  # whoever it is: themselves, somebody still to come, somebody below
            store.execute(
                "insert into visits (id, sharer, at, verdict, visitor) values (:id, :sharer, :at, 'repeat', :visitor)",
                id=name(who),
                sharer=name(more[0]),
                at=at,
                visitor=who,
            )
        elif act == "share" and not new:
            share = Share(name(50_000 + step), name(who), "jai-piscine", "wa", 1, at, TIMEZONE)
            store.record(write_shares, share)
            model.become_sharer(who)
            model.shares[who] += 1
        elif act == "give" and not new:
            payment = f"p{step}"
            gift = Entry("generic", "", payment, payment, "gift", 500, "EUR", name(who), True, at, at, TIMEZONE)
            store.record(write_entries, gift)
            link = model.followed[who]
            if link is not None and link != who:
                model.become_sharer(link)
                model.gifts[link] += 1
    return model


def assert_equal(store: Store, model: Model) -> None:
    kept = {row["id"]: row for row in store.query("select id, parent, generation from sharers")}
    assert {id_: row["parent"] for id_, row in kept.items()} == {
        name(person): None if parent is None else name(parent) for person, parent in model.parents.items()
    }
    assert {id_: row["generation"] for id_, row in kept.items()} == {
        name(person): model.generation(person) for person in model.parents
    }
    credits = "sum(visits) as visits, sum(confirmed) as confirmed, sum(shares) as shares, sum(gifts) as gifts"
    totals = store.query(f"select sharer, {credits} from totals where sharer <> '' group by sharer")
    for measure in ("visits", "confirmed", "shares", "gifts"):
        assert {row["sharer"]: row[measure] for row in totals if row[measure]} == {
            name(person): count for person, count in getattr(model, measure).items() if count
        }
    keep_current(store, TIMEZONE, NOON + 7200)
    store.execute("delete from refreshed")
    assert refresh_branches(store, NOON)
    whole = {row["sharer"]: row for row in store.query("select * from branches")}
    assert whole.keys() == kept.keys()
    for person in model.parents:
        branch = model.branch(person)
        told = branch_of(store, name(person))
        assert told["sharers"] == whole[name(person)]["sharers"] == len(branch)
        assert told["depth"] == max(map(model.generation, branch)) - model.generation(person)
        assert told["depth"] == whole[name(person)]["depth"]
        assert whole[name(person)]["children"] == list(model.parents.values()).count(person)
        assert whole[name(person)]["parent"] == ("" if model.parents[person] is None else name(model.parents[person]))
        for measure in ("confirmed", "gifts"):
            wanted = sum(getattr(model, measure)[each] for each in branch)
            assert told[measure] == whole[name(person)][measure] == wanted
        assert told["amount"] == whole[name(person)]["amount"] == 500 * sum(model.gifts[each] for each in branch)
        path = [row["id"] for row in path_to(store, name(person))]
        assert len(path) == model.generation(person)
    assert recount(store, TIMEZONE) == []


def empty(store: Store) -> None:
    with store.atomic() as writing:
        for table in (
            *("sharers", "visits", "shares", "gifts", "conversions", "totals", "spans", "standings", "hours", "sums"),
            *("branches", "refreshed", "told"),
        ):
            writing.execute(f"delete from {table}")


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
