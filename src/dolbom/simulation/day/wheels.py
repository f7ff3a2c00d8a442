"""The base of the virtual day: wheels, odometry, laser and bumper of the robot in the flat, driven by the real core.

A unicycle that does what it is told, with wheels that measure a little wrong; a planar laser whose rays meet the flat's
boxes, doors and people at its height. What the base touches, and how near it came to whom, is counted from where
things really are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import time

import numpy as np

from dolbom.drives.dock import Dock
from dolbom.drives.drive import Drive
from dolbom.drives.observations import (
    Began,
    Bumped,
    CameraTurned,
    Decision,
    Doing,
    Ended,
    Goal,
    InDistress,
    Move,
    Moved,
    Observation,
    Pose,
    Rank,
    Scanned,
    Tick,
    Watched,
    Went,
    Wished,
    Withdrawn,
)
from dolbom.drives.parameters import DriveParameters, LaserParameters
from dolbom.perception.bodies import Bodies
from dolbom.perception.face_watch import MountParameters
from dolbom.perception.intrinsics import Intrinsics
from dolbom.perception.positions import Locator, mounting
from dolbom.simulation.day.figure import Figure
from dolbom.simulation.home import Home
from dolbom.simulation.robot import Robot, read_robot
from dolbom.simulation.scenario.record import Record

Floats = np.ndarray
TALL_M = 1.1
LIMB_M = 0.07
"""Radius of a limb that the laser meets."""
SLICE_M = 0.12
"""Points of a body within this of the laser's height are met by it."""
DOOR_M = 0.03
RANGE_ERROR_M = 0.01
"""Standard deviation of a range."""
ODOMETRY_ERROR = 0.015
"""Standard deviation of the share by which the wheels measure wrong, distance and turning."""
ODOMETRY_S = 0.05


def of_the_robot(robot: Robot | None = None) -> DriveParameters:
    """The parameters of the simulated robot, as somebody would write them for it."""
    robot = robot or read_robot()
    camera = robot.frame(robot.camera.link, {robot.head.tilt: robot.head.start_tilt})
    laser = robot.frame(robot.laser.link, {})
    mount = MountParameters(x=float(camera[0, 3]), z=float(camera[2, 3]), pitch_deg=math.degrees(robot.head.start_tilt))
    return DriveParameters(base="cmd_vel", mount=mount, laser=LaserParameters(x=float(laser[0, 3])))


def lens(robot: Robot | None = None) -> Locator:
    """Locates people by the simulated robot's camera."""
    robot, mount = robot or read_robot(), of_the_robot(robot).mount
    camera = robot.camera
    k = (camera.focal, 0.0, camera.width / 2, 0.0, camera.focal, camera.height / 2, 0.0, 0.0, 1.0)
    intrinsics = Intrinsics(camera.width, camera.height, k)
    placed = mounting((mount.x, mount.y, mount.z), (0.0, math.radians(mount.pitch_deg), 0.0))
    return Locator(intrinsics, placed)


@dataclass
class Counted:
    """What must never be: things touched, and how near it drove to each person, metres."""

    touched: int
    nearest: dict[str, float]


class Wheels:
    """The base in its home.

    Args:
        at: where it stands: x, y, heading (radians).
        people: whoever the laser can meet.
        told: told everything that driving decides but the speeds.
        looked: told where it is and how fast it turns: the camera goes with it.
    """

    def __init__(
        self,
        home: Home,
        at: tuple[float, float, float],
        people: Mapping[str, Figure],
        seed: int,
        told: Callable[[Decision], None],
        looked: Callable[[float, float, float, float], None],
    ) -> None:
        self._home, self._people, self._told, self._looked = home, people, told, looked
        self._robot = read_robot()
        self._parameters = of_the_robot(self._robot)
        self._height = float(self._robot.frame(self._robot.laser.link, {})[2, 3])
        self._rng = np.random.default_rng([seed, 29])
        self._wrong = self._rng.normal(0.0, ODOMETRY_ERROR, 2)
        self._boxes = _boxes(home, self._height, self._height)
        self._solid = _boxes(home, 0.03, TALL_M)
        self._walls = walls_of(home)
        self.shut(())
        self.x, self.y, self.heading = at
        self._odometry = np.zeros(3)
        self._at = self._scanned = -math.inf
        self._command = (0.0, 0.0)
        self._bumped = False
        self._dock = Dock()
        self.counted = Counted(0, {})
        self._distress = ""
        self._saw, self._orders = True, 0
        self.restart()

    def restart(self) -> None:
        """The driving process is started again; the wheels stand, the base counts on."""
        self._command = (0.0, 0.0)
        self.drive = Drive(self._parameters, self._dock, lens(self._robot))

    def shut(self, doors: Collection[str]) -> None:
        """Which doors are closed now."""
        points = []
        for door in self._home.doors:
            angle = math.radians(door.closed if door.name in doors else door.open)
            along = np.arange(0.0, door.width, 0.04)
            points.append(np.array(door.hinge) + along[:, None] * (math.cos(angle), math.sin(angle)))
        self._doors = np.concatenate(points)

    @property
    def active(self) -> bool:
        """Whether it drives, or is about to."""
        return self.drive.goal is not None

    def observe(self, seen: Observation) -> None:
        """Something is told to driving."""
        for decision in self.drive.observe(seen):
            if isinstance(decision, Move):
                self._command = (decision.speed, decision.turning)
            else:
                self._told(decision)
                if isinstance(decision, Ended):
                    self._command = (0.0, 0.0)

    def step(self, now: float, sees: bool, distress: InDistress, at: time) -> None:
        """Time went on: the base rolls, its sensors tell, driving decides; `at` is the time of the day."""
        seconds = now - self._at
        if math.isfinite(seconds):
            self._roll(seconds)
        self._at = now
        forward, turning = self._command
        self.observe(Moved(now, Pose(*self._odometry), forward, turning))
        if now - self._scanned >= 0.099:
            self._scanned = now
            self.observe(self._scan(now))
        if sees != self._saw:
            self._saw = sees
            self.observe(CameraTurned(now, sees))
        if distress.id != self._distress:
            self._distress = distress.id
            self.observe(distress)
        self.observe(Tick(now, self._parameters.is_quiet(at)))

    def ordered(self, now: float, what: str) -> None:
        """As `dolbom drive` does it: come, dock or stop."""
        self._orders += 1
        if what == "stop":
            self.observe(Withdrawn(now))
        else:
            self.observe(Wished(now, Goal(f"order {self._orders}", dock=what == "dock")))

    def watched(self, frame: Bodies) -> None:
        """A frame was looked at."""
        self.observe(Watched(frame))

    # --- the world ----------------------------------------------------------------------------------------------

    def _roll(self, seconds: float) -> None:
        forward, turning = self._command
        left = min(seconds, 0.5)  # a base stops when it is told nothing any more
        while left > 1e-9 and (forward or turning):
            step = min(left, ODOMETRY_S)
            left -= step
            heading = self.heading + turning * step / 2
            x, y = self.x + forward * step * math.cos(heading), self.y + forward * step * math.sin(heading)
            if self._touches(x, y):
                self.counted.touched += not self._bumped
                if not self._bumped:
                    self._bumped = True
                    self.observe(Bumped(self._at, True))
                break
            self._near(x, y)
            self.x, self.y, self.heading = x, y, self.heading + turning * step
            measured = forward * (1 + self._wrong[0]), turning * (1 + self._wrong[1])
            towards = self._odometry[2] + measured[1] * step / 2
            self._odometry += (
                measured[0] * step * math.cos(towards),
                measured[0] * step * math.sin(towards),
                measured[1] * step,
            )
        if forward or turning:
            self._looked(self.x, self.y, self.heading, turning)

    def _touches(self, x: float, y: float) -> bool:
        radius = self._robot.link(self._robot.bumper.link).shape.cylinder[0]  # type: ignore[union-attr, index]
        low, high = self._solid
        away = np.maximum(np.maximum(low - (x, y), (x, y) - high), 0.0)
        if len(low) and float(np.hypot(*away.T).min()) < radius:
            return True
        return float(np.hypot(*(self._doors - (x, y)).T).min()) < radius + DOOR_M

    def _near(self, x: float, y: float) -> None:
        """How near it drives to everybody: only its own way counts, not that of whoever comes to it."""
        for who, figure in self._people.items():
            if figure.posture == "away":
                continue
            came_nearer(self.counted.nearest, who, figure.points, (self.x, self.y), (x, y), self._walls)

    def _scan(self, now: float) -> Scanned:
        laser = self._robot.laser
        angles = np.linspace(laser.begin, laser.end, laser.count)
        pose = Pose(self.x, self.y, self.heading)
        begin = pose.out([[self._parameters.laser.x, self._parameters.laser.y]])[0]
        rays = np.column_stack([np.cos(angles + self.heading), np.sin(angles + self.heading)])
        ranges = np.minimum(_to_boxes(begin, rays, *self._boxes), _to_discs(begin, rays, *self._discs()))
        ranges = ranges + self._rng.normal(0.0, RANGE_ERROR_M, len(ranges))
        ranges[(ranges > laser.far) | (ranges < laser.near)] = np.inf
        return Scanned(now, laser.begin, float(angles[1] - angles[0]), ranges, laser.near, laser.far)

    def _discs(self) -> tuple[Floats, Floats]:
        """Doors and the parts of people at the laser's height: centres (n, 2) and radii (n,)."""
        centres, radii = [self._doors], [np.full(len(self._doors), DOOR_M)]
        for figure in self._people.values():
            if figure.posture != "away":
                points = np.concatenate([figure.points, (figure.points[1:] + figure.points[:-1]) / 2])
                met = points[np.abs(points[:, 2] - self._height) < SLICE_M, :2]
                centres.append(met)
                radii.append(np.full(len(met), LIMB_M))
        return np.concatenate(centres), np.concatenate(radii)


def came_nearer(
    nearest: dict[str, float],
    who: str,
    points: Floats,
    before: tuple[float, float],
    now: tuple[float, float],
    walls: tuple[Floats, Floats],
) -> None:
    """Notes how near the robot drove to somebody: only its own way counts, not that of whoever comes to it.

    Args:
        points: (n, 3) of their body; what is over the robot's head or behind a wall does not count.
        walls: of `walls_of`.
    """
    low = points[points[:, 2] < 1.9, :2]
    way = low - np.array(now)
    length = np.hypot(*way.T)
    low = low[_to_boxes(np.array(now), way / np.maximum(length, 1e-6)[:, None], *walls) >= length]
    if not len(low):
        return
    away = float(np.hypot(*(low - now).T).min())
    if away < float(np.hypot(*(low - before).T).min()) - 1e-6:
        nearest[who] = min(nearest.get(who, math.inf), away)


def wishes(now: float, person: str, reason: str, called: bool) -> Wished:
    """What the companion's wish to be near somebody is for driving."""
    rank = Rank.ASKED if called else Rank.DUE
    return Wished(now, Goal(f"{reason} {now:.1f}", person, reason=reason, rank=rank))


def driven(record: Record, now: Callable[[], float]) -> Callable[[Decision], None]:
    """Writes into the record how drives go."""

    def told(decision: Decision) -> None:
        if isinstance(decision, Ended):
            away = f", {decision.distance:.1f} m away" if math.isfinite(decision.distance) else ""
            text = f"{decision.goal.reason}{away}{f': {decision.why}' if decision.why else ''}"
            record.add(now(), "drive", f"drive.{decision.outcome.value}", text, person=decision.goal.person)
        elif isinstance(decision, Began):
            record.add(now(), "note", "drive", f"sets out: {decision.goal.reason}")
        elif isinstance(decision, Went) and decision.doing is Doing.GIVING_WAY:
            last = next((one for one in reversed(record.entries) if one.sort == "drive" or one.name == "drive"), None)
            if last is None or last.name != "drive.giving_way":
                record.add(now(), "drive", "drive.giving_way", "somebody comes towards it")

    return told


def walls_of(home: Home) -> tuple[Floats, Floats]:
    """Corners (n, 2), (n, 2) of the walls from the floor on."""
    found = [
        (x - a / 2, y - b / 2, x + a / 2, y + b / 2) for _, (a, b, c), (x, y, z) in home.pieces() if z - c / 2 < 0.1
    ]
    corners = np.array(found)
    return corners[:, :2], corners[:, 2:]


def _boxes(home: Home, low: float, high: float) -> tuple[Floats, Floats]:
    """Corners (n, 2), (n, 2) of everything that stands between two heights."""
    found = []
    pieces = [((x, y), size, z - size[2] / 2) for _, size, (x, y, z) in home.pieces()]
    pieces += [(one.at, one.size, one.z) for one in home.furniture]
    pieces += [(one.at, one.size, one.z) for one in home.appliances]
    for (x, y), (a, b, c), z in pieces:
        if z <= high and z + c >= max(low, 0.03):
            found.append((x - a / 2, y - b / 2, x + a / 2, y + b / 2))
    corners = np.array(found)
    return corners[:, :2], corners[:, 2:]


def _to_boxes(begin: Floats, rays: Floats, low: Floats, high: Floats) -> Floats:
    """Ranges (rays,) to the nearest box."""
    with np.errstate(divide="ignore", invalid="ignore"):
        first = (low[None] - begin) / rays[:, None]
        last = (high[None] - begin) / rays[:, None]
    near, far = np.fmin(first, last).max(2), np.fmax(first, last).min(2)
    met = (near <= far) & (far > 0)
    return np.asarray(np.where(met, np.maximum(near, 0.0), np.inf).min(1))


def _to_discs(begin: Floats, rays: Floats, centres: Floats, radii: Floats) -> Floats:
    """Ranges (rays,) to the nearest disc."""
    off = centres - begin
    along = rays @ off.T
    aside = (off**2).sum(1)[None] - along**2
    with np.errstate(invalid="ignore"):
        ranges = along - np.sqrt(radii[None] ** 2 - aside)
    return np.asarray(np.where((aside < radii[None] ** 2) & (ranges > 0), ranges, np.inf).min(1))
