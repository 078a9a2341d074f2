"""Faces: what a feeling does to eyes, eyebrows and mouth."""

import math
from dataclasses import dataclass

from plugins.animatic.pen import INK, WHITE, Pen

SKIN, LIPS = "#F4C39A", "#8C1F28"

BROWS = {  # inner end, outer end, height: up is negative
    "": (0, 0, 0),
    "happy": (-2, 0, -6),
    "sad": (-7, 4, -1),
    "angry": (7, -6, 1),
    "surprised": (-3, 0, -13),
    "proud": (2, -5, -7),
    "awkward": (-8, 3, -5),
}


@dataclass(frozen=True)
class Look:
    """How somebody is at one moment; `mouth` from 0 shut to 1 wide open, `gaze` from -1 left to 1 right."""

    feeling: str = ""
    mouth: float = 0
    talking: bool = False
    blink: bool = False
    gaze: float = 0
    breath: float = 0
    beat: float = 0
    brow: float = 0
    old: bool = False
    cap: bool = False
    stamped: str = ""


def draw_eyes(head: Pen, look: Look, apart: float, y: float, rx: float, ry: float, lid: float = 0) -> None:
    wide = 1.22 if look.feeling == "surprised" else 1
    for side in (-1, 1):
        x = side * apart
        if look.blink:
            head.stroke([(x - rx, y), (x, y + 3), (x + rx, y)], 3.5)
            continue
        head.oval(x, y, rx, ry * wide, WHITE, 3)
        size = 4 if look.feeling == "surprised" else 5.2
        down = 3 if lid or look.feeling == "sad" else 0
        away = -4 if look.feeling == "awkward" else look.gaze * 4.5
        head.oval(x + away, y + down, size, size, INK, 0)
        if lid:  # half shut, all day
            edge = y - ry + 2 * ry * lid
            turns = [math.pi + math.pi * step / 12 for step in range(13)]
            top = [(x + (rx + 0.5) * math.cos(turn), edge + (edge - y + ry) * math.sin(turn)) for turn in turns]
            head.shape(top, SKIN if rx < 11 else "#D1752A", 2.5)
        elif look.feeling in {"angry", "sad"}:
            slant = 5 * side if look.feeling == "sad" else -5 * side
            head.stroke([(x - rx, y - ry * 0.55 - slant), (x + rx, y - ry * 0.55 + slant)], 4)


def draw_brows(head: Pen, look: Look, apart: float, y: float, ink: str) -> None:
    inner, outer, height = BROWS.get(look.feeling, (0, 0, 0))
    lift = height - 3 * look.mouth - 8 * look.brow
    for side in (-1, 1):
        skew = -5 if look.feeling == "proud" and side > 0 else 0
        ends = ((apart - 13, y + inner), (apart, y - 3), (apart + 14, y + outer + 2))
        head.stroke([(side * x, level + lift + skew) for x, level in ends], 6.5, ink)


def draw_mouth(head: Pen, look: Look, y: float, width: float) -> None:
    bend = {"happy": 8, "proud": 5, "sad": -7, "angry": -5, "awkward": 0, "surprised": 0}.get(look.feeling, 2)
    if look.mouth > 0.12 or look.feeling == "surprised":
        tall = 4 + 12 * max(look.mouth, 0.35 if look.feeling == "surprised" else 0)
        wide = width * (0.62 if look.feeling == "surprised" else 0.92 - 0.2 * look.mouth)
        head.blob(
            [
                (-wide, y - bend * 0.5),
                (0, y - tall * 0.45),
                (wide, y - bend * 0.5),
                (wide * 0.6, y + tall * 0.7),
                (0, y + tall),
                (-wide * 0.6, y + tall * 0.7),
            ],
            LIPS,
        )
        head.stroke([(-wide * 0.55, y - tall * 0.12), (wide * 0.55, y - tall * 0.12)], 4, WHITE)
        if tall > 9:
            head.oval(0, y + tall * 0.68, wide * 0.45, tall * 0.2, "#E36B78", 0)
    elif look.feeling == "awkward":
        head.stroke([(-width, y + 1), (-width / 2, y - 4), (0, y + 2), (width / 2, y - 3), (width, y + 2)], 3.5)
    else:
        skew = 4 if look.feeling == "proud" else 0
        head.stroke([(-width, y - bend * 0.6 + skew), (0, y + bend * 0.6), (width, y - bend * 0.6 - skew)], 4)
