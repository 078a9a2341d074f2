"""A plain model of who brought whom, which lives the same cascade as the store and must agree with it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from tracker.branches import refresh_branches
from tracker.gifts.ledger import Entry, write_entries
from tracker.sharers import branch_of, path_to
from tracker.shares import Share, write_shares
from tracker.standings import keep_current
from tracker.store import Store
from tracker.totals import recount
from tracker.visits.recording import Arrival, Seen, write_arrivals, write_seen

TIMEZONE = ZoneInfo("Europe/Paris")
NOON = 1_795_341_600


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
