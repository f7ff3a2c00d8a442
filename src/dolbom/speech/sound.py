"""Sound as the robot hears it: 16 kHz, mono, in chunks of 512 samples."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dolbom.errors import UserError

Floats = npt.NDArray[np.float32]
Samples = npt.NDArray[np.int16]

RATE = 16_000
"""Samples a second."""
CHUNK = 512
"""Samples that are handed on at once; what the voice detector wants."""
CHUNK_S = CHUNK / RATE


def read_sound(path: Path) -> Floats:
    """A sound file of any rate and number of channels, as 16 kHz mono, shape (n,), -1..1.

    Raises:
        UserError: if it is not there, or no sound.
    """
    import soundfile

    if not path.is_file():
        raise UserError(f"no file {path}", "check the path")
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        said = f"{path.name} is not a sound file that can be read: {error}"
        raise UserError(said, "WAV, FLAC, OGG and MP3 are") from None
    return resampled(samples.mean(axis=1), rate)


def resampled(samples: Floats, rate: int, to: int = RATE) -> Floats:
    """The same sound at another rate, by polyphase filtering."""
    if rate == to or not len(samples):
        return samples.astype(np.float32)
    from math import gcd

    from scipy.signal import resample_poly

    common = gcd(rate, to)
    return np.asarray(resample_poly(samples, to // common, rate // common), np.float32)


def pcm(samples: Floats) -> Samples:
    """-1..1 as 16 bit; louder is clipped."""
    return np.asarray(np.clip(np.round(samples * 32767), -32768, 32767), np.int16)


def floats(samples: Samples) -> Floats:
    """16 bit as -1..1."""
    return np.asarray(samples / np.float32(32768), np.float32)


def chunks(samples: Samples) -> Iterator[Samples]:
    """Pieces of `CHUNK` samples; the last is filled up with silence."""
    for begin in range(0, len(samples), CHUNK):
        piece = samples[begin : begin + CHUNK]
        yield piece if len(piece) == CHUNK else np.pad(piece, (0, CHUNK - len(piece)))


def level(samples: Floats) -> float:
    """Loudness in dBFS (0: a full-scale sine's peak power doubled); -120 for silence."""
    power = float(np.mean(np.square(samples))) if len(samples) else 0.0
    return max(-120.0, 10 * float(np.log10(max(power, 1e-12))))
