"""Who moves, from bodies: a sign of life is a body whose limbs are elsewhere than before, not one that is seen.

A still body is looked at by a network that trembles, flips left and right, and loses it for a while. So bodies are
compared by the second, by the middle of what their frames said, with every still shape of the last minutes and with the
second before; what differs from all of them twice in a row has moved, and so has what goes steadily one way for three
seconds, as somebody does who walks away from the camera. Who lies there and is lost and found again shows no life.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from dolbom.perception.bodies import Bodies, Body
from dolbom.perception.falls import polygon
from dolbom.sensors.parameters import ActivityParameters

Floats = npt.NDArray[np.float64]

JOINTS = (0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
"""Nose, shoulders, elbows, wrists, hips, knees, ankles of MediaPipe's 33."""
_MIRROR = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11)
_HIPS, _ANKLES = [23, 24], [27, 28]
SEEN = 0.5
WINDOW_S = 1.0
TOLERANCE = 0.15
"""A joint that is further away than this share of the body's size is elsewhere."""
ELSEWHERE = 3
"""So many joints make a movement."""
COMMON = 5
"""Of fewer joints that are seen both times nothing can be said."""
TRAVEL_S = 3
"""Seconds in a row that make a way."""
TRAVELLED, GROWN = 0.3, 0.15
"""Gone by this share of the body's size, or grown (shrunk) by this logarithm, it has come nearer or gone."""
REMEMBERED_S = 600.0
SHAPES = 24
FORGET_S = 5.0
CAMERA_MOVES = 0.05
"""Image widths a second: nobody can be said to move while the camera does."""
DOOR_S = 3.0
"""Last seen at the door and not for so long: through it."""


@dataclass(frozen=True)
class Moved:
    """Somebody moved.

    Attributes:
        body: its id.
        in_bed: within a bed of the picture.
        at_the_door: in the way out.
    """

    body: str
    in_bed: bool
    at_the_door: bool


@dataclass(frozen=True)
class WentOut:
    """A body was last seen standing in the way out, and no longer is seen."""

    body: str


@dataclass(frozen=True)
class LiesInBed:
    """A body lies in a bed of the picture."""

    body: str


Found = Moved | WentOut | LiesInBed


@dataclass
class _Shape:
    """Where the joints of a still body were, in image heights; NaN for those not seen."""

    points: Floats
    at: float
    born: float
    body: str


@dataclass
class _Track:
    """A body: the frames of this second, its restlessness, where it was last."""

    frames: list[Floats] = field(default_factory=list)
    begun: float = 0.0
    restless: int = 0
    path: list[Floats] = field(default_factory=list)
    seen: float = 0.0
    hips: tuple[float, float] = (0.5, 0.5)
    feet: tuple[float, float] | None = None
    posture: str = "unknown"


class Movement:
    """Watches the bodies of a camera that stands still.

    Args:
        parameters: where in the picture beds and the way out are.
    """

    def __init__(self, parameters: ActivityParameters) -> None:
        self._beds = [polygon(place) for place in parameters.beds]
        self._ways_out = [polygon(place) for place in parameters.ways_out]
        self._shapes: list[_Shape] = []
        self._tracks: dict[str, _Track] = {}
        self._settle_until = -1e9

    def update(self, frame: Bodies) -> list[Found]:
        """What a frame shows of it; frames come in the order of their stamps."""
        now, found = frame.stamp, list[Found]()
        if any(track.seen > now + WINDOW_S for track in self._tracks.values()):
            self._tracks.clear()  # a clip that was looped, or a clock that was set back
            self._shapes.clear()
        if np.hypot(*frame.camera.velocity) > CAMERA_MOVES:
            self._settle_until = now + WINDOW_S
        for body in frame.bodies:
            found += self._see(body, frame.aspect, now)
        for id, track in list(self._tracks.items()):
            if now - track.seen < DOOR_S:
                continue
            if self._at_the_door(track) and track.posture != "lying":
                found.append(WentOut(id))
            del self._tracks[id]
        self._shapes = [shape for shape in self._shapes if now - shape.at < REMEMBERED_S][-SHAPES:]
        return found

    def _see(self, body: Body, aspect: float, now: float) -> list[Found]:
        track = self._tracks.get(body.id)
        if track is None:
            track = self._tracks[body.id] = _Track(begun=now)
        track.seen, track.posture = now, body.posture
        marks = body.pose.landmarks
        track.hips = _spot(marks[_HIPS])
        # Feet stand on the floor: of hips it cannot be said how far away they are.
        track.feet = _spot(marks[_ANKLES]) if (marks[_ANKLES, 2] >= SEEN).all() else None
        track.frames.append(_points(body, aspect))
        if now - track.begun < WINDOW_S:
            return []
        points = _middle(track.frames)
        track.frames, track.begun = [], now
        # Who stands is before the bed, not in it.
        in_bed = body.posture != "upright" and _inside(track.hips, self._beds)
        found: list[Found] = [LiesInBed(body.id)] if in_bed and body.posture == "lying" else []
        if now < self._settle_until:
            self._shapes = [_Shape(points, now, now, body.id)]  # after the camera moved everything is elsewhere
            track.restless, track.path = 0, []
            return found
        near = next((shape for shape in self._shapes if _same(points, shape.points)), None)
        before = track.path[-1] if track.path else None
        track.path = [*track.path[-TRAVEL_S:], points]
        if near is not None:
            near.at, track.restless = now, 0
        elif before is not None and _near(points, before):
            # Still, in a way that was not seen before: remembered, and no movement by itself.
            self._shapes.append(_Shape(points, now, now, body.id))
            track.restless = 0
        else:
            track.restless += 1
        if track.restless >= 2 or _travels(track.path):
            # What was taken for stillness a moment ago was a step on the way.
            self._shapes = [one for one in self._shapes if one.body != body.id or now - one.born > FORGET_S]
            found.append(Moved(body.id, in_bed, self._at_the_door(track)))
        return found

    def _at_the_door(self, track: _Track) -> bool:
        return track.feet is not None and _inside(track.feet, self._ways_out)


def _spot(marks: npt.NDArray[np.float32]) -> tuple[float, float]:
    x, y = marks[:, :2].mean(0)
    return float(x), float(y)


def _points(body: Body, aspect: float) -> Floats:
    marks = body.pose.landmarks[list(JOINTS)].astype(np.float64)
    points = marks[:, :2] * (aspect, 1.0)
    points[marks[:, 2] < SEEN] = np.nan
    return points


def _middle(frames: Sequence[Floats]) -> Floats:
    if len(frames) == 1:
        return frames[0]
    stacked = np.stack(frames)
    enough = (~np.isnan(stacked[..., 0])).sum(0) * 2 > len(frames)
    middle = np.full(stacked.shape[1:], np.nan)
    middle[enough] = np.nanmedian(stacked[:, enough], axis=0)
    return middle


def _same(one: Floats, other: Floats) -> bool:
    """Whether two shapes may be of a body that lay or sat still."""
    return _near(one, other) or _near(one[list(_MIRROR)], other)


def _near(one: Floats, other: Floats) -> bool:
    both = ~np.isnan(one[:, 0]) & ~np.isnan(other[:, 0])
    if both.sum() < COMMON:
        # Hardly anything to compare: the same if it is at the same place.
        a, b = _centre(one), _centre(other)
        return a is None or b is None or float(np.hypot(*(a - b))) < TOLERANCE
    size = max(float(np.ptp(other[both], axis=0).max()), 0.05)
    away = np.hypot(*(one[both] - other[both]).T) / size
    return int((away > TOLERANCE).sum()) < ELSEWHERE


def _travels(path: Sequence[Floats]) -> bool:
    """Whether the body goes steadily one way: what jumps to and fro does not."""
    if len(path) <= TRAVEL_S:
        return False
    every = np.stack(path)
    both = ~np.isnan(every[..., 0]).any(0)
    if both.sum() < COMMON:
        return False
    seen = every[:, both]
    centres = seen.mean(1)
    sizes = np.log(np.maximum(np.ptp(seen, axis=1).max(1), 0.02))
    way = centres[-1] - centres[0]
    length = float(np.hypot(*way)) / float(np.exp(sizes.mean()))
    if length > TRAVELLED and _steady((centres - centres[0]) @ way / float(way @ way)):
        return True
    grown = sizes[-1] - sizes[0]
    return abs(float(grown)) > GROWN and _steady((sizes - sizes[0]) / grown)


def _steady(shares: Floats) -> bool:
    """Whether shares of a way, from 0 to 1, are gone in steps that are all of about a size."""
    steps = np.diff(shares)
    return bool((steps > 0.1).all() and (steps < 0.65).all())


def _centre(points: Floats) -> Floats | None:
    seen = points[~np.isnan(points[:, 0])]
    return np.asarray(seen.mean(0)) if len(seen) else None


def _inside(place: tuple[float, float], areas: Sequence[npt.NDArray[np.float32]]) -> bool:
    return any(cv2.pointPolygonTest(area, place, False) >= 0 for area in areas)
