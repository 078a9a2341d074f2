"""Many hands bring the same as one, in order; what goes wrong is raised here, not lost over there."""

import os

import pytest

from plugins import hands


def test_results_come_back_in_order_from_other_processes() -> None:
    places = hands.share_out(lambda number: (number, os.getpid()), range(hands.WORTH_IT + 7), "Counting")
    assert [number for number, _ in places] == list(range(hands.WORTH_IT + 7))
    assert len({process for _, process in places}) == hands._count_hands()


def test_few_items_are_not_worth_a_helper() -> None:
    assert set(hands.share_out(lambda _: os.getpid(), range(9), "Counting")) == {os.getpid()}


def test_what_goes_wrong_at_a_helper_s_is_raised_here() -> None:
    def work(number: int) -> int:
        if number == 1:
            raise LookupError("this one")
        return number

    with pytest.raises(LookupError, match="this one"):
        hands.share_out(work, range(hands.WORTH_IT), "Counting")


def test_a_helper_that_dies_leaves_its_work_to_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hands, "_count_hands", lambda: 2)
    here = os.getpid()

    def work(number: int) -> int:
        if os.getpid() != here:
            os._exit(9)
        return number

    assert hands.share_out(work, range(hands.WORTH_IT), "Counting") == list(range(hands.WORTH_IT))
