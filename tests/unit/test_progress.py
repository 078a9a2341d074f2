"""Who waits is told how far things are; who does not wait is left alone."""

import pytest

from plugins import progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the clock shows; tests move it."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_quick_work_goes_by_without_a_word(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress.follow(range(1000), "Drawing")) == list(range(1000))
    assert capsys.readouterr().err == ""


def test_long_work_says_now_and_then_how_far_it_is(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    for _ in progress.follow(range(16), "Drawing posters"):
        clock[0] += 0.9
    assert capsys.readouterr().err.splitlines() == [
        "Drawing posters: 2 of 16",
        "Drawing posters: 8 of 16",
        "Drawing posters: 14 of 16",
    ]


def test_on_a_terminal_one_line_is_written_over(
    clock: list[float], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True, raising=False)
    for _ in progress.follow(range(3), "Drawing posters"):
        clock[0] += 1.5
    said = capsys.readouterr().err
    assert "\n" not in said
    assert said.endswith("\r\033[KDrawing posters: 2 of 3\r\033[K")
