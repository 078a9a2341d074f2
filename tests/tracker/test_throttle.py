"""How often somebody may try: people never notice, machines wait, platforms are never limited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from limits import parse
from limits.strategies import FixedWindowRateLimiter

from tests.conftest import Person
from tests.tracker.conftest import Member
from tracker.services import Services
from tracker.store import Row, StoreError
from tracker.throttle import SharedCounts

Rows = Callable[..., list[Row]]


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five requests a minute are a crowd already."""
    monkeypatch.setattr("tracker.throttle.CROWD", parse("5 per minute"))


@pytest.mark.usefixtures("narrow")
def test_a_machine_is_told_to_wait_and_others_are_not(ana: Person, bo: Person, rows: Rows, time_machine: Any) -> None:
    time_machine.move_to("2026-11-22 10:00:00+00:00", tick=False)
    body = {"episode": "jai-piscine"}
    assert [ana.post("/t/visits", json=body).status_code for _ in range(5)] == [201] * 5
    refused = ana.post("/t/seen", json={})
    assert (refused.status_code, refused.json["error"]) == (429, "too_many_requests")
    assert refused.headers["Retry-After"] == "61"
    assert refused.headers["Cache-Control"] == "no-store"
    assert bo.post("/t/visits", json=body).status_code == 201
    assert ana.get("/t/health").status_code == 200
    time_machine.move_to("2026-11-22 10:01:01+00:00", tick=False)
    assert ana.post("/t/visits", json=body).status_code == 201
    assert rows("select * from tries") == []


@pytest.mark.usefixtures("narrow")
def test_what_is_refused_is_one_try_like_any_other(ana: Person) -> None:
    assert [ana.post("/t/seen", json={}).status_code for _ in range(6)] == [400] * 5 + [429]


@pytest.mark.usefixtures("narrow")
def test_signed_notifications_are_never_limited(tell: Callable[..., Any]) -> None:
    assert {tell(payment=f"p{turn}", amount=100, id_=f"m{turn}").status_code for turn in range(30)} == {200}


def test_everybody_behind_one_address_has_room(ana: Person) -> None:
    assert {ana.post("/t/seen", json={}).status_code for _ in range(300)} == {400}


def test_processes_count_together(kit: Services) -> None:
    limit = parse("10 per minute")
    first, second = (FixedWindowRateLimiter(SharedCounts(store=kit.store)) for _ in range(2))
    assert [limiter.hit(limit, "x") for _ in range(6) for limiter in (first, second)] == [True] * 10 + [False] * 2
    assert not first.test(limit, "x")
    assert first.get_window_stats(limit, "x").remaining == 0
    first.clear(limit, "x")
    assert second.hit(limit, "x")


def test_processes_tell_each_other_of_crowds_only(kit: Services, rows: Rows) -> None:
    limit = parse("100 per minute")
    first, second = (FixedWindowRateLimiter(SharedCounts(store=kit.store, every=20)) for _ in range(2))
    assert all(first.hit(limit, "x") for _ in range(19))
    assert rows("select * from tries") == []
    passed = sum(limiter.hit(limit, "x") for _ in range(100) for limiter in (first, second))
    assert 81 <= passed <= 81 + 2 * 20


def test_windows_end_and_leave_nothing(kit: Services, rows: Rows, time_machine: Any) -> None:
    time_machine.move_to("2026-11-22 10:00:00+00:00", tick=False)
    limit = parse("2 per minute")
    limiter = FixedWindowRateLimiter(SharedCounts(store=kit.store))
    assert [limiter.hit(limit, "x") for _ in range(3)] == [True, True, False]
    time_machine.move_to("2026-11-22 10:01:00+00:00", tick=False)
    assert limiter.hit(limit, "y")
    assert [row["who"] for row in rows("select who from tries")] == ["LIMITER/y/2/1/minute"]
    assert limiter.hit(limit, "x")


def test_pages_are_heard_even_if_tries_cannot_be_counted(
    ana: Person, kit: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.throttle.SHARED", 1)

    def fail(*_: Any) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(SharedCounts, "_tell", fail)
    assert {ana.post("/t/seen", json={}).status_code for _ in range(120)} == {400}


def test_guesses_survive_a_restart_and_name_nobody(
    app: Flask, browser: Callable[..., Member], rows: Rows, kit: Services
) -> None:
    place = "203.0.113.77"
    for turn in range(3):
        assert browser(place).sign_in(f"Mallory{turn}", "a guess").status_code == 401
    kept = rows("select who, count from tries")
    assert sorted(row["count"] for row in kept) == [1, 1, 1, 3]
    for row in kept:
        assert place not in row["who"]
        assert "allory" not in row["who"].lower()
        assert "Mozilla" not in row["who"]
