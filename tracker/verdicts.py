"""Why a visit counts or does not: each request gets findings, a verdict, and the name of the rule that gave it.

Findings are what was noticed, in words of our own ("card:whatsapp", "word:crawl", "head"), never the agent's text:
they are kept with the visit, so that it can be judged again under better rules (tracker.rules). These rules look at
the request alone; those that need memory (repeat, self, throttled) are in tracker.visits.recording. A missing header
other than User-Agent never makes a bot: privacy tools and old phones leave headers out.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from tracker.agents import look_at

RULES = 3  # the version of these rules and of tracker.agents; raise it with every change of what they answer


class Verdict(NamedTuple):
    """`name` is one of DESIGN.md's verdicts, `rule` says what was recognised."""

    name: str
    rule: str


HUMAN = Verdict("human", "none")
NO_VISITOR = ("bot", "preview", "staff")  # whose shares and films are nobody's

# The verdict of each kind of finding, the strongest first; a finding is its kind alone, or `kind:what`.
WEIGHT = {
    "flood": Verdict("throttled", "flood"),
    "card": Verdict("preview", "card-crawler"),
    "empty": Verdict("bot", "empty-agent"),
    "word": Verdict("bot", "crawler-list"),
    "program": Verdict("bot", "no-browser"),
    "head": Verdict("bot", "head"),
    "staff": Verdict("staff", "signed-in"),
    "prefetch": Verdict("prefetch", "purpose-header"),
}


def judge(environ: Mapping[str, Any]) -> Verdict:
    """The verdict on a request, from its WSGI environ."""
    return weigh(find(environ))


def judge_agent(agent: str) -> Verdict:
    """The verdict on a user agent alone."""
    return weigh(look_at(agent))


def find(environ: Mapping[str, Any]) -> str:
    """What is noticed about a request, as words with blanks between them; "" for an ordinary browser."""
    findings = look_at(environ.get("HTTP_USER_AGENT") or "")
    if environ["REQUEST_METHOD"] == "HEAD":
        findings = f"{findings} head".lstrip()
    if is_prefetch(environ):
        findings = f"{findings} prefetch".lstrip()
    return findings


@lru_cache(maxsize=1024)
def weigh(findings: str) -> Verdict:
    """The verdict that these findings ask for; what memory or the page add ("own", "seen"...) weighs nothing here."""
    if not findings:
        return HUMAN
    kinds = {finding.partition(":")[0] for finding in findings.split()}
    return next((verdict for kind, verdict in WEIGHT.items() if kind in kinds), HUMAN)


def is_prefetch(environ: Mapping[str, Any]) -> bool:
    """Whether the browser says that nobody has asked for this page yet."""
    purpose = environ.get("HTTP_SEC_PURPOSE") or environ.get("HTTP_PURPOSE") or environ.get("HTTP_X_PURPOSE") or ""
    moz = environ.get("HTTP_X_MOZ")
    if not purpose and not moz:
        return False
    purpose = purpose.lower()
    return "prefetch" in purpose or "prerender" in purpose or purpose == "preview" or (moz or "").lower() == "prefetch"


def refuses_counting(environ: Mapping[str, Any]) -> bool:
    """Whether the browser carries Global Privacy Control: no token and no counting, and everything still works."""
    return str(environ.get("HTTP_SEC_GPC") or "").strip() == "1"
