"""Turns what a phone or a camera gives into a film that every browser plays and that starts at once.

H.264 and AAC in an MP4, upright, at most 1280 pixels, its index at the front. Loudness stays what it was.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image

from plugins.names import make_slug

LONGEST_SIDE = 1280
MOST_FRAMES = 30  # a second: films at 60 cost twice the bytes and are no funnier
SOUND_RATE = 48_000
MENDS = "try the file as it left the phone, or have the phone send it as “most compatible”"

Progress = Callable[[float], None]


class FilmError(Exception):
    """A film that cannot be made ready; the text says why and how to mend it."""


def take_film(source: Path, name: str, media: Path) -> str:
    """Make a film ready among the campaign's, telling how far it is; what to write in its episode. Raises FilmError."""
    target = choose_target(source, name, media)

    def show(part: float) -> None:
        print(f"\r{target.name}: {part:4.0%}", end="", flush=True)

    made = make_ready(source, target, show if sys.stdout.isatty() else None)
    return f"\r{os.path.relpath(made)} ({made.stat().st_size // 1024} KB). In the episode: Film: {made.name}"


def make_ready(source: Path, target: Path, progress: Progress | None = None) -> Path:
    """Writes the web-ready film; `progress` hears how far it is, from 0 to 1. Raises FilmError."""
    if not source.is_file():
        raise FilmError(f"There is no file {source}. Mend: give the film's path, such as ~/Downloads/IMG_0042.MOV.")
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}-", suffix=".part")
    os.close(handle)
    unfinished = Path(name)
    try:
        _convert(source, unfinished, progress or (lambda part: None))
        unfinished.chmod(0o644)
        unfinished.replace(target)
    except (av.FFmpegError, EOFError, ValueError, OSError) as error:
        reason = str(getattr(error, "strerror", None) or error).rstrip(".")
        raise FilmError(f"{source.name} cannot be made ready: {reason}. Mend: {MENDS}.") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return target


def choose_target(source: Path, name: str, media: Path) -> Path:
    """Where the film goes: under the name that was asked for, or one made from its own. Raises FilmError."""
    wanted = name.removesuffix(".mp4") or source.stem
    slug = ".".join(part for part in (make_slug(part) for part in wanted.split(".")) if part)
    if not slug:
        raise FilmError(f"{wanted!r} makes no file name. Mend: add --name jai-piscine.")
    target = media / f"{slug}.mp4"
    if target.exists() and target.samefile(source):
        raise FilmError(f"{target.name} is already there under its own name. Mend: add --name and another one.")
    return target


def _measure(source: Path) -> tuple[int, int]:
    """The size to make it in: upright, even, its longest side within bounds."""
    with av.open(str(source)) as given:
        frame = next(given.decode(given.streams.video[0]), None) if given.streams.video else None
    if frame is None:
        raise ValueError("there is no picture in it")
    turned = round(abs(frame.rotation)) % 180 == 90
    width, height = (frame.height, frame.width) if turned else (frame.width, frame.height)
    scale = min(1, LONGEST_SIDE / max(width, height))
    return max(2, int(width * scale / 2) * 2), max(2, int(height * scale / 2) * 2)


def _convert(source: Path, target: Path, progress: Progress) -> None:
    size = _measure(source)  # the new file wants to know before its first packet
    with (
        av.open(str(source)) as given,
        av.open(str(target), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}) as made,
    ):
        picture = given.streams.video[0]
        picture.thread_type = "AUTO"
        sound = next((stream for stream in given.streams.audio if stream.codec_context.sample_rate), None)
        rate = min(Fraction(picture.average_rate or picture.guessed_rate or MOST_FRAMES), Fraction(MOST_FRAMES))
        length = (given.duration or 0) / 1_000_000
        pictures = _Pictures(made, size, rate)
        sounds = _Sounds(made, sound) if sound else None
        for packet in given.demux([stream for stream in (picture, sound) if stream]):
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    pictures.add(frame)
                    if length and frame.time is not None:
                        progress(min(frame.time / length, 1))
                elif sounds and isinstance(frame, av.AudioFrame):
                    sounds.add(frame)
        pictures.finish()
        if sounds:
            sounds.finish()
    progress(1)


class _Pictures:
    """Frames upright, in size, at an even pace that never exceeds `rate`."""

    def __init__(self, made: Any, size: tuple[int, int], rate: Fraction) -> None:
        self.made, self.size, self.rate = made, size, rate
        self.stream = made.add_stream("libx264", rate=rate, options={"crf": "24", "preset": "medium"})
        self.stream.width, self.stream.height = size
        self.stream.pix_fmt = "yuv420p"
        self.stream.codec_context.time_base = 1 / rate
        self.stream.codec_context.gop_size = round(float(rate) * 5)
        self.start: float | None = None
        self.next = 0
        self.former: av.VideoFrame | None = None

    def add(self, frame: av.VideoFrame) -> None:
        """Takes a frame for the moment it is shown at; frames between two moments are left out, gaps are filled."""
        moment = frame.time if frame.time is not None else self.next / float(self.rate)
        if self.start is None:
            self.start = moment
        number = round((moment - self.start) * float(self.rate))
        if number < self.next:
            return
        ready = self._shape(frame)
        while self.former is not None and self.next < number:
            self._write(self.former)
        self.former = ready
        if self.next == number:
            self._write(ready)

    def finish(self) -> None:
        self.made.mux(self.stream.encode(None))

    def _shape(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The frame as it is seen, in the colours of ordinary screens."""
        turn = round(frame.rotation) % 360
        if not turn:
            colours = {"dst_colorspace": Colorspace.ITU709, "dst_color_range": ColorRange.MPEG}
            return frame.reformat(*self.size, format="yuv420p", **colours)
        upright: Image.Image = frame.to_image().rotate(turn, expand=True)  # type: ignore[no-untyped-call]
        upright = upright.resize(self.size, Image.Resampling.BICUBIC)
        made: av.VideoFrame = av.VideoFrame.from_image(upright)  # type: ignore[no-untyped-call]
        return made.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)

    def _write(self, frame: av.VideoFrame) -> None:
        frame.pts, frame.time_base = self.next, 1 / self.rate
        frame.pict_type = 0  # a camera's own key frames are not ours
        self.made.mux(self.stream.encode(frame))
        self.next += 1


class _Sounds:
    """The sound, as loud as it was, in stereo or mono."""

    def __init__(self, made: Any, sound: Any) -> None:
        self.made = made
        layout = "mono" if sound.codec_context.channels == 1 else "stereo"
        self.stream = made.add_stream("aac", rate=SOUND_RATE, layout=layout)
        self.stream.bit_rate = 96_000 if layout == "mono" else 128_000
        self.resampler = av.AudioResampler(format="fltp", layout=layout, rate=SOUND_RATE, frame_size=1024)

    def add(self, frame: av.AudioFrame) -> None:
        for each in self._resample(frame):
            self.made.mux(self.stream.encode(each))

    def finish(self) -> None:
        for each in self._resample(None):
            self.made.mux(self.stream.encode(each))
        self.made.mux(self.stream.encode(None))

    def _resample(self, frame: av.AudioFrame | None) -> Iterator[av.AudioFrame]:
        yield from self.resampler.resample(frame)
