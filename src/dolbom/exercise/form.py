"""Notices a form that does a body no good, twice in a row, and then says so once: one kind hint, and never again."""

from __future__ import annotations

from collections.abc import Sequence

from dolbom.exercise.exercises import Exercise, Form
from dolbom.exercise.following import Done
from dolbom.exercise.measures import Sight, bend, trunk_side

TWICE = 2
"""So many repetitions in a row show it: once is chance, or a wrong landmark."""
_ARMS = ((11, 13, 15), (12, 14, 16))


class FormWatch:
    """Watches the form of one exercise.

    Args:
        exercise: with the limits of its forms: degrees of the elbows and the trunk, shares between the sides, seconds.
    """

    def __init__(self, exercise: Exercise) -> None:
        self._exercise = exercise
        self._hinted: set[Form] = set()
        self._row: dict[Form, int] = dict.fromkeys(exercise.forms, 0)
        self._lean = 0.0
        self._elbow = 180.0
        self._apart = 0.0
        self._near = 0.0

    def see(self, sight: Sight, shares: tuple[float | None, float | None], done: Sequence[Done]) -> Form | None:
        """Takes what a frame shows.

        Args:
            shares: of the whole movement, both sides.
            done: what was complete with it.

        Returns:
            What should be hinted at now, if anything.
        """
        self._look(sight, shares)
        hint: Form | None = None
        for one in done:
            shown = self._shown(one)
            for form in self._row:
                self._row[form] = self._row[form] + 1 if form in shown else 0
                if self._row[form] >= TWICE and form not in self._hinted and hint is None:
                    hint = form
            self._lean, self._elbow, self._apart, self._near = 0.0, 180.0, 0.0, 0.0
        if hint is not None:
            self._hinted.add(hint)
        return hint

    def _look(self, sight: Sight, shares: tuple[float | None, float | None]) -> None:
        """Keeps what the form was where the movement was farthest."""
        reached = max((one for one in shares if one is not None), default=0.0)
        if sight.pose is None or reached < 0.3 or reached < self._near - 0.05:
            return
        self._near = max(self._near, reached)
        lean = trunk_side(sight.pose)
        elbows = [angle for arm in _ARMS if (angle := bend(sight.pose, *arm)) is not None]
        share = 0.3
        if lean is not None:
            self._lean += (lean - self._lean) * share
        if elbows:
            self._elbow += (min(elbows) - self._elbow) * share
        if shares[0] is not None and shares[1] is not None:
            self._apart += (abs(shares[0] - shares[1]) - self._apart) * share

    def _shown(self, one: Done) -> set[Form]:
        limits, took = self._exercise.forms, one.repetition
        shown: set[Form] = set()
        if self._lean > limits.get("leaning", 1e9):
            shown.add("leaning")
        if self._elbow < limits.get("bent_elbows", -1e9):
            shown.add("bent_elbows")
        if self._apart > limits.get("uneven", 1e9):
            shown.add("uneven")
        if took.end - took.begin < limits.get("too_fast", 0.0):
            shown.add("too_fast")
        # From standing to where it was counted is a little over half of the way down.
        if 2 * (took.end - took.peak) < limits.get("hard_landing", 0.0):
            shown.add("hard_landing")
        return shown
