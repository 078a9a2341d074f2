"""Ways to pass an episode on: plain links that open a network's own form, filled with a text and the episode's address.

Where the addresses were looked up: WhatsApp https://faq.whatsapp.com/general/26000030, X
https://docs.x.com/x-for-websites/post-button/guides/web-intent, Telegram https://core.telegram.org/widgets/share,
Bluesky https://docs.bsky.app/docs/advanced-guides/intent-links, Mastodon https://blog.joinmastodon.org/2026/03/a-new-share-button/
(the text stands behind the #, which no browser sends), e-mail RFC 6068, SMS RFC 5724 (`?&body=` is the spelling that
iOS and Android both take). Facebook and LinkedIn: the forms behind their own buttons, which take the address only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class Pass:
    """One way to pass an episode on. `kind` is intent, copy or sheet; `template` has {text}, {title} and {url}
    left in it, each to be filled in percent-encoded."""

    code: str
    name: str
    kind: str
    href: str
    template: str


def list_passes(channels: Iterable[Mapping[str, Any]], lang: str, text: str, title: str, url: str) -> list[Pass]:
    """The ways that have a button, in the campaign's order, for a text and an address."""
    values = {"{text}": quote(text, safe=""), "{title}": quote(title, safe=""), "{url}": quote(url, safe="")}
    return [
        Pass(
            code=channel["code"],
            name=name_channel(channel, lang),
            kind=channel["kind"],
            href=fill_intent(channel.get("intent", ""), values),
            template=channel.get("intent", ""),
        )
        for channel in channels
        if channel["kind"] != "none"
    ]


def name_channel(channel: Mapping[str, Any], lang: str) -> str:
    """What a channel is called in a language: networks keep their name, our own have `names`."""
    return str(channel.get("names", {}).get(lang) or channel["name"])


def fill_intent(intent: str, values: Mapping[str, str]) -> str:
    """An intent address with its places filled by values that are percent-encoded already."""
    for place, value in values.items():
        intent = intent.replace(place, value)
    return intent
