"""A changed episode's page is there at once, the very same that the whole build will write."""

import os
from pathlib import Path

import pytest

from chores.glance import show_at_once
from tests.campaigns import Campaign


def read_pages(output: Path) -> dict[str, bytes]:
    return {str(page.relative_to(output)): page.read_bytes() for page in output.rglob("*.html")}


@pytest.mark.parametrize("name", ["jai-piscine.md", "jai-piscine.en.md"])
def test_a_changed_episode_is_shown_as_the_build_will_show_it(campaign: Campaign, name: str) -> None:
    campaign.write_episode(Number="2")
    campaign.write_episode("jai-piscine.en.md", Number=None)
    campaign.write_episode("autre.md", Number="1")
    built = campaign.build(preview=True)
    os.utime(campaign.output / ".built.json", (1, 1))
    before = read_pages(campaign.output)
    file = campaign.write_episode(
        name, Number="2", Title="C'est fermé !", Excuse="Encore : fermé.", body="D'autres mots."
    )

    address = show_at_once(file, built.site, campaign.output)
    shown = read_pages(campaign.output)
    page = address.removeprefix("https://excuses.example/") + "index.html"
    assert [path for path in shown if shown[path] != before[path]] == [page]
    assert "D’autres mots.".encode() in shown[page]
    assert (campaign.output / ".built.json").stat().st_mtime > 1
    campaign.build(preview=True)
    assert read_pages(campaign.output)[page] == shown[page]


@pytest.mark.parametrize("change", [{"Number": "7"}, {"Number": "x"}, {"Status": "hidden"}, {"Date": "2026-01-01"}])
def test_what_changes_lists_or_is_a_mistake_is_left_to_the_build(campaign: Campaign, change: dict[str, str]) -> None:
    campaign.write_episode()
    built = campaign.build(preview=True)
    before = campaign.list_output()
    file = campaign.write_episode(**change)
    assert show_at_once(file, built.site, campaign.output) == ""
    assert campaign.list_output() == before


def test_a_new_episode_is_left_to_the_build(campaign: Campaign) -> None:
    campaign.write_episode()
    built = campaign.build(preview=True)
    assert show_at_once(campaign.write_episode("autre.md", Number="1"), built.site, campaign.output) == ""
