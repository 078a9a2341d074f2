"""What a user agent says about itself: a crawler that draws cards, any other crawler, a program, or a browser.

is-bot (https://github.com/romis2012/is-bot, the list of https://github.com/omrilotan/isbot) found most in our
measurements (benchmarks/agents.py). It is used without the words that people's phones and apps say too, and with what
it lacks: names of networks, and the shape of a browser, without which an agent is a program.
"""

from __future__ import annotations

import re
from functools import lru_cache

import regex  # type: ignore[import-untyped]  # is-bot's patterns are written for it
from is_bot import Bots

LONGEST = 1000  # characters that are looked at

# Programs that fetch a page in order to draw its card in a conversation or a feed, by network. Each names itself; the
# sources are the networks' own pages about their crawlers, and what servers see (see tests/tracker/test_verdicts.py).
CARDS = {
    "whatsapp": r"^whatsapp(/|$)",  # also Signal, which says the same; from the sender's own phone
    "imessage": r"\bfacebookexternalhit/1\.1\ facebot\ twitterbot/1\.0",  # from the sender's own phone or Mac
    "line": r"\bfacebookexternalhit/\S*line-poker|\bline-poker",
    "facebook": r"\bfacebookexternalhit|\bfacebookcatalog|\bfacebot\b|\bmeta-externalfetcher",
    "telegram": r"^telegrambot",
    "x": r"\btwitterbot",
    "slack": r"\bslackbot|\bslack-imgproxy",
    "linkedin": r"\blinkedinbot",
    "discord": r"\bdiscordbot",
    "microsoft": r"\bskypeuripreview|\bmicrosoft\ ?preview|\bms-?teams.*preview",
    "bluesky": r"\bbluesky\ cardyb|\bcardyb/",
    "mastodon": r"\bmastodon/",
    "fediverse": r"\bpleroma|\bakkoma|\bmisskey|\bsummalybot|\bfriendica|\blemmy/|\bhubzilla|\bpeertube/|\bpixelfed|"
    r"\bgotosocial|\bsharkey|\bfirefish|\bmbin",
    "matrix": r"\bsynapse\ \(bot|\bmatrix-media|\bdendrite",
    "viber": r"^viber(/|bot|\ )|\bviberbot",
    "snapchat": r"\bsnap\ url\ preview",
    "pinterest": r"\bpinterest(bot|/0)",
    "reddit": r"\bredditbot",
    "kakao": r"\bkakaotalk-scrap",
    "google": r"\bgoogle-pagerenderer|\bgooglemessages",
    "vk": r"\bvkshare",
    "tumblr": r"^tumblr/",
    "zoom": r"\bzoombot",
    "nextcloud": r"\bnextcloud\ server\ crawler",
    "embedding": r"\bembedly|\biframely|\bnotionembedder|link-?\ ?preview|preview-?\ ?bot|unfurl|rich-?link|\bonebox\b|"
    r"\bflipboardproxy|\bxing-contenttabreceiver|\bbitlybot|^mattermost|\bmediumbot|\bodklbot",
}
CARD = re.compile(
    "|".join(f"(?P<{name}>{pattern})" for name, pattern in CARDS.items()), re.IGNORECASE | re.VERBOSE | re.ASCII
)

# What phones and apps say about themselves, and crawlers' lists trip over: models (CUBOT, HTC Radar), makers
# (Google/google), shops (googleplay), buttons of old browsers. It is taken away before words are looked for.
SMALL_TALK = re.compile(
    r"""
    (?<=android\ )([\d.]+;\ )(?:[a-z]{2}[-_][a-z]{2};\ )?[^;()]+        # the model of an Android phone
    | ;\s[^;()]+\ build/[^;()]+                                          # the same, in an older place
    | \b(?:instagram|barcelona)\ [\d.]+\ (?:android\ )?\([^()]*(?:\([^()]*\)[^()]*)*\)
    | \btelegram-android/[\d.]+\ \([^()]*\)
    | \biemobile/[\d.]+;[^()]*                                           # the model of a Windows phone
    | \bchannel/[\w\ ]+ | \bgsa/ | \bgoogletoolbar\S* | \bgoogle(?:app|wv|\ pixel)
    | \bqq-(?:url-)?manager | \bjava/jbed | \bsogoumobilebrowser\S* | \bmetasr\S*
    | \[fb[^\]]*\]? | \[pinterest/\w+\] | \[?avantbrowser\.com\]? | \bqqdownload | \bmra\ [\d.]+\ \(build[^()]*\)
    | \bjavaplatform/ | \bhttp\ pgdl[;\ ]*https | \(https\) | \bchromeframe/
    | \bbaiduboxapp/.* | \bmicromessenger/.* | \bnaver\(.*?\)
    """,
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)

# Words of is-bot's that people's browsers and apps say as well, or that say less than our own rules.
DOUBTFUL = ("^ddg[_-]android", "^navermailapp", "^snapchat", " daum[ /]", "sogou", r"\|", r"\(\)")

# Words that is-bot lacks. `compatible` followed by anything but an old browser's name is how crawlers introduce
# themselves.
MORE_WORDS = (
    r"\bcompatible;? +(?!msie|konqueror|icab|omniweb|opera|u[; ]|windows|webtv|netpositive|mspie|ms ie|origyn|galeon|"
    r"safari|avant|googletoolbar|maxthon|firefox|gecko|chrome|\.net|trident|linux|macintosh|ibrowse|polaris|netfront)\w",
    r"\bgtmetrix\b",
    r"\bylt\b",
    r"\bdaumoa?\b(?!apps|device)",
    r"\bdaum[ /](?!apps)\d",
    r"\bsogou (?:\w+ )?spider",
    r"\bb[o0]t\b",
    r"ptst/",
    r"\bweb ?thumb",
    r"\bscreen ?shot",
    r"\bbatch\b",
    r"\bsurvey\b",
    r"\bsitemap",
    r"\bwebdriver\b",
    r"\bpuppeteer\b",
    r"\bmappercmd\b",
    r"\bexplorer[ _]?bot\b",
)

# An agent without any of this was sent by a program, not by a browser, however old or odd the phone.
BROWSER = re.compile(
    r"""mozilla/\d | \bopera[/\ ] | opera\ mini | applewebkit | gecko/ | firefox/\d | presto/ | trident/ | khtml
    | \bmidp\b | midp- | cldc | \bwap\b | wap[\d-] | up\.(?:browser|link) | ucweb | ucbrowser | obigo | netfront
    | teleca | blackberry | ^nokia | ^samsung | ^sec-s | ^sonyericsson | ^lg[e-] | ^mot- | ^htc | ^alcatel | ^zte
    | ^huawei | ^philips | ^panasonic | ^sie- | ^docomo | ^j-phone | ^kddi | ^softbank | ^vodafone | ^spice | ^micromax
    | ^lenovo | maui | brew | ^dalvik/ | ^ddg_android | ^lynx/ | ^w3m/ | ^e?links\ \( | ^elinks/ | ^dillo | ^netsurf/
    | ^amaya/ | ^cyberdog | ^icab | ^ibrowse | ^konqueror | ^navermailapp | \bnaver\(
    """,
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)


def name_word(pattern: str) -> str:
    """A short name of ours for a pattern: its letters and digits, which hold nothing of anybody's agent."""
    letters = re.sub(r"\(\?<?[!=](?:[^()]|\([^()]*\))*\)|\\[a-zA-Z]|\{.*?\}", " ", pattern)
    return "-".join(re.findall(r"\w+", letters))[:20].rstrip("-") or "shape"


def list_words() -> list[tuple[str, regex.Pattern[str]]]:
    """is-bot's list, put right: each pattern with its name. One by one they are quicker than all as one."""
    bots = Bots()
    bots.exclude(DOUBTFUL)
    bots.extend(MORE_WORDS)
    return [(name_word(each), regex.compile(each, regex.IGNORECASE)) for each in sorted(bots.patterns)]


WORDS = list_words()


@lru_cache(maxsize=16384)
def look_at(agent: str) -> str:
    """What an agent says, as findings: "card:NETWORK", "empty", "word:NAME"..., "program", or "" for a browser.

    Cached: agents repeat, and a new one takes a third of a millisecond. All words found are named, so that taking one
    off the list later leaves the others to judge by.
    """
    agent = agent[:LONGEST].strip()
    if not agent:
        return "empty"
    plain = SMALL_TALK.sub(" ", agent)
    words = {name for name, word in WORDS if word.search(plain)}
    if not words and BROWSER.search(agent):
        return ""
    if card := CARD.search(agent):
        return f"card:{card.lastgroup}"
    return " ".join(f"word:{name}" for name in sorted(words)) or "program"
