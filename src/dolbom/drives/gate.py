"""The last word before the wheels: whatever was wished, only what can be stopped in time goes through."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from dolbom.drives.free import free_distance, safe_speed
from dolbom.drives.observations import Floats, Move
from dolbom.drives.parameters import DriveParameters

PERIOD_S = 0.05
"""Of the commands: until the next one comes, this one holds."""
LONGEST_STEP_S = 0.2
CRAWL = 0.02
"""Slower than this (m/s) it stands still."""
TURNED_M = 0.03
"""Turning on the spot, the outline of a round robot stays where it is, but for this much, metres."""
NOBODY = np.empty((0, 2))


@dataclass(frozen=True)
class Near:
    """Somebody: the points of their body (n, 2) in the robot's frame, now and where they will be in a second, and how
    near the robot may come, metres."""

    points: Floats
    keep_m: float


@dataclass(frozen=True)
class Senses:
    """What is known at this moment.

    Attributes:
        scan: (n, 2) what the laser met, in the robot's frame as it is now.
        scan_age, odometry_age, camera_age: seconds; infinite if nothing ever came.
        sees: the camera is switched on and delivers.
        bumped, halted: bumper and emergency stop.
        speed: measured, m/s.
    """

    now: float
    scan: Floats = field(default_factory=lambda: NOBODY)
    scan_age: float = math.inf
    odometry_age: float = math.inf
    camera_age: float = math.inf
    sees: bool = True
    bumped: bool = False
    halted: bool = False
    speed: float = 0.0
    people: Sequence[Near] = ()


class Gate:
    """Limits each command by the one before and by what is around.

    Attributes:
        speed, turning: what was let through last.
    """

    def __init__(self, parameters: DriveParameters) -> None:
        self.parameters = parameters
        self.speed = self.turning = 0.0
        self._at = -math.inf

    def stop_reason(self, senses: Senses) -> str:
        """Why nothing may move; empty if something may."""
        p = self.parameters
        if senses.halted:
            return "halted"
        if senses.bumped:
            return "bumped"
        if not senses.sees:
            return "camera"
        for name, age, limit in (
            ("scan", senses.scan_age, p.scan_stale_s),
            ("odometry", senses.odometry_age, p.odometry_stale_s),
            ("bodies", senses.camera_age, p.camera_stale_s),
        ):
            if not age <= limit:
                return f"no {name}"
        return ""

    def halt(self, now: float, why: str = "") -> Move:
        """Stands still at once."""
        self.speed = self.turning = 0.0
        self._at = now
        return Move(0.0, 0.0, why)

    def allow(self, speed: float, turning: float, senses: Senses) -> Move:
        """What of a wish goes through.

        Args:
            speed, turning: wished, m/s and rad/s. Backwards only where the caller knows that it is free: the laser
                does not see all of it.
        """
        if why := self.stop_reason(senses):
            return self.halt(senses.now, why)
        if not (math.isfinite(speed) and math.isfinite(turning)):
            return self.halt(senses.now, "no number")
        p = self.parameters
        seconds = min(max(senses.now - self._at, 0.0), LONGEST_STEP_S)
        self._at = senses.now
        speed = min(max(speed, -p.back_speed), p.speed)
        turning = min(max(turning, -p.turning), p.turning)
        speed = _changed(self.speed, speed, p.acceleration * seconds, p.braking * seconds)
        turning = _changed(self.turning, turning, p.turning_acceleration * seconds, p.turning_acceleration * seconds)
        limit, why = self._limit(speed, turning, senses)
        if abs(speed) > limit:
            # The same arc, more slowly; standing, it may still turn on the spot.
            share = limit / abs(speed)
            speed, turning = speed * share, turning * share if limit > CRAWL else turning
            if limit <= CRAWL:
                speed = 0.0
        else:
            why = ""
        if speed == 0.0 and turning and self._touches(senses.scan):
            turning, why = 0.0, "close"
        self.speed, self.turning = speed, turning
        return Move(speed, turning, why)

    def _limit(self, speed: float, turning: float, senses: Senses) -> tuple[float, str]:
        """The highest speed along this arc, and what sets it."""
        if abs(speed) < 1e-6:
            return math.inf, ""
        p = self.parameters
        reaction = p.reaction_s + PERIOD_S + min(senses.scan_age, p.scan_stale_s)
        free = free_distance(senses.scan, p.radius + p.margin, speed, turning)
        found = (safe_speed(free, reaction, p.braking), "obstacle")
        for one in senses.people:
            free = free_distance(one.points, one.keep_m, speed, turning)
            found = min(found, (safe_speed(free, reaction, p.braking), "person"))
        return found

    def _touches(self, scan: Floats) -> bool:
        return bool(len(scan)) and float(np.hypot(*scan.T).min()) < self.parameters.radius + TURNED_M


def _changed(before: float, wished: float, faster: float, slower: float) -> float:
    """The next value on the way to a wish: away from zero it goes by `faster`, towards it by `slower`."""
    if before * wished < 0:
        wished = 0.0  # first to a halt
    step = faster if abs(wished) > abs(before) else slower
    return before + min(max(wished - before, -step), step)
