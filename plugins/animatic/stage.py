"""The direction of a film: who stands where, who is looked at, and what each moment of the script looks like."""

import math
import re
from dataclasses import replace
from random import Random

from PIL import Image

from plugins.animatic import bubbles
from plugins.animatic.characters import draw_bernard, draw_cat, draw_gauthier, draw_guest
from plugins.animatic.faces import Look
from plugins.animatic.pen import DETAIL, HEIGHT, WIDTH, Pen
from plugins.animatic.scene import draw_clock, draw_counter, draw_wall
from plugins.animatic.sound import Cues, Sound
from plugins.animatic.stamp import draw_mark, draw_tool
from plugins.script import Line

FPS = 12
_SLAM = 0.34  # seconds between the start of the line and the blow
_TITLE = 1.7
_PLACES = {"left": (150.0, 266.0), "right": (497.0, 256.0), "middle": (312.0, 214.0)}
_HEAD = 48.0  # above the neck

_STAMP = re.compile(r"tampon|stamp", re.IGNORECASE)
_LATER = re.compile(r"plus tard|later", re.IGNORECASE)
_BROW = re.compile(r"sourcil|eyebrow", re.IGNORECASE)
_CAP = re.compile(r"bonnet|\bcap\b", re.IGNORECASE)
_HUSH = re.compile(r"silence", re.IGNORECASE)


class Stage:
    """One film's staging: it gives the cues to the sound, hears it, and then draws each frame."""

    def __init__(
        self, script: list[Line], *, title: str, campaign: str, language: str, number: int, stamp: str
    ) -> None:
        self.lines = [line for line in script if line.kind != "end"]
        self.end = script[-1].at
        self.card = self.end - min(2.1, self.end * 0.15)
        self.title, self.campaign, self.language, self.number, self.stamp = title, campaign, language, number, stamp
        self.loudness: dict[int, list[float]] = {}
        self._seat_everyone()
        self._starts = [line.at for line in self.lines]
        self._stops = [*self._starts[1:], self.end]
        self._slams = [line.at + _SLAM for line in self.lines if line.kind == "action" and _STAMP.search(line.text)]
        self._cameras = self._place_cameras()

    def _seat_everyone(self) -> None:
        """Gauthier on the left, Madame Bernard at her window; others take an empty place, or come in between."""
        names = list(dict.fromkeys(line.speaker for line in self.lines if line.kind == "speech"))
        onstage = [name for name in names if not re.search(r"\b(OFF|VOICE)\b", name.upper())]
        self.left = next((name for name in onstage if "GAUTHIER" in name.upper()), "GAUTHIER")
        self.right = next((name for name in onstage if "BERNARD" in name.upper()), "MADAME BERNARD")
        others = [name for name in onstage if name not in (self.left, self.right)]
        people = [name for name in others if not _is_cat(name)]
        if self.left not in onstage and people:
            self.left = people.pop(0)
        if self.right not in onstage and people:
            self.right = people.pop(0)
        self.guests = [name for name in others if name not in (self.left, self.right)]

    def _seat(self, name: str) -> str | None:
        places = {self.left: "left", self.right: "right"} | dict.fromkeys(self.guests, "middle")
        return places.get(name)

    def _entrance(self, name: str) -> float:
        """A guest comes in with the action just before their first words, or with those words."""
        first = next(place for place, line in enumerate(self.lines) if line.speaker == name)
        before = self.lines[first - 1] if first else None
        comes_with_it = before and before.kind == "action" and not _STAMP.search(before.text)
        return before.at if before and comes_with_it else self.lines[first].at - 0.25

    def _place_cameras(self) -> list[tuple[str, float]]:
        """For each line whom the camera looks at and how closely; the last words always get a close-up."""
        spoken = [place for place, line in enumerate(self.lines) if line.kind == "speech"]
        cameras: list[tuple[str, float]] = []
        for place, line in enumerate(self.lines):
            chance = Random(f"{self.number} {place}").random()  # noqa: S311 (taste, not a secret)
            seat = self._seat(line.speaker) if line.kind == "speech" else self._seen_in(line.text)
            close = line.kind == "action" or place in spoken[-1:] or chance < (0.75 if line.mood else 0.45)
            tired = [camera for camera, _ in cameras[-2:]].count("wide") == 0 and len(cameras) > 1
            if not seat or not close or place in spoken[:1] or (tired and place not in spoken[-1:] and chance < 0.6):
                cameras.append(("wide", 1.0))
            else:
                tight = _is_cat(line.speaker) or (line.kind == "action" and _BROW.search(line.text))
                cameras.append((seat, 1.75 if tight else 1.42))
        return cameras

    def _seen_in(self, text: str) -> str | None:
        """Whom a line of action is about."""
        if _STAMP.search(text) or _LATER.search(text):
            return None
        if _BROW.search(text) or _HUSH.search(text):
            return "right"
        return "left" if _CAP.search(text) else None

    def hear(self, sound: Sound) -> None:
        """Mouths follow the voices from here on, and the last card waits for the last words."""
        self.loudness, self.card = sound.loudness, sound.card

    @property
    def cues(self) -> Cues:
        squeaks = tuple(line.at + 0.5 for line in self.lines if line.kind == "action" and _BROW.search(line.text))
        still = [
            (line.at - 0.05, stop)
            for line, stop in zip(self.lines, self._stops, strict=True)
            if line.kind == "action" and (_HUSH.search(line.text) or _BROW.search(line.text))
        ]
        hushes = (*still, *((slam - _SLAM, slam + 0.9) for slam in self._slams))
        thuds = tuple(self._entrance(name) + 0.25 for name in self.guests if _is_cat(name))
        return Cues(tuple(self._slams), thuds, squeaks, hushes, self.card)

    def draw_frame(self, frame: int) -> Image.Image:
        """The picture of one frame, in film size."""
        now = frame / FPS
        if now >= self.card:
            image = Image.new("RGB", (WIDTH * DETAIL, HEIGHT * DETAIL))
            bubbles.draw_end(image, self.number, self.campaign, self.language, now - self.card)
            return image.reduce(DETAIL)

        place = max((place for place, start in enumerate(self._starts) if start <= now), default=-1)
        line = self.lines[place] if place >= 0 else None
        image = self._draw_world(now, frame)
        x, y, zoom = self._look_at(place, now)
        if (x, y, zoom) != (0, 0, 1):
            box = (x * DETAIL, y * DETAIL, (x + WIDTH / zoom) * DETAIL, (y + HEIGHT / zoom) * DETAIL)
            image = image.resize(image.size, Image.Resampling.BILINEAR, box)
        if line and line.kind == "speech":
            seat = self._seat(line.speaker)
            face = self._face(seat, line.speaker) if seat else (0.0, 0.0)
            mouth = ((face[0] - x) * zoom, (face[1] + 20 - y) * zoom) if seat else (WIDTH / 2, 0.0)
            bubbles.draw_speech(image, line.text, mouth, now - line.at, offstage=not seat)
        elif line:
            self._draw_action(image, line, now)
        if now < _TITLE:
            leaving = max(0, (now - _TITLE + 0.34) / 0.34)
            bubbles.draw_title(image, self.number, self.title, self.language, leaving)
        return image.reduce(DETAIL)

    def _draw_world(self, now: float, frame: int) -> Image.Image:
        image = draw_wall(self.number, self.language).copy()
        pen = Pen(image)
        aged = any(line.kind == "action" and _LATER.search(line.text) and line.at <= now for line in self.lines)
        draw_clock(pen, now, 5.3 if aged else 0)
        right = self._look(self.right, now, frame, 17)
        self._draw_person(pen, self.right, "right", right)
        draw_counter(pen, self.language)
        arrived = [name for name in self.guests if self._entrance(name) <= now]
        for name in arrived[-1:]:
            left = max(0.0, 1 - (now - self._entrance(name)) / 0.25)
            x, y = _PLACES["middle"]
            if _is_cat(name):
                draw_cat(pen.moved(x, y - 260 * left, 0, 0.86), self._look(name, now, frame, 29))
            else:
                draw_guest(pen.moved(x + 6, y + 46 + 200 * left), self._look(name, now, frame, 29), name)
        self._draw_person(pen, self.left, "left", replace(self._look(self.left, now, frame, 0), old=aged))
        return image

    def _draw_person(self, pen: Pen, name: str, seat: str, look: Look) -> None:
        x, y = _PLACES[seat]
        if "GAUTHIER" in name.upper():
            draw_gauthier(pen.moved(x, y), look)
        elif "BERNARD" in name.upper():
            draw_bernard(pen.moved(x, y), look)
        else:
            draw_guest(pen.moved(x, y, 0, 1.15), look, name)

    def _look(self, name: str, now: float, frame: int, phase: int) -> Look:
        """How somebody is now: speaking, listening, or stamped."""
        said = [line for line in self.lines if line.speaker == name and line.at <= now]
        last = said[-1] if said else None
        loud = self.loudness.get(last.number, []) if last else []
        at = int((now - last.at) * FPS) if last else 0
        talking = at < len(loud)
        seat = self._seat(name) or "left"
        done = [line for line in self.lines if line.kind == "action" and line.at + 0.2 <= now]
        slammed = [slam for slam in self._slams if slam <= now]
        feeling = last.feeling if last and now - last.at < 4 else ""
        if seat == "left" and slammed and (not last or last.at < slammed[-1]):
            feeling = "surprised" if now < slammed[-1] + 1.6 else "sad"
        raised = seat == "right" and any(_BROW.search(line.text) and now >= line.at + 0.5 for line in done[-1:])
        to_us = raised or (seat != "left" and last is not None and last is self.lines[-1])
        return Look(
            feeling=feeling,
            mouth=round(loud[at] * 4) / 4 if talking else 0,
            talking=talking,
            blink=(frame + phase) % 41 in (20, 21),
            gaze=0 if to_us else {"left": 0.8, "right": -0.8}.get(seat, -0.7),
            breath=round(1.4 * math.sin(now * 2.4 + phase)) / 1.4,
            beat=frame * 1.05,
            brow=float(raised),
            cap=seat == "left" and any(_CAP.search(line.text) for line in done),
            stamped=self.stamp.split()[-1] if seat == "left" and slammed and now > slammed[0] + 0.1 else "",
        )

    def _look_at(self, place: int, now: float) -> tuple[float, float, float]:
        """The camera: left, top and zoom, with the shake of a stamp."""
        seat, zoom = self._cameras[place] if place >= 0 else ("wide", 1.0)
        blow = [now - slam for slam in self._slams if 0 <= now - slam < 0.42]
        if blow:
            force = 1 - blow[0] / 0.42
            swing = -1 if int(blow[0] * FPS) % 2 else 1
            return 16 + 13 * force * swing, 9 + 8 * force * -swing, 1.05
        if seat == "wide":
            return 0, 0, 1
        if place == len(self.lines) - 1 and now < self._starts[-1] + min(0.9, 0.4 * (self.card - self._starts[-1])):
            return 0, 0, 1  # everybody first, then the face of whoever has the last word
        x, y = self._face(seat, self.lines[place].speaker)
        wide, high = WIDTH / zoom, HEIGHT / zoom
        left = min(max(0, x - wide / 2), WIDTH - wide)
        return left, min(max(0, y - 0.63 * high), HEIGHT - high), zoom

    def _face(self, seat: str, name: str) -> tuple[float, float]:
        """The middle of somebody's face: guests sit lower than those whose office it is."""
        x, y = _PLACES[seat]
        return x, y - _HEAD if seat != "middle" else y - 12 if _is_cat(name) else y + 30

    def _draw_action(self, image: Image.Image, line: Line, now: float) -> None:
        if _LATER.search(line.text):
            bubbles.draw_later(image, line.text)
            return
        if not _STAMP.search(line.text):
            bubbles.draw_happening(image, line.text)
            return
        age = now - line.at - _SLAM
        pen = Pen(image)
        if age >= 0:
            mark = draw_mark(self.stamp, 470 if age > 0.1 else 540, 8)
            pen.paste(mark, WIDTH / 2, HEIGHT / 2 + 22)
        rise = age * 900 - 40 if age > 0.16 else 0
        if age < 0:
            tremble = 3 if int(now * FPS) % 2 else -3
            draw_tool(pen, WIDTH / 2 + tremble, 78 - 40 * (age + _SLAM) / _SLAM, self.campaign)
        elif rise < 420:
            draw_tool(pen, WIDTH / 2, HEIGHT / 2 + 60 - rise, self.campaign)
        bubbles.draw_happening(image, line.text)


def _is_cat(name: str) -> bool:
    return bool({"CHAT", "CHATTE", "CAT"} & set(name.upper().split()))
