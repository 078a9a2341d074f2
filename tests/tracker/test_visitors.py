"""Visitor hashes: the same for a day or two, different for anybody else, and nothing once their salt is gone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import AGENTS
from tracker.store import Store
from tracker.visitors import DAY, Visitors, client_address

NOON = 20_779 * DAY + DAY // 2


def coming_from(address: str, name: str = "ana") -> dict[str, Any]:
    return {"REMOTE_ADDR": address, "HTTP_USER_AGENT": AGENTS[name]}


@pytest.mark.parametrize(
    ("told", "proxies", "address"),
    [
        ("203.0.113.9", 0, "10.0.0.1"),
        ("203.0.113.9", 1, "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", 1, "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9 , 10.0.0.2", 2, "203.0.113.9"),
        ("203.0.113.9", 2, "203.0.113.9"),
        (" , ", 1, "10.0.0.1"),
        ("", 1, "10.0.0.1"),
    ],
)
def test_only_what_our_own_proxies_add_is_believed(told: str, proxies: int, address: str) -> None:
    environ = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": told}
    assert client_address(environ, proxies) == address


def test_another_address_and_another_browser_are_somebody_else(store: Store) -> None:
    visitors = Visitors(store)
    ana, neighbour = coming_from("203.0.113.7"), coming_from("203.0.113.8")
    told = [visitors.hashes(who, NOON) for who in (ana, neighbour, coming_from("203.0.113.7", "bo"), ana)]
    assert len(set(told)) == 3
    assert told[0] == told[3]


def test_yesterdays_hash_is_known_today_and_no_longer(store: Store) -> None:
    """Whoever asks again at once, over midnight, included."""
    visitors, ana = Visitors(store), coming_from("203.0.113.7")
    (first, before), (second, of_yesterday), (third, of_second) = (
        visitors.hashes(ana, NOON + days * DAY) for days in range(3)
    )
    assert (of_yesterday, of_second) == (first, second)
    assert len({before, first, second, third}) == 4


def test_each_day_has_a_random_salt_of_its_own_and_only_two_are_kept(store: Store) -> None:
    visitors = Visitors(store)
    for days in (0, 1, 5):
        visitors.hashes(coming_from("203.0.113.7"), NOON + days * DAY)
        salts = store.query("select day, salt from salts order by day")
        assert [row["day"] for row in salts] == [20_779 + days - 1, 20_779 + days]
        assert len({row["salt"] for row in salts} | {"00" * 16}) == 3
        assert all(len(bytes.fromhex(row["salt"])) == 16 for row in salts)


def test_forgetting_leaves_what_is_still_needed(store: Store) -> None:
    visitors, ana = Visitors(store), coming_from("203.0.113.7")
    told = visitors.hashes(ana, NOON)
    store.execute("insert into tries (who, count, until) values ('over', 3, :now), ('counting', 3, :now + 1)", now=NOON)
    visitors.forget(NOON)
    assert [row["day"] for row in store.query("select day from salts order by day")] == [20_778, 20_779]
    assert store.query("select who from tries") == [{"who": "counting"}]
    assert Visitors(store).hashes(ana, NOON) == told, "as a process that is started again would have it"
