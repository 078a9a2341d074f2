"""The sound of a film: voices in their places, waiting-room music, a ticket bell and a stamp that means it."""

import math
from array import array
from dataclasses import dataclass, field
from functools import cache
from random import Random

from plugins.animatic.voices import RATE, speak
from plugins.script import Line

_CHORDS = [(53, 57, 60, 64), (50, 53, 57, 60), (55, 58, 62, 65), (48, 52, 58, 62)]  # the lift of any ministry


@dataclass
class Sound:
    """16-bit mono samples at RATE; for each spoken line (by its number) how loud it is, frame by frame; when the last
    card comes."""

    samples: "array[int]"
    card: float
    loudness: dict[int, list[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Cues:
    """When, in seconds, something is heard besides words."""

    stamps: tuple[float, ...] = ()
    thuds: tuple[float, ...] = ()
    squeaks: tuple[float, ...] = ()
    hushes: tuple[tuple[float, float], ...] = ()
    card: float = 0


def make_sound(script: list[Line], end: float, language: str, number: int, fps: int, cues: Cues) -> Sound:
    """All that is heard in a film of `end` seconds."""
    mix: array[float] = array("f", bytes(4 * int(end * RATE)))
    sound = Sound(array("h"), cues.card)
    spoken = [line for line in script if line.kind == "speech"]
    for line, following in zip(spoken, [*(other.at for other in spoken[1:]), end], strict=True):
        voice = speak(line.text, line.speaker, language, max(0.2, following - line.at - 0.08))
        peak = max(map(abs, voice), default=0) or 1
        _add(mix, voice, line.at, 0.85 / peak)
        sound.loudness[line.number] = _measure(voice, fps)
        sound.card = max(sound.card, min(end, line.at + len(voice) / RATE + 0.5))

    _add(mix, _music(end, number, sound.card, cues.hushes), 0, 1)
    _add(mix, _bell(), 0.02, 0.35)
    for at in cues.stamps:
        _add(mix, _thud(0.55, 62), at, 0.75)
    for at in cues.thuds:
        _add(mix, _thud(0.2, 110), at, 0.4)
    for at in cues.squeaks:
        _add(mix, _squeak(), at, 0.3)
    if sound.card < end - 0.4:
        _add(mix, _bell(), sound.card, 0.25)

    peak = max(map(abs, mix), default=0) or 1
    sound.samples = array("h", (round(value * 29000 / peak) for value in mix))
    return sound


def _add(mix: "array[float]", samples: "array[float]", at: float, gain: float) -> None:
    start = int(at * RATE)
    for place, value in zip(range(start, len(mix)), samples, strict=False):
        mix[place] += value * gain


def _measure(voice: "array[float]", fps: int) -> list[float]:
    """How wide a mouth opens for each frame, from 0 to 1."""
    step = RATE // fps
    means = [sum(map(abs, voice[at : at + step])) / step for at in range(0, len(voice), step)]
    most = max(means, default=0) or 1
    return [min(1.0, 1.15 * mean / most) for mean in means]


def _music(end: float, number: int, card: float, hushes: tuple[tuple[float, float], ...]) -> "array[float]":
    """A small bossa nova, a little different in each film, that holds its breath at each hush."""
    chance = Random(number)  # noqa: S311 (a tune, not a secret)
    half = 30 / (104 + number * 5 % 17)  # half a beat
    shift = number * 5 % 7 - 3
    mix: array[float] = array("f", bytes(4 * int(end * RATE)))
    for step in range(int(end / half)):
        at = step * half
        if any(start <= at < stop for start, stop in hushes) or at >= card:
            continue
        chord = [note + shift for note in _CHORDS[step // 8 % 4]]
        if step % 8 in (0, 3, 4, 7):
            _add(mix, _note(chord[0] - 12 if step % 8 < 4 else chord[2] - 24, 0.4), at, 0.085)
        if step % 8 in (0, 3, 6):
            for note in chord[1:]:
                _add(mix, _note(note, 0.35), at, 0.028)
        if chance.random() < 0.42:
            _add(mix, _note(chance.choice(chord) + 12, 0.5), at, 0.045)
        _add(mix, _shaker(), at, 0.012 if step % 2 else 0.02)
    for place, note in enumerate((41, 53, 57, 60, 64, 69)):  # the last chord, under the last card
        _add(mix, _note(note + shift, 1.4), card + 0.07 * place, 0.07)
    return mix


@cache
def _note(key: int, seconds: float) -> "array[float]":
    """An electric piano that has seen better ministries."""
    pitch = math.tau * 440 * 2 ** ((key - 69) / 12) / RATE
    fall = 3.2 / (seconds * RATE)
    return array(
        "f",
        (
            min(1, at / 90)
            * (1 - at / (seconds * RATE))
            * math.exp(-fall * at)
            * (math.sin(pitch * at) + 0.3 * math.sin(2 * pitch * at) + 0.08 * math.sin(5 * pitch * at))
            for at in range(int(seconds * RATE))
        ),
    )


@cache
def _shaker() -> "array[float]":
    chance = Random(9)  # noqa: S311
    return array("f", (chance.uniform(-1, 1) * math.exp(-at / 260) for at in range(RATE // 16)))


@cache
def _bell() -> "array[float]":
    """The ding of a ticket display."""
    tones = ((1318.5, 1.0), (1661.2, 0.6), (2637.0, 0.25))
    return array(
        "f",
        (
            math.exp(-at / 4200) * sum(loud * math.sin(math.tau * tone * at / RATE) for tone, loud in tones) / 2
            for at in range(RATE * 7 // 10)
        ),
    )


@cache
def _thud(seconds: float, tone: float) -> "array[float]":
    """Wood, rubber and the desk underneath."""
    chance = Random(3)  # noqa: S311
    samples: array[float] = array("f")
    phase = 0.0
    for at in range(int(seconds * RATE)):
        phase += math.tau * tone * (1 + 1.6 * math.exp(-at / 500)) / RATE
        crack = chance.uniform(-1, 1) * math.exp(-at / 330)
        samples.append(0.9 * math.sin(phase) * math.exp(-at / 2600) + 0.7 * crack)
    return samples


@cache
def _squeak() -> "array[float]":
    """An eyebrow going up."""
    samples: array[float] = array("f")
    phase, long = 0.0, RATE // 2
    for at in range(long):
        phase += math.tau * (420 + 900 * (at / long) ** 2) / RATE
        samples.append(math.sin(phase) * math.sin(math.pi * at / long) * (1 + 0.3 * math.sin(at / 500)))
    return samples
