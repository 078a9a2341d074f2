"""From a script to a film: H.264 and AAC in an MP4 that starts at once, the same bytes for the same script."""

import os
import re
import tempfile
from array import array
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import av
from PIL import Image

from plugins.animatic.pen import HEIGHT, WIDTH
from plugins.animatic.sound import make_sound
from plugins.animatic.stage import FPS, Stage
from plugins.animatic.voices import RATE
from plugins.headings import read_document
from plugins.mistakes import Mistake, Mistakes
from plugins.script import Line, read_script

STAMPS = {"fr": "EXCUSE REFUSÉE", "en": "EXCUSE DENIED"}
CAMPAIGNS = {"fr": "Le Bureau des excuses", "en": "The Excuse Office"}
_LONGEST = 180
_SECTION = re.compile(r"#{1,6}[ \t]*script[ \t]*:?[ \t]*#*[ \t]*", re.IGNORECASE)

_X264 = {"crf": "32", "preset": "slower", "tune": "animation", "x264-params": "no-psy=1:aq-mode=3"}
"""Flat colours and clean lines stay clean at this rate; x264's tricks for the grain of real films only cost bytes."""

Progress = Callable[[float], None]


def draw_animatic(
    script: list[Line],
    target: Path,
    *,
    title: str,
    language: str,
    number: int,
    stamp: str,
    campaign: str = "",
    progress: Progress | None = None,
) -> Path:
    """Draw the film of a script (which must end) into `target`; `progress` hears how far it is, from 0 to 1."""
    stage = Stage(
        script,
        title=title,
        campaign=campaign or CAMPAIGNS.get(language, CAMPAIGNS["fr"]),
        language=language,
        number=number,
        stamp=stamp,
    )
    sound = make_sound(script, stage.end, language, number, FPS, stage.cues)
    stage.hear(sound)

    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.stem}-", suffix=".part")
    os.close(handle)
    unfinished = Path(name)
    try:
        frames = (stage.draw_frame(frame) for frame in range(round(stage.end * FPS)))
        _encode(unfinished, frames, round(stage.end * FPS), sound.samples, progress)
        unfinished.chmod(0o644)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return target


def draw_for_slug(slug: str, content: Path = Path("content"), progress: Progress | None = None, **names: str) -> Path:
    """Draw the film of `content/episodes/<slug>.md` into `content/media/<slug>.mp4` (`slug.en` for the English one).

    `stamp` and `campaign` may be given; a script that cannot be drawn raises Mistakes.
    """
    file = content / "episodes" / f"{slug}.md"
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z]{2})?", slug) or not file.is_file():
        known = ", ".join(sorted(path.stem for path in (content / "episodes").glob("*.md")))
        what = f"there is no episode {slug!r} here"
        raise Mistakes([Mistake(content / "episodes", 1, what, f"write it first, or draw one of: {known}")])
    language = slug.partition(".")[2] or "fr"
    title, number, script = _read_episode(file)
    french = file.with_name(f"{slug.partition('.')[0]}.md")
    if not number and french.is_file():
        number = _read_episode(french)[1]
    return draw_animatic(
        script,
        content / "media" / f"{slug}.mp4",
        title=title or slug,
        language=language,
        number=int(number) if re.fullmatch(r"[0-9]{1,4}", number) else 1,
        stamp=names.get("stamp") or STAMPS.get(language, STAMPS["fr"]),
        campaign=names.get("campaign", ""),
        progress=progress,
    )


def _read_episode(file: Path) -> tuple[str, str, list[Line]]:
    """Title and number, "" where there is none, and the script; raises Mistakes. The rest is the check's business."""
    document, mistakes = read_document(file, ("Title", "Number"))
    if not document.body:
        raise Mistakes(mistakes or [Mistake(file, 1, "this episode is empty", "write it first")])
    title, number = (document.headings[name].text if name in document.headings else "" for name in ("Title", "Number"))
    start = next((place for place, line in enumerate(document.body) if _SECTION.fullmatch(line.strip())), None)
    if start is None:
        raise Mistakes([Mistake(file, document.body_line, "there is no script", "add a section headed ## Script")])

    first = document.body_line + start + 1
    script, mistakes = read_script(list(document.body[start + 1 :]), first, file)
    if not mistakes and len(script) < 2:
        mistakes.append(Mistake(file, first, "nothing happens in this script", "give somebody a line"))
    if not mistakes and script[-1].at > _LONGEST:
        mistakes.append(Mistake(file, script[-1].number, "this film is too long to draw", "end it within 3 minutes"))
    if mistakes:
        raise Mistakes(mistakes)
    return title, number, script


def _encode(
    target: Path, frames: Iterable[Image.Image], count: int, samples: "array[int]", progress: Progress | None
) -> None:
    with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}) as film:
        video = film.add_stream("libx264", rate=FPS, options=_X264)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.time_base = video.codec_context.time_base = Fraction(1, FPS)
        video.codec_context.thread_count = 1  # more threads, other bytes
        video.codec_context.gop_size = FPS * 10
        audio = film.add_stream("aac", rate=RATE, layout="mono")
        audio.bit_rate = 40_000
        audio.codec_context.thread_count = 1

        heard = 0
        for number, picture in enumerate(frames):
            frame: av.VideoFrame = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            film.mux(video.encode(frame))
            until = (number + 1) * RATE // FPS
            while heard + 1024 <= min(until, len(samples)):
                film.mux(audio.encode(_audio_frame(samples[heard : heard + 1024], heard)))
                heard += 1024
            if progress:
                progress((number + 1) / count)
        if rest := samples[heard:]:
            film.mux(audio.encode(_audio_frame(rest, heard)))
        film.mux(video.encode(None))
        film.mux(audio.encode(None))


def _audio_frame(samples: "array[int]", at: int) -> av.AudioFrame:
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(samples))
    plane = frame.planes[0]
    plane.update(samples.tobytes().ljust(plane.buffer_size, b"\0"))
    frame.sample_rate, frame.pts, frame.time_base = RATE, at, Fraction(1, RATE)
    return frame
