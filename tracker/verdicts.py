"""Why a visit counts or does not: each request gets a verdict and the name of the rule that gave it.

These rules look at the request alone. Those that need memory (repeat, self, throttled) are in tracker.visits.recording.
A missing header other than User-Agent never makes a bot: privacy tools and old phones leave headers out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from is_bot import Bots

NEVER_PROMOTED = ("bot", "preview")  # whatever the page says later
PROVISIONAL = ("self", "prefetch")  # a page that shows up on a screen makes these human


class Verdict(NamedTuple):
    """`name` is one of DESIGN.md's verdicts, `rule` says what was recognised."""

    name: str
    rule: str


HUMAN = Verdict("human", "none")

# Programs that fetch a page in order to draw its card in a conversation or a feed. Each names itself; the sources are
# the networks' own documentation of their crawlers. `\b` and lower case, since several spell themselves both ways.
CARD_CRAWLERS = re.compile(
    r"""^whatsapp/
    | facebookexternalhit | \bfacebot\b | facebookcatalog | meta-externalfetcher | \btwitterbot | telegrambot
    | \bslackbot | slack-imgproxy | linkedinbot | discordbot | skypeuripreview | microsoftpreview | bluesky\ cardyb
    | mastodon/ | pleroma | misskey | friendica | lemmy/ | synapse\ \(bot | matrix-media | viberbot
    | ^viber/ | snap\ url\ preview | pinterest(bot|/0) | redditbot | embedly | iframely | vkshare | kakaotalk-scrap
    | line-poker | zoombot | bingpreview | google-pagerenderer | \bnotionembedder | apple(preview|bot-preview)
    """,
    re.IGNORECASE | re.VERBOSE,
)

_bots = Bots()


@lru_cache(maxsize=8192)
def judge_agent(agent: str) -> Verdict:
    """The verdict on a user agent alone. Cached: the list of crawlers takes half a millisecond, agents repeat."""
    if not agent.strip():
        return Verdict("bot", "empty-agent")
    if CARD_CRAWLERS.search(agent):
        return Verdict("preview", "card-crawler")
    if _bots.is_bot(agent):
        return Verdict("bot", "crawler-list")
    return HUMAN


def judge(environ: Mapping[str, Any]) -> Verdict:
    """The verdict on a request, from its WSGI environ."""
    verdict = judge_agent(str(environ.get("HTTP_USER_AGENT") or "")[:1000])
    if verdict is not HUMAN:
        return verdict
    if environ["REQUEST_METHOD"] == "HEAD":
        return Verdict("bot", "head")
    if is_prefetch(environ):
        return Verdict("prefetch", "purpose-header")
    return HUMAN


def is_prefetch(environ: Mapping[str, Any]) -> bool:
    """Whether the browser says that nobody has asked for this page yet."""
    purpose = environ.get("HTTP_SEC_PURPOSE") or environ.get("HTTP_PURPOSE") or environ.get("HTTP_X_PURPOSE") or ""
    return (
        "prefetch" in purpose.lower()
        or "prerender" in purpose.lower()
        or purpose.lower() == "preview"
        or (environ.get("HTTP_X_MOZ") or "").lower() == "prefetch"
    )


def refuses_counting(environ: Mapping[str, Any]) -> bool:
    """Whether the browser carries Global Privacy Control: no token and no counting, and everything still works."""
    return str(environ.get("HTTP_SEC_GPC") or "").strip() == "1"
