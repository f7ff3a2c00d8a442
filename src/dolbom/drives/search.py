"""Looks for somebody: turns and looks, goes to where they were last, then to where it has not looked yet."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import TypeVar

import numpy as np

from dolbom.drives.going import STAY, Going, Wish
from dolbom.drives.observations import Floats
from dolbom.drives.odometry import wrapped
from dolbom.drives.people import bearing
from dolbom.drives.world import World

FACES_RAD = 0.06
LOOK_FROM_M = 1.6
"""Seen from so near, a place needs no nearer look."""
FRONTIER_M, LOOKED_M = 1.4, 0.4
"""What was not seen is looked into from so far: nearer, who lies there is below the picture. Once looked at, it goes on
nearer."""
SAME_M = 0.4

T = TypeVar("T")
Steps = Generator[Wish, float, T]
"""Yields what to do and is sent the time."""


class Search:
    """One search. It ends with `over`; whoever it finds is seen by its caller.

    Args:
        last: where the person was last, or None.
        roams: whether it goes where it has not been, too.
    """

    def __init__(self, world: World, now: float, last: Floats | None, roams: bool) -> None:
        self._world, self._last, self._roams = world, last, roams
        self._until = now + world.parameters.search_s
        self.over = False
        self._plan = self._looks(now)
        next(self._plan)  # it waits for the first time that is sent

    def step(self, now: float) -> Wish:
        """What to do now."""
        if self.over or now > self._until or self._world.pose is None:
            self.over = self.over or now > self._until
            return STAY
        try:
            return self._plan.send(now)
        except StopIteration:
            self.over = True
            return STAY

    def _looks(self, now: float) -> Steps[None]:
        """The whole search; sent the time, yields wishes."""
        now = yield STAY
        now = yield from self._around(now)
        if self._last is not None:
            now = yield from self._go(now, self._last, LOOK_FROM_M)
            now = yield from self._around(now)
        looked: list[Floats] = []
        while self._roams:
            there = self._unseen(now)
            if there is None:
                return
            known = any(math.dist(there, one) < SAME_M for one in looked)
            now = yield from self._go(now, there, LOOKED_M if known else FRONTIER_M)
            looked.append(there)
            now = yield from self._towards(now, there)

    def _around(self, now: float) -> Steps[float]:
        """A whole turn, in steps of the view; the first look is where they were last."""
        pose, p = self._world.pose, self._world.parameters
        assert pose is not None
        first = pose.heading
        if self._last is not None and math.dist(self._last, pose.xy) > 0.3:
            first += bearing(pose, self._last)
        width = math.radians(p.view_deg)
        for step in range(math.ceil(2 * math.pi / width)):
            # To the nearer side first: left and right by turns would only make it dizzy.
            now = yield from self._look(now, first + step * width)
        return now

    def _towards(self, now: float, there: Floats) -> Steps[float]:
        """Looks at a place, and to both sides of it."""
        pose, width = self._world.pose, math.radians(self._world.parameters.view_deg)
        assert pose is not None
        ahead = pose.heading + bearing(pose, there)
        for off in (0.0, width, -width):
            now = yield from self._look(now, ahead + off)
        return now

    def _look(self, now: float, heading: float) -> Steps[float]:
        """Turns there and looks."""
        p = self._world.parameters
        while (here := self._world.pose) is not None and abs(wrapped(heading - here.heading)) > FACES_RAD:
            now = yield Going(self._world).turn_to(heading, p.turning)
        end = now + p.look_s
        while now < end:
            now = yield STAY
        return now

    def _go(self, now: float, there: Floats, near_m: float) -> Steps[float]:
        """Towards a place until it is seen from near."""
        going, p = Going(self._world), self._world.parameters
        while (pose := self._world.pose) is not None and not going.stuck:
            away = math.dist(there, pose.xy)
            if away < near_m and self._world.grid.sees(pose.xy, there, 0.3):
                break
            wish = going.to_point(now, there, p.near_speed)
            if going.over:
                break
            now = yield wish
        return now

    def _unseen(self, now: float) -> Floats | None:
        """The nearest place from which something new would be seen; None if all was."""
        reach = self._world.reach(now)
        if reach is None:
            return None
        cells = self._world.grid.frontiers(reach)
        if not len(cells):
            return None
        nearest = cells[int(reach.costs[cells[:, 0], cells[:, 1]].argmin())]
        return np.asarray(reach.way((int(nearest[0]), int(nearest[1])))[-1])
