"""`make up`: a changed file is built, a broken one keeps the last good site, and watching goes on."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from chores import watch
from chores.build import BuildError, Built


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., list[str]]:
    """Runs the watcher over made-up changes, and returns how each was built."""

    def run(*batches: set[str], fails: bool = False) -> list[str]:
        ways: list[str] = []

        def build_site(preview: bool) -> Built:
            ways.append(f"here, preview {preview}")
            if fails:
                raise BuildError("One mistake in the content; the site stays as it was.")
            return Built(1, 0, 0.1, 1, tmp_path, [])

        monkeypatch.setattr(watch, "build_site", build_site)
        monkeypatch.setattr(watch, "_build_apart", lambda: ways.append("apart") or "")
        monkeypatch.setattr(watch, "watch", lambda *places, **options: [{(1, path) for path in b} for b in batches])
        watch.watch_and_build(threading.Event())
        return ways

    return run


def test_a_changed_episode_is_built_as_a_preview(seen: Callable[..., list[str]]) -> None:
    assert seen({"content/episodes/a.md"}) == ["here, preview True"]


def test_a_mistake_is_printed_and_watching_goes_on(
    seen: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(seen({"a.md"}, {"a.md"}, fails=True)) == 2
    assert capsys.readouterr().out.count("the site stays as it was") == 2


def test_after_a_change_of_python_a_fresh_process_builds(seen: Callable[..., list[str]]) -> None:
    assert seen({"plugins/cards.py"}, {"a.md"}) == ["apart", "apart"]


def test_what_editors_leave_behind_is_no_change() -> None:
    sources = watch._Sources()
    assert sources(watch.Change.modified, "/site/content/episodes/a.md")
    for name in (".a.md.swp", "a.md~", "#a.md#", "4913", "__pycache__/a.pyc"):
        assert not sources(watch.Change.modified, f"/site/content/episodes/{name}")
