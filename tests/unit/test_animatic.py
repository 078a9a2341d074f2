"""Animatics: films drawn from scripts, with voices where espeak-ng is installed and blips elsewhere."""

import os
import shutil
from pathlib import Path

import av
import pytest
from PIL import Image, ImageChops

from plugins.animatic import draw_animatic, draw_for_slug
from plugins.animatic.bubbles import draw_speech
from plugins.animatic.sound import Cues, make_sound
from plugins.animatic.stage import FPS, Stage
from plugins.animatic.voices import RATE
from plugins.mistakes import Mistakes
from plugins.script import Line, read_script

JOKE = [
    "[00:00] GAUTHIER (étonné): Déjà ?",
    "[00:00.7] (Le tampon tombe.)",
    "[00:01.5] LE CHAT: Miaou.",
    "[00:02] FIN",
]


def script(*lines: str) -> list[Line]:
    read, mistakes = read_script(list(lines), 1, Path("x.md"))
    assert not mistakes
    return read


def draw(target: Path) -> Path:
    return draw_animatic(
        script(*JOKE), target, title="Un essai", language="fr", number=3, stamp="EXCUSE REFUSÉE", progress=None
    )


def staged(*lines: str, number: int = 1) -> Stage:
    return Stage(script(*lines), title="Un essai", campaign="Le Bureau", language="fr", number=number, stamp="NON")


@pytest.fixture
def without_espeak(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))


@pytest.fixture(params=["blips", "espeak-ng"])
def any_voice(request: pytest.FixtureRequest) -> None:
    if request.param == "blips":
        request.getfixturevalue("without_espeak")
    elif not shutil.which("espeak-ng"):
        mend = "There is no espeak-ng. On Debian: apt-get install espeak-ng"
        if os.environ.get("STRICT"):
            pytest.fail(mend)
        pytest.skip(mend)


@pytest.mark.usefixtures("any_voice")
def test_a_script_becomes_a_small_film_with_sound(tmp_path: Path) -> None:
    film = draw(tmp_path / "media" / "essai.mp4")
    with av.open(str(film)) as opened:
        video, audio = opened.streams.video[0], opened.streams.audio[0]
        assert (video.codec_context.name, video.width, video.height) == ("h264", 640, 360)
        assert (video.codec_context.pix_fmt, audio.codec_context.name) == ("yuv420p", "aac")
        assert (opened.duration or 0) / 1_000_000 == pytest.approx(2.0, abs=0.1)
        loudest = max(max(map(abs, memoryview(bytes(frame.planes[0])).cast("f"))) for frame in opened.decode(audio))
        assert loudest > 0.3
    data = film.read_bytes()
    assert len(data) < 120_000
    assert data.index(b"moov") < data.index(b"mdat"), "the film must start before all of it has come"
    assert [path.name for path in film.parent.iterdir()] == ["essai.mp4"]


@pytest.mark.usefixtures("without_espeak")
def test_the_same_script_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = (
        draw_animatic(
            script("[00:00] LE CHAT: Oh.", "[00:01] FIN"),
            tmp_path / name,
            title="Un essai",
            language="en",
            number=1,
            stamp="NO",
        )
        for name in ("one.mp4", "two.mp4")
    )
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.usefixtures("without_espeak")
def test_progress_is_told_and_a_failure_leaves_the_old_film(tmp_path: Path) -> None:
    told: list[float] = []

    def stop_half_way(done: float) -> None:
        told.append(done)
        if done > 0.5:
            raise KeyboardInterrupt

    film = tmp_path / "essai.mp4"
    film.write_bytes(b"the film of yesterday")
    with pytest.raises(KeyboardInterrupt):
        draw_animatic(
            script("[00:00] A: Oh.", "[00:01] FIN"),
            film,
            title="Un essai",
            language="fr",
            number=1,
            stamp="NON",
            progress=stop_half_way,
        )
    assert told == sorted(told)
    assert film.read_bytes() == b"the film of yesterday"
    assert [path.name for path in tmp_path.glob("*")] == ["essai.mp4"]


@pytest.mark.usefixtures("any_voice")
def test_nobody_speaks_over_somebody_else() -> None:
    lines = script("[00:00] GAUTHIER: " + "Je donnerais bien, mais voilà. " * 4, "[00:02] B: Non.", "[00:03] FIN")
    sound = make_sound(lines, 3.0, "fr", 1, FPS, Cues(card=3))
    assert len(sound.loudness[1]) <= 2 * FPS
    assert len(sound.samples) == 3 * RATE
    assert max(map(abs, sound.samples)) < 32767


def test_a_silent_joke_is_a_film_too() -> None:
    stage = staged("[00:00] (Silence administratif.)", "[00:02] (Bien plus tard.)", "[00:05] FIN")
    assert stage.draw_frame(0).tobytes() != stage.draw_frame(30).tobytes() != stage.draw_frame(59).tobytes()


def test_mouths_move_while_their_words_are_heard() -> None:
    stage = staged("[00:00] GAUTHIER: Oh là là.", "[00:02] FIN")
    silent = stage.draw_frame(8)
    stage.loudness = {1: [1.0] * 12}
    assert ImageChops.difference(silent, stage.draw_frame(8)).getbbox()


def test_the_stamp_covers_the_picture_when_it_falls() -> None:
    stage = staged("[00:00] GAUTHIER: Oh.", "[00:02] (Le tampon tombe.)", "[00:06] FIN")
    middle = (230, 150, 410, 250)
    red = [_count_red(stage.draw_frame(round(at * FPS)).crop(middle)) for at in (1.9, 3.0)]
    assert red[1] > red[0] + 1500


def _count_red(image: Image.Image) -> int:
    colours = image.getcolors(image.width * image.height) or []
    return sum(count for count, (red, green, blue) in colours if red > 180 and green < 70 and blue < 80)  # type: ignore[misc]


def test_people_unknown_to_us_take_the_empty_places() -> None:
    stage = staged(
        "[00:00] PAUL: Oh.", "[00:01] ZOÉ: Ah.", "[00:02] VOIX OFF: Hum.", "[00:03] LE CHAT: Miaou.", "[00:05] FIN"
    )
    assert (stage.left, stage.right, stage.guests) == ("PAUL", "ZOÉ", ["LE CHAT"])
    for frame in (2, 14, 26, 38, 58):
        assert stage.draw_frame(frame).size == (640, 360)


@pytest.mark.parametrize("text", ["Non", "mot " * 200, "anticonstitutionnellement" * 20, "<b>&\u202e\U0001f9fe"])
def test_any_words_fit_into_a_bubble(text: str) -> None:
    image = Image.new("RGB", (1280, 720))
    draw_speech(image, text, (600, 200), 99)
    box = image.getbbox()
    assert box is not None
    assert box[0] >= 0
    assert box[3] < 330


def test_an_episode_is_drawn_by_its_slug(tmp_path: Path, without_espeak: None) -> None:
    episodes = tmp_path / "episodes"
    episodes.mkdir()
    (episodes / "essai.md").write_text(
        "Title: Un essai\nNumber: 4\n\nRien.\n\n## Script\n\n[00:00] A: Oh.\n[00:01] FIN\n"
    )
    (episodes / "essai.en.md").write_text("Title: A try\n\nNothing.\n\n## Script\n\n[00:00] A: Oh.\n[00:01] END\n")
    assert draw_for_slug("essai", tmp_path) == tmp_path / "media" / "essai.mp4"
    assert draw_for_slug("essai.en", tmp_path) == tmp_path / "media" / "essai.en.mp4"


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("Title: x\n\nRien.\n", "## Script"),
        ("Title: x\n\n## Script\n\n[00:01] FIN\n", "give somebody a line"),
        ("Title: x\n\n## Script\n\n[00:00] A: b\n[59:00] FIN\n", "within 3 minutes"),
        ("Title: x\n\n## Script\n\n[00:00] A: b\n", "FIN"),
    ],
)
def test_an_episode_that_cannot_be_drawn_says_why(tmp_path: Path, text: str, mend: str) -> None:
    (tmp_path / "episodes").mkdir()
    (tmp_path / "episodes" / "essai.md").write_text(text)
    with pytest.raises(Mistakes, match=mend):
        draw_for_slug("essai", tmp_path)


@pytest.mark.parametrize("slug", ["absent", "../../etc/passwd", "", "a/b"])
def test_an_unknown_slug_names_those_that_exist(tmp_path: Path, slug: str) -> None:
    (tmp_path / "episodes").mkdir()
    (tmp_path / "episodes" / "essai.md").write_text("Title: x\n")
    with pytest.raises(Mistakes, match="essai"):
        draw_for_slug(slug, tmp_path)


DEMO = {
    "jai-pas-de-monnaie",
    "ca-sert-a-rien",
    "jai-assez-de-problemes",
    "jai-piscine",
    "je-nai-pas-compris-la-question",
    "je-donne-deja-mon-avis",
    "quand-je-serai-riche",
    "cest-pas-moi-cest-mon-chat",
}
FILMS = [
    film
    for film in sorted((Path(__file__).parents[2] / "content" / "media").glob("*.mp4"))
    if film.stem.partition(".")[0] in DEMO
]


@pytest.mark.parametrize("film", FILMS, ids=[film.stem for film in FILMS])
def test_each_film_of_the_demo_campaign_is_short_light_and_as_long_as_its_script(film: Path) -> None:
    text = (film.parents[1] / "episodes" / f"{film.stem}.md").read_text(encoding="utf-8").splitlines()
    first = text.index("## Script") + 1
    lines, mistakes = read_script(text[first:], first + 1, film)
    assert not mistakes
    assert 8 <= lines[-1].at <= 20
    assert film.stat().st_size < 400_000
    with av.open(str(film)) as opened:
        assert (opened.duration or 0) / 1_000_000 == pytest.approx(lines[-1].at, abs=0.2)
        assert {stream.type for stream in opened.streams} == {"video", "audio"}
