"""Totals can always be made again from the rows, and are equal."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from tests.conftest import Person, agent
from tracker.services import Services
from tracker.store import Row
from tracker.totals import recount

Rows = Callable[..., list[Row]]


def live_a_little(app: Any, kit: Services, tell: Callable[..., Any], seed: int) -> None:
    """A random afternoon: people arrive, follow, come back, share, give and take back."""
    chance = random.Random(seed)
    crowd = [Person(app.test_client(), agent(100 + n)) for n in range(12)]
    crowd.append(Person(app.test_client(), "curl/8.0"))
    links, visits = [], []
    for step in range(150):
        who, act = chance.choice(crowd), chance.random()
        if act < 0.2 or not links:
            tokens = who.arrive(known=chance.choice([None, *visits]))
        elif act < 0.5:
            answer = who.get(f"/r/{chance.choice(['jai-piscine', 'ca-sert-a-rien', 'gone'])}/wa/{chance.choice(links)}")
            visit = (answer.location or "").partition("#")[2]
            if not visit:
                continue
            tokens = {"visit": visit}
            if chance.random() < 0.7:
                tokens = who.see(visit, **({"known": chance.choice(visits)} if chance.random() < 0.2 else {}))
        elif act < 0.75:
            who.share(chance.choice(visits), placement=chance.choice(["wa", "em2"]))
            continue
        else:
            kind = "gift" if chance.random() < 0.7 else "refund"
            visit_id = kit.links.read("visit", chance.choice(visits))
            tell(
                kind,
                payment=f"p{chance.randrange(20)}",
                refund=f"r{step}",
                amount=chance.randrange(1, 900),
                visit_id=visit_id,
            )
            continue
        visits.append(tokens["visit"])
        links += [tokens["link"]] if "link" in tokens else []


def test_a_recount_finds_what_was_kept(app: Any, kit: Services, tell: Callable[..., Any], rows: Rows) -> None:
    for seed in range(3):
        live_a_little(app, kit, tell, seed)
    assert rows("select count(*) as n from totals")[0]["n"] > 20
    assert recount(kit.store, kit.campaign.timezone) == []


def test_a_recount_mends_and_tells_what_differed(ana: Person, kit: Services, rows: Rows) -> None:
    ana.share(ana.arrive()["visit"])
    kit.store.execute("update totals set shares = 7 where shares = 1")
    kit.store.execute("insert into totals values ('ghost', '2026-01-01', '', '', 1, 1, 1, 1, 1)")
    different = recount(kit.store, kit.campaign.timezone)
    assert {(row["sharer"] == "ghost", tuple(row["kept"]), tuple(row["counted"])) for row in different} == {
        (True, (1, 1, 1, 1, 1), (0, 0, 0, 0, 0)),
        (False, (0, 0, 7, 0, 0), (0, 0, 1, 0, 0)),
    }
    assert recount(kit.store, kit.campaign.timezone) == []
    assert rows("select sum(shares) as n from totals") == [{"n": 1}]


def test_hours_tell_whoever_was_brought_from_whoever_came(ana: Person, bo: Person, rows: Rows) -> None:
    bo.see(bo.follow(ana.arrive()["link"]))
    assert rows("select sum(confirmed) as confirmed, sum(brought) as brought from hours") == [
        {"confirmed": 2, "brought": 1}
    ]


def test_days_are_the_campaigns_own(ana: Person, rows: Rows, time_machine: Any) -> None:
    time_machine.move_to("2026-11-22 22:59:59+00:00", tick=False)
    ana.arrive()
    time_machine.move_to("2026-11-22 23:00:00+00:00", tick=False)
    ana.arrive()
    assert [row["day"] for row in rows("select day from totals order by day")] == ["2026-11-22", "2026-11-23"]
