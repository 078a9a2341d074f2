"""Share texts under test: several texts for one episode, and figures that say which of them makes it spread.

`plan` tells each visit which text is its own, `results` counts what became of the texts, `odds` says what that is
worth, `desk` shows it to staff.
"""

from __future__ import annotations

from tracker.texts.plan import Plan, renew_plan

__all__ = ["Plan", "renew_plan"]
