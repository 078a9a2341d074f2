"""Findings as sentences, in the language of the page."""

from __future__ import annotations

from theme.wording import format_percent
from tracker.campaign import Campaign
from tracker.dashboard.story import Finding
from tracker.pages import gettext as _
from tracker.pages import ngettext, number, page_language


def tell(finding: Finding, campaign: Campaign) -> str:
    """One sentence, or two short ones."""
    words = {name: show(name, value) for name, value in finding.words.items()}
    reasons = name_reasons(finding, campaign)
    kind = finding.kind
    if kind in ("rise", "fall"):
        said = {
            "rise": _("Le ratio de viralité est monté de %(before)s à %(ratio)s"),
            "fall": _("Le ratio de viralité est tombé de %(before)s à %(ratio)s"),
        }[kind] % words
        if not reasons:
            return f"{said}. " + _("Aucun canal ni épisode ne l’explique à lui seul.")
        because = {
            "rise": [_(" : grâce à %(one)s."), _(" : grâce à %(one)s et à %(other)s.")],
            "fall": [_(" : c’est surtout %(one)s."), _(" : c’est surtout %(one)s et %(other)s.")],
        }[kind][len(reasons) - 1]
        return said + because % {"one": reasons[0], "other": reasons[-1]}
    return templates(finding)[kind] % (words | {"channel": "".join(reasons[:1])})


def templates(finding: Finding) -> dict[str, str]:
    """Each kind of sentence, with places for its figures."""
    sharers = int(finding.words.get("sharers", 0))
    return {
        "early": ngettext(
            "Un seul passeur ces jours-là : il en faut %(wanted)s pour parler de viralité.",
            "%(sharers)s passeurs ces jours-là : il en faut %(wanted)s pour parler de viralité.",
            sharers,
        )
        if sharers
        else _("Aucun passeur ces jours-là : il en faut %(wanted)s pour parler de viralité."),
        "ratio": _("100 passeurs en amènent %(hundred)s nouveaux, à peu de chose près : entre %(low)s et %(high)s."),
        "same": _(
            "100 passeurs en amènent %(hundred)s nouveaux (entre %(low)s et %(high)s). Rien ne dit que cela ait changé."
        ),
        "more visitors": _("Plus de monde qu’avant : %(count)s personnes, contre %(before)s."),
        "fewer visitors": _("Moins de monde qu’avant : %(count)s personnes, contre %(before)s."),
        "as many visitors": _("À peu près autant de monde qu’avant : %(count)s personnes, contre %(before)s."),
        "more gifts": _("Plus de dons : %(count)s, contre %(before)s."),
        "fewer gifts": _("Moins de dons : %(count)s, contre %(before)s."),
        "push": _(
            "À faire aujourd’hui : mettez %(channel)s en avant. 100 envois y font %(rate)s nouveaux passeurs ; "
            "ailleurs, %(others)s."
        ),
    }


def show(name: str, value: float) -> str:
    """A figure: ratios with one digit or two, bounds and rates by the hundred, counts whole."""
    if name in ("low", "high", "rate", "others"):
        return number(round(value * 100))
    if name in ("ratio", "before") and value != int(value):
        return show_ratio(value)
    return number(value)


def show_ratio(value: float | None) -> str:
    """0.613 gives 0,61; nothing known gives a dash."""
    return "–" if value is None else number(round(value, 2))


def show_change(now: int, before: int) -> str:
    """+49 %, or nothing where there was nothing before."""
    if not before:
        return ""
    part = round((now - before) / before, 2) + 0.0  # never -0
    return ("+" if part > 0 else "") + format_percent(part, page_language()).replace("-", "−")


def name_reasons(finding: Finding, campaign: Campaign) -> list[str]:
    names = []
    if finding.channel:
        names.append(campaign.channel(finding.channel, page_language()))
    if finding.episode:
        names.append(_("« %(title)s »") % {"title": campaign.title(finding.episode, page_language()).rstrip(".")})
    return names
