"""kill -9 under load, in short; `python -m benchmarks.crash` is the whole: what was answered is on disk, once."""

from __future__ import annotations

from benchmarks.crash import Findings, run
from tests.databases import Postgres


def assert_all_is_there(findings: Findings) -> None:
    assert findings.wrong == []
    assert min(findings.answered[kind] for kind in ("visits", "seen", "shares", "gifts")) > 10, findings


def test_what_was_answered_outlives_the_server() -> None:
    findings = run("sqlite", kills=2, connections=16, pause=(0.3, 1.0))
    assert findings.faults == {"tracker": 2}
    assert_all_is_there(findings)


def test_what_was_answered_outlives_the_server_and_its_database(postgres: Postgres) -> None:
    findings = run("postgresql", kills=2, connections=16, workers=2, pause=(0.3, 1.0), postgres=postgres)
    assert findings.faults == {"tracker": 1, "database": 1}
    assert_all_is_there(findings)


def test_two_processes_lose_nothing_and_agree(postgres: Postgres) -> None:
    findings = run("postgresql", kills=0, connections=16, workers=2, pause=(3, 3), postgres=postgres)
    assert_all_is_there(findings)
    assert not findings.untold
