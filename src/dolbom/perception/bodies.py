"""From frame to bodies: finds, follows and describes the people in a stream of frames."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from dolbom.perception.camera_motion import CameraMotion, CameraMotionMeter
from dolbom.perception.light import lifted
from dolbom.perception.pose import Pose, Quarter
from dolbom.perception.posture import Measures, PostureName, measure, posture
from dolbom.perception.tracking import Tracker

if TYPE_CHECKING:
    from dolbom.perception.pose import Image


# Seconds between turned looks for somebody who is down and has been out of sight for long.
SLOW_TURN = 1.0
# Seconds after the start in which whoever may lie there is looked for as often as somebody just lost.
FIRST_HARD = 15.0


@dataclass(frozen=True)
class Body:
    """One followed person in one frame; `describe` makes it."""

    id: str
    pose: Pose
    measures: Measures
    posture: PostureName
    posture_confidence: float

    @property
    def roi(self) -> tuple[float, float, float, float]:
        """Box around the landmarks: x_min, y_min, x_max, y_max, normalised and cut to the image."""
        low, high = self.pose.landmarks[:, :2].min(0).clip(0, 1), self.pose.landmarks[:, :2].max(0).clip(0, 1)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


@dataclass(frozen=True)
class Bodies:
    """Everybody that one frame shows.

    Attributes:
        stamp: time of the frame, seconds.
        width, height: of the frame, pixels.
        bodies: the people seen.
        lost: ids of people whose track was lost with this frame.
        camera: how the whole picture moved.
    """

    stamp: float
    width: int
    height: int
    bodies: tuple[Body, ...] = ()
    lost: tuple[str, ...] = ()
    camera: CameraMotion = field(default_factory=CameraMotion)

    @property
    def aspect(self) -> float:
        return self.width / self.height


class Finder(Protocol):
    """Finds poses in pictures; `PoseFinder` is one."""

    def find(self, image: Image, stamp: float) -> list[Pose]: ...

    def find_turned(self, image: Image, quarter: Quarter) -> list[Pose]: ...


class BodyWatcher:
    """Watches a stream of frames for people.

    While somebody who was just followed is missing, or is known to be down and not seen, the frame is also looked
    at turned a quarter, to one side at a time: that finds people on the floor whom the upright look misses. So it is
    after the start while nobody is seen: whoever watched before may have died while somebody lay there.

    Args:
        finder: finds the poses.
        turned_every: least seconds between two turned looks; each costs one detection.
        turned_for: seconds for which somebody missing is looked for, and keeps the id.
        first_for: seconds after the first frame for which somebody may lie there who was not seen before.
    """

    def __init__(
        self, finder: Finder, turned_every: float = 0.1, turned_for: float = 3.0, first_for: float = 0.0
    ) -> None:
        self._finder, self._turned_every, self._turned_for = finder, turned_every, turned_for
        self._first_for, self._first_at, self._hope_until = first_for, math.nan, -math.inf
        self._tracker = Tracker(keep=turned_for)
        self._meter = CameraMotionMeter()
        self._turned_at = float("-inf")
        self._quarter: Quarter = 1
        self._last: tuple[Body, ...] = ()

    def update(self, image: Image, stamp: float, down: Collection[str] = ()) -> Bodies:
        """Looks at the next frame.

        Args:
            image: RGB, shape (height, width, 3).
            stamp: time of the frame in seconds.
            down: ids of people known to be down.
        """
        height, width = image.shape[:2]
        camera = self._meter.update(image, stamp, [b.pose.landmarks for b in self._last])
        image = lifted(image, camera.luminance)
        poses = self._finder.find(image, stamp)
        # A stamp that jumped back (a looped clip) must not keep the turned look waiting.
        missing, again = self._tracker.missing(), False
        if math.isnan(self._first_at):
            self._first_at = stamp
        if missing is None and not poses and 0 <= stamp - self._first_at < self._first_for:
            # Who was found once is looked at again at once, on the same side: a single sighting is nobody yet.
            again = stamp < self._hope_until
            missing = 0.0 if again or stamp - self._first_at < FIRST_HARD else math.inf
        pause = self._turned_every if missing is None or missing < self._turned_for else SLOW_TURN
        if missing is not None and not 0 <= stamp - self._turned_at < 0.95 * pause:
            if not again:
                self._quarter = 1 if self._quarter == -1 else -1
            self._turned_at = stamp
            found = self._finder.find_turned(image, self._quarter)
            if found:
                self._hope_until = stamp + self._turned_for
            poses += found
        tracked, lost = self._tracker.update(stamp, poses, width / height, down)
        self._last = tuple(describe(t.id, t.pose, width / height) for t in tracked)
        return Bodies(stamp, width, height, self._last, tuple(lost), camera)


def describe(body_id: str, pose: Pose, aspect: float) -> Body:
    """A body with its measures and posture; `aspect` is image width divided by image height."""
    measures = measure(pose, aspect)
    name, confidence = posture(measures)
    return Body(body_id, pose, measures, name, confidence)
