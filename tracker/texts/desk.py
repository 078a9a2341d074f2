"""Share texts as staff see them: each with its figures, how sure these are, and what staff may do about it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from tracker.choices import keep_choice
from tracker.dashboard import offer_words
from tracker.errors import Refused
from tracker.pages import gettext as _
from tracker.services import Services, services
from tracker.staff.roles import only_who_may
from tracker.store import Row
from tracker.texts.odds import Tally, add_up, chances_of_best, find_winner, interval, people_needed
from tracker.texts.plan import NEWEST, read_weights, restart_text, stop_text
from tracker.texts.results import (
    REWARD_CHOICE,
    WINDOWS,
    TextTest,
    begin_tests,
    count_texts,
    count_waiting,
    list_tests,
    read_blocks,
    read_reward,
    tallies_of,
)

blueprint = Blueprint("texts", __name__, url_prefix="/staff/texts")
blueprint.context_processor(offer_words)

LIKELY = 0.8  # from this probability on, a text is told to lead, though nothing is proved


class Figures(NamedTuple):
    """One text. `rate` is the part of trials that it won, between `low` and `high` with 95 %; `best` is the probability
    that its rate is the highest of those that run, `dealt` the part of visitors who get it now."""

    variant: int
    texts: dict[str, str]
    people: int
    shares: int
    visitors: int
    gifts: int
    rate: float
    low: float
    high: float
    best: float
    dealt: float
    waiting: int
    stopped: Row | None


class Report(NamedTuple):
    """One episode's texts. `winner` is the variant that may be called the best, None while it is too early; then
    `leader` is the one that is likely to be it, if any is. `missing` counts texts by language where some lack."""

    episode: str
    figures: list[Figures]
    winner: int | None
    leader: int | None
    needed: int
    since: int
    scale: float
    missing: dict[str, int]


def report_texts(kit: Services) -> list[Report]:
    """All episodes whose texts are compared, newest first; then those that lack texts in one language."""
    store, reward = kit.store, read_reward(kit.store)
    begin_tests(store, kit.campaign, int(time.time()))
    tests = list_tests(store)
    blocks = {name: read_blocks(store, name) for name in WINDOWS}
    weights, waiting = read_weights(store), count_waiting(store, reward)
    stopped = {(row["episode"], row["variant"]): row for row in store.query("select * from stopped_texts")}
    reports = []
    for slug, episode in islice(kit.campaign.episodes.items(), NEWEST):
        texts = episode.get("share_texts") or {}
        if count_texts(episode) < 2:
            if any(len(each) > 1 for each in texts.values()):
                missing = {language: len(each) for language, each in texts.items()}
                reports.append(Report(slug, [], None, None, 0, 0, 1, missing))
            continue
        known = {variant: row for (each, variant), row in stopped.items() if each == slug}
        dealt = next((each for since, each in reversed(weights.get(slug, [])) if since <= time.time()), {})
        of_both = {name: rows.get(slug, []) for name, rows in blocks.items()}
        young = {variant: count for (each, variant), count in waiting.items() if each == slug}
        reports.append(report_episode(tests[slug], texts, of_both, reward, dealt, young, known))
    return sorted(reports, key=lambda report: bool(report.missing))


def report_episode(
    test: TextTest,
    texts: dict[str, list[str]],
    rows: dict[Any, list[Row]],
    reward: str,
    dealt: Mapping[int, float],
    waiting: dict[int, int],
    stopped: dict[int, Row],
) -> Report:
    every = range(1, test.variants + 1)
    running = [variant for variant in every if variant not in stopped] or list(every)
    blocks = tallies_of(rows[reward])
    tallies = add_up(blocks, every)
    chances = chances_of_best({variant: tallies[variant] for variant in running})
    brought = {name: sum_rows(rows[name], "brought") for name in rows}
    shares = sum_rows(rows[reward], "shares")
    figures = []
    for variant in every:
        tally = tallies[variant]
        low, high = interval(tally)
        figures.append(
            Figures(
                variant=variant,
                texts={language: each[variant - 1] for language, each in texts.items()},
                people=tally.people,
                shares=shares[variant],
                visitors=brought["visitors"][variant],
                gifts=brought["gifts"][variant],
                rate=tally.won / tally.people if tally.people else 0,
                low=low,
                high=high,
                best=chances.get(variant, 0),
                dealt=0 if variant in stopped else dealt.get(variant, 1 / len(running) if not dealt else 0),
                waiting=waiting.get(variant, 0),
                stopped=stopped.get(variant),
            )
        )
    winner = find_winner(blocks, running, test.variants)
    likely = max(running, key=lambda variant: chances[variant])
    measured = [each.high for each in figures if each.people]
    return Report(
        episode=test.episode,
        figures=figures,
        winner=winner,
        leader=likely if winner is None and len(running) > 1 and chances[likely] >= LIKELY else None,
        needed=people_needed(Tally(*map(sum, zip(*tallies.values(), strict=True)))),
        since=test.since,
        scale=max(measured, default=1),
        missing={},
    )


def sum_rows(rows: list[Row], name: str) -> Counter[int]:
    sums: Counter[int] = Counter()
    for row in rows:
        sums[row["variant"]] += row[name]
    return sums


def draw_interval(figures: Figures, scale: float) -> Markup:
    """Where the rate lies for sure, and where it was found, on a scale from 0."""
    left, right, middle = (round(100 * part / scale, 2) for part in (figures.low, figures.high, figures.rate))
    return Markup(
        '<svg class="between" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="span" x="{}" y="2" width="{}" height="4"/>'
        '<rect class="found" x="{}" width="1.2" height="8"/></svg>'
    ).format(left, round(right - left, 2), max(min(middle, 98.8), 0))


@blueprint.get("/")
def texts() -> ResponseReturnValue:
    kit = services()
    return render_template(
        "texts/texts.html",
        reports=report_texts(kit),
        reward=read_reward(kit.store),
        draw_interval=draw_interval,
    )


def asked_text() -> tuple[str, int]:
    """The episode and the variant that a form names. Raises Refused for one that there is not."""
    episode, variant = request.form.get("episode", ""), request.form.get("variant", "")
    count = count_texts(services().campaign.episodes.get(episode, {}))
    if not (variant.isascii() and variant.isdigit()) or not 1 <= int(variant[:3]) <= count:
        raise Refused("unknown_text", "There is no such text.", 404)
    return episode, int(variant)


@blueprint.post("/stop")
@only_who_may("stop texts")
def post_stop() -> ResponseReturnValue:
    kit, (episode, variant) = services(), asked_text()
    if stop_text(kit.store, episode, variant, current_user.name):
        flash(_("C’est arrêté. Ceux qui avaient ce texte en reçoivent un autre."))
    else:
        flash(_("Un texte au moins doit courir : c’est le dernier."))
    kit.texts.reread()
    return redirect(url_for("texts.texts", _anchor=f"t-{episode}"), 303)


@blueprint.post("/restart")
@only_who_may("stop texts")
def post_restart() -> ResponseReturnValue:
    kit, (episode, variant) = services(), asked_text()
    restart_text(kit.store, episode, variant)
    kit.texts.reread()
    flash(_("Il repart, avec les chiffres d’avant. Son tour revient dans quelques heures au plus."))
    return redirect(url_for("texts.texts", _anchor=f"t-{episode}"), 303)


@blueprint.post("/reward")
@only_who_may("stop texts")
def post_reward() -> ResponseReturnValue:
    wanted = request.form.get("reward", "")
    if wanted not in WINDOWS:
        raise Refused("unknown_reward", "Texts are rewarded for visitors or for gifts.", 422)
    keep_choice(services().store, REWARD_CHOICE, wanted, current_user.name)
    flash(_("Compris. Les chiffres sont refaits avec la nouvelle récompense."))
    return redirect(url_for("texts.texts"), 303)
