"""A soft plucked voice for tunes: a few partials that fade, each note rising from silence and falling back into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dolbom.speech.sound import RATE, Floats, Samples, pcm

PARTIALS = (1.0, 0.42, 0.2, 0.08, 0.03)
"""Loudness of the fundamental and its overtones: few and low, for ears that have lost the high ones."""
FADES_S = 1.1
"""The fundamental has fallen to a third after so long; the overtones sooner, as on a string."""
RISE_S, FALL_S = 0.018, 0.07
"""How long a note takes to come and to go: no click, and two of one pitch are still two."""
PEAK = 0.3
"""Loudest sample, of full scale: about as loud as the robot's voice, with room for whoever wants it louder."""
HIGHEST_HZ = 0.45 * RATE


@dataclass(frozen=True)
class Note:
    """One note: a MIDI pitch (69: 440 Hz; None: a rest) and its seconds."""

    pitch: float | None
    seconds: float

    @property
    def hertz(self) -> float:
        """Its frequency; 0 for a rest."""
        return 0.0 if self.pitch is None else 440.0 * 2 ** ((self.pitch - 69) / 12)


def sounded(notes: Sequence[Note]) -> Samples:
    """The notes one after the other, 16 kHz."""
    ends = np.round(np.cumsum([note.seconds for note in notes]) * RATE).astype(int)
    starts = [0, *ends[:-1]]
    parts = [_tone(note, end - start) for note, start, end in zip(notes, starts, ends, strict=True)]
    whole = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    loudest = float(np.abs(whole).max(initial=0.0))
    return pcm((whole * (PEAK / loudest)).astype(np.float32)) if loudest else pcm(whole)


def _tone(note: Note, count: int) -> Floats:
    if note.pitch is None:
        return np.zeros(count, np.float32)
    at = np.arange(count) / RATE
    wave = np.zeros(count)
    for number, share in enumerate(PARTIALS, 1):
        if number * note.hertz < HIGHEST_HZ:
            wave += share * np.exp(-at * number / FADES_S) * np.sin(2 * np.pi * number * note.hertz * at)
    return (wave * _envelope(count)).astype(np.float32)


def _envelope(count: int) -> Floats:
    """Zero at both ends, one between; slopes without a corner."""
    rise, fall = (min(round(seconds * RATE), count // 3) for seconds in (RISE_S, FALL_S))
    shape = np.ones(count, np.float32)
    shape[:rise] = (1 - np.cos(np.pi * np.arange(rise) / max(1, rise))) / 2
    shape[count - fall :] = (1 + np.cos(np.pi * np.arange(1, fall + 1) / max(1, fall))) / 2
    return shape
