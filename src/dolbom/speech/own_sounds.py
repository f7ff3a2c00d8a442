"""Sounds of the home that the robot plays: songs, and recordings of familiar voices, by the name of their file.

They lie in the folder `sounds` of the home's data, which nobody but its owner can read, and never leave the robot.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from dolbom.places import data_folder
from dolbom.speech.sound import RATE, Samples, pcm, read_sound

LONGEST_S = 60.0
"""No more of it is played: a reminder must come to its point."""
LARGEST = 50_000_000
FADE_S = 2.0
_NAME = re.compile(r"[^/\\\x00-\x1f]{1,120}")


def own_folder() -> Path:
    """Where they are."""
    return data_folder() / "sounds"


def find_sound(name: str) -> Path | None:
    """The file of that name; None for what is no name, is not there, or leads out of the folder."""
    if not _NAME.fullmatch(name) or name.startswith("."):
        return None
    folder = own_folder()
    file = folder / name
    try:
        inside = file.resolve().parent == folder.resolve()
        return file if inside and file.is_file() and 0 < file.stat().st_size <= LARGEST else None
    except OSError:
        return None


def load_sound(file: Path) -> Samples:
    """What is played of it: at most `LONGEST_S`, faded out where it is cut.

    Raises:
        UserError: if it is no sound.
    """
    samples = read_sound(file)
    longest = round(LONGEST_S * RATE)
    if len(samples) > longest:
        fade = round(FADE_S * RATE)
        samples = samples[:longest].copy()
        samples[-fade:] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    return pcm(samples)
