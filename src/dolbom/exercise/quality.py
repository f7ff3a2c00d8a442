"""How repetitions were done: how far, how steadily and in which rhythm, each with how uncertain that is.

Steadiness is the spectral arc length of the speed (SPARC; Balasubramanian, Melendez-Calderon, Roby-Brami, Burdet 2015):
nearer to 0 is smoother; a halting movement has more of the high frequencies and a longer arc. It says something against
the same person's own past with the same camera, and nothing against anybody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dolbom.exercise.following import Done
from dolbom.exercise.measures import Floats

CUT_HZ = 4.0
"""Faster than that nobody moves, and ten to fifteen frames a second show no more."""
FAINT = 0.05
"""The arc ends where the spectrum stays under this."""
RESAMPLED_HZ = 30.0
LEAST = 3
"""Fewer repetitions say nothing of how they scatter."""


@dataclass(frozen=True)
class Estimate:
    """A mean of repetitions.

    Attributes:
        error: its standard error; None with too few repetitions.
    """

    mean: float
    error: float | None


@dataclass(frozen=True)
class Quality:
    """Of one exercise.

    Attributes:
        reach: degrees (of a rise, centimetres).
        tempo: seconds from one repetition to the next.
        steadiness: SPARC, at most about -1.
    """

    reach: Estimate
    tempo: Estimate | None
    steadiness: Estimate | None


def quality(done: Sequence[Done], trace: Sequence[tuple[float, float | None, float | None]]) -> Quality | None:
    """How what was counted was done; None if nothing was.

    Args:
        done: the repetitions.
        trace: the share of the movement, of both sides, at each frame.
    """
    if not done:
        return None
    peaks = sorted(one.repetition.peak for one in done)
    gaps = [b - a for a, b in pairwise(peaks)]
    arcs = [arc for one in done if (arc := _arc_of(one, trace)) is not None]
    return Quality(
        _estimate([one.degrees for one in done]),
        _estimate(gaps) if gaps else None,
        _estimate(arcs) if len(arcs) >= LEAST else None,
    )


def spectral_arc(speed: Floats, rate: float) -> float:
    """SPARC of a speed profile.

    Args:
        speed: (n,), in any unit, at least 0.
        rate: samples a second.

    Raises:
        ValueError: if nothing moved.
    """
    if len(speed) < 4 or not np.any(speed > 0):
        raise ValueError("nothing moved")
    long = int(2 ** (np.ceil(np.log2(len(speed))) + 4))
    spectrum = np.abs(np.fft.rfft(speed, long))
    spectrum = spectrum / spectrum[0]
    frequencies = np.fft.rfftfreq(long, 1 / rate)
    spectrum, frequencies = spectrum[frequencies <= CUT_HZ], frequencies[frequencies <= CUT_HZ]
    clear = np.nonzero(spectrum >= FAINT)[0]
    spectrum, frequencies = spectrum[: clear[-1] + 1], frequencies[: clear[-1] + 1]
    along = np.diff(frequencies) / max(float(frequencies[-1] - frequencies[0]), 1e-9)
    return float(-np.sum(np.hypot(along, np.diff(spectrum))))


def _arc_of(one: Done, trace: Sequence[tuple[float, float | None, float | None]]) -> float | None:
    """From the begin of the movement to its farthest; None where it was not seen well enough."""
    begin, end = one.repetition.begin, one.repetition.peak
    found = []
    for stamp, left, right in trace:
        if not begin <= stamp <= end:
            continue
        sides = {"left": (left,), "right": (right,)}.get(one.side, (left, right))
        seen = [side for side in sides if side is not None]
        if seen:
            found.append((stamp, sum(seen) / len(seen)))
    if len(found) < 6 or end - begin < 0.4:
        return None
    stamps, shares = np.array(found).T
    if np.diff(stamps).max() > 0.5:
        return None
    even = np.arange(begin, end, 1 / RESAMPLED_HZ)
    course = np.interp(even, stamps, shares)
    # Three frames of the camera: what is finer is its jitter.
    wide = max(3, round(3 * RESAMPLED_HZ * float(np.median(np.diff(stamps)))))
    window = np.hanning(wide + 2)[1:-1]
    padded = np.pad(course, wide, mode="edge")
    smooth = np.convolve(padded, window / window.sum(), "same")[wide:-wide]
    speed = np.abs(np.gradient(smooth))
    return spectral_arc(speed, RESAMPLED_HZ) if np.any(speed > 0) else None


def _estimate(values: Sequence[float]) -> Estimate:
    mean = float(np.mean(values))
    if len(values) < LEAST:
        return Estimate(mean, None)
    return Estimate(mean, float(np.std(values, ddof=1) / np.sqrt(len(values))))
