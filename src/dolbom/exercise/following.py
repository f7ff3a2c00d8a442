"""Follows somebody through one exercise: which measure can be seen, what is counted in it, and what cannot be seen."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cache

from dolbom.exercise.counting import Counter, Repetition
from dolbom.exercise.exercises import Exercise, Measure, exercise
from dolbom.exercise.measures import Pair, Sight, ends, measured

LOOK_S = 2.0
"""Over so many seconds it is judged whether a measure can be seen."""
ENOUGH = 0.5
"""Seen in so large a share of the frames, a measure is good enough to count in."""
TOP, BOTTOM, BEFORE_S = 0.95, 0.25, 0.8
"""The end of a movement is over so large a share of what was measured of it; its begin over so large a share of what
was measured in so many seconds before it."""
CENTRED = -0.15
"""Of two sides that are counted one by one, how far the one goes back while the other moves ahead."""


@dataclass(frozen=True)
class Done:
    """A repetition that was seen.

    Attributes:
        side: left, right, or both.
        degrees: how far it went; of a rise, centimetres.
        measure: in which it was seen.
    """

    repetition: Repetition
    side: str
    degrees: float
    measure: Measure


@cache
def span(name: str, measure: Measure) -> tuple[float, float]:
    """What a measure of an exercise comes to at rest and at the end of the whole movement."""
    return ends(exercise(name), measure)


class Follower:
    """Counts one exercise of one person.

    Attributes:
        done: every repetition that was seen, the oldest first.
        shares: of both sides, as seen last; None where they are not.
        trace: the shares of every frame: (stamp, left, right).

    Args:
        doing: the exercise.
    """

    def __init__(self, doing: Exercise) -> None:
        self.exercise = doing
        self.done: list[Done] = []
        self.shares: Pair = (None, None)
        self.trace: list[tuple[float, float | None, float | None]] = []
        self._seen: dict[Measure, deque[tuple[float, bool]]] = {one: deque() for one in doing.measures}
        self._measure: Measure | None = None
        self._counters = self._fresh()
        self._begun: float | None = None

    @property
    def count(self) -> int:
        """How many repetitions were seen."""
        return len(self.done)

    @property
    def measure(self) -> Measure | None:
        """In what they are counted now; None while nothing can be seen."""
        return self._measure

    @property
    def moving(self) -> bool:
        """Whether a repetition is under way."""
        return any(counter.moving for counter in self._counters)

    def looked(self, now: float) -> float:
        """For how long somebody has been looked at, seconds."""
        return 0.0 if self._begun is None else now - self._begun

    def see(self, sight: Sight) -> list[Done]:
        """Takes one frame; returns what is complete with it."""
        if self._begun is None:
            self._begun = sight.stamp
        found = {measure: measured(measure, sight) for measure in self.exercise.measures}
        self._choose(sight.stamp, found)
        if self._measure is None:
            self.shares = (None, None)
            return []
        rest, whole = span(self.exercise.name, self._measure)
        left, right = (None if one is None else (one - rest) / (whole - rest) for one in found[self._measure])
        self.shares = (left, right)
        self.trace.append((sight.stamp, left, right))
        if self.exercise.count == "pair":
            sides = [one for one in (left, right) if one is not None]
            given: list[tuple[str, float | None]] = [("both", sum(sides) / len(sides) if sides else None)]
        else:
            given = [(name, None if one is None else max(CENTRED, one)) for name, one in
                     (("left", left), ("right", right))]  # fmt: skip
        out = []
        for counter, (side, share) in zip(self._counters, given, strict=True):
            if (repetition := counter.update(sight.stamp, share)) is not None:
                size = self._reach(repetition, side) * abs(whole - rest) * (100 if self._measure == "rise" else 1)
                out.append(Done(repetition, side, size, self._measure))
        self.done += out
        return out

    def _reach(self, repetition: Repetition, side: str) -> float:
        """How far a repetition went, from what was measured itself: smoothing takes the top off a peak."""
        course = []
        for stamp, left, right in reversed(self.trace):
            if stamp < repetition.begin - BEFORE_S:
                break
            sides = {"left": (left,), "right": (right,)}.get(side, (left, right))
            found = [one for one in sides if one is not None]
            if found:
                course.append((stamp, sum(found) / len(found)))
        rest = sorted(value for stamp, value in course if stamp <= repetition.begin)
        top = sorted(value for stamp, value in course if stamp > repetition.begin)
        if not rest or len(top) < 5:
            return repetition.reach
        return top[int(TOP * (len(top) - 1))] - rest[int(BOTTOM * (len(rest) - 1))]

    def _choose(self, stamp: float, found: dict[Measure, Pair]) -> None:
        for measure, pair in found.items():
            seen = self._seen[measure]
            seen.append((stamp, any(one is not None for one in pair)))
            while seen and stamp - seen[0][0] > LOOK_S:
                seen.popleft()
        if self._measure is not None and self._visible(self._measure):
            return
        best = next((measure for measure in self.exercise.measures if self._visible(measure)), None)
        if best is not None and best != self._measure:
            # Another yardstick: what was under way in the old one is not carried over.
            self._counters = self._fresh()
        if best is not None or not self._just_lost(stamp):
            self._measure = best

    def _visible(self, measure: Measure) -> bool:
        seen = self._seen[measure]
        return bool(seen) and sum(one for _, one in seen) >= ENOUGH * len(seen)

    def _just_lost(self, stamp: float) -> bool:
        """Whether all that was seen of them was lost only now: who comes back is counted on."""
        return any(one and stamp - at < LOOK_S for seen in self._seen.values() for at, one in seen)

    def _fresh(self) -> list[Counter]:
        return [Counter(self.exercise.tempo_s / self.exercise.sides) for _ in range(self.exercise.sides)]
