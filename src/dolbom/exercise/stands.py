"""Standing up from a chair against the clock: how often in thirty seconds, or how long five times take.

After the chair stand tests (Jones, Rikli, Beam 1999; Csuka and McCarty 1985), but with the arms held ahead, at home,
before a camera, without a stopwatch or a trained person: a measure against the same person's own past only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dolbom.exercise.following import Done

SECONDS = 30.0
TIMES = 5
UP, DOWN = 0.85, 0.12
"""Standing, and leaving the seat: shares of the way from sitting to where somebody stands up to."""
HALF = 0.5
"""Over half of the way when the time is up counts as a stand, as the test has it."""
ONSET_S = 0.12
"""Standard error of the moment at which somebody is seen to leave the seat or to stand, seconds; a guess, see docs."""
SEEN = 0.8
"""Seen for a smaller share of the time, nothing is recorded."""

Trace = Sequence[tuple[float, float | None, float | None]]


@dataclass(frozen=True)
class Stands:
    """How often in thirty seconds.

    Attributes:
        low, high: what may have been, with what was not seen.
        seen: share of the time for which they were.
    """

    count: int
    low: int
    high: int
    seen: float


@dataclass(frozen=True)
class FiveStands:
    """How long five times took, seconds, with its standard error."""

    seconds: float
    error: float
    seen: float


def thirty_seconds(done: Sequence[Done], trace: Trace, began: float) -> Stands | None:
    """What was seen from `began` for thirty seconds; None if too little of it was."""
    end = began + SECONDS
    seen, longest = _seen(trace, began, end)
    if seen < SEEN:
        return None
    inside = [one.repetition for one in done if began <= one.repetition.peak <= end]
    count = len(inside)
    last = inside[-1].peak if inside else began
    counted = inside[-1].end if inside else began
    top = max((one.reach for one in inside), default=1.0)
    under_way = [value for stamp, value in _values(trace) if max(last, counted) < stamp <= end]
    half = bool(under_way) and under_way[-1] > HALF * top
    count += half
    each = min((b.peak - a.peak for a, b in pairwise(inside)), default=SECONDS)
    missed = int(longest / max(each, 1.0))
    return Stands(count, count - half, count + missed, seen)


def five_times(done: Sequence[Done], trace: Trace) -> FiveStands | None:
    """From leaving the seat to standing for the fifth time; None if fewer were seen, or too little."""
    values = _values(trace)
    peaks = sorted(one.repetition.peak for one in done)
    if len(peaks) < TIMES or len(values) < 10:
        return None
    first, fifth = done[0].repetition, done[TIMES - 1].repetition
    low = min(value for stamp, value in values if first.begin - 0.5 <= stamp <= first.peak)
    high = low + first.reach
    begins = [stamp for stamp, value in values
              if stamp <= first.peak and value <= low + DOWN * (high - low)]  # fmt: skip
    risen = [stamp for stamp, value in values
             if done[TIMES - 2].repetition.end <= stamp <= fifth.peak + 0.01
             and value >= low + UP * fifth.reach]  # fmt: skip
    if not begins or not risen:
        return None
    began, stood = begins[-1], risen[0]
    seen, _ = _seen(trace, began, stood)
    if seen < SEEN or stood <= began:
        return None
    frame = (stood - began) / max(1, sum(began < stamp <= stood for stamp, _ in values))
    error = (2 * (ONSET_S**2 + frame**2 / 12)) ** 0.5
    return FiveStands(stood - began, error, seen)


def _values(trace: Trace) -> list[tuple[float, float]]:
    out = []
    for stamp, left, right in trace:
        sides = [one for one in (left, right) if one is not None]
        if sides:
            out.append((stamp, sum(sides) / len(sides)))
    return out


def _seen(trace: Trace, begin: float, end: float) -> tuple[float, float]:
    """Share of the time in which frames half a second apart show them, and the longest time in which none does."""
    stamps = [begin, *(stamp for stamp, _ in _values(trace) if begin <= stamp <= end), end]
    gaps = [b - a for a, b in pairwise(stamps)]
    lost = sum(gap for gap in gaps if gap > 0.5)
    return 1 - lost / max(end - begin, 1e-6), max((gap for gap in gaps if gap > 0.5), default=0.0)
