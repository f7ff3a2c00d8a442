"""What the robot knows around it: where it is by odometry, what its laser met, who is there."""

from __future__ import annotations

import math

import numpy as np

from dolbom.drives.free import points_of
from dolbom.drives.gate import NOBODY, Near, Senses
from dolbom.drives.grid import CELL, Grid, Reach
from dolbom.drives.observations import Floats, Moved, Pose, Scanned, Watched
from dolbom.drives.odometry import Track
from dolbom.drives.parameters import DriveParameters
from dolbom.drives.people import PRESENT_S, Locates, People, Somebody

GRID_EVERY_S = 0.15
IDLE_EVERY_S = 1.0
WATCH_EVERY_S = 0.5
"""While it stands it looks at people and furniture less often."""
AHEAD_S = 1.0
"""Who walks is kept off where they will be after this."""
WALKS = 0.15
"""Slower than this (m/s) somebody stands: a place in the picture is never quite still."""
STAYS_S, STAYS_M = 120.0, 0.35
"""Out of view, somebody is still there for so long while the laser meets something that near to where they were."""
LYING_M = 0.05
"""How much less than it would come to somebody who lies is never gone below, metres."""


class World:
    """Everything by sensors; `driving` says that it matters now.

    Attributes:
        people: by their places in odometry's frame.
        grid: of what the laser met.
    """

    def __init__(self, parameters: DriveParameters, locator: Locates | None = None) -> None:
        self.parameters, self.locator = parameters, locator
        self.track, self.people = Track(), People()
        self.grid = Grid(parameters.radius + parameters.margin)
        laser = parameters.laser
        self._laser = Pose(laser.x, laser.y, math.radians(laser.yaw_deg))
        self._scan: tuple[float, Floats] | None = None
        self._watched = self._grid_at = self._watch_at = -math.inf
        self.driving = False
        self.sees, self.bumped, self.halted = True, False, False

    @property
    def pose(self) -> Pose | None:
        """Where the robot is."""
        return self.track.last.pose if self.track.last is not None else None

    def moved(self, moved: Moved) -> bool:
        """Takes odometry; returns whether places still mean what they did."""
        fits = self.track.add(moved)
        if not fits:
            self.people.clear()
            self.grid.forget(moved.pose)
        self.grid.stood(moved.stamp, moved.pose)
        return fits

    def scanned(self, scan: Scanned) -> None:
        """Takes a turn of the laser."""
        if self._scan is not None and scan.stamp < self._scan[0]:
            self._grid_at = -math.inf  # time began anew
        self._scan = (scan.stamp, points_of(scan, self._laser))
        pose = self.track.at(scan.stamp)
        every = GRID_EVERY_S if self.driving else IDLE_EVERY_S
        if pose is None or scan.stamp - self._grid_at < every:
            return
        self._grid_at = scan.stamp
        angles = scan.begin + scan.step * np.arange(len(scan.ranges))
        x, y = pose.out(self._laser.xy)[0]
        usable = ~np.isnan(scan.ranges) & (scan.ranges >= scan.near)
        laser = Pose(float(x), float(y), pose.heading + self._laser.heading)
        rays = np.asarray(angles[usable], np.float64)
        self.grid.see(scan.stamp, laser, rays, scan.ranges[usable], scan.far)

    def watched(self, seen: Watched) -> None:
        """Takes the bodies of a frame."""
        stamp = seen.frame.stamp
        if stamp < self._watched:
            self._watch_at = -math.inf
        self._watched = stamp
        if self.locator is None or (not self.driving and stamp - self._watch_at < WATCH_EVERY_S):
            return
        pose = self.track.at(stamp)
        if pose is not None:
            self._watch_at = stamp
            self.people.watch(seen.frame, self.locator, pose)

    def senses(self, now: float) -> Senses:
        """Everything that may stop the robot, as it is at this moment."""
        last, pose = self.track.last, self.pose
        scan, age = NOBODY, math.inf
        if self._scan is not None and pose is not None:
            then = self.track.at(self._scan[0])
            if then is not None:
                scan, age = pose.into(then.out(self._scan[1])), now - self._scan[0]
        return Senses(
            now,
            scan,
            max(0.0, age),
            max(0.0, now - last.stamp) if last is not None else math.inf,
            max(0.0, now - self._watched),
            self.sees,
            self.bumped,
            self.halted,
            last.speed if last is not None else 0.0,
            self._everybody(now, pose) if pose is not None else (),
        )

    def present(self, now: float) -> list[Somebody]:
        """Everybody to keep off: seen lately, or where something stands still."""
        return [
            one
            for one in self.people.known(now, STAYS_S)
            if now - one.seen <= PRESENT_S or one.lying or self.grid.stands_near(one.at, STAYS_M)
        ]

    def _everybody(self, now: float, pose: Pose) -> list[Near]:
        found = [self._near(one, pose) for one in self.present(now)]
        came = self.grid.came(now)
        return [*found, Near(pose.into(came), self.parameters.body_m)] if len(came) else found

    def _near(self, one: Somebody, pose: Pose) -> Near:
        points, pace = one.points, one.velocity
        if not one.lying and math.hypot(*pace) > WALKS:
            points = np.vstack([points, one.at + 0.5 * AHEAD_S * pace, one.at + AHEAD_S * pace])
        p = self.parameters
        return Near(pose.into(points), one.girth + (p.stand_m - LYING_M if one.lying else p.body_m))

    def reach(self, now: float) -> Reach | None:
        """The ways from where it is, around everybody who is there."""
        pose = self.pose
        if pose is None:
            return None
        p = self.parameters
        off = [(one.points, one.girth + (p.stand_m if one.lying else p.body_m) + CELL) for one in self.present(now)]
        came = self.grid.came(now)
        off += [(came, p.body_m + CELL)] if len(came) else []
        return self.grid.reach(pose, off)
