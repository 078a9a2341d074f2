"""A plausible spread for `make demo`: a joke that starts in a few places and bounces from person to person.

Everything goes through the functions that record real visits, shares and gifts, at times in the past; the same seed
tells the same story.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from tracker.campaign import Campaign
from tracker.departures import write_departures
from tracker.films import Watched, write_watched
from tracker.gifts.ledger import Entry, write_entries
from tracker.links import new_id
from tracker.sharers import COLUMNS as SHARER_COLUMNS
from tracker.shares import Share, write_shares
from tracker.store import Store, Writing
from tracker.verdicts import HUMAN
from tracker.visits.recording import Arrival, Seen, add_finding, write_arrivals, write_seen

DAY = 86_400
SPREAD = 21  # days
CHANNELS = {
    "wa": (9, 0.62),
    "em": (3, 0.4),
    "fb": (4, 0.34),
    "tg": (2, 0.5),
    "sms": (2, 0.55),
    "bs": (1, 0.3),
    "cp": (3, 0.45),
}
GIFTS = (500, 1000, 1000, 1500, 2000, 2000, 3000, 3000, 5000, 10000)
ORIGINS = (
    ("Newsletter de septembre", "newsletter", "RT6KH", 260),
    ("Affiche du marché", "poster", "7WBXJ", 70),
    ("Partenaire : La Cagette", "partner", "F9LDN", 90),
    ("Café-débat de la médiathèque", "debate", "K4MVC", 45),
)
ON_SCREENS = ("newsletter", "partner")
UNCOUNTED = ("word:googlebot", "card:whatsapp", "card:facebookexternalhit", "prefetch", "staff", "flood")


@dataclass
class Story:
    """One telling: who may still pass the joke on, and the numbers that keep ids apart."""

    store: Store
    chance: random.Random
    timezone: ZoneInfo
    episodes: list[str]
    channels: list[str]
    begin: int
    end: int
    people: int = 0
    payments: int = 0
    waiting: list[tuple[str, int, int, str]] = field(default_factory=list)  # visit id, at, generation, episode

    def later(self, at: int, hours: float) -> int:
        """A while after, mostly soon, now and then days later; never beyond today."""
        return min(int(at + self.chance.expovariate(1 / (hours * 3600))) + 20, self.end)

    def person(self) -> int:
        """The hash of somebody new."""
        self.people += 1
        return self.chance.getrandbits(62)


def fill(
    store: Store, campaign: Campaign, seed: int = 7, sharers: int = 400, now: float | None = None
) -> dict[str, int]:
    """Fill an empty database; how many rows of each kind there are now: {"sharers", "visits", "shares", "gifts"}."""
    end = int(time.time() if now is None else now)
    story = Story(
        store=store,
        chance=random.Random(seed),  # noqa: S311 - a story, not a secret
        timezone=campaign.timezone,
        episodes=list(campaign.episodes) or [""],
        channels=[code for code in CHANNELS if code in campaign.channels] or list(campaign.channels)[:1],
        begin=end - SPREAD * DAY,
        end=end,
    )
    with store.atomic() as writing:
        seed_story(writing, story)
        while story.waiting and count_sharers(writing) < sharers:
            story.waiting.sort(key=lambda each: each[1])
            pass_on(writing, story, *story.waiting.pop(0))
    return {
        table: store.query(f"select count(*) as n from {table}")[0]["n"]  # noqa: S608 - names of our own
        for table in ("sharers", "visits", "shares", "gifts")
    }


def count_sharers(writing: Writing) -> int:
    return int(writing.query("select count(*) as n from sharers")[0]["n"])


def seed_story(writing: Writing, story: Story) -> None:
    """Where it starts: a newsletter, a poster, a partner, a debate, and people who found the site by themselves."""
    for name, sort, code, crowd in ORIGINS:
        id_, at = id_at(story, story.begin - DAY), story.begin - DAY
        writing.insert("sharers", SHARER_COLUMNS, [(id_, None, "origin", name, 1, at)])
        writing.insert("origins", ("sharer", "sort", "code", "made_at"), [(id_, sort, code, at)])
        for _ in range(crowd):
            arrive(writing, story, story.later(story.begin, 60), id_, "ref" if sort in ON_SCREENS else "qr", 1)
    for _ in range(320):
        at = story.begin + story.chance.randrange(SPREAD * DAY)
        arrive(writing, story, at, None, None, 0)


def id_at(story: Story, at: int) -> str:
    """An id as it would have been made at that time: the same for the same seed."""
    alphabet = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
    return new_id(at)[:8] + "".join(story.chance.choice(alphabet) for _ in range(8))


def arrive(
    writing: Writing,
    story: Story,
    at: int,
    sharer: str | None,
    channel: str | None,
    generation: int,
    episode: str = "",
    variant: int = 1,
) -> None:
    """Somebody comes; most stay long enough to be confirmed, some of them give, some will pass it on."""
    chance = story.chance
    episode = episode if episode and chance.random() < 0.85 else chance.choice(story.episodes[:4])
    visit = Arrival(
        id=id_at(story, at),
        sharer=sharer,
        episode=episode,
        channel=channel,
        variant=variant if channel else None,
        at=at,
        verdict=HUMAN.name,
        rule=HUMAN.rule,
        visitor=story.person(),
        yesterday=0,
        timezone=story.timezone,
        seen_at=None if sharer else at,
    )
    if sharer and chance.random() < 0.18:
        add_finding(visit, chance.choice(UNCOUNTED))
        write_arrivals(writing, [visit])
        return
    write_arrivals(writing, [visit])
    if sharer and chance.random() < 0.06:
        again = Arrival(
            **{name: getattr(visit, name) for name in Arrival.__slots__} | {"id": id_at(story, at + 60), "at": at + 60}
        )
        again.findings = ""
        again.verdict, again.rule = HUMAN
        write_arrivals(writing, [again])
    if sharer and chance.random() < 0.74:
        see(writing, story, visit, None)
    elif sharer:
        return
    watch(writing, story, visit)
    if chance.random() < 0.05:
        give(writing, story, visit)
    if chance.random() < 0.3:
        story.waiting.append((visit.id, story.later(at, 5), generation + 1, episode))


def see(writing: Writing, story: Story, visit: Arrival, known: str | None) -> None:
    page = Seen(
        id=visit.id,
        fresh_id=id_at(story, visit.at + 9),
        at=min(visit.at + story.chance.randrange(4, 40), story.end),
        findings="",
        visitor=visit.visitor,
        yesterday=0,
        timezone=story.timezone,
        known=known,
    )
    write_seen(writing, [page])


def watch(writing: Writing, story: Story, visit: Arrival) -> None:
    """Most who look at an episode start its film, and many see it to the end; drawn apart, so that the story stays."""
    own = random.Random(visit.visitor)  # noqa: S311
    if own.random() < 0.78 and visit.episode:
        quartile = own.choices((0, 1, 2, 3, 4), (8, 9, 8, 9, 66))[0]
        write_watched(writing, [Watched(visit.id, visit.episode, quartile, min(visit.at + 40, story.end))])


def pass_on(writing: Writing, story: Story, visit: str, at: int, generation: int, episode: str) -> None:
    """Somebody passes the joke on, through one to three channels, and friends follow."""
    chance = story.chance
    weights = [CHANNELS.get(code, (1, 0.3))[0] for code in story.channels]
    for _ in range(chance.choice((1, 1, 2, 3))):
        (channel,) = chance.choices(story.channels, weights)
        variant = chance.choice((1, 2, 3))
        write_shares(writing, [Share(id_at(story, at), visit, episode, channel, variant, at, story.timezone)])
        pull = CHANNELS.get(channel, (1, 0.3))[1] * (1, 1.15, 0.9)[variant - 1]
        if chance.random() < 0.05:  # a group of forty, rather than a friend
            pull = 0.9
        while chance.random() < pull:
            arrive(writing, story, story.later(at, 7), visit, channel, generation, episode, variant)
    come_back(writing, story, visit, at, episode)


def come_back(writing: Writing, story: Story, visit: str, at: int, episode: str) -> None:
    """Sharers look at their own link, or return another day: neither is a new visitor."""
    for verdict, rule, sharer, odds in (
        ("self", "known-own-link", visit, 0.05),
        ("returning", "known", None, 0.12),
    ):
        if story.chance.random() > odds:
            continue
        own = Arrival(
            id=id_at(story, at + 600),
            sharer=sharer,
            episode=episode,
            channel="wa" if sharer else None,
            variant=1 if sharer else None,
            at=min(at + 600, story.end),
            verdict=verdict,
            rule=rule,
            visitor=0,
            yesterday=0,
            timezone=story.timezone,
            known=visit,
        )
        write_arrivals(writing, [own])


def give(writing: Writing, story: Story, visit: Arrival) -> None:
    """A gift a few minutes later; one in twenty is refunded after some days."""
    chance, at = story.chance, min(visit.at + chance_minutes(story), story.end)
    story.payments += 1
    write_departures(writing, [(id_at(story, visit.at + 30), visit.id, "donner", min(visit.at + 30, story.end))])
    gift = Entry(
        provider="generic",
        account="",
        payment=f"demo-{story.payments:04}",
        entry="gift",
        kind="gift",
        amount=chance.choice(GIFTS),
        currency="EUR",
        visit_id=visit.id,
        livemode=True,
        at=at,
        received_at=at,
        timezone=story.timezone,
    )
    write_entries(writing, [gift])
    if chance.random() < 0.05:
        taken = {name: getattr(gift, name) for name in Entry.__slots__}
        write_entries(writing, [Entry(**taken | {"entry": "refund:1", "kind": "refund", "amount": -gift.amount})])


def chance_minutes(story: Story) -> int:
    return story.chance.randrange(60, 900)
