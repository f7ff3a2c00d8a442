"""Tunes that the robot can play: their notes by name, from `tunes.yaml`, and how they sound."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML

from dolbom.errors import UserError
from dolbom.speech.plucked import Note, sounded
from dolbom.speech.sound import Samples

FILE = Path(__file__).parent / "tunes.yaml"
PREFIX = "tune-"
"""Names of tunes among the sounds that may be asked for with `say` begin with it."""
STEPS = {"d": 0, "r": 2, "m": 4, "f": 5, "s": 7, "l": 9, "t": 11}
"""Semitones over do."""
_SIGN = re.compile(r"(?:(z)|([drmfslt])(#?)('*)(,*)):(\d*\.?\d+)")


@dataclass(frozen=True)
class Sign:
    """One note as it is written.

    Attributes:
        step: d, r, m, f, s, l, t; "": a rest.
        above: semitones over do.
        beats: how long.
    """

    step: str
    above: int
    beats: float


class Tune(BaseModel):
    """One tune.

    Attributes:
        origin: where it is from.
        free: why anybody may play it: nobody knows who made it, or the year in which they died.
        do: MIDI pitch of do.
        beat_s: seconds of one beat.
        notes: as `tunes.yaml` explains.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    origin: str = Field(min_length=3)
    free: Literal["unknown"] | int
    do: int = Field(ge=48, le=72)
    beat_s: float = Field(gt=0.1, lt=1.5)
    notes: str

    @property
    def signs(self) -> tuple[Sign, ...]:
        """The notes in order.

        Raises:
            UserError: naming what is no note.
        """
        return tuple(_sign(word) for word in self.notes.replace("|", " ").split())

    @property
    def seconds(self) -> float:
        """How long it is."""
        return sum(sign.beats for sign in self.signs) * self.beat_s


def _sign(word: str) -> Sign:
    found = _SIGN.fullmatch(word)
    if found is None:
        raise UserError(f"{word!r} is no note of a tune", "as s,:1.5: a step, its octave, a colon and beats")
    rest, step, sharp, up, down, beats = found.groups()
    if rest:
        return Sign("", 0, float(beats))
    return Sign(step, STEPS[step] + len(sharp) + 12 * (len(up) - len(down)), float(beats))


@cache
def tunes() -> Mapping[str, Tune]:
    """Every tune by name."""
    held = YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))
    return {name: Tune.model_validate(tune) for name, tune in held.items()}


@cache
def tune_sound(name: str) -> Samples | None:
    """The sound of a tune, 16 kHz.

    Args:
        name: of a sound, as `tune-arirang`.

    Returns:
        None for what names no tune.
    """
    tune = tunes().get(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None
    if tune is None:
        return None
    sound = sounded([Note(tune.do + sign.above if sign.step else None, sign.beats * tune.beat_s)
                     for sign in tune.signs])  # fmt: skip
    sound.flags.writeable = False
    return sound
