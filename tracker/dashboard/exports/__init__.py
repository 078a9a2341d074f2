"""Every table that staff may take away: its columns, where its rows come from, and by what they may be ranked.

`ranks`, `spreading`, `branch` and `books` have them; what they look like as CSV and as JSON is tracker.takeaway.forms.
"""

from __future__ import annotations

from tracker.dashboard.exports.books import BOOKS
from tracker.dashboard.exports.branch import BRANCHES
from tracker.dashboard.exports.ranks import NAMED, RANKS
from tracker.dashboard.exports.spreading import SPREADING
from tracker.dashboard.exports.table import Asked, Table

__all__ = ["TABLES", "Asked", "Table"]

TABLES = {**RANKS, **SPREADING, **NAMED, **BRANCHES, **BOOKS}
