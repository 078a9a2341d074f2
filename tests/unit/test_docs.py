"""What the documents say exists."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

HERE = Path(__file__).resolve().parents[2]


def told_addresses() -> list[tuple[str, str]]:
    text = (HERE / "docs" / "architecture.md").read_text(encoding="utf-8")
    return sorted(set(re.findall(r"`(GET|POST) (/[^`]*)`", text)))


def test_every_address_in_the_architecture_exists(app: Flask) -> None:
    """Placeholders such as <slug> stand for anything."""
    routes = app.url_map.bind("localhost")
    told = told_addresses()
    assert len(told) > 15
    for method, address in told:
        if address.startswith("/r/"):
            assert app.test_client().get(address.replace("<", "").replace(">", "")).status_code in (200, 302)
            continue
        assert routes.match(re.sub(r"<[^>]*>", "x", address), method=method), f"{method} {address}"


def test_the_architecture_names_every_module() -> None:
    text = (HERE / "docs" / "architecture.md").read_text(encoding="utf-8")
    modules = [
        *(HERE / "tracker").glob("*.py"),
        *(HERE / "tracker" / "store").glob("*.py"),
        *(HERE / "tracker" / "visits").glob("*.py"),
        *(HERE / "plugins").glob("*.py"),
        *(HERE / "chores").glob("*.py"),
    ]
    missing = [file.stem for file in modules if file.stem != "__init__" and not re.search(rf"\b{file.stem}\b", text)]
    assert missing == []


def test_every_document_that_the_readme_names_is_there() -> None:
    for name in ("README.md", "docs/architecture.md", "docs/episodes.md", "docs/deploy.md"):
        folder = (HERE / name).parent
        for target in re.findall(r"\]\(([^)#]+)\)", (HERE / name).read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (folder / target).exists(), f"{name} names {target}"


def test_the_readme_names_tasks_that_exist() -> None:
    import tasks

    text = (HERE / "README.md").read_text(encoding="utf-8") + (HERE / "docs" / "deploy.md").read_text(encoding="utf-8")
    told = set(re.findall(r"(?:invoke |^make |`make )([a-z]+)\b", text, re.MULTILINE)) - {"menu"}
    assert told <= {name for name in vars(tasks) if getattr(getattr(tasks, name), "__class__", None).__name__ == "Task"}
