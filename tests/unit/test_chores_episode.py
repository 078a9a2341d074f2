"""`invoke episode`: a ready-to-fill file, never over another one."""

from pathlib import Path

import pytest

from chores.episode import EpisodeError, explain_next_steps, write_episode
from plugins.episodes import read_episodes
from plugins.names import make_slug
from tests.campaigns import CAUSES, draw_film, write_text


def test_a_new_episode_lacks_only_its_film(tmp_path: Path) -> None:
    file = write_episode("J'ai piscine !", tmp_path)
    assert file == tmp_path / "jai-piscine.md"
    media = tmp_path / "media"
    media.mkdir()
    _, (mistake,) = read_episodes(tmp_path, CAUSES, media)
    assert "there is no jai-piscine.mp4" in mistake.what
    assert "invoke animatic jai-piscine" in mistake.mend

    draw_film(media / "jai-piscine.mp4", seconds=12)
    (episode,), mistakes = read_episodes(tmp_path, CAUSES, media)
    assert mistakes == []
    assert (episode.number, episode.status, episode.excuse) == (1, "draft", "J'ai piscine !")
    assert "/drafts/jai-piscine/" in explain_next_steps(file)


def test_the_next_free_number_and_the_usual_cause_are_taken(tmp_path: Path) -> None:
    for number, cause in (("3", "toit"), ("7", "repas"), ("5", "toit")):
        (tmp_path / f"e{number}.md").write_text(write_text({"Number": number, "Cause": cause}), encoding="utf-8")
    text = write_episode("Plus tard", tmp_path).read_text(encoding="utf-8")
    assert "Number: 8\n" in text
    assert "Cause: toit\n" in text


def test_an_episode_is_never_overwritten(tmp_path: Path) -> None:
    write_episode("Plus tard", tmp_path).write_text("précieux", encoding="utf-8")
    with pytest.raises(EpisodeError, match="there already"):
        write_episode("Plus tard", tmp_path)
    assert (tmp_path / "plus-tard.md").read_text(encoding="utf-8") == "précieux"


@pytest.mark.parametrize("title", ["", "…", "x" * 81, "\U0001f988"])
def test_a_title_that_cannot_be_one_is_refused(tmp_path: Path, title: str) -> None:
    with pytest.raises(EpisodeError, match="Mend"):
        write_episode(title, tmp_path)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("J’ai piscine !", "jai-piscine"),
        ("Ça ne sert à rien", "ca-ne-sert-a-rien"),
        ("L'œuf & la poule", "loeuf-la-poule"),
    ],
)
def test_addresses_are_made_of_plain_letters(title: str, slug: str) -> None:
    assert make_slug(title) == slug
