"""The menu: each chore that can't be done says why in one sentence, with the mend, and exits non-zero."""

from __future__ import annotations

import importlib
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.ports import free_port

HERE = Path(__file__).resolve().parents[2]


def invoke(*words: str, told: str = "", **environment: str) -> Any:
    clean = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return subprocess.run(
        [sys.executable, "-m", "invoke", *words],
        cwd=HERE,
        env={**clean, **environment},
        input=told,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def place(tmp_path: Path) -> dict[str, str]:
    """A machine of its own: no setting from outside, everything in a temporary folder."""
    port = free_port()
    return {
        "PORT": str(port),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "OUTPUT": str(tmp_path / "output"),
        "TRACKER_DATABASE": str(tmp_path / "tracker.db"),
        "TRACKER_SECRETS": "a secret for as long as this test",
    }


def test_the_menu_reads_like_one() -> None:
    menu = invoke("--list").stdout
    for name in (
        "up",
        "demo",
        "build",
        "serve",
        "check",
        "episode",
        "animatic",
        "staff",
        "origin",
        "recount",
        "settings",
    ):
        assert f"\n  {name} " in menu


def test_a_wrong_setting_is_named_with_the_mend(place: dict[str, str]) -> None:
    for name, value, mend in (
        ("PORT", "eighty", "PORT"),
        ("SITE_URL", "excuses.example.org", "https://"),
        ("TRACKER_SECRETS", "short", "invoke secret"),
        ("TRACKER_SECRETS", "", "TRACKER_SECRETS is not set"),
    ):
        told = invoke("serve", **{**place, name: value})
        assert told.returncode == 1
        assert mend in told.stderr
        assert "Traceback" not in told.stderr


def test_serving_without_a_built_site_says_what_to_run_first(place: dict[str, str]) -> None:
    told = invoke("serve", **place)
    assert told.returncode == 1
    assert "invoke build" in told.stderr


def test_a_taken_port_is_told_with_another(place: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(place["PORT"])))
        taken.listen()
        told = invoke("serve", **place)
    assert told.returncode == 1
    assert "Choose another port, such as PORT=" in told.stderr
    assert "Traceback" not in told.stderr


def test_the_first_person_is_admin_and_passwords_come_from_standard_input(place: dict[str, str]) -> None:
    first = invoke("staff", "Stef", "--password-stdin", told="a long password indeed\n", **place)
    assert (first.returncode, "admin" in first.stdout) == (0, True), first.stderr
    second = invoke("staff", "Noor", "--role", "marketer", "--password-stdin", told="another long one\n", **place)
    assert (second.returncode, "marketer" in second.stdout) == (0, True)
    weak = invoke("staff", "Max", "--password-stdin", told="short\n", **place)
    assert weak.returncode == 1
    assert "Traceback" not in weak.stderr


def test_an_origin_gets_its_links(place: dict[str, str], tmp_path: Path) -> None:
    import json

    from tests.conftest import CAMPAIGN

    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "campaign.json").write_text(json.dumps(CAMPAIGN), encoding="utf-8")
    told = invoke("origin", "Newsletter 12", **place)
    assert told.returncode == 0, told.stderr
    assert f"{place['SITE_URL']}/r/jai-piscine/ref/" in told.stdout
    assert invoke("origin", "Newsletter 12", **place).stdout == told.stdout
    told = invoke("recount", "--rules", **place)
    assert "No visit stands in this database yet." in told.stdout
    assert "Totals equal the rows." in told.stdout


def test_benchmarks_are_asked_for_by_name() -> None:
    """`invoke bench tracker`, as the docs write it; a name that is none tells those that there are."""
    told = invoke("bench", "nobody")
    assert told.returncode == 1
    assert "There is no benchmark called nobody. There are: " in told.stderr
    for name in ("tracker", "site", "crash", "dashboard"):
        assert f" {name}" in told.stderr


@pytest.mark.parametrize("name", sorted(path.stem for path in (HERE / "benchmarks").glob("[a-z]*.py")))
def test_each_benchmark_can_be_begun(name: str) -> None:
    importlib.import_module(f"benchmarks.{name}")
