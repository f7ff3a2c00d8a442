"""Counts repetitions in one measure: up and back again is one, a half is none, and no repetition is counted twice.

The measure comes as a share: 0 at rest, 1 at the end of the whole movement as it is drawn. Peaks and valleys are told
apart by how far the share goes back from them (a zigzag with hysteresis), so that it does not matter where somebody's
rest is, nor how far they reach: after the first repetition their own range is the yardstick.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import median

LEAST = 0.28
"""Less of the whole movement than this is no repetition, whoever it is."""
WHOLE = 0.62
"""A repetition reaches at least so much of the person's own range."""
BACK = 0.55
"""So much of the way back from the peak, and it is counted."""
TURN = 0.3
"""So much of the own range back, and the direction has turned."""
OWN = 4
"""The own range is that of the last so many repetitions."""
TIRED = 3
"""So many halves in a row of about the same size are the range that somebody has now."""
SMOOTH = 0.06
"""Time constant of the smoothing, as a share of how long a repetition usually takes."""
CLEAR = 6.0
"""A repetition is so many times as large as what is left of the jitter; `TURN_CLEAR` of a change of direction."""
TURN_CLEAR = 2.5
JITTER_S = 2.0
"""Over so many seconds it is judged how much a measure jitters."""
GAP_S = 1.0
"""After so long without a sight the smoothing begins anew."""
LINGERS_S = 4.0
FORGET_S = 6.0
"""After so long without a sight nothing of before is taken into a repetition."""
QUICKEST_S = 0.45
"""No repetition is shorter."""


@dataclass(frozen=True)
class Repetition:
    """One repetition.

    Attributes:
        begin, peak, end: when the movement began, was at its farthest, and was counted, seconds.
        reach: how far it went, as a share of the whole movement.
    """

    begin: float
    peak: float
    end: float
    reach: float


class Smooth:
    """A measure without jitter: the middle of three, then an exponential mean, at any rate of frames.

    Attributes:
        jitter: standard deviation of what is left of it.

    Args:
        constant: of the mean, seconds.
    """

    def __init__(self, constant: float) -> None:
        self._constant = constant
        self._last: deque[float] = deque(maxlen=3)
        self._value: float | None = None
        self._stamp = float("-inf")
        self._rough = self._judged = 0.0
        self.jitter = 0.0

    def update(self, stamp: float, value: float) -> float | None:
        """The smoothed value of one more; None until there are three to take the middle of."""
        elapsed = stamp - self._stamp
        if not 0 <= elapsed <= GAP_S:
            self._last.clear()
            self._value = None
        self._last.append(value)
        self._stamp = stamp
        if len(self._last) < 3:
            return self._value
        middle = median(self._last)
        if self._value is None:
            self._value = middle
        share = elapsed / (self._constant + elapsed)
        self._value += (middle - self._value) * share
        self._judge(elapsed, share)
        return self._value

    def _judge(self, elapsed: float, share: float) -> None:
        # What a frame differs from the middle between its neighbours is no movement.
        before, middle, after = self._last
        rough = abs(before - 2 * middle + after) / 6**0.5
        self._rough += (rough - self._rough) * min(1.0, elapsed / min(JITTER_S, self._judged + elapsed))
        self._judged = min(JITTER_S, self._judged + elapsed)
        # Of even noise the middle of three keeps two thirds, and neighbours of it go together.
        self.jitter = 1.6 * self._rough * (share / (2 - share)) ** 0.5


@dataclass
class Counter:
    """Counts one side, or both together.

    Attributes:
        repetitions: those counted, the oldest first.
        value: the smoothed share, as seen last.

    Args:
        usual_s: how long a repetition usually takes, seconds.
    """

    usual_s: float = 3.0
    repetitions: list[Repetition] = field(default_factory=list)
    _valley: tuple[float, float] | None = None
    _peak: tuple[float, float] | None = None
    _rising: bool = False
    _halves: list[float] = field(default_factory=list)
    _lately: deque[float] = field(default_factory=lambda: deque(maxlen=OWN))
    _own: float = 0.0
    _stamp: float = float("-inf")
    value: float | None = None

    def __post_init__(self) -> None:
        self._smooth = Smooth(min(0.3, max(0.06, SMOOTH * self.usual_s)))

    @property
    def count(self) -> int:
        """How many."""
        return len(self.repetitions)

    @property
    def moving(self) -> bool:
        """Whether a repetition is under way; what stays where it is for long is none."""
        if not self._rising or self._peak is None or self._valley is None:
            return False
        return self._peak[1] - self._valley[1] >= self.least and self._stamp - self._peak[0] < LINGERS_S

    def update(self, stamp: float, share: float | None) -> Repetition | None:
        """Takes what one frame shows; a stamp that is not after the last is passed over.

        Returns:
            The repetition that is complete with it.
        """
        if stamp <= self._stamp or share is None:
            return None
        if stamp - self._stamp > FORGET_S:
            self._valley = self._peak = None
            self._rising = False
        self._stamp = stamp
        self.value = value = self._smooth.update(stamp, share)
        if value is None:
            return None
        if self._valley is None:
            self._valley = (stamp, value)
            return None
        return self._up(stamp, value) if self._rising else self._down(stamp, value)

    @property
    def least(self) -> float:
        """The smallest movement that can be told from jitter now, as a share of the whole one."""
        return max(LEAST, CLEAR * self._smooth.jitter)

    def _turn(self) -> float:
        return max(TURN * max(self._own, LEAST), TURN_CLEAR * self._smooth.jitter)

    def _down(self, stamp: float, value: float) -> Repetition | None:
        """At rest, or on the way back to it."""
        assert self._valley is not None
        # The last time at rest is when the movement begins.
        if value <= self._valley[1] + 0.04:
            self._valley = (stamp, min(value, self._valley[1]))
        elif value - self._valley[1] >= self._turn():
            self._rising, self._peak = True, (stamp, value)
        return None

    def _up(self, stamp: float, value: float) -> Repetition | None:
        """Away from rest: up, or on the way back from the peak."""
        assert self._valley is not None and self._peak is not None
        if value >= self._peak[1]:
            self._peak = (stamp, value)
            return None
        reach, back = self._peak[1] - self._valley[1], self._peak[1] - value
        if back >= max(BACK * reach, self._turn()):
            return self._back(stamp, value, reach)
        return None

    def _back(self, stamp: float, value: float, reach: float) -> Repetition | None:
        assert self._valley is not None and self._peak is not None
        began, peak = self._valley[0], self._peak[0]
        self._valley, self._rising = (stamp, value), False
        if reach < max(self.least, WHOLE * self._own) or stamp - began < QUICKEST_S:
            self._half(reach)
            return None
        self._halves.clear()
        found = Repetition(began, peak, stamp, reach)
        self.repetitions.append(found)
        self._lately.append(reach)
        self._own = max(self._lately)
        return found

    def _half(self, reach: float) -> None:
        if reach < self.least:
            return
        self._halves.append(reach)
        lately = self._halves[-TIRED:]
        if len(lately) == TIRED and min(lately) > 0.75 * max(lately):
            self._own = median(lately)
            self._lately.clear()
            self._lately.append(self._own)
            self._halves.clear()
