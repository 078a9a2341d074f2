"""Who took what away, how far long exports are, and whether they arrived."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from tests.tracker.conftest import Member
from tracker.services import Services
from tracker.store import Row
from tracker.takeaway import gather
from tracker.takeaway.progress import EVERY, SILENT, begin_export, list_exports, watch_rows


def test_exports_are_noted_with_who_took_them_and_whether_they_arrived(stef: Member, kit: Services) -> None:
    stef.get("/staff/export/days.csv").get_data()
    stef.client.head("/staff/export/days.csv")
    (note,) = list_exports(kit.store)
    assert (note["what"], note["format"], note["taken_by"], note["state"]) == ("days", "csv", "Stef", "done")
    page = stef.get("/staff/export/")
    assert "days.csv" in page.text
    assert stef.get("/staff/export/progress").json["exports"] == [
        {"id": note["id"], "written": 0, "expected": 0, "state": "done"}
    ]


def test_a_long_export_tells_how_far_it_is_and_when_it_breaks_off(stef: Member, kit: Services) -> None:
    rows: Iterator[Row] = iter([{"n": number} for number in range(100)])
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        id_ = begin_export(kit.store, "visits", "csv", "Stef", 100)
        watched = watch_rows(kit.store, id_, rows)
        for _ in range(40):
            next(watched)
        clock.shift(EVERY + 0.1)
        next(watched)
        next(watched)
        assert [(note["written"], note["state"]) for note in list_exports(kit.store)] == [(40, "running")]
        page = stef.get("/staff/export/")
        assert re.search(r'<progress max="100" value="40">', page.text)
        watched.close()  # whoever took it has hung up
        assert [(note["written"], note["state"]) for note in list_exports(kit.store)] == [(41, "broken")]
        begin_export(kit.store, "shares", "csv", "Stef", 7)
        clock.shift(SILENT + 1)  # the process was killed, and told nothing more
        assert list_exports(kit.store)[0]["state"] == "broken"


def test_whoever_hangs_up_leaves_a_broken_export(stef: Member, kit: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["tracker.takeaway"], "PIECE", 10)
    for place in range(5):
        stef.post("/staff/origins/", name=f"Affiche {place}")
    answer = stef.client.get("/staff/export/origins.csv", buffered=False)
    pieces = iter(answer.response)
    next(pieces)
    answer.close()
    del pieces, answer
    assert list_exports(kit.store)[0]["state"] == "broken"


def test_lines_go_out_in_pieces_and_none_is_lost() -> None:
    lines = [f"{number}\n" for number in range(50_000)]
    pieces = list(gather(iter(lines)))
    assert "".join(pieces) == "".join(lines)
    assert 3 <= len(pieces) < 10
