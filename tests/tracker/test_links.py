"""Ids and tokens: what we signed is read, and nothing else is."""

from __future__ import annotations

import string
import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings import HERE
from tracker.links import Links, first_id, new_id

NOON = 1_795_341_600
ALPHABET = string.ascii_letters + string.digits + "-_"
LINKS = Links(["first key, first key", "second key, second key"])


def test_ids_sort_by_the_time_at_which_they_were_made() -> None:
    ids = [new_id() for _ in range(5000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 5000
    assert new_id(time.time() + 3600) > ids[-1]
    assert all(len(id_) == 16 and set(id_) <= set(ALPHABET) for id_ in ids)


def test_an_ids_second_half_is_never_drawn_twice() -> None:
    assert len({new_id()[8:] for _ in range(5000)}) == 5000


TWINS = """
import os
from tracker.links import random_bytes
random_bytes()
for _ in range(2):
    child = os.fork()
    if not child:
        os.write(1, random_bytes().hex().encode() + b" ")
        os._exit(0)
    os.waitpid(child, 0)
os.write(1, random_bytes().hex().encode())
"""


def test_processes_that_were_one_draw_ids_of_their_own() -> None:
    drawn = subprocess.run([sys.executable, "-c", TWINS], cwd=HERE, capture_output=True, text=True, check=True)
    assert len(set(drawn.stdout.split())) == 3


def test_ids_follow_a_clock_that_was_set_right(time_machine: Any) -> None:
    """By much; while two ids of the same moment, and of a clock that is trimmed a little, keep their order."""
    time_machine.move_to("2031-06-01 12:00:00+00:00", tick=False)
    ahead = [new_id(), new_id()]
    time_machine.move_to("2031-06-01 11:59:59.500000+00:00", tick=False)
    trimmed = new_id()
    time_machine.move_to("2031-06-01 11:00:00+00:00", tick=False)
    right = new_id()
    assert right < ahead[0] < ahead[1] < trimmed
    assert first_id(time.time()) <= right < first_id(time.time() + 1)


def test_ids_sort_beside_moments() -> None:
    assert new_id(NOON - 0.001) < first_id(NOON) < new_id(NOON)
    assert first_id(0) == first_id(-1) < new_id(NOON), "before there were ids"


def test_a_token_gives_back_its_id_and_has_the_promised_form() -> None:
    id_ = new_id()
    token = LINKS.issue("link", id_)
    assert LINKS.read("link", token) == id_
    assert token.startswith(f"{id_}.")
    assert len(token) == 33


@pytest.mark.parametrize("salt", ["link", "visit", "impact"])
@pytest.mark.parametrize("other", ["link", "visit", "impact"])
def test_a_token_serves_one_purpose_only(salt: str, other: str) -> None:
    token = LINKS.issue(salt, "A" * 16)  # type: ignore[arg-type]
    assert (LINKS.read(other, token) is not None) == (salt == other)  # type: ignore[arg-type]


def test_a_token_tampered_with_in_any_character_is_refused() -> None:
    token = LINKS.issue("link", new_id())
    for place in range(len(token)):
        for character in ALPHABET + ".!é\n ":
            changed = token[:place] + character + token[place + 1 :]
            assert changed == token or LINKS.read("link", changed) is None


def test_cut_stretched_and_respelt_tokens_are_refused() -> None:
    token = LINKS.issue("link", new_id())
    for spelling in (token[:-1], token + "A", token + "=", token + "\n", " " + token, token.replace(".", ":"), "", "."):
        assert LINKS.read("link", spelling) is None


def test_keys_rotate_old_links_live_on_and_foreign_keys_open_nothing() -> None:
    old = Links(["first key, first key"]).issue("link", "B" * 16)
    new = LINKS.issue("link", "B" * 16)
    assert old != new
    assert LINKS.read("link", old) == LINKS.read("link", new) == "B" * 16
    assert Links(["second key, second key"]).read("link", old) is None
    assert Links(["another campaign's key"]).read("link", new) is None


@given(st.one_of(st.text(), st.binary(), st.none(), st.integers(), st.lists(st.text())))
def test_garbage_is_nobody(garbage: object) -> None:
    assert LINKS.read("link", garbage) is None
