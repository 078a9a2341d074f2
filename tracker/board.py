"""The public board: pseudonyms of people who chose to stand there, once staff said yes, by confirmed visitors."""

from __future__ import annotations

import time

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from tracker.choices import counting_since
from tracker.services import services
from tracker.store import Row, Store

blueprint = Blueprint("board", __name__)

LONGEST_NAME = 40
LONGEST_BOARD = 100


def ask_for_pseudonym(store: Store, sharer: str, name: str) -> None:
    """Ask to stand on the board under this name; it waits there for staff. A new name waits again."""
    store.execute(
        """
        insert into pseudonyms (sharer, name, state, asked_at) values (:sharer, :name, 'waiting', :now)
        on conflict (sharer) do update set name = excluded.name, state = 'waiting', asked_at = excluded.asked_at,
          judged_by = null, judged_at = null
        where pseudonyms.name <> excluded.name
        """,
        sharer=sharer,
        name=name,
        now=int(time.time()),
    )


def withdraw_pseudonym(store: Store, sharer: str) -> None:
    """Leave the board, and nothing behind."""
    store.execute("delete from pseudonyms where sharer = :sharer", sharer=sharer)


def judge_pseudonym(store: Store, sharer: str, name: str, approved: bool, by: str) -> bool:
    """Let a name stand on the board, or not; false if it was changed or withdrawn since staff read it."""
    changed = store.execute(
        """
        update pseudonyms set state = :state, judged_by = :by, judged_at = :now where sharer = :sharer and name = :name
        """,
        state="approved" if approved else "refused",
        by=by,
        now=int(time.time()),
        sharer=sharer,
        name=name,
    )
    return changed > 0


def find_pseudonym(store: Store, sharer: str) -> Row | None:
    """{"name", "state"} of somebody who asked to stand on the board."""
    rows = store.query("select name, state from pseudonyms where sharer = :sharer", sharer=sharer)
    return rows[0] if rows else None


def list_pseudonyms(store: Store, state: str) -> list[Row]:
    """Names in this state ("waiting", "approved", "refused"), those who waited longest first."""
    return store.query(
        """
        select sharer, name, asked_at, judged_by, judged_at from pseudonyms where state = :state
        order by asked_at, sharer limit 500
        """,
        state=state,
    )


def list_all_pseudonyms(store: Store) -> list[Row]:
    """All names with their "state", those who asked first first."""
    return store.query(
        "select sharer, name, state, asked_at, judged_by, judged_at from pseudonyms order by asked_at, sharer"
    )


def count_waiting(store: Store) -> int:
    """How many names wait for staff."""
    (row,) = store.query("select count(*) as names from pseudonyms where state = 'waiting'")
    return int(row["names"])


def rank_pseudonyms(store: Store, since_day: str = "") -> list[Row]:
    """The board: {"name", "confirmed"} of approved names, most confirmed visitors first."""
    return store.query(
        """
        select pseudonyms.name as name, sum(totals.confirmed) as confirmed
        from pseudonyms join totals on totals.sharer = pseudonyms.sharer and totals.day >= :since
        where pseudonyms.state = 'approved'
        group by pseudonyms.sharer, pseudonyms.name having sum(totals.confirmed) > 0
        order by confirmed desc, pseudonyms.name limit :limit
        """,
        since=since_day,
        limit=LONGEST_BOARD,
    )


@blueprint.get("/board/")
def board() -> ResponseReturnValue:
    store = services().store
    return render_template("board/board.html", ranks=rank_pseudonyms(store, counting_since(store)))
