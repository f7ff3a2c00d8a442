"""One errand from its beginning to its outcome: to somebody, or to the dock; asked at every step what to wish for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from dolbom.drives.dock import Dock
from dolbom.drives.follow import towards
from dolbom.drives.going import RING_M, STAY, Going, Wish
from dolbom.drives.observations import Doing, Goal, Outcome, Pose, Rank
from dolbom.drives.odometry import wrapped
from dolbom.drives.people import Somebody, bearing
from dolbom.drives.search import Search
from dolbom.drives.world import World

LOST_S = 4.0
"""Whoever it goes to may be out of view for so long; then they are looked for."""
FACED_RAD = 0.12
STILL = 0.03
"""m/s."""
SLACK_M = 0.1
"""Arrived, it goes on only when they are so much farther: a place in the picture is never quite still."""
NAVIGATOR_M = 2.0
"""Longer ways are left to Nav2, where it is."""
DOCK_M = 0.15
FAR_M = 0.6
"""Somebody whom it cannot come nearer to than this beyond the ring was not reached."""


@dataclass(frozen=True)
class Step:
    """What an errand wants at this moment.

    Attributes:
        wish: speeds.
        outcome: it is over.
        navigate: Nav2 may go there instead.
    """

    wish: Wish = STAY
    doing: Doing = Doing.WAITING
    distance: float = math.inf
    outcome: Outcome | None = None
    why: str = ""
    navigate: Pose | None = None


class Errand(Protocol):
    """To somebody, or to the dock."""

    goal: Goal

    def step(self, now: float, speed: float) -> Step:
        """What to do now, at no more than this speed."""
        ...

    def held(self) -> None:
        """It stands for another reason than not getting on."""
        ...


class ToSomebody:
    """Looks for somebody, goes near, faces them.

    Args:
        fallen: whoever lies is meant.
    """

    def __init__(self, goal: Goal, world: World, now: float, fallen: bool) -> None:
        self.goal, self._world, self._fallen = goal, world, fallen
        self._stand = max(world.parameters.stand_m, goal.distance)
        self._going = Going(world)
        self._search: Search | None = None
        self._target: Somebody | None = None
        self._seen = now
        self._near = False
        self._looked = now

    def held(self) -> None:
        """See `Errand`."""
        self._going.held()

    def step(self, now: float, speed: float) -> Step:
        """See `Errand`."""
        pose = self._world.pose
        if pose is None:
            return Step()
        found = self._world.people.wanted(self.goal.person, now, self._fallen, self._target)
        if found is not None:
            if self._target is None or self._search is not None:
                self._going, self._search = Going(self._world), None
            self._target, self._seen = found, now
        if self._target is None or (self._search is None and now - self._seen > LOST_S and self._lost()):
            return self._look(now)
        if self._search is not None:
            return self._look(now)
        return self._come(now, pose, self._target, speed)

    def _lost(self) -> bool:
        """Out of view for long: on the way to where they were it may well be so, and it looks when it is there."""
        return self._near or self._going.over or self._going.stuck

    def _look(self, now: float) -> Step:
        if self._search is None:
            if self._target is None and now - self._looked < self._world.parameters.look_s / 2:
                return Step(doing=Doing.SEARCHING)
            last = self._world.people.last_known(self.goal.person)
            roams = self.goal.rank >= Rank.ASKED
            self._search = Search(self._world, now, last.at if last is not None else None, roams)
            self._near = False
        wish = self._search.step(now)
        if self._search.over:
            return Step(outcome=Outcome.NOT_FOUND, why="nobody was found")
        return Step(wish, Doing.SEARCHING)

    def _come(self, now: float, pose: Pose, target: Somebody, speed: float) -> Step:
        away, off = target.distance(pose.xy), bearing(pose, target.at)
        turning = self._world.parameters.turning
        self._near = away <= self._stand + RING_M + (SLACK_M if self._near else 0.0)
        if self._near and self._world.grid.sees(pose.xy, target.at, 0.6 if not target.lying else 1.2):
            last = self._world.track.last
            if abs(off) <= FACED_RAD and last is not None and abs(last.speed) < STILL:
                return Step(STAY, Doing.FACING, away, Outcome.ARRIVED)
            return Step(Wish(0.0, towards(off, turning)), Doing.FACING, away)
        wish = self._going.to_people(now, target.points, self._stand + target.girth, speed)
        if self._going.over:
            # As near as there is a way to.
            if abs(off) > FACED_RAD:
                return Step(Wish(0.0, towards(off, turning)), Doing.FACING, away)
            if away <= self._stand + FAR_M:
                return Step(STAY, Doing.FACING, away, Outcome.ARRIVED)
            return Step(STAY, Doing.WAITING, away, Outcome.BLOCKED, "there is no way nearer")
        if self._going.stuck:
            return Step(STAY, Doing.WAITING, away, Outcome.BLOCKED, "something is in the way")
        return Step(wish, Doing.GOING, away, navigate=self._beside(pose, target, away))

    def _beside(self, pose: Pose, target: Somebody, away: float) -> Pose | None:
        """Where Nav2 may go: on the line to them, near enough, looking at them."""
        if away < NAVIGATOR_M + self._stand:
            return None
        x, y = pose.xy - target.at
        length = math.hypot(x, y)
        share = (self._stand + RING_M) / length
        return Pose(target.at[0] + x * share, target.at[1] + y * share, math.atan2(-y, -x))


class ToDock:
    """Back to where the robot was switched on, the way that it came or a shorter one that it has seen to be free."""

    def __init__(self, goal: Goal, world: World, dock: Dock) -> None:
        self.goal, self._world, self._dock = goal, world, dock
        self._going = Going(world)
        for x, y in dock.way():
            world.grid.stood(world.track.last.stamp if world.track.last else 0.0, Pose(x, y))

    def held(self) -> None:
        """See `Errand`."""
        self._going.held()

    def step(self, now: float, speed: float) -> Step:
        """See `Errand`."""
        pose, dock = self._world.pose, self._dock.pose
        if pose is None or dock is None:
            return Step(outcome=Outcome.BLOCKED, why="the way to the dock is not known")
        away = math.dist(pose.xy, dock.xy)
        wish = self._going.to_point(now, dock.xy, speed)
        if away < DOCK_M and (self._going.over or wish == STAY or away < DOCK_M / 2):
            off = wrapped(dock.heading - pose.heading)
            if abs(off) <= FACED_RAD / 2:
                return Step(STAY, Doing.FACING, away, Outcome.DOCKED)
            return Step(Wish(0.0, towards(off, self._world.parameters.turning)), Doing.FACING, away)
        if self._going.over or self._going.stuck:
            return Step(STAY, Doing.WAITING, away, Outcome.BLOCKED, "something is in the way to the dock")
        return Step(wish, Doing.GOING, away, navigate=dock if away > NAVIGATOR_M else None)
