"""Where the base was at any moment of the last seconds, by its own odometry."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque

from dolbom.drives.observations import Moved, Pose

KEPT_S = 3.0
AHEAD_S = 0.15
"""A moment that much newer than the newest odometry is taken to be that of the newest."""
FASTEST, FASTEST_TURN = 2.5, 8.0
"""What goes faster (m/s, rad/s) was carried, or its odometry began anew."""
SLACK_M, SLACK_RAD = 0.05, 0.2


class Track:
    """The last poses. Odometry drifts, but not within the seconds that matter here."""

    def __init__(self) -> None:
        self._poses: deque[Moved] = deque()

    @property
    def last(self) -> Moved | None:
        """The newest."""
        return self._poses[-1] if self._poses else None

    def add(self, moved: Moved) -> bool:
        """The next; returns whether it fits the one before: otherwise everything known of places is void."""
        before, fits = self.last, True
        if before is not None:
            seconds = moved.stamp - before.stamp
            if seconds == 0:
                return True
            away = math.dist((moved.pose.x, moved.pose.y), (before.pose.x, before.pose.y))
            turned = abs(wrapped(moved.pose.heading - before.pose.heading))
            fits = seconds > 0
            fits &= away <= SLACK_M + FASTEST * max(0.0, seconds)
            fits &= turned <= SLACK_RAD + FASTEST_TURN * max(0.0, seconds)
            if not fits:
                self._poses.clear()
        self._poses.append(moved)
        while moved.stamp - self._poses[0].stamp > KEPT_S:
            self._poses.popleft()
        return fits

    def at(self, stamp: float) -> Pose | None:
        """The pose at a moment; None if it is not known."""
        if not self._poses or not self._poses[0].stamp <= stamp <= self._poses[-1].stamp + AHEAD_S:
            return None
        after = bisect_left(self._poses, stamp, key=lambda one: one.stamp)
        if after == len(self._poses):
            return self._poses[-1].pose
        if after == 0:
            return self._poses[0].pose
        a, b = self._poses[after - 1], self._poses[after]
        share = (stamp - a.stamp) / max(b.stamp - a.stamp, 1e-9)
        turned = wrapped(b.pose.heading - a.pose.heading)
        return Pose(
            a.pose.x + share * (b.pose.x - a.pose.x),
            a.pose.y + share * (b.pose.y - a.pose.y),
            wrapped(a.pose.heading + share * turned),
        )


def wrapped(angle: float) -> float:
    """An angle within ±π."""
    return math.remainder(angle, 2 * math.pi)
