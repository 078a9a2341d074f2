"""`invoke film`: whatever a phone gives becomes an upright MP4 that every browser plays and that starts at once."""

import struct
from pathlib import Path

import av
import pytest
from PIL import Image, ImageDraw

from chores.film import FilmError, choose_target, make_ready

QUARTER_TURN = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)


def shoot(file: Path, size: tuple[int, int] = (192, 108), codec: str = "libx265", rate: int = 60) -> Path:
    """A second of film with its upper left corner white, and a steady tone."""
    with av.open(str(file), "w", format="mov") as film:
        video = film.add_stream(codec, rate=rate, options={"x265-params": "log-level=none", "preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        audio = film.add_stream("aac", rate=44100, layout="mono")
        picture = Image.new("RGB", size, "#17130F")
        ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 3, size[1] // 3), fill="white")
        for _ in range(rate):
            film.mux(video.encode(av.VideoFrame.from_image(picture)))
        for at in range(0, 44032, 1024):
            frame = av.AudioFrame(format="s16", layout="mono", samples=1024)
            frame.planes[0].update(struct.pack("<1024h", *((8000, -8000)[at // 50 % 2] for at in range(1024))))
            frame.sample_rate, frame.pts = 44100, at
            film.mux(audio.encode(frame))
        for stream in (video, audio):
            film.mux(stream.encode(None))
    return file


def turn(file: Path) -> Path:
    """Says in the file, as phones held upright do, that the picture is to be turned by a quarter."""
    data = bytearray(file.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    data[at : at + 36] = QUARTER_TURN
    file.write_bytes(bytes(data))
    return file


def test_a_phone_s_film_becomes_one_for_the_web(tmp_path: Path) -> None:
    heard: list[float] = []
    source = shoot(tmp_path / "IMG 0042.MOV", (2560, 1440), rate=60)
    made = make_ready(source, tmp_path / "media" / "film.mp4", heard.append)
    with av.open(str(made)) as film:
        video, audio = film.streams.video[0], film.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert (video.width, video.height, video.pix_fmt) == (1280, 720, "yuv420p")
        assert video.average_rate == 30
        assert (film.duration or 0) / 1e6 == pytest.approx(1, abs=0.1)
        loud = max(abs(frame.to_ndarray()).max() for frame in film.decode(audio)) if _numpy() else 0.24
        assert loud == pytest.approx(8000 / 32768, rel=0.5)
    data = made.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "the index comes first, so that it starts at once"
    assert heard == sorted(heard)
    assert heard[-1] == 1
    assert [file.name for file in made.parent.iterdir()] == ["film.mp4"]


def _numpy() -> bool:
    try:
        import numpy  # noqa: F401
    except ImportError:
        return False
    return True


def test_a_film_taken_upright_stands_upright(tmp_path: Path) -> None:
    made = make_ready(turn(shoot(tmp_path / "upright.mov")), tmp_path / "upright.mp4")
    with av.open(str(made)) as film:
        frame = next(film.decode(video=0))
        assert (frame.width, frame.height, frame.rotation) == (108, 192, 0)
        picture = frame.to_image().convert("L")
    bright = {place: picture.getpixel(place) > 180 for place in ((12, 12), (96, 12), (12, 180), (96, 180))}
    assert bright == {(12, 12): False, (96, 12): True, (12, 180): False, (96, 180): False}


def test_a_film_of_odd_size_and_without_sound_will_do(tmp_path: Path) -> None:
    source = tmp_path / "odd.mkv"
    with av.open(str(source), "w") as film:
        video = film.add_stream("ffv1", rate=12)
        video.width, video.height, video.pix_fmt = 101, 57, "yuv444p"
        for _ in range(12):
            film.mux(video.encode(av.VideoFrame.from_image(Image.new("RGB", (101, 57), "#BFE3D0"))))
        film.mux(video.encode(None))
    with av.open(str(make_ready(source, tmp_path / "odd.mp4"))) as film:
        assert (film.streams.video[0].width, film.streams.video[0].height) == (100, 56)
        assert not film.streams.audio


@pytest.mark.parametrize("content", [b"", b"no film at all", b"\0\0\0\x18ftypqt  " + bytes(4000)])
def test_what_is_no_film_is_told_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "IMG.MOV"
    source.write_bytes(content)
    with pytest.raises(FilmError, match=r"^IMG\.MOV cannot be made ready: .*\. Mend: .*\.$"):
        make_ready(source, tmp_path / "film.mp4")
    assert [file.name for file in tmp_path.iterdir()] == ["IMG.MOV"]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FilmError, match="There is no file"):
        make_ready(tmp_path / "nothing.mov", tmp_path / "film.mp4")


def test_the_film_goes_under_a_name_that_makes_an_address(tmp_path: Path) -> None:
    assert choose_target(Path("IMG 0042.MOV"), "", tmp_path).name == "img-0042.mp4"
    assert choose_target(Path("IMG.MOV"), "J'ai piscine.en", tmp_path).name == "jai-piscine.en.mp4"
    with pytest.raises(FilmError, match="--name"):
        choose_target(Path("!!!.mov"), "", tmp_path)
    there = tmp_path / "film.mp4"
    there.write_bytes(b"x")
    with pytest.raises(FilmError, match="already there"):
        choose_target(there, "", tmp_path)
