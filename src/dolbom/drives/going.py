"""Goes a way: to a ring around somebody, to a point or to a pose; plans it anew twice a second, and says when stuck."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dolbom.drives.follow import pursue, towards
from dolbom.drives.grid import CELL, Reach
from dolbom.drives.observations import Floats, Pose
from dolbom.drives.odometry import wrapped
from dolbom.drives.world import World

PLAN_S = 0.5
RING_M = 0.15
"""As near to somebody as it may come, and this much farther, is near enough."""
NEARER = 8.0
"""Metres of way that one metre nearer is worth."""
HIDDEN = 6.0
"""Metres of way that seeing them is worth."""
TRIED = 40
PERSON_M = 0.6
"""The last bit of a line to somebody is they themselves."""
STUCK_M, STUCK_RAD = 0.08, 0.15
THERE_M = 0.1
FRESH_S = 3.0


@dataclass(frozen=True)
class Wish:
    """Speeds that are wished for, m/s and rad/s."""

    speed: float = 0.0
    turning: float = 0.0


STAY = Wish()


class Going:
    """One way. `arrived` and `stuck` say how it stands.

    Args:
        world: what is known.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._way: Floats | None = None
        self._planned = -math.inf
        self._since: tuple[float, Pose] | None = None
        self._tries = 0
        self.stuck = False

    def held(self) -> None:
        """It stands for a reason of its own: that is not being stuck."""
        self._since = None

    def to_people(self, now: float, points: Floats, stand_m: float, speed: float) -> Wish:
        """A step towards somebody; it ends where they are seen from, `stand_m` and a bit from the nearest point."""
        if now - self._planned >= PLAN_S:
            self._plan(now, lambda reach: self._beside(reach, points, stand_m))
        return self._step(now, speed)

    def to_point(self, now: float, point: Floats, speed: float) -> Wish:
        """A step towards a point, or as near to it as there is a way."""
        if now - self._planned >= PLAN_S:
            self._plan(now, lambda reach: _nearest(reach, point))
        return self._step(now, speed)

    def turn_to(self, heading: float, turning: float) -> Wish:
        """Turns on the spot."""
        pose = self._world.pose
        return STAY if pose is None else Wish(0.0, towards(wrapped(heading - pose.heading), turning))

    @property
    def over(self) -> bool:
        """Whether the way's end is reached."""
        pose = self._world.pose
        return self._way is not None and pose is not None and float(np.hypot(*(self._way[-1] - pose.xy))) < THERE_M

    def _plan(self, now: float, choose: Callable[[Reach], tuple[int, int] | None]) -> None:
        self._planned = now
        reach = self._world.reach(now)
        cell = choose(reach) if reach is not None else None
        self._way = reach.way(cell) if reach is not None and cell is not None else None

    def _beside(self, reach: Reach, points: Floats, stand_m: float) -> tuple[int, int] | None:
        away = _away(reach, points)
        fits = np.isfinite(reach.costs) & (away >= stand_m)
        cost = np.where(fits, reach.costs + NEARER * np.maximum(0.0, away - stand_m - RING_M), np.inf)
        best: tuple[float, tuple[int, int]] | None = None
        order = np.argsort(cost, axis=None)[: TRIED * 25 : 5]
        for flat in order:
            row, column = divmod(int(flat), cost.shape[1])
            spent = float(cost[row, column])
            if not math.isfinite(spent) or (best is not None and spent >= best[0]):
                break
            there = reach.origin + (np.array([row, column]) + 0.5) * CELL
            nearest = points[int(np.hypot(*(points - there).T).argmin())]
            if not self._world.grid.sees(there, nearest, PERSON_M):
                spent += HIDDEN
            if best is None or spent < best[0]:
                best = (spent, (row, column))
        return best[1] if best is not None else None

    def _step(self, now: float, speed: float) -> Wish:
        world, p = self._world, self._world.parameters
        last = world.track.last
        if last is None:
            return STAY
        self._watch(now, last.pose)
        if self._way is None or self.over:
            return STAY
        return Wish(*pursue(self._way, last.pose, last.speed, speed, p.turning, p.braking))

    def _watch(self, now: float, pose: Pose) -> None:
        """Whether it still gets on: if not, what stood there a while ago is taken to be gone, once."""
        since = self._since
        if since is None or self.over:
            self._since = (now, pose)
            return
        went = math.dist((since[1].x, since[1].y), (pose.x, pose.y)) > STUCK_M
        if went or abs(wrapped(since[1].heading - pose.heading)) > STUCK_RAD:
            self._since = (now, pose)
        elif now - since[0] > self._world.parameters.wait_s / 2:
            self._since = (now, pose)
            self._tries += 1
            self._world.grid.forget_older(now - FRESH_S)
            self.stuck = self._tries > 1


def _away(reach: Reach, points: Floats) -> Floats:
    centres = reach.centres()
    away = np.full(reach.costs.shape, np.inf)
    for point in points:
        away = np.minimum(away, np.hypot(centres[..., 0] - point[0], centres[..., 1] - point[1]))
    return away


def _nearest(reach: Reach, point: Floats) -> tuple[int, int] | None:
    away = np.where(np.isfinite(reach.costs), _away(reach, point[None]) * NEARER + reach.costs, np.inf)
    row, column = divmod(int(away.argmin()), away.shape[1])
    return (row, column) if math.isfinite(away[row, column]) else None
