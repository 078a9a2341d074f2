"""A build over a former site gives what a build into an empty place gives, and writes only what changed."""

from pathlib import Path

import pytest

from chores import compress
from tests.campaigns import Campaign


@pytest.mark.parametrize("few", [3, 200])
def test_a_site_that_was_built_over_is_the_same_as_a_fresh_one(
    campaign: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(compress, "FEW", few)  # below and above: a lone change of a large site is squeezed as all of it
    for number in (1, 2, 3):
        campaign.write_episode(f"excuse-{number}.md", Number=str(number), Excuse=f"Excuse {number}")
    gone = campaign.write_episode("disparue.md", Number="4")
    campaign.build()
    stays = campaign.output / "episodes" / "excuse-1" / "index.html"
    number = stays.stat().st_ino

    gone.unlink()
    campaign.write_episode("excuse-3.md", Number="3", Excuse="Une tout autre excuse")
    campaign.build()
    over = campaign.list_output()
    assert stays.stat().st_ino == number
    assert not [path for path in over if "disparue" in path]
    campaign.build(OUTPUT_PATH=str(tmp_path / "fresh"))
    files = (file for file in (tmp_path / "fresh").rglob("*") if file.is_file())
    assert over == {file.relative_to(tmp_path / "fresh").as_posix(): file.read_bytes() for file in files}


def test_what_a_preview_squeezed_in_haste_is_not_kept_for_visitors(campaign: Campaign) -> None:
    campaign.write_episode()
    campaign.build(preview=True)
    quick = campaign.list_output()
    campaign.build()
    thorough = campaign.list_output()
    page = "episodes/jai-piscine/index.html"
    assert quick[page] == thorough[page]
    assert len(thorough[f"{page}.br"]) < len(quick[f"{page}.br"])
