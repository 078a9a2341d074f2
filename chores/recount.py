"""`invoke recount`: totals made again from the rows, and found equal."""

from __future__ import annotations

from collections.abc import Iterator

from chores.opened import open_tables
from settings import load
from tracker.campaign import CampaignFile
from tracker.rules import judge_again
from tracker.totals import recount


def recount_totals(rules: bool) -> Iterator[str]:
    """Lines that tell each difference, which is set right. With `rules`, all visits are judged again before."""
    settings = load()
    timezone = CampaignFile(settings.campaign).current().timezone
    with open_tables(settings.tracker_database) as store:
        if not store.query("select 1 from visits limit 1"):
            yield "No visit stands in this database yet. Is TRACKER_DATABASE the one that you mean?"
        if rules:
            for change in judge_again(store, timezone):
                yield f"{change['visits']} visits: {change['from']} became {change['to']}"
        different = recount(store, timezone)
    for row in different:
        where = ", ".join(str(row[name]) or "-" for name in ("sharer", "day", "episode", "channel"))
        yield f"{where}: kept {row['kept']}, counted {row['counted']}"
    yield f"{len(different)} totals differed and were set right." if different else "Totals equal the rows."
