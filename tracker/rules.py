"""Judging old visits again under the present rules, from what was noticed at the time.

A visit's `findings` are an ordered record, as words with blanks between them: what tracker.verdicts.find noticed of
its request, then what memory and the page added. `own`: this visitor holds that link. `again`: they came by it within
a day. `headed`: they asked for its head as well, as no browser does. `burst`: they followed other links within seconds
of it, as mail scanners do. `seen`: their page was on a screen later; `acted`, told of bursts alone: they did something
there. Findings of a later look of the page come after `seen`.
"""

from __future__ import annotations

import logging
from collections import Counter
from zoneinfo import ZoneInfo

from tracker.sharers import ensure_sharers
from tracker.store import Row, Store, Writing
from tracker.totals import Change, add_to_totals, recount
from tracker.uncounted import count_anew
from tracker.verdicts import HUMAN, RULES, Verdict, weigh
from tracker.visitors import DAY

log = logging.getLogger(__name__)

BATCH = 500  # visits judged in one transaction, so that visitors who come meanwhile hardly wait

# What memory and the page turn a verdict into, as tracker.visits.recording does when it happens.
LATER = {
    ("human", "own"): Verdict("self", "own-link"),
    ("human", "headed"): Verdict("prefetch", "head-beside"),
    ("human", "again"): Verdict("repeat", "same-visitor-same-link"),
    ("self", "seen"): Verdict("human", "seen-after-self"),
    ("prefetch", "seen"): Verdict("human", "seen-after-prefetch"),
}

UNATTENDED = Verdict("throttled", "burst-of-links")


def judge_findings(findings: str, sharer: str | None = None, known: str | None = None) -> Verdict:
    """The verdict on a visit by its findings; `known` is the identity that its page told of."""
    verdict = weigh(findings)
    if verdict.name not in ("human", "prefetch"):
        return verdict
    if known:
        return Verdict("self", "known-own-link") if sharer == known else Verdict("returning", "known")
    noticed = findings.split()
    for finding in noticed:
        verdict = LATER.get((verdict.name, finding), verdict)
    return UNATTENDED if verdict == HUMAN and is_unattended(noticed) else verdict


def is_unattended(noticed: list[str]) -> bool:
    """Whether a page that was opened with many others only lay there: a machine waits as patiently as anybody."""
    return "burst" in noticed and "seen" in noticed and "acted" not in noticed


def judge_again(store: Store, timezone: ZoneInfo) -> list[Row]:
    """Judge all visits that older rules judged; the totals follow.

    Returns {"from", "to", "visits"} for each change of verdict, most visits first. Visits without findings (null: they
    were kept before findings were, or told by `invoke demo`) stay as they are.
    """
    changes: Counter[tuple[str, str]] = Counter()
    after: str | None = ""
    while after is not None:
        with store.atomic() as writing:
            after = judge_batch(writing, after, timezone, changes)
    if changes:
        count_anew(store)
    if different := recount(store, timezone):
        log.error("%s totals differed from the visits and were made again", len(different))
    return [{"from": old, "to": new, "visits": visits} for (old, new), visits in changes.most_common()]


def judge_batch(writing: Writing, after: str, timezone: ZoneInfo, changes: Counter[tuple[str, str]]) -> str | None:
    """Judge the next visits after this id; the last one's id, or None if there was none left."""
    rows = writing.query(
        """
        select id, sharer, episode, channel, at, verdict, rule, seen_at, visitor, known, findings from visits
        where id > :after and rules < :rules and findings is not null order by id limit :limit
        """,
        after=after,
        rules=RULES,
        limit=BATCH,
    )
    for row in rows:
        verdict = judge_findings(row["findings"], row["sharer"], row["known"])
        if verdict.name == "human" and row["verdict"] != "human" and (finding := remember(writing, row)):
            row["findings"] = insert_finding(row["findings"], finding)
            verdict = judge_findings(row["findings"], row["sharer"], row["known"])
        if verdict.name != row["verdict"]:
            changes[row["verdict"], verdict.name] += 1
            add_to_totals(writing, [counted(row, row["verdict"], -1), counted(row, verdict.name, 1)], timezone)
            if verdict.name == "human" and row["sharer"]:
                ensure_sharers(writing, [row["sharer"]], row["at"])
        writing.execute(
            "update visits set verdict = :verdict, rule = :rule, rules = :rules, findings = :findings where id = :id",
            verdict=verdict.name,
            rule=verdict.rule,
            rules=RULES,
            findings=row["findings"],
            id=row["id"],
        )
    return rows[-1]["id"] if rows else None


def remember(writing: Writing, row: Row) -> str:
    """What memory would have said when this visit came: "own", "again", or "".

    It was not asked about visits that did not count. It only knows the hashes of one day: the salts that would tell
    who came on the day before are gone.
    """
    if not row["sharer"]:
        return ""
    owner = writing.query("select visitor from visits where id = :sharer", sharer=row["sharer"])
    if owner and owner[0]["visitor"] == row["visitor"]:
        return "own"
    earlier = writing.query(
        """
        select id from visits where sharer = :sharer and at > :since and at <= :at and visitor = :visitor
          and verdict = 'human' and id < :id limit 1
        """,
        sharer=row["sharer"],
        since=row["at"] - DAY,
        at=row["at"],
        visitor=row["visitor"],
        id=row["id"],
    )
    return "again" if earlier else ""


def insert_finding(findings: str, finding: str) -> str:
    """The findings with one more that was there before the page said anything."""
    before, seen, after = f" {findings} ".partition(" seen ")
    return f"{before} {finding}{seen}{after}".strip()


def counted(row: Row, verdict: str, sign: int) -> Change:
    """What this visit adds to totals (or takes off them) under this verdict."""
    visits = sign * (verdict == HUMAN.name)
    confirmed = visits * (row["seen_at"] is not None)
    return Change(row["sharer"], row["at"], row["episode"], row["channel"], visits=visits, confirmed=confirmed)
