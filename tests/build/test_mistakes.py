"""Mistakes in content: each names its file, its line and the mend; all are told at once; the old site stands."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from PIL import Image

from chores.build import HERE, BuildError, build
from plugins.episodes import read_episodes
from plugins.mistakes import Mistake
from tests.campaigns import CAUSES, HEADINGS, SCRIPT, SITE_URL, Campaign, draw_film, write_text

LINES = {"Title": 1, "Number": 2, "Excuse": 3, "Answer": 4, "Date": 5, "Cause": 6, "Film": 7, "Share": 8}


def find_mistakes(campaign: Campaign) -> list[Mistake]:
    content = campaign.content
    return read_episodes(content / "episodes", CAUSES, content / "media", cache=campaign.cache)[1]


@pytest.mark.parametrize(
    ("heading", "value", "what", "mend"),
    [
        ("Title", "x" * 81, "81 characters, 80 at most", "take out 1"),
        ("Number", "sept", "not a whole number", "such as 7"),
        ("Number", "0", "not a whole number", "such as 7"),
        ("Number", "٧", "not a whole number", "such as 7"),
        ("Number", "1000000", "not a whole number", "such as 7"),
        ("Excuse", "x" * 91, "90 at most", "take out 1"),
        ("Answer", "", "Answer is empty", "Answer:"),
        ("Date", "28/09/2026", "cannot be read", "2026-09-07"),
        ("Date", "2026-02-30", "no such date", "calendar"),
        ("Date", "0206-09-07", "the year 206", "first four figures"),
        ("Cause", "repa", "unknown", "perhaps repas"),
        ("Film", "piscines.mp4", "no piscines.mp4", "animatic"),
        ("Film", "piscine.mov", "does not end in .mp4", "ending in .mp4"),
        ("Film", "../piscine.mp4", "not a plain file name", "file in media"),
        ("Film", "films\\piscine.mp4", "not a plain file name", "file in media"),
        ("Film", ".piscine.mp4", "not a plain file name", "file in media"),
        ("Film", "https://example.org/film", "no film can be shown", "YouTube, Vimeo, PeerTube or Dailymotion"),
        ("Film", "https://youtu.be/dQw4w9WgXcQ", "needs a Poster", "Poster"),
        ("Share", "x" * 257, "281 characters", "take out 1"),
        ("Share", "é😀" * 90, "294 characters", "take out 14"),
    ],
)
def test_a_wrong_heading_is_told_with_its_line_and_the_mend(
    campaign: Campaign, heading: str, value: str, what: str, mend: str
) -> None:
    file = campaign.write_episode(**{heading: value})
    (mistake,) = find_mistakes(campaign)
    assert (mistake.file, mistake.line) == (file, LINES[heading])
    assert what in mistake.what
    assert mend in f"{mistake.what} {mistake.mend}"


def test_what_just_fits_is_no_mistake(campaign: Campaign) -> None:
    """Accents may come apart, a link counts 23 for X, and capitals do not matter."""
    campaign.add_film("FILM.MP4")
    longest = f"{'x' * 232} https://example.org/{'y' * 100}"
    campaign.write_episode(
        Title="e\u0301" * 80,
        Number="999999",
        Date="2026-09-28 18:00",
        Film="FILM.MP4",
        Status="Hidden",
        Share="\n    ".join([longest, *"bcdefghi"]),
    )
    content = campaign.content
    (episode,), mistakes = read_episodes(content / "episodes", CAUSES, content / "media", cache=campaign.cache)
    assert mistakes == []
    assert (episode.title, episode.number, episode.status) == ("é" * 80, 999_999, "hidden")
    assert (episode.date.hour, len(episode.share_texts)) == (18, 9)


@pytest.mark.parametrize("heading", sorted(LINES))
def test_a_missing_heading_is_told_with_an_example(campaign: Campaign, heading: str) -> None:
    campaign.write_episode(**{heading: None})
    (mistake,) = find_mistakes(campaign)
    assert mistake.what == f"{heading} is missing"
    assert f"{heading}: " in mistake.mend


@pytest.mark.parametrize(
    ("changes", "what", "mend", "line"),
    [
        ({"Titel": "x"}, "« Titel » is unknown", "did you mean Title?", 10),
        ({"Réponse": "x"}, "« Réponse » is unknown", "did you mean Answer?", 10),
        ({"Weather": "x"}, "« Weather » is unknown", "use one of Title, Number", 10),
        ({"Status": "publshed"}, "status « publshed » is unknown", "perhaps published", 10),
        ({"Length": "12"}, "Length is only for films elsewhere", "take it out", 10),
        ({"Poster": "nothing.jpg"}, "there is no nothing.jpg", "put the picture there", 10),
        ({"Share": "\n".join(["a"] + ["    b"] * 9)}, "10 share texts, 9 at most", "keep the best", 17),
    ],
)
def test_further_headings_are_checked_too(
    campaign: Campaign, changes: dict[str, str], what: str, mend: str, line: int
) -> None:
    campaign.write_episode(**changes)
    (mistake,) = find_mistakes(campaign)
    assert what in mistake.what
    assert mend in mistake.mend
    assert mistake.line == line


def test_a_heading_written_twice_names_both_lines(campaign: Campaign) -> None:
    file = campaign.write_episode()
    file.write_text("Title: Encore\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    (mistake,) = find_mistakes(campaign)
    assert (mistake.line, mistake.what) == (2, "Title is there twice, first in line 1")


def test_two_episodes_with_one_number_name_each_other(campaign: Campaign) -> None:
    campaign.write_episode("a.md")
    second = campaign.write_episode("b.md")
    (mistake,) = find_mistakes(campaign)
    assert (mistake.file, mistake.line) == (second, 2)
    assert mistake.what == "the number 4 is already taken by a.md"
    assert "such as 5" in mistake.mend


@pytest.mark.parametrize(
    ("script", "what", "line"),
    [
        (None, "there is no Script section", 12),
        ("[00:01] A: b\n[00:00] A: c\n[00:02] FIN", "out of order", 16),
        (SCRIPT.replace("[00:02] FIN", "[00:09] FIN"), "comes at 0:09, but the film ends at 0:02.0", 17),
    ],
)
def test_a_script_that_cannot_be_played_is_told(campaign: Campaign, script: str | None, what: str, line: int) -> None:
    campaign.write_episode(script=script)
    (mistake,) = find_mistakes(campaign)
    assert what in mistake.what
    assert mistake.line == line


@pytest.mark.parametrize(
    ("content", "what", "line"),
    [
        (b"Title: caf\xe9\n", "not in UTF-8", 1),
        (b"Title: a\nNumber: 1\n\0\0", "not a text file", 3),
    ],
)
def test_a_file_that_is_no_text_is_told_once(campaign: Campaign, content: bytes, what: str, line: int) -> None:
    (campaign.content / "episodes" / "a.md").write_bytes(content)
    (mistake,) = find_mistakes(campaign)
    assert what in mistake.what
    assert mistake.line == line


@pytest.mark.parametrize("name", ["J'ai piscine.md", "Piscine.md", "piscine.de.md", "piscine.fr.md"])
def test_a_file_name_that_makes_no_address_is_told(campaign: Campaign, name: str) -> None:
    campaign.write_episode(name)
    (mistake,) = find_mistakes(campaign)
    assert "name" in mistake.what
    assert "name it" in mistake.mend


def test_a_translation_without_its_original_is_told(campaign: Campaign) -> None:
    campaign.write_episode("jai-piscine.en.md")
    (mistake,) = find_mistakes(campaign)
    assert mistake.what == "this translation has no original: there is no jai-piscine.md"


def test_a_translation_takes_what_it_leaves_out_from_its_original(campaign: Campaign) -> None:
    campaign.write_episode(Status="hidden")
    campaign.write_episode("jai-piscine.en.md", Number=None, Date=None, Cause=None, Film=None)
    episodes, mistakes = read_episodes(
        campaign.content / "episodes", CAUSES, campaign.content / "media", cache=campaign.cache
    )
    assert mistakes == []
    assert [(e.lang, e.number, e.cause, e.film, e.status) for e in episodes] == [
        ("fr", 4, "toit", "piscine.mp4", "hidden"),
        ("en", 4, "toit", "piscine.mp4", "hidden"),
    ]


def test_a_translation_with_another_number_is_told(campaign: Campaign) -> None:
    campaign.write_episode()
    campaign.write_episode("jai-piscine.en.md", Number="5")
    (mistake,) = find_mistakes(campaign)
    assert mistake.what == "Number is 5 here and 4 in jai-piscine.md"


def test_a_film_that_is_none_is_told(campaign: Campaign) -> None:
    (campaign.content / "media" / "piscine.mp4").write_bytes(b"not a film at all")
    campaign.write_episode()
    (mistake,) = find_mistakes(campaign)
    assert mistake.line == LINES["Film"]
    assert "piscine.mp4 cannot be shown" in mistake.what


@pytest.mark.parametrize(
    ("codec", "form", "what"),
    [
        ("mpeg4", "mp4", "its picture is in mpeg4"),
        ("libvpx-vp9", "mp4", "its picture is in vp9"),
        ("libx264", "matroska", "it is no MP4 film, but Matroska"),
    ],
)
def test_a_film_that_some_browsers_would_not_play_is_told(campaign: Campaign, codec: str, form: str, what: str) -> None:
    draw_film(campaign.content / "media" / "piscine.mp4", codec=codec, form=form)
    campaign.write_episode()
    (mistake,) = find_mistakes(campaign)
    assert what in mistake.what
    assert "invoke film YOUR-FILM --name piscine" in mistake.mend


def test_a_film_whose_copy_was_interrupted_is_told(campaign: Campaign) -> None:
    film = campaign.content / "media" / "piscine.mp4"
    film.write_bytes(film.read_bytes()[:-100])
    campaign.write_episode()
    (mistake,) = find_mistakes(campaign)
    assert "its end is missing" in mistake.what


def test_an_empty_file_is_told_once(campaign: Campaign) -> None:
    (campaign.content / "episodes" / "a.md").write_text("\n", encoding="utf-8")
    (mistake,) = find_mistakes(campaign)
    assert mistake.what == "this file is empty"


def test_what_would_be_yaml_elsewhere_is_told(campaign: Campaign) -> None:
    file = campaign.write_episode(Title='"J\'ai piscine"', Share="- un\n    - deux")
    file.write_text("---\n" + file.read_text("utf-8").replace("\n\n", "\n---\n\n", 1), encoding="utf-8")
    assert [mistake.line for mistake in find_mistakes(campaign) if "as in YAML" in mistake.what] == [2, 9, 10]


PICTURE = "![Un guichet](guichet.png)"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[ici](/nulle-part/)", "leads nowhere: « /nulle-part/ »"),
        ("[ici](/episode/jai-piscine/)", "perhaps /episodes/jai-piscine/"),
        ("[ici](jai-piscine.md)", "not clear where this link leads"),
        ("[ici](javascript:alert(1))", "browsers refuse this link"),
        ("<script>alert(1)</script>", "browsers refuse <script>"),
        ('<b onclick="x()">!</b>', "browsers refuse onclick="),
        ("![Un chat](chat.png)", "no picture « chat.png » in content/media"),
        ("![Un chat](https://chats.example/chat.png)", "this picture is not ours"),
        ("![](guichet.png)", "no words for those who don't see it"),
        ("![Faux](faux.png)", "cannot be read as a picture"),
    ],
)
def test_what_readers_could_not_use_is_told_with_its_line(campaign: Campaign, text: str, what: str) -> None:
    Image.new("RGB", (9, 9)).save(campaign.content / "media" / "guichet.png")
    (campaign.content / "media" / "faux.png").write_bytes(b"none")
    campaign.write_episode()
    file = campaign.write_page("a.md", f"Title: Un essai\n\nVoici.\n\n{text}\n")
    with pytest.raises(BuildError, match=f"{file.name}:5: ") as stopped:
        campaign.build()
    assert what in str(stopped.value)


def test_links_and_pictures_that_lead_somewhere_do(campaign: Campaign) -> None:
    Image.new("RGB", (3000, 1500), "red").save(campaign.content / "media" / "guichet.png")
    links = (
        "[a](/episodes/jai-piscine/) [b](/a#c) [c](https://a.example/b) [d](mailto:a@b.example) [e](#f) [f](/board/)"
    )
    campaign.write_episode(body=f"{PICTURE}\n\n{links}")
    campaign.write_page("a.md", f"Title: Un essai\n\n{PICTURE}\n\n`[x](y)` [y](/a/)\n")
    campaign.build()
    for place in ("episodes/jai-piscine/index.html", "a/index.html"):
        assert 'src="/pictures/guichet.png.webp" width="1280" height="640" loading="lazy"' in campaign.read(place)
    with Image.open(campaign.output / "pictures" / "guichet.png.webp") as drawn:
        assert drawn.size == (1280, 640)
    assert f"{SITE_URL}/pictures/guichet.png.webp" in campaign.read("feeds/atom.xml")  # readers of feeds are elsewhere


@pytest.mark.parametrize("name", ["b.txt", "b.MD", "saison-2/b.md", "b.docx"])
def test_a_file_that_nobody_reads_is_told(campaign: Campaign, name: str) -> None:
    campaign.write_episode()
    file = campaign.content / "episodes" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("Title: Essai\n", encoding="utf-8")
    (campaign.content / "episodes" / "_notes.txt").write_text("à moi", encoding="utf-8")
    with pytest.raises(BuildError, match=r"not read|only files ending in \.md are read"):
        campaign.build()


def test_a_build_tells_all_mistakes_at_once_and_keeps_the_former_site(campaign: Campaign) -> None:
    campaign.write_episode()
    campaign.build()
    before = campaign.list_output()

    campaign.write_episode("b.md", Number="x", Date="y", Cause="z")
    campaign.write_page("donner.md", "Titel: Donner\n\nDonnez.")
    with pytest.raises(BuildError) as stopped:
        campaign.build()
    for told in ("4 mistakes", "b.md:2:", "b.md:5:", "b.md:6:", "donner.md:1:", "did you mean Title?"):
        assert told in str(stopped.value)
    assert campaign.list_output() == before


def test_pelican_itself_exits_with_an_error_on_a_mistake(campaign: Campaign) -> None:
    campaign.write_episode(Number="x")
    command = [sys.executable, "-m", "pelican", "-s", "pelicanconf.py", "--fatal", "errors", str(campaign.content)]
    done = subprocess.run(
        [*command, "-o", str(campaign.output)],
        cwd=HERE,
        env={**os.environ, "COLUMNS": "1000"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "is not a whole number from 1" in done.stdout + done.stderr


def test_an_error_in_a_template_stops_the_build_and_names_its_place(campaign: Campaign, tmp_path: Path) -> None:
    campaign.write_episode()
    campaign.build()
    before = campaign.list_output()
    overrides = tmp_path / "templates"
    overrides.mkdir()
    (overrides / "episode.html").write_text("<p>\n{{ asset('nothing.js') }}", encoding="utf-8")
    with pytest.raises(BuildError, match=r"episode\.html:2: LookupError: theme/static has no nothing\.js"):
        campaign.build(THEME_TEMPLATES_OVERRIDES=[str(overrides)])
    assert campaign.list_output() == before


def test_a_plugin_that_cannot_be_loaded_stops_the_build(campaign: Campaign) -> None:
    campaign.write_episode()
    with pytest.raises(BuildError, match=r"plugins\.nothing"):
        campaign.build(PLUGINS=["plugins.reading", "plugins.nothing"])


def test_a_site_goes_online_only_with_its_legal_notice(campaign: Campaign) -> None:
    campaign.write_episode()
    with pytest.raises(BuildError) as stopped:
        campaign.build(publish=True)
    for key in ("publisher", "director", "host", "host_address", "host_phone"):
        assert f"LEGAL lacks {key}: " in str(stopped.value)
    legal: dict[str, Any] = dict.fromkeys(
        ("publisher", "publisher_address", "director", "host", "host_address", "host_phone"), "Les Couverts"
    )
    with pytest.raises(BuildError, match="LEGAL lacks host: "):
        campaign.build(publish=True, LEGAL={**legal, "host": {"fr": "", "en": "Ours"}})
    assert campaign.build(publish=True, LEGAL={**legal, "host": {"fr": "Chez nous", "en": "Ours"}}).episodes == 1


def test_a_site_published_for_ones_own_machine_is_remarked_on(
    campaign: Campaign, capsys: pytest.CaptureFixture[str]
) -> None:
    for address, remarked in ((SITE_URL, False), ("http://127.0.0.1:8000", True)):
        settings = {"PATH": campaign.content, "OUTPUT_PATH": campaign.output, "CACHE_FOLDER": campaign.cache}
        more = {"SITEURL": address, "MENU": [], "FOOTER_MENU": [], "DONATE_PAGE": "", "LEGAL_REQUIRED": False}
        build(publish=True, **{name: str(place) for name, place in settings.items()}, **more)
        assert ("Mend: set SITE_URL in .env." in capsys.readouterr().out) is remarked


def test_a_menu_that_names_no_page_is_told(campaign: Campaign) -> None:
    campaign.write_episode()
    campaign.write_page("donner.md", "Title: Donner\n\nDonnez.")
    with pytest.raises(BuildError, match=r"pelicanconf\.py:\d+: MENU names the page doner.*perhaps donner"):
        campaign.build(MENU=["donner", "doner"])


def test_a_folder_with_other_things_is_never_cleared(campaign: Campaign) -> None:
    campaign.write_episode()
    campaign.output.mkdir()
    (campaign.output / "thesis.odt").write_text("twenty years of work", encoding="utf-8")
    with pytest.raises(BuildError, match="holds other things than a built site"):
        campaign.build()
    assert (campaign.output / "thesis.odt").exists()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=strategies.text(max_size=300), at=strategies.integers(0, 400))
def test_whatever_is_written_becomes_a_mistake_and_never_a_crash(campaign: Campaign, text: str, at: int) -> None:
    file = campaign.write_episode()
    whole = write_text(HEADINGS)
    file.write_text(whole[:at] + text + whole[at:], encoding="utf-8", errors="replace", newline="")
    for mistake in find_mistakes(campaign):
        assert mistake.line >= 1
        assert mistake.mend
