"""The robot's eyes in the virtual day: what its camera would show of people of recorded skeletons, and of their faces.

A pinhole camera at the robot's head; walls, closed doors and furniture hide what is behind them. What the networks make
of a picture is not played here: whoever is in view is found, with a few centimetres of error. Only a simulator shows
how well they do.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from dolbom.perception.bodies import Bodies, Body, describe
from dolbom.perception.camera_motion import CameraMotion
from dolbom.perception.face_watch import SeenFace
from dolbom.perception.faces import TEMPLATE, Face, Look, Quality, Vector
from dolbom.perception.identity import Event, Gallery, Identifier, IdentityParameters
from dolbom.perception.pose import HIPS, SHOULDERS, Pose
from dolbom.simulation.day.figure import Figure
from dolbom.simulation.day.skeletons import Floats, landmarks
from dolbom.simulation.home import Door, Home, Place
from dolbom.simulation.robot import read_robot

ERROR_M = 0.015
"""Standard deviation of a landmark."""
NEAR_M = 0.3
LOST_S, KEEP_S = 0.25, 3.0
"""Out of view for so long, a body's track is lost, and then forgotten: seen again later it has another id."""
FACE_M = 0.16
"""Width of a face."""
FARTHEST_FACE_PX = 24.0
BEFORE_DOOR_M = 0.85
"""So far before a door somebody stands at it."""


@dataclass(frozen=True)
class Eye:
    """Where the camera is: x, y and heading (degrees) of the robot; the rest are the robot's own numbers."""

    x: float
    y: float
    heading: float


class Camera:
    """Projects what it is shown."""

    def __init__(self, home: Home, eye: Eye, shut: Iterable[str] = ()) -> None:
        robot = read_robot()
        self.width, self.height = robot.camera.width, robot.camera.height
        self.focal = self.width / 2 / math.tan(robot.camera.fov / 2)
        head = robot.frame(robot.camera.link, {robot.head.tilt: robot.head.start_tilt})
        self._head = head
        self.home = home
        self.move(eye)
        self.shut(shut)

    def move(self, eye: Eye, turning: float = 0.0) -> None:
        """The robot is there now, and turns so fast (rad/s, to the left)."""
        angle = math.radians(eye.heading)
        base = np.eye(4)
        base[:2, :2] = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
        base[:2, 3] = (eye.x, eye.y)
        frame = base @ self._head
        self.at: Floats = frame[:3, 3]
        # Of the picture: x to the right, y down, z ahead.
        self._turn = np.array([-frame[:3, 1], -frame[:3, 2], frame[:3, 0]])
        # What stands still moves to the right in the picture of who turns to the left.
        self.motion = CameraMotion((turning * self.focal / self.width, 0.0))
        self.view = object()

    def shut(self, doors: Iterable[str]) -> None:
        """Which doors are closed now."""
        self.boxes = _boxes(self.home, frozenset(doors))
        self.view = object()

    def seen(self, points: Floats) -> tuple[Floats, Floats]:
        """In the camera's frame (n, 3), and in the picture in pixels (n, 2)."""
        local = (points - self.at) @ self._turn.T
        depth = np.maximum(local[:, 2], 1e-3)
        picture = local[:, :2] / depth[:, None] * self.focal + (self.width / 2, self.height / 2)
        return local, picture

    def visible(self, points: Floats) -> np.ndarray:
        """Of points (n, 3) in the home: which are in the picture and not behind anything."""
        local, picture = self.seen(points)
        inside = (local[:, 2] > NEAR_M) & (picture >= 0).all(1) & (picture < (self.width, self.height)).all(1)
        if not inside.any():
            return inside
        way = points - self.at
        with np.errstate(divide="ignore", invalid="ignore"):
            first = (self.boxes[0][None] - self.at) / way[:, None]
            last = (self.boxes[1][None] - self.at) / way[:, None]
        near, far = np.fmin(first, last).max(2), np.fmax(first, last).min(2)
        hidden = (near < far) & (far > 0) & (near < 0.97)
        return np.asarray(inside & ~hidden.any(1))


def resting_place(camera: Camera, place: Place) -> str:
    """A bed in the picture, as the fall node takes it: corners `x,y x,y …`, 0…1; empty if it is not in view."""
    assert place.lie is not None and place.lying is not None
    along = np.array([math.cos(math.radians(place.head)), math.sin(math.radians(place.head))])
    across = np.array([-along[1], along[0]])
    corners = [
        [*(np.array(place.lying) + a * 1.05 * along + b * 0.6 * across), place.lie + height]
        for a in (-1, 1)
        for b in (-1, 1)
        for height in (-0.1, 0.45)
    ]
    local, picture = camera.seen(np.array(corners))
    picture = picture[local[:, 2] > NEAR_M]
    if len(picture) < 3:
        return ""
    return _hull(camera, picture)


def way_out(camera: Camera, door: Door) -> str:
    """The floor on both sides of a door in the picture, as the activity node takes it; empty if it is not in view."""
    angle = math.radians(door.closed)
    along = np.array([math.cos(angle), math.sin(angle)])
    across = np.array([-along[1], along[0]])
    corners = [
        [*(np.array(door.hinge) + share * door.width * along + side * BEFORE_DOOR_M * across), 0.0]
        for share in (-0.15, 1.15)
        for side in (-1, 1)
    ]
    local, picture = camera.seen(np.array(corners))
    if (local[:, 2] <= NEAR_M).any():
        return ""
    return _hull(camera, picture)


def _hull(camera: Camera, picture: Floats) -> str:
    hull = cv2.convexHull(picture.astype(np.float32))[:, 0] / (camera.width, camera.height)
    hull = np.clip(hull, 0, 1)
    if np.ptp(hull, axis=0).min() <= 0:
        return ""
    return " ".join(f"{x:.3f},{y:.3f}" for x, y in hull)


def _boxes(home: Home, shut: frozenset[str]) -> tuple[Floats, Floats]:
    low, high = [], []
    for _, size, (x, y, z) in home.pieces():
        low.append((x - size[0] / 2, y - size[1] / 2, z - size[2] / 2))
        high.append((x + size[0] / 2, y + size[1] / 2, z + size[2] / 2))
    for thing in home.furniture:
        if thing.low:
            continue
        (x, y), (a, b, c) = thing.at, thing.size
        # Smaller than they are: whoever sits or lies on something sinks into its box.
        low.append((x - a / 2 + 0.06, y - b / 2 + 0.06, thing.z))
        high.append((x + a / 2 - 0.06, y + b / 2 - 0.06, thing.z + max(c - 0.12, 0.01)))
    for door in home.doors:
        if door.name in shut:
            angle = math.radians(door.closed)
            (x, y), tip = door.hinge, (math.cos(angle) * door.width, math.sin(angle) * door.width)
            low.append((min(x, x + tip[0]) - 0.03, min(y, y + tip[1]) - 0.03, 0.0))
            high.append((max(x, x + tip[0]) + 0.03, max(y, y + tip[1]) + 0.03, door.height))
    return np.array(low), np.array(high)


class BodyEyes:
    """Makes the bodies of each frame, with ids as a tracker gives them."""

    def __init__(self, camera: Camera, seed: int) -> None:
        self.camera = camera
        self._rng = np.random.default_rng([seed, 17])
        self._ids: dict[str, str] = {}
        self._last: dict[str, float] = {}
        self._lost: set[str] = set()
        self._poses: dict[str, tuple[Floats, object, Pose | None]] = {}
        self._bodies: dict[str, tuple[Pose, Body]] = {}
        self._count = 0

    def look(self, stamp: float, people: Mapping[str, Figure]) -> tuple[Bodies, dict[str, str]]:
        """What a frame shows, and the id of each person's body in it."""
        bodies, ids, lost = [], {}, []
        for who, figure in people.items():
            shown = None if figure.posture == "away" else self._seen(who, figure)
            if shown is None:
                unseen = stamp - self._last.get(who, stamp)
                if who in self._ids and unseen > LOST_S and who not in self._lost:
                    self._lost.add(who)
                    lost.append(self._ids[who])
                if who in self._ids and unseen > KEEP_S:
                    del self._ids[who]
                continue
            self._lost.discard(who)
            if who not in self._ids:
                self._count += 1
                self._ids[who] = f"b{self._count}"
            ids[who], self._last[who] = self._ids[who], stamp
            bodies.append(self._body(self._ids[who], shown))
        camera = self.camera
        return Bodies(stamp, camera.width, camera.height, tuple(bodies), tuple(lost), camera.motion), ids

    def _seen(self, who: str, figure: Figure) -> Pose | None:
        """The pose, if they are in view; of who has not moved since, the one of before."""
        before = self._poses.get(who)
        if before is None or before[0] is not figure.points or before[1] is not self.camera.view:
            self._poses[who] = before = (figure.points, self.camera.view, self._pose(figure))
        return before[2]

    def _pose(self, figure: Figure) -> Pose | None:
        marks = landmarks(figure.points)
        visible = self.camera.visible(marks)
        trunk = visible[[*SHOULDERS, *HIPS]].sum()
        if trunk < 2 or visible.sum() < 10:
            return None
        marks = marks + self._rng.normal(0, ERROR_M, marks.shape)
        local, picture = self.camera.seen(marks)
        world = local - local[HIPS].mean(0)
        share = np.where(visible, 0.98, 0.55)
        found = np.stack([picture[:, 0] / self.camera.width, picture[:, 1] / self.camera.height, share], 1)
        return Pose(found.astype(np.float32), world.astype(np.float32))

    def _body(self, id: str, pose: Pose) -> Body:
        before = self._bodies.get(id)
        if before is None or before[0] is not pose:
            self._bodies[id] = before = (pose, describe(id, pose, self.camera.width / self.camera.height))
        return before[1]


class FaceEyes:
    """Whose faces a frame shows, and what the identifier holds of each. Faces are vectors drawn by the seed."""

    def __init__(self, camera: Camera, seed: int, parameters: IdentityParameters | None = None) -> None:
        self.camera, self._seed = camera, seed
        self._rng = np.random.default_rng([seed, 19])
        self.identifier = Identifier(Gallery({}), parameters)
        self._faces: dict[str, str] = {}
        self._gone: dict[str, float] = {}
        self._seen: dict[str, tuple[Floats, object, tuple[Face, Quality] | None]] = {}
        self._count = 0

    def face_of(self, number: int) -> Vector:
        """The template of somebody's face, of length 1."""
        rng = np.random.default_rng([self._seed, 23, number])
        return _unit(rng.normal(size=TEMPLATE))

    def enrol(self, templates: Mapping[str, Vector]) -> None:
        """These people are known."""
        self.identifier.enrolled(Gallery({who: [template] for who, template in templates.items()}))

    def look(
        self,
        stamp: float,
        people: Mapping[str, Figure],
        faces: Mapping[str, Vector],
        ids: Mapping[str, str],
        keep_s: float,
    ) -> tuple[list[SeenFace], dict[str, str], list[Event]]:
        """The faces of a frame, the body id of each, and what was decided with it."""
        seen, links, events = [], {}, []
        for who, figure in people.items():
            found = self._found(who, figure) if who in ids else None
            if found is None:
                face = self._faces.get(who)
                if face is not None and stamp - self._gone[who] > keep_s:
                    events += self.identifier.lost(stamp, self._faces.pop(who))
                continue
            if who not in self._faces:
                self._count += 1
                self._faces[who] = f"f{self._count}"
            face, self._gone[who] = self._faces[who], stamp
            noise = self._rng.normal(0, 0.045, TEMPLATE)
            look = Look(found[0], found[1], _unit(faces[who] + noise))
            events += self.identifier.observe(stamp, face, look)
            seen.append(SeenFace(face, found[0], look, self.identifier.identity(face)))
            links[face] = ids[who]
        return seen, links, events

    def _found(self, who: str, figure: Figure) -> tuple[Face, Quality] | None:
        before = self._seen.get(who)
        if before is None or before[0] is not figure.points or before[1] is not self.camera.view:
            self._seen[who] = before = (figure.points, self.camera.view, self._find(figure))
        return before[2]

    def _find(self, figure: Figure) -> tuple[Face, Quality] | None:
        if figure.posture == "away":
            return None
        at, ahead = figure.head
        if not self.camera.visible(at[None])[0]:
            return None
        local, picture = self.camera.seen(at[None])
        towards = self.camera.at - at
        turned = math.degrees(math.acos(float(np.clip(ahead @ towards / np.linalg.norm(towards), -1, 1))))
        size = FACE_M * self.camera.focal / float(local[0, 2])
        if turned > 60 or size < FARTHEST_FACE_PX:
            return None
        box = np.array([picture[0, 0] - size / 2, picture[0, 1] - size / 2, size, size], np.float32)
        five = np.tile(picture[0].astype(np.float32), (5, 1))
        quality = Quality(size, 120.0, 40.0, 0.1, turned, 0.0, 0.95)
        return Face(box, five, 0.95), quality


def _unit(vector: Floats) -> Vector:
    return np.asarray(vector / np.linalg.norm(vector), np.float32)
