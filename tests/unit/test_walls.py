"""The walls of the house: which way imports may run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[2]
FORBIDDEN = {
    "tracker": {"pelican", "plugins", "chores", "tasks", "pelicanconf"},
    "plugins": {"tracker", "flask", "chores", "tasks"},
    "theme": {"tracker", "plugins", "pelican", "flask", "chores", "tasks"},
    "tracker/store": {"flask", "tracker.visits", "tracker.shares", "tracker.gifts", "tracker.services"},
    "tracker/links.py": {"flask", "tracker"},
    "tracker/verdicts.py": {"flask", "tracker.store", "tracker.services", "tracker.visits"},
    "settings.py": {"tracker", "plugins", "theme", "chores"},
}


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


@pytest.mark.parametrize("room", FORBIDDEN)
def test_imports_run_one_way(room: str) -> None:
    place = HERE / room
    files = [place] if place.is_file() else sorted(place.rglob("*.py"))
    assert files
    wrong = [
        f"{file.relative_to(HERE)} imports {name}"
        for file in files
        for name in imported(file)
        if any(name == wall or name.startswith(f"{wall}.") for wall in FORBIDDEN[room])
    ]
    assert wrong == []


def is_module(name: str) -> bool:
    path = HERE.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def test_imports_go_round_in_no_ring() -> None:
    """Modules of the tracker import each other in one direction: each can be read after those that it stands on."""
    graph: dict[str, set[str]] = {}
    for file in (HERE / "tracker").rglob("*.py"):
        name = ".".join(file.relative_to(HERE).with_suffix("").parts).removesuffix(".__init__")
        tree = ast.parse(file.read_text(encoding="utf-8"))
        typing_only = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
            for inner in ast.walk(node)
        }
        graph[name] = {
            f"{node.module}.{each.name}" if is_module(f"{node.module}.{each.name}") else node.module
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module and id(node) not in typing_only
            for each in node.names
        }
    graph = {name: {other for other in needs if other in graph and other != name} for name, needs in graph.items()}
    while leaves := {name for name, needs in graph.items() if not needs & graph.keys()}:
        graph = {name: needs for name, needs in graph.items() if name not in leaves}
    assert not graph, f"these import each other: {sorted(graph)}"
