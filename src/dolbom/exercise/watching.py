"""Whose body in the picture is that of the one who exercises: from everybody in a frame to one sight."""

from __future__ import annotations

from dolbom.exercise.measures import Sight
from dolbom.perception.bodies import Bodies, Body
from dolbom.perception.tracking import core_distance

STEADY = 0.15
"""Image widths a second above which the camera itself moves."""
SAME = 1.0
"""Somebody found anew so near to where the one was, in own sizes, is the same."""


class Watched:
    """Keeps to one person: the largest at the beginning, and whoever is found anew in the same place."""

    def __init__(self) -> None:
        self._id = ""
        self._last: Body | None = None

    def see(self, bodies: Bodies) -> Sight:
        """What a frame shows of the one."""
        one = self._one(bodies)
        if one is not None:
            self._id, self._last = one.id, one
        # The speed is of both directions, in image widths.
        steady = max(abs(speed) for speed in bodies.camera.velocity) < STEADY
        return Sight(bodies.stamp, None if one is None else one.pose, bodies.aspect, steady)

    def _one(self, bodies: Bodies) -> Body | None:
        if not bodies.bodies:
            return None
        if self._last is None:
            return max(bodies.bodies, key=lambda body: body.measures.scale * body.measures.visibility)
        same = next((body for body in bodies.bodies if body.id == self._id), None)
        if same is not None:
            return same
        last = self._last.pose.landmarks
        apart = {body.id: core_distance(last, body.pose.landmarks, bodies.aspect) for body in bodies.bodies}
        nearest = min(bodies.bodies, key=lambda body: apart[body.id])
        return nearest if apart[nearest.id] < SAME else None
