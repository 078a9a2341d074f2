"""The share tree as a picture and as a table: the same branches in both, small ones folded, quick with thousands."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.databases import Postgres
from tests.tracker.conftest import Member
from tracker.branches import refresh_branches
from tracker.dashboard.exports import TABLES
from tracker.leaderboard import Scope, list_children
from tracker.services import Services
from tracker.sharers import COLUMNS, file_code
from tracker.standings import keep_current
from tracker.totals import MEASURES
from tracker.tree.icicle import HEIGHT, SMALLEST, lay_out, share_out
from tracker.tree.reading import Node, read_root

NOW = 1_795_341_600
DAY = "2026-11-22"
TOTALS = ("sharer", "day", "episode", "channel", *MEASURES)


def name(number: int) -> str:
    return f"{number:016d}"


Grow = Callable[[dict[int, int | None], dict[int, dict[str, int]]], None]


@pytest.fixture
def grow(kit: Services) -> Grow:
    """A tree of these parents, with these figures of each one's own link, added up as the server does it."""

    def plant(parents: dict[int, int | None], figures: dict[int, dict[str, int]]) -> None:
        generations: dict[int, int] = {}
        for child, parent in parents.items():
            generations[child] = 1 if parent is None else generations[parent] + 1
        sharers = [
            (name(child), None if parent is None else name(parent), "visit", None, generations[child], NOW)
            for child, parent in parents.items()
        ]
        totals = [
            (name(who), DAY, "jai-piscine", "wa", *(own.get(each, 0) for each in TOTALS[4:]))
            for who, own in figures.items()
        ]
        with kit.store.atomic() as writing:
            for table, columns, rows in (("sharers", COLUMNS, sharers), ("totals", TOTALS, totals)):
                for start in range(0, len(rows), 1000):
                    writing.insert(table, columns, rows[start : start + 1000])
        keep_current(kit.store, kit.campaign.timezone, NOW)
        refresh_branches(kit.store, NOW)

    return plant


def links_of(page: Any) -> list[tuple[str, str]]:
    """(address, what is read aloud) of each cell of the picture."""
    return re.findall(r'<a class="cell[^"]*" href="([^"]*)" aria-label="([^"]*)"', page.text)


def rows_of(page: Any) -> list[str]:
    """The rows of the table under it, as words."""
    table = page.text[page.text.index("<tbody>") :]
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in table.split("</tr>")[:-1]]


def test_an_empty_tree_says_how_it_grows(stef: Member) -> None:
    page = stef.get("/staff/tree/")
    assert page.status_code == 200
    assert "encore une graine" in page.text
    assert stef.get("/staff/tree/nobody").status_code == 404


def test_strangers_are_led_to_the_door(client: Any) -> None:
    assert client.get("/staff/tree/").status_code == 302


def test_picture_and_table_show_the_same_branches(stef: Member, grow: Grow) -> None:
    own = {1: {"confirmed": 30, "visits": 31}, 2: {"confirmed": 20}, 3: {"confirmed": 5, "gifts": 1, "amount": 4200}}
    grow({1: None, 2: 1, 3: 2, 4: None}, {**own, 4: {"confirmed": 40}})
    page = stef.get("/staff/tree/")
    cells = dict(links_of(page))
    told = cells[f"/staff/tree/{name(1)}"].replace("\xa0", " ")
    assert told == f"Dossier {file_code(name(1))}, visiteurs : 55, relais : 2, dons : 1"
    assert f"/staff/sharers/{name(4)}" in cells, "a branch without relays leads to its file"
    rows = rows_of(page)
    assert [row.split()[0] for row in rows] == ["Tout", "Dossier", "Dossier", "Dossier", "Dossier"]
    assert f"Dossier {file_code(name(1))} 1 55 30 2 1 42 €" in rows[1].replace("\xa0", " ")
    assert page.text.count('class="cell gave"') == 3, "whoever led to a gift, at any distance, is marked"


def test_the_page_keeps_to_the_strict_policy(stef: Member, grow: Grow) -> None:
    grow({1: None, 2: 1}, {1: {"confirmed": 3}, 2: {"confirmed": 2}})
    page = stef.get("/staff/tree/")
    assert "style=" not in page.text
    assert re.findall(r"<script(?! src=\"/staff/static/)", page.text) == []
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]


def test_a_name_in_the_picture_is_escaped(stef: Member, grow: Grow, kit: Services) -> None:
    grow({1: None, 2: 1}, {1: {"confirmed": 3}, 2: {"confirmed": 2}})
    kit.store.execute("update sharers set kind = 'origin', name = '<script>&\"' where id = :id", id=name(1))
    text = stef.get("/staff/tree/").text
    assert "<script>&" not in text
    assert "&lt;script&gt;&amp;&#34;" in text


def test_a_picture_by_gifts_leaves_out_who_brought_none(stef: Member, grow: Grow) -> None:
    grow({1: None, 2: None}, {1: {"confirmed": 9}, 2: {"confirmed": 2, "gifts": 1, "amount": 500}})
    addresses = [address for address, _ in links_of(stef.get("/staff/tree/?by=amount"))]
    assert f"/staff/sharers/{name(2)}" in addresses
    assert f"/staff/sharers/{name(1)}" not in addresses
    for odd in ("by=password", "skip=x", "skip=-3", "skip=99999999999", "by=amount&skip=1"):
        assert stef.get(f"/staff/tree/?{odd}").status_code == 200


def test_all_of_a_thousand_small_branches_can_be_reached_by_turning_the_page(stef: Member, grow: Grow) -> None:
    grow(
        {0: None, **dict.fromkeys(range(1, 1001), 0)},
        {number: {"confirmed": 1 + number % 7} for number in range(1001)},
    )
    reached: set[str] = set()
    address, turns = f"/staff/tree/{name(0)}", 0
    while address:
        page = stef.get(address)
        found = {link for link, _ in links_of(page) if link.startswith("/staff/sharers/")}
        assert not found & reached
        reached |= found
        onward = [link for link, _ in links_of(page) if "skip=" in link]
        address, turns = onward[0].replace("&amp;", "&") if onward else "", turns + 1
    assert len(reached) == 1000
    assert turns <= 1000 / 10 + 1


def test_a_chain_of_two_hundred_generations_is_told_shortly(stef: Member, grow: Grow) -> None:
    parents: dict[int, int | None] = {0: None, **{number: number - 1 for number in range(1, 200)}}
    grow(parents, {number: {"confirmed": 1} for number in range(200)})
    page = stef.get(f"/staff/tree/{name(150)}").text
    path = page[page.index('<nav class="path"') : page.index("</nav>", page.index('<nav class="path"'))]
    assert path.count("<li>") == 1 + 2 + 1 + 4
    assert "145 autres" in path


def test_the_sharers_page_has_its_branch_as_a_picture(stef: Member, grow: Grow) -> None:
    grow({1: None, 2: 1}, {1: {"confirmed": 3}, 2: {"confirmed": 2}})
    page = stef.get(f"/staff/sharers/{name(1)}")
    assert 'class="icicle"' in page.text
    assert f'href="/staff/tree/{name(1)}"' in page.text
    assert 'class="icicle"' not in stef.get(f"/staff/sharers/{name(2)}").text


def thousands(chance: random.Random, branch: int = 10_000, others: int = 2_000) -> dict[int, int | None]:
    """One branch of so many descendants, as deep as such cascades get, and other sharers beside it."""
    parents: dict[int, int | None] = {0: None}
    for number in range(1, branch + 1):
        parents[number] = min(int(number * chance.random() ** 1.5), number - 1)
    for number in range(branch + 1, branch + others):
        first = number == branch + 1
        parents[number] = None if first or chance.random() < 0.6 else chance.randrange(branch + 1, number)
    return parents


@pytest.fixture
def used(database: str, request: pytest.FixtureRequest) -> Callable[[], float]:
    """Seconds of a processor so far, ours and the database's: beside others the clock says more."""
    if "://" not in database:
        return time.process_time
    postgres: Postgres = request.getfixturevalue("postgres")
    return lambda: time.process_time() + postgres.processor_time()


def test_ten_thousand_descendants_take_less_than_a_fifth_of_a_second(
    stef: Member, grow: Grow, kit: Services, used: Callable[[], float]
) -> None:
    chance = random.Random(3)
    parents = thousands(chance)
    grow(parents, {who: {"confirmed": chance.randrange(9), "visits": 9} for who in parents if chance.random() < 0.8})
    if "://" in kit.settings.tracker_database:
        kit.store.execute("analyze")  # PostgreSQL does so by itself, within a minute of so many new rows
    root = read_root(kit.store, name(0), "confirmed")
    assert root is not None
    assert root.row["sharers"] == 10_001
    check_layout(lay_out(kit.store, root))
    for address in (f"/staff/tree/{name(0)}", "/staff/tree/", "/staff/tree/?by=sharers", f"/staff/sharers/{name(0)}"):
        assert stef.get(address).status_code == 200
        took = []
        for _ in range(5):
            begun = used()
            stef.get(address)
            took.append(used() - begun)
        assert min(took) < 0.2, f"{address}: {min(took):.3f} s"


def check_layout(root: Node) -> None:
    """No cell overlaps another of its column, sticks out of its parent, or is too small to hit."""
    assert sum(1 for _ in root.walk()) > 20
    for node in root.walk():
        end = node.top
        for child in node.children:
            assert child.top == pytest.approx(end)
            assert child.height >= SMALLEST - 0.001
            assert child.level == node.level + 1
            end += child.height
        assert end + node.folded_height <= node.top + node.height + 0.001
        counted = len(node.children) + node.folded
        assert counted in (0, node.row["children"])
    assert root.height == HEIGHT


@pytest.mark.parametrize("sizes", [[], [5], [1000, 1, 1, 1], [3, 3, 3], [10**9, 1], [7] * 25])
def test_heights_are_in_proportion_and_never_too_small(sizes: list[int]) -> None:
    heights = share_out(sizes, 400, 620)
    assert len(heights) == len(sizes)
    assert all(height >= SMALLEST - 0.001 for height in heights)
    if sizes:
        assert sum(heights) == pytest.approx(max(400, len(sizes) * SMALLEST))
    assert heights == sorted(heights, reverse=True)


def test_the_whole_tree_can_be_taken_away(stef: Member, grow: Grow, kit: Services) -> None:
    grow({1: None, 2: 1, 3: 2}, {3: {"confirmed": 4, "gifts": 1, "amount": 1000}})
    rows = stef.get("/staff/export/tree.json").json["rows"]
    assert [(row["sharer"], row["parent"], row["depth"], row["relays"], row["confirmed"]) for row in rows] == [
        (name(1), None, 2, 2, 4),
        (name(2), name(1), 1, 1, 4),
        (name(3), name(2), 0, 0, 4),
    ]
    assert tuple(rows[0]) == TABLES["tree"].columns


def test_of_thousands_of_children_those_with_the_largest_branches_are_listed(kit: Services, grow: Grow) -> None:
    """The first child's own link brought most; the last one's branch is the largest, by somebody below."""
    children = range(1, 1200)
    parents: dict[int, int | None] = {0: None, **dict.fromkeys(children, 0), 5000: 1199}
    grow(parents, {**{child: {"confirmed": 1} for child in children}, 1: {"confirmed": 9}, 5000: {"confirmed": 50}})
    listed = [row["sharer"] for row in list_children(kit.store, name(0), Scope(), 3)]
    assert listed[0] == name(1)
    assert name(1199) in listed
    assert len(listed) == 3
