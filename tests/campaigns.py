"""A campaign on a throw-away folder: writes episodes and pages, makes a tiny film, builds, and reads what came out."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
from PIL import Image, ImageDraw

from chores.build import Built, build_site

SITE_URL = "https://excuses.example"
CAUSES = ("repas", "toit", "coup-de-pouce")

HEADINGS = {
    "Title": "J'ai piscine",
    "Number": "4",
    "Excuse": "Désolé, j'ai piscine.",
    "Answer": "Le guichet reste ouvert : même mouillé !",
    "Date": "2026-09-28",
    "Cause": "toit",
    "Film": "piscine.mp4",
    "Share": "Tu as piscine, je sais.\n    Ton alibi est passé au guichet.",
}
BODY = "L'excuse la plus déposée de France : vraiment !"
SCRIPT = """[00:00.5] GAUTHIER: J'ai piscine !
[00:01.5] MADAME BERNARD (triste): Excuse refusée.
[00:02] FIN"""


def draw_film(
    file: Path,
    seconds: float = 2,
    size: tuple[int, int] = (128, 72),
    sound: bool = False,
    codec: str = "libx264",
    form: str = "mp4",
) -> Path:
    """A tiny film, H.264 unless asked for otherwise: black at first, then a picture with some contrast."""
    with av.open(str(file), "w", format=form) as container:
        video = container.add_stream(codec, rate=10)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        audio = container.add_stream("aac", rate=44100) if sound else None
        for number in range(round(seconds * 10)):
            picture = Image.new("RGB", size, "black" if number < 3 else "#BFE3D0")
            if number >= 3:
                ImageDraw.Draw(picture).rectangle((20 + number, 10, 60 + number, 70), fill="#17130F")
            for packet in video.encode(av.VideoFrame.from_image(picture)):
                container.mux(packet)
        for stream in (video, audio):
            for packet in stream.encode(None) if stream else ():
                container.mux(packet)
    return file


def write_text(headings: dict[str, str], body: str = BODY, script: str | None = SCRIPT) -> str:
    """An episode's file."""
    lines = [f"{name}: {value}" for name, value in headings.items()]
    return "\n".join([*lines, "", body, *(["", "## Script", "", script] if script is not None else []), ""])


@dataclass
class Campaign:
    """Content and output of one test."""

    folder: Path
    film: Path
    cache: Path
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("episodes", "pages", "media"):
            (self.content / name).mkdir(parents=True, exist_ok=True)
        self.add_film("piscine.mp4")

    @property
    def content(self) -> Path:
        return self.folder / "content"

    @property
    def output(self) -> Path:
        return self.folder / "output"

    def add_film(self, name: str) -> None:
        (self.content / "media" / name).write_bytes(self.film.read_bytes())

    def write_episode(
        self, name: str = "jai-piscine.md", script: str | None = SCRIPT, body: str = BODY, **changes: Any
    ) -> Path:
        """Writes an episode, with some headings changed, or taken out by None."""
        headings = {key: value for key, value in {**HEADINGS, **changes}.items() if value is not None}
        file = self.content / "episodes" / name
        file.write_text(write_text(headings, body, script), encoding="utf-8")
        return file

    def write_page(self, name: str, text: str) -> Path:
        file = self.content / "pages" / name
        file.write_text(text, encoding="utf-8")
        return file

    def build(self, **settings: Any) -> Built:
        conf = {
            "PATH": str(self.content),
            "OUTPUT_PATH": str(self.output),
            "CACHE_FOLDER": str(self.cache),
            "SITEURL": SITE_URL,
            "MENU": [],
            "FOOTER_MENU": [],
            "DONATE_PAGE": "",
            **self.settings,
        }
        publish, preview = settings.pop("publish", False), settings.pop("preview", False)
        return build_site(publish, preview, **{**conf, **settings})

    def read(self, path: str) -> str:
        return (self.output / path).read_text(encoding="utf-8")

    def read_manifest(self) -> Any:
        return json.loads(self.read("campaign.json"))

    def list_output(self) -> dict[str, bytes]:
        files = (file for file in self.output.rglob("*") if file.is_file())
        return {file.relative_to(self.output).as_posix(): file.read_bytes() for file in files}
