"""What a film says of itself: size, length and sound, read by PyAV; and a poster, drawn from its middle.

Both are remembered in a cache folder until the film's bytes change, so that a build reads each film once.
"""

import hashlib
import json
import os
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageOps, ImageStat

if TYPE_CHECKING:
    from av.container import InputContainer

POSTER_WIDTH, POSTER_BYTES = 640, 14_000  # what a new connection brings in its first round trip
STILL_WIDTH, STILL_BYTES = 960, 40_000
_CACHE_VERSION = 3


class FilmError(Exception):
    """A film that cannot be shown; the text says why, as a clause."""


@dataclass(frozen=True)
class Film:
    """Width and height in pixels as shown, duration in seconds, whether there is sound."""

    width: int
    height: int
    duration: float
    sound: bool


def measure(file: Path, cache: Path) -> Film:
    """The film's own figures. Raises FilmError."""
    return _recall(file, cache / f"{_key(file)}.film.json")


@lru_cache(maxsize=256)
def _recall(file: Path, remembered: Path) -> Film:
    with suppress(OSError, ValueError, TypeError):
        return Film(**json.loads(remembered.read_text(encoding="utf-8")))
    film = _measure(file)
    remember(remembered, json.dumps(asdict(film)).encode())
    return film


def _measure(file: Path) -> Film:
    import av  # here, since loading it takes longer than a build of few changes needs it

    if _is_cut(file):
        raise FilmError("its end is missing")
    try:
        with av.open(str(file)) as container:
            if not container.streams.video:
                raise FilmError("there is no picture in it")
            video = container.streams.video[0]
            _refuse_formats(container)
            duration = (container.duration or 0) / 1_000_000
            if not duration and video.duration and video.time_base:
                duration = float(video.duration * video.time_base)
            frame = next(container.decode(video), None)
            if frame is None or duration <= 0:
                raise FilmError("there is no picture in it")
            width, height = frame.width, frame.height
            if abs(frame.rotation) % 180 == 90:
                width, height = height, width
            return Film(width, height, round(duration, 2), bool(container.streams.audio))
    except (av.FFmpegError, OSError, ValueError) as error:
        raise FilmError(f"it cannot be read as a film ({getattr(error, 'strerror', None) or error})") from None


def _refuse_formats(container: "InputContainer") -> None:
    """Raises FilmError for what some browser or phone would not play: then people meet a black window."""
    video = container.streams.video[0].codec_context
    if "mp4" not in container.format.name.split(","):
        raise FilmError(f"whatever its name says, it is no MP4 film, but {container.format.long_name}")
    if (picture := video.codec.canonical_name) != "h264":
        raise FilmError(f"its picture is in {picture}, which not every browser plays")
    if video.pix_fmt not in ("yuv420p", "yuvj420p"):
        raise FilmError(f"its colours are in {video.pix_fmt}, which not every phone plays")
    for audio in container.streams.audio:
        if (sound := audio.codec_context.codec.canonical_name) not in ("aac", "mp3"):
            raise FilmError(f"its sound is in {sound}, which not every browser plays")


def _is_cut(file: Path) -> bool:
    """Whether an MP4 file says that it goes on where it ends, as after an interrupted copy."""
    size = file.stat().st_size
    with file.open("rb") as film:
        at = 0
        while at + 8 <= size:
            film.seek(at)
            head = film.read(16)
            length, kind = int.from_bytes(head[:4], "big"), head[4:8]
            if not kind.isalnum():
                return False  # not an MP4 file at all: others say so
            if length == 1:
                length = int.from_bytes(head[8:], "big")
            if length < 8:
                return False  # up to the end
            at += length
    return at > size


def draw_still(file: Path, cache: Path, at: float | None = None) -> bytes:
    """A JPEG of a telling frame near the middle, or `at` some second, for cards. Raises FilmError."""
    remembered = cache / f"{_key(file)}{'' if at is None else f'.{at:.1f}'}.still.jpg"
    return _recall_picture(remembered, lambda: encode_jpeg(_shrink(take_frame(file, at), STILL_WIDTH), STILL_BYTES))[0]


def draw_poster(file: Path, cache: Path, at: float | None = None) -> tuple[bytes, int, int]:
    """A small WebP of a film's telling frame (near the middle, or `at` some second), or of a picture, with its width
    and height. Raises FilmError.

    It is the largest thing that a page loads before play: on a slow phone, its bytes are what one waits for.
    """

    def draw() -> bytes:
        if file.suffix.lower() == ".mp4":
            return encode_webp(_shrink(take_frame(file, at), POSTER_WIDTH), POSTER_BYTES)
        with Image.open(file) as picture:
            upright = ImageOps.exif_transpose(picture)
            return encode_webp(_shrink(upright.convert("RGB"), POSTER_WIDTH), POSTER_BYTES)

    return _recall_picture(cache / f"{_key(file)}{'' if at is None else f'.{at:.1f}'}.poster.webp", draw)


def recall_picture(file: Path, cache: Path, name: str, draw: Callable[[], bytes]) -> bytes:
    """What was drawn of a file under this name, until the file changes: from the cache, or drawn now."""
    return _recall_picture(cache / f"{_key(file)}.{name}", draw)[0]


_recalled: OrderedDict[Path, tuple[bytes, int, int]] = OrderedDict()


def _recall_picture(remembered: Path, draw: Callable[[], bytes]) -> tuple[bytes, int, int]:
    """A picture with its size: from memory (the last few), from the cache, or drawn."""
    if remembered not in _recalled:
        try:
            picture = remembered.read_bytes()
            size = _measure_picture(picture)
        except (OSError, ValueError):
            picture = draw()
            size = _measure_picture(picture)
            remember(remembered, picture)
        _recalled[remembered] = (picture, *size)
        if len(_recalled) > 32:
            _recalled.popitem(last=False)
    return _recalled[remembered]


def _measure_picture(picture: bytes) -> tuple[int, int]:
    with Image.open(BytesIO(picture)) as image:
        return image.size


def _shrink(image: Image.Image, width: int) -> Image.Image:
    """At most so wide."""
    if image.width <= width:
        return image
    return image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)


def take_frame(file: Path, at: float | None = None) -> Image.Image:
    """The frame nearest to the middle (or `at`) that is neither black nor almost one colour. Raises FilmError."""
    import av

    best: tuple[float, Image.Image] | None = None
    try:
        for frame in _list_frames(file, at):
            contrast = sum(ImageStat.Stat(frame.convert("L").resize((64, 36))).stddev)
            if contrast > 25:
                return frame
            if not best or contrast > best[0]:
                best = (contrast, frame)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise FilmError(f"it cannot be read as a film ({error})") from None
    if not best:
        raise FilmError("there is no picture in it")
    return best[1]


def _list_frames(file: Path, at: float | None) -> Iterator[Image.Image]:
    import av

    with av.open(str(file)) as container:
        video = container.streams.video[0]
        length = (container.duration or 0) / 1_000_000
        middle = [length * part for part in (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1)]
        for wanted in middle if at is None else [at, *middle]:
            container.seek(int(wanted * 1_000_000))
            frame = None
            for frame in container.decode(video):
                if frame.time is None or frame.time >= wanted:
                    break
            if frame is not None:
                image: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
                yield image.rotate(frame.rotation, expand=True) if frame.rotation else image


def encode_jpeg(image: Image.Image, most: int, best: int = 86) -> bytes:
    """The image as a progressive JPEG of at most so many bytes, in the best quality that fits."""
    for quality in range(best, 20, -8):
        out = BytesIO()
        image.convert("RGB").save(out, "JPEG", quality=quality, optimize=True, progressive=True)
        if out.tell() <= most:
            break
    return out.getvalue()


def encode_webp(image: Image.Image, most: int) -> bytes:
    """The image as WebP of at most so many bytes: in the best quality that fits, and smaller if none does."""
    while True:
        for quality in (82, 66, 52, 40, 32, 26):
            out = BytesIO()
            image.convert("RGB").save(out, "WEBP", quality=quality, method=6)
            if out.tell() <= most or image.width < 64:
                return out.getvalue()
        image = _shrink(image, round(image.width * 0.85))


def _key(file: Path) -> str:
    """Names a film by path, size and time of change, so that an unchanged one is never read again."""
    stat = file.stat()
    text = f"{_CACHE_VERSION} {_resolve(file)} {stat.st_size} {stat.st_mtime_ns}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


@lru_cache(maxsize=256)
def _resolve(file: Path) -> str:
    return os.path.realpath(file)


def remember(file: Path, content: bytes) -> None:
    """Puts something into a cache; where that cannot be written, it is made again next time."""
    with suppress(OSError):
        write_whole(file, content)


def write_whole(file: Path, content: bytes) -> None:
    """Writes a file so that nobody ever sees half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".half-")
    try:
        with os.fdopen(handle, "wb") as half:
            half.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
