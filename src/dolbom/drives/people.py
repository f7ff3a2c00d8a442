"""Where people are: from bodies in the picture to places on the floor that stay when they are out of view."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from dolbom.drives.observations import Floats, Pose
from dolbom.perception.bodies import Bodies, Body
from dolbom.perception.pose import ANKLES, HIPS, KNEES
from dolbom.perception.positions import Position

IN_VIEW_S = 1.0
"""Seen so lately, somebody is in view."""
PRESENT_S = 20.0
"""Kept off for so long after they were seen; by then they have gone on, if they can walk."""
KNOWN_S = 1800.0
"""Where somebody was last is worth looking at for so long."""
PACE_S = 1.0
"""How fast somebody walks is measured over this time."""
SEEN = 0.5
LYING_HEIGHT, FOOT_HEIGHT = 0.15, 0.08
LYING_POINTS = (0, 11, 12, 15, 16, *HIPS, *KNEES, *ANKLES)
"""Nose, shoulders, wrists, hips, knees, ankles."""
FARTHEST_M = 10.0
BODY_M, LIMB_M = 0.1, 0.05
"""From the middle of whoever stands or sits to the arms; from the points of whoever lies."""
SAME_M = 0.6
"""Somebody seen anew that near to where somebody was is them."""


class Locates(Protocol):
    """`dolbom.perception.positions.Locator`."""

    def body(self, landmarks: Floats, lying: bool = False) -> Position | None: ...

    def on_plane(self, pixels: Floats, height: float) -> Floats: ...


@dataclass
class Somebody:
    """One person, in odometry's frame.

    Attributes:
        points: (n, 2) of the body on the floor: where they stand, or all along where they lie.
        path: where they were in the last second, with the time.
        person: who, if known.
    """

    body: str
    at: Floats
    points: Floats
    seen: float
    lying: bool = False
    person: str = ""
    path: deque[tuple[float, Floats]] = field(default_factory=deque)

    @property
    def velocity(self) -> Floats:
        """(2,) m/s, by a line through the last second; zero while too little is known."""
        if len(self.path) < 4 or self.path[-1][0] - self.path[0][0] < 0.5 * PACE_S:
            return np.zeros(2)
        stamps = np.array([stamp for stamp, _ in self.path])
        places = np.array([place for _, place in self.path])
        off = stamps - stamps.mean()
        return np.asarray(off @ (places - places.mean(0)) / max(float(off @ off), 1e-6))

    @property
    def girth(self) -> float:
        """How far the body reaches beyond its points, metres."""
        return LIMB_M if self.lying else BODY_M

    def distance(self, point: Floats) -> float:
        """Metres from a point to the nearest of the body."""
        return float(np.hypot(*(self.points - point).T).min()) - self.girth


class People:
    """Everybody who was seen lately."""

    def __init__(self) -> None:
        self._known: dict[str, Somebody] = {}
        self._names: dict[str, str] = {}

    def clear(self) -> None:
        """Places mean nothing any more."""
        self._known.clear()

    def recognised(self, body: str, person: str) -> None:
        """Whose body it is."""
        self._names[body] = person
        if len(self._names) > 100:
            del self._names[next(iter(self._names))]
        if body in self._known:
            self._known[body].person = person

    def watch(self, frame: Bodies, locator: Locates, pose: Pose) -> None:
        """Takes the bodies of a frame that was made at this pose."""
        size = np.array([frame.width, frame.height], dtype=np.float64)
        for body in frame.bodies:
            found = _located(body, locator, size)
            if found is not None:
                self._see(body, frame.stamp, *(pose.out(points) for points in found))
        for id, one in list(self._known.items()):
            if frame.stamp - one.seen > KNOWN_S or frame.stamp < one.seen - 1.0:
                del self._known[id]

    def _see(self, body: Body, stamp: float, at: Floats, points: Floats) -> None:
        one = self._known.get(body.id)
        if one is None:
            one = self._known[body.id] = Somebody(body.id, at[0], points, stamp, person=self._names.get(body.id, ""))
            self._replace(one, stamp)
        fresh = stamp - one.seen > IN_VIEW_S
        if fresh:
            one.path.clear()
        # The place of a single frame is some decimetres wrong; of standing people the last few are evened out.
        share = 1.0 if fresh else 0.35
        lying = body.posture == "lying"
        one.at = one.at + share * (at[0] - one.at)
        one.points = points if lying else np.vstack([one.at[None], points[1:]])
        one.seen, one.lying = stamp, lying
        one.path.append((stamp, at[0]))
        while stamp - one.path[0][0] > PACE_S:
            one.path.popleft()

    def _replace(self, new: Somebody, stamp: float) -> None:
        """Whoever was lost there and is found with another id is not two people."""
        for id, old in list(self._known.items()):
            if old is not new and stamp - old.seen > IN_VIEW_S and old.distance(new.at) < SAME_M:
                new.person = new.person or old.person
                del self._known[id]

    def in_view(self, now: float) -> list[Somebody]:
        """Whom the camera shows now."""
        return [one for one in self._known.values() if -1.0 < now - one.seen <= IN_VIEW_S]

    def known(self, now: float, seconds: float) -> list[Somebody]:
        """Who was seen within so many seconds, and whoever lay when they were last seen."""
        return [one for one in self._known.values() if one.lying or now - one.seen <= seconds]

    def last_known(self, person: str) -> Somebody | None:
        """Where somebody was last; without a person, anybody. Of whoever is not recognised it may be them."""
        fitting = [one for one in self._known.values() if not person or one.person in ("", person)]
        return max(fitting, key=lambda one: (bool(person) and one.person == person, one.seen), default=None)

    def wanted(self, person: str, now: float, fallen: bool, before: Somebody | None = None) -> Somebody | None:
        """Of those in view the one to go to.

        Args:
            person: whom; a body of nobody known may be theirs while nobody in view is.
            fallen: whoever lies is meant first.
            before: whom it went to so far: it does not run from one to the other.
        """
        seen = self.in_view(now)
        theirs = [one for one in seen if person and one.person == person]
        fitting = theirs or [one for one in seen if not person or not one.person]
        return max(fitting, key=lambda one: (fallen and one.lying, one is before, one.seen), default=None)


def _located(body: Body, locator: Locates, size: Floats) -> tuple[Floats, Floats] | None:
    """Where a body is (1, 2), and its points on the floor (n, 2), in the robot's frame."""
    marks = np.asarray(body.pose.landmarks, dtype=np.float64)
    lying = body.posture == "lying"
    place = locator.body(marks, lying)
    if place is None or place.distance > FARTHEST_M:
        return None
    pixels = marks[:, :2] * size
    inside = np.all((marks[:, :2] >= 0) & (marks[:, :2] <= 1), axis=1)
    shown = [i for i in (LYING_POINTS if lying else ANKLES) if marks[i, 2] >= SEEN and inside[i]]
    points = np.empty((0, 2))
    if shown:
        points = locator.on_plane(pixels[shown], LYING_HEIGHT if lying else FOOT_HEIGHT)[:, :2]
    # A point of the body is no farther from its middle than half a person; what is was drawn where nothing is.
    points = points[np.isfinite(points).all(1)]
    points = points[np.hypot(*(points - place.xy).T) < (1.3 if lying else 0.6)]
    return place.xy[None], np.vstack([place.xy[None], points])


def bearing(pose: Pose, point: Floats) -> float:
    """Radians to the left at which a point lies from a pose."""
    x, y = pose.into(point)[0]
    return math.atan2(y, x)
