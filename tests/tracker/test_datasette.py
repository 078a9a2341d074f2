"""The questions of docs/datasette.yaml, put to a real Datasette; and what it must never show, on the copy and live."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from chores.copy import COPIED, columns_of, copy_database
from settings import HERE
from tests.conftest import CAMPAIGN
from tests.ports import free_port
from tests.tracker.conftest import PASSWORD
from tracker.branches import refresh_branches
from tracker.campaign import read_campaign
from tracker.demo import fill
from tracker.staff import add_staff
from tracker.standings import keep_current
from tracker.store import open_store
from tracker.takeaway.tokens import make_token
from tracker.texts.plan import stop_text
from tracker.texts.results import begin_tests, count_results
from tracker.uncounted import count_uncounted
from tracker.virality.days import refresh_days

METADATA = HERE / "docs" / "datasette.yaml"
QUESTIONS = yaml.safe_load(METADATA.read_text(encoding="utf-8"))["databases"]["ricochet"]["queries"]
SECRET = {"visitor", "known", "findings", "password", "hash", "salt", "address", "body", "extract", "staff", "value"}


def fill_database(database: str) -> None:
    """A small campaign, with all that must stay inside."""
    store = open_store(database)
    store.migrate()
    campaign = read_campaign(json.dumps(CAMPAIGN))
    fill(store, campaign, sharers=60)
    add_staff(store, "Stef", PASSWORD, "admin")
    make_token(store, "Tableur", "Stef", int(time.time()))
    store.execute("insert into salts (day, salt) values (1, 'a salt of today')")
    now = int(time.time())
    keep_current(store, campaign.timezone, now)
    refresh_branches(store, now)
    refresh_days(store, campaign.timezone, now)
    count_uncounted(store, campaign.timezone, now)
    begin_tests(store, campaign, now)
    count_results(store, campaign.timezone, now)
    stop_text(store, "jai-piscine", 2, "Stef")
    store.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Datasette as the documents start it, with the copy and the tracker's own file; its address."""
    folder = tmp_path_factory.mktemp("datasette")
    live, copy = folder / "tracker.db", folder / "ricochet.db"
    fill_database(str(live))
    store = open_store(str(live))
    assert dict(copy_database(store, copy))["visits"] > 100
    port = free_port()
    command = [sys.executable, "-m", "datasette", "serve", str(copy), str(live), "--metadata", str(METADATA)]
    options = ["--port", str(port), "--setting", "sql_time_limit_ms", "10000", "--setting", "allow_download", "off"]
    process = subprocess.Popen([*command, *options], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(10)
        store.close()


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        try:
            requests.get(f"{address}/-/versions.json", timeout=5)
        except requests.ConnectionError:
            assert process.poll() is None
            time.sleep(0.1)
        else:
            return
    raise AssertionError("Datasette did not start")


def ask(served: str, path: str, **params: str) -> Any:
    return requests.get(f"{served}{path}", params=params, timeout=20)


@pytest.mark.parametrize("database", ["ricochet", "tracker"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_each_question_has_an_answer(served: str, database: str, question: str) -> None:
    params = dict.fromkeys(QUESTIONS[question].get("params", []), "")
    if "sharer" in params:
        best = ask(served, f"/{database}/qui_amene_du_monde.json", since="", until="", _shape="array").json()[-1]
        params["sharer"] = best["sharer"]
    answer = ask(served, f"/{database}/{question}.json", _shape="array", **params)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()) > 0
    page = ask(served, f"/{database}/{question}", **params)
    assert page.status_code == 200
    assert "Error" not in page.text


def test_answers_are_those_of_the_tracker(served: str) -> None:
    days = ask(served, "/ricochet/jour_apres_jour.json", _shape="array").json()
    (step,) = ask(served, "/ricochet/vers_le_don.json", _shape="array").json()
    assert sum(day["confirmed"] for day in days) == step["confirmed"] > 100
    generations = ask(served, "/ricochet/combien_de_generations.json", _shape="array").json()
    first, second = generations[:2]
    assert first["ratio"] == round(second["sharers"] / first["sharers"], 2)


def test_the_copy_can_be_explored_and_explains_itself(served: str) -> None:
    page = ask(served, "/ricochet/visits")
    assert page.status_code == 200
    assert "human counts; bot, preview" in page.text
    assert ask(served, "/ricochet.json", sql="select count(*) from visits", _shape="array").status_code == 200
    tables = {table["name"] for table in ask(served, "/ricochet.json").json()["tables"] if not table["hidden"]}
    assert tables == set(COPIED)


LIVE = [
    "staff",
    "salts",
    "api_tokens",
    "subscribers",
    "visits",
    "choices",
    "tries",
    "bodies",
    "pseudonyms",
    "migrations",
]


@pytest.mark.parametrize("table", LIVE)
def test_the_live_file_shows_no_table(served: str, table: str) -> None:
    for path in (f"/tracker/{table}", f"/tracker/{table}.json", f"/tracker/{table}.csv", f"/tracker/{table}/1"):
        assert ask(served, path).status_code == 403, path
    assert ask(served, f"/ricochet/{table}").status_code == (200 if table in COPIED else 404)


def test_the_live_file_answers_no_sql_and_can_not_be_fetched(served: str) -> None:
    assert ask(served, "/tracker").status_code == 403
    assert ask(served, "/tracker.json", sql="select * from staff").status_code == 403
    assert ask(served, "/tracker.csv", sql="select * from staff").status_code == 403
    assert ask(served, "/tracker.db").status_code in (403, 404)
    sneaky = ask(served, "/tracker/jour_apres_jour.json", sql="select * from staff", _shape="array")
    assert "argon2" not in sneaky.text
    assert "password" not in sneaky.text
    for page in ("/", "/-/databases.json"):
        assert "staff" not in ask(served, page).text


def test_every_copied_table_and_column_is_explained_by_name() -> None:
    tables = yaml.safe_load(METADATA.read_text(encoding="utf-8"))["databases"]["ricochet"]["tables"]
    assert set(tables) == set(COPIED)
    for name, table in tables.items():
        assert table["description"]
        assert set(table.get("columns", {})) <= set(columns_of(name))


def test_the_copy_has_nothing_about_persons(database: str, tmp_path: Path) -> None:
    """From both databases."""
    fill_database(database)
    store = open_store(database)
    target = tmp_path / "copy" / "ricochet.db"
    counts = dict(copy_database(store, target))
    copy = sqlite3.connect(target)
    for table, count in counts.items():
        assert copy.execute(f"select count(*) from {table}").fetchone()[0] == count
        assert not set(columns_of(table)) & SECRET
        (original,) = store.query(f"select count(*) as n from {table}")
        assert original["n"] == count
    copy.close()
    text = target.read_bytes()
    hashes = {row["visitor"] for row in store.query("select visitor from visits where visitor > 100000 limit 50")}
    assert hashes
    assert all(value.to_bytes(8, "big", signed=True) not in text for value in hashes)
    for private in (b"argon2", b"Stef", b"a salt of today", b"Tableur"):
        assert private not in text
    store.close()
    assert not target.with_name("ricochet.db.unfinished").exists()
