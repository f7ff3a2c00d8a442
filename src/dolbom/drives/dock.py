"""Where the dock is: the place in odometry's frame at which the robot was switched on, and the way back to it.

Without a map a robot knows its dock by two things: that it stood there when it was switched on, and its own way since.
Both are kept on disk, for the process may be started again in the middle of a room while the base goes on counting.
Odometry that began anew, or was moved by hand, says so by a jump; then the dock is not known until somebody says that
the robot stands at it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from dolbom.drives.observations import Floats, Pose
from dolbom.drives.odometry import wrapped

CRUMB_M = 0.2
"""A point of the way is kept each so many metres."""
LOOP_M = 0.3
"""Whoever comes back so near to where it was has walked a circle: it is left out."""
SAME_M, SAME_RAD = 0.3, 0.5
"""So near to where the last process was, odometry went on."""
ZERO_M = 0.05
"""Odometry that begins so near to zero has just begun: the robot was switched on."""
AWAY_M, AWAY_RAD = 0.2, 0.2
EVERY_M = 0.1
"""Written to disk when it moved so far."""


class Dock:
    """The dock, and the points of the way from it.

    Args:
        file: where it is kept; None: nowhere.
    """

    def __init__(self, file: Path | None = None, complain: Callable[[str], None] = lambda _: None) -> None:
        self._file, self._complain = file, complain
        self.pose: Pose | None = None
        self.crumbs: list[tuple[float, float]] = []
        self._begun = False
        self._kept: Pose | None = None

    @property
    def known(self) -> bool:
        """Whether there is a way back."""
        return self.pose is not None

    def moved(self, pose: Pose) -> None:
        """Where the robot is now."""
        if not self._begun:
            self._begun = True
            self._begin(pose)
        if self.pose is None:
            return
        last = self.crumbs[-1]
        if math.dist(last, (pose.x, pose.y)) >= CRUMB_M:
            self._add((pose.x, pose.y))
        if self._kept is None or math.dist((self._kept.x, self._kept.y), (pose.x, pose.y)) >= EVERY_M:
            self._keep(pose)

    def here(self, pose: Pose) -> None:
        """The robot stands at its dock: somebody says so, or it is switched on."""
        self._begun, self.pose = True, pose
        self.crumbs = [(pose.x, pose.y)]
        self._keep(pose)

    def lost(self) -> None:
        """Odometry jumped: places mean nothing any more."""
        self._begun, self.pose, self.crumbs, self._kept = True, None, [], None
        if self._file is not None:
            self._file.unlink(missing_ok=True)

    def away(self, pose: Pose) -> bool:
        """Whether the robot is somewhere else than at its dock, as far as it knows."""
        if self.pose is None:
            return True
        turned = abs(wrapped(pose.heading - self.pose.heading))
        return math.dist((self.pose.x, self.pose.y), (pose.x, pose.y)) > AWAY_M or turned > AWAY_RAD

    def way(self) -> Floats:
        """The points (n, 2) that the robot came by, from the dock on."""
        return np.array(self.crumbs, dtype=np.float64).reshape(-1, 2)

    def _add(self, point: tuple[float, float]) -> None:
        for index, crumb in enumerate(self.crumbs[:-3]):
            if math.dist(crumb, point) < LOOP_M:
                del self.crumbs[index + 1 :]
                break
        self.crumbs.append(point)

    def _begin(self, pose: Pose) -> None:
        kept = self._read()
        if kept is not None:
            last, dock, crumbs = kept
            near = math.dist((last.x, last.y), (pose.x, pose.y)) <= SAME_M
            if near and abs(wrapped(last.heading - pose.heading)) <= SAME_RAD:
                self.pose, self.crumbs, self._kept = dock, crumbs, last
                return
            if math.hypot(pose.x, pose.y) > ZERO_M:
                self._complain("the robot is not where it was, and its odometry did not begin anew: no way to the dock")
                self.lost()
                return
        self.here(pose)

    def _keep(self, pose: Pose) -> None:
        self._kept = pose
        if self._file is None or self.pose is None:
            return
        told = {"at": _three(pose), "dock": _three(self.pose), "way": self.crumbs}
        fresh = self._file.with_suffix(".new")
        try:
            fresh.write_text(json.dumps(told), encoding="utf-8")
            fresh.replace(self._file)
        except OSError as error:
            self._complain(f"the way to the dock cannot be kept: {error.strerror}")

    def _read(self) -> tuple[Pose, Pose, list[tuple[float, float]]] | None:
        if self._file is None:
            return None
        with suppress(OSError, ValueError, KeyError, TypeError):
            told = json.loads(self._file.read_text(encoding="utf-8"))
            crumbs = [(float(x), float(y)) for x, y in told["way"]]
            if crumbs and all(map(math.isfinite, (*told["at"], *told["dock"], *(v for one in crumbs for v in one)))):
                return Pose(*told["at"]), Pose(*told["dock"]), crumbs
        return None


def _three(pose: Pose) -> tuple[float, float, float]:
    return round(pose.x, 4), round(pose.y, 4), round(pose.heading, 5)
