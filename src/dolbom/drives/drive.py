"""Driving: whose wish is followed, when it stands still, gives way or ends; between the errands and the gate."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dolbom.drives.dock import Dock
from dolbom.drives.errands import Errand, Step, ToDock, ToSomebody
from dolbom.drives.gate import Gate, Senses
from dolbom.drives.giving_way import GIVES_WAY_S, backs_off, somebody_comes
from dolbom.drives.observations import (
    Began,
    Bumped,
    CameraTurned,
    Decision,
    Doing,
    Ended,
    Goal,
    Halted,
    InDistress,
    Moved,
    Navigate,
    Navigated,
    Navigator,
    Observation,
    Outcome,
    Pose,
    Rank,
    Recognised,
    Said,
    Scanned,
    StopNavigating,
    Tick,
    Watched,
    Went,
    Wished,
    Withdrawn,
)
from dolbom.drives.parameters import DriveParameters
from dolbom.drives.people import Locates, Somebody
from dolbom.drives.words import order
from dolbom.drives.world import World

TOLD_S = 0.5
"""How far it is, is told this often."""
STANDS_S = 0.6
"""After the end of an errand it is told for so long to stand; then the base is nobody's again."""
NEAR_M = 2.0
"""Somebody within this: slowly."""
HEEDED_S = 120.0
"""What is said to a robot that stands is meant for it for so long after it drove."""
FALLS = ("fall",)
NAVIGATED_M = 0.6
"""Nav2 is told anew when the place moved by this."""


@dataclass
class _Active:
    goal: Goal
    errand: Errand
    since: float
    told: float = -math.inf
    doing: Doing = Doing.IDLE
    distance: float = math.inf
    stopped: float | None = None
    gives_way_until: float = -math.inf


class Drive:
    """The whole of it. Fed with observations in order of time; `Tick` twenty times a second moves the wheels.

    Args:
        parameters: limits and distances.
        dock: where it goes home to.
        locator: of the camera, once its numbers are known (`see_with`).
    """

    def __init__(self, parameters: DriveParameters, dock: Dock | None = None, locator: Locates | None = None) -> None:
        self.parameters = parameters
        self.world = World(parameters, locator)
        self.gate = Gate(parameters)
        self.dock = dock or Dock()
        self._active: _Active | None = None
        self._out: list[Decision] = []
        self._now = -math.inf
        self._stands_until = self._heeds_until = -math.inf
        self._left_alone_until = -math.inf
        self._night = False
        self._distress = InDistress(-math.inf, "")
        self._forbidden = ""
        self._navigator = False
        self._navigating: tuple[int, Pose] | None = None
        self._navigations = 0

    def see_with(self, locator: Locates | None) -> None:
        """The camera's numbers are known now, or changed."""
        self.world.locator = locator

    def limits(self, parameters: DriveParameters) -> None:
        """Other limits from now on."""
        self.parameters = self.world.parameters = self.gate.parameters = parameters

    @property
    def goal(self) -> Goal | None:
        """What it is about."""
        return self._active.goal if self._active is not None else None

    @property
    def doing(self) -> Doing:
        """What it does."""
        return self._active.doing if self._active is not None else Doing.IDLE

    @property
    def distance(self) -> float:
        """Metres to the person or the dock; infinite while it is not known."""
        return self._active.distance if self._active is not None else math.inf

    @property
    def away(self) -> bool:
        """Whether it is somewhere else than where it was set up."""
        return self.world.pose is not None and self.dock.away(self.world.pose)

    def observe(self, seen: Observation) -> list[Decision]:
        """Takes the next observation; what follows from it."""
        self._out = []
        match seen:
            case Tick():
                self._tick(seen)
            case Moved():
                if not self.world.moved(seen):
                    self.dock.lost()
                self.dock.moved(seen.pose)
            case Scanned():
                self.world.scanned(seen)
            case Watched():
                self.world.watched(seen)
            case Recognised():
                self.world.people.recognised(seen.body, seen.person)
            case Bumped():
                self.world.bumped = seen.pressed
                if seen.pressed:
                    self._end(seen.now, Outcome.BUMPED, "the bumper touched something")
            case Halted():
                self.world.halted = seen.pressed
                if seen.pressed:
                    self._end(seen.now, Outcome.STOPPED, "the emergency stop is pressed")
            case CameraTurned():
                self.world.sees = seen.sees
                if not seen.sees:
                    self._end(seen.now, Outcome.BLIND, "the camera does not see")
            case Said():
                self._said(seen)
            case InDistress():
                self._in_distress(seen)
            case Wished():
                self._wished(seen.now, seen.goal)
            case Withdrawn():
                if self._active is not None and seen.goal in ("", self._active.goal.id):
                    self._end(seen.now, Outcome.STOPPED, "it was told to stop")
            case Navigator():
                self._navigator = seen.there and self.parameters.navigator == "auto"
            case Navigated():
                if self._navigating is not None and self._navigating[0] == seen.id:
                    self._navigating = None
                    # Where Nav2 finds no way, its own may do.
                    self._navigator &= seen.done
        return self._out

    # --- wishes ---------------------------------------------------------------------------------------------------

    def _wished(self, now: float, goal: Goal) -> None:
        why = self._refused(now, goal)
        if why:
            self._out.append(Ended(goal, Outcome.REFUSED, why=why))
            return
        if self._active is not None:
            self._end(now, Outcome.PREEMPTED, "something more urgent")
        self.world.driving = True
        errand: Errand
        if goal.dock:
            errand = ToDock(goal, self.world, self.dock)
        else:
            errand = ToSomebody(goal, self.world, now, goal.reason in FALLS)
        self._active = _Active(goal, errand, now)
        self._out.append(Began(goal))

    def _refused(self, now: float, goal: Goal) -> str:
        """Why it does not go; empty if it does."""
        if self.world.halted:
            return "the emergency stop is pressed"
        if self.world.bumped:
            return "the bumper touches something"
        if not self.world.sees:
            return "the camera does not see"
        if goal.dock and not self.dock.known:
            return "the way to the dock is not known"
        if self._active is not None and self._active.goal.rank > goal.rank:
            return "something more urgent is under way"
        if goal.rank is Rank.DISTRESS and self._forbidden and self._forbidden == self._distress.id:
            return "it was told to stay away"
        if goal.rank is Rank.DUE and now < self._left_alone_until:
            return "it was told to stay away"
        if goal.rank is Rank.DUE and self._night:
            return "these are the quiet hours"
        if goal.rank is Rank.ASKED and not goal.dock:
            self._left_alone_until = -math.inf
        return ""

    def _in_distress(self, distress: InDistress) -> None:
        before, self._distress = self._distress, distress
        active = self._active
        if distress.id and distress.id != before.id:
            self._forbidden = ""
            self._come_to_distress(distress.now)
        elif not distress.id and active is not None and active.goal.rank is Rank.DISTRESS:
            self._end(distress.now, Outcome.STOPPED, "all is well again")

    def _come_to_distress(self, now: float) -> None:
        if self.parameters.on_distress == "come":
            distress = self._distress
            goal = Goal(f"distress {distress.id}", distress.person, reason=distress.cause, rank=Rank.DISTRESS)
            self._wished(now, goal)

    def _said(self, said: Said) -> None:
        meant = order(said.text, said.lang)
        heeds = self._active is not None or said.now < self._heeds_until
        if meant in ("stop", "away") and heeds:
            if meant == "away":
                self._left_alone_until = said.now + 60.0 * self.parameters.leave_alone_min
            self._forbidden = self._distress.id
            self._end(said.now, Outcome.STOPPED, "somebody said so")
        elif meant == "come":
            self._left_alone_until, self._forbidden = -math.inf, ""
            # Else whoever talks with people is asked to come: the companion knows whether it was meant.
            if self._distress.id and self._active is None:
                self._come_to_distress(said.now)

    def _end(self, now: float, outcome: Outcome, why: str = "") -> None:
        """Ends whatever it does, and stands still at once."""
        if self._navigating is not None:
            self._navigating = None
            self._out.append(StopNavigating())
        active, self._active = self._active, None
        if active is None:
            return
        self.world.driving = False
        self._stands_until, self._heeds_until = now + STANDS_S, now + HEEDED_S
        self._out.append(self.gate.halt(now, why))
        self._out.append(Ended(active.goal, outcome, active.distance, why))

    # --- driving --------------------------------------------------------------------------------------------------

    def _tick(self, tick: Tick) -> None:
        now, active = tick.now, self._active
        if now < self._now:  # time began anew
            self._stands_until, self._heeds_until, self._left_alone_until = now, now, now
        self._now, self._night = now, tick.night
        if active is None:
            if now < self._stands_until:
                self._out.append(self.gate.halt(now))
            return
        senses = self.world.senses(now)
        if why := self.gate.stop_reason(senses):
            self._stand(now, active, why)
            return
        active.stopped = None
        if now - active.since > self.parameters.limit_s:
            self._end(now, Outcome.BLOCKED, "it took too long")
            return
        comes = somebody_comes(self.world, now)
        if comes is not None:
            active.gives_way_until = now + GIVES_WAY_S
        if now < active.gives_way_until:
            self._give_way(now, active, senses, comes)
            return
        step = active.errand.step(now, self._fastest(senses))
        active.distance = step.distance
        if step.outcome is not None:
            self._end(now, step.outcome, step.why)
        elif not self._navigates(step):
            move = self.gate.allow(step.wish.speed, step.wish.turning, senses)
            self._out.append(move)
            if move.why == "person":
                self._tell(now, active, Doing.WAITING)
                return
        self._tell(now, active, step.doing)

    def _stand(self, now: float, active: _Active, why: str) -> None:
        """Something is missing: it stands, for a while."""
        if self._navigating is not None:
            self._navigating = None
            self._out.append(StopNavigating())
        self._out.append(self.gate.halt(now, why))
        active.errand.held()
        active.stopped = now if active.stopped is None else active.stopped
        if now - active.stopped > self.parameters.wait_s:
            self._end(now, Outcome.BLIND, why)
        else:
            self._tell(now, active, Doing.WAITING)

    def _give_way(self, now: float, active: _Active, senses: Senses, comes: Somebody | None) -> None:
        if self._navigating is not None:
            self._navigating = None
            self._out.append(StopNavigating())
        speed = backs_off(self.world, comes, now)
        active.errand.held()
        self._out.append(self.gate.allow(speed, 0.0, senses))
        self._tell(now, active, Doing.GIVING_WAY)

    def _fastest(self, senses: Senses) -> float:
        p = self.parameters
        fastest = min(p.speed, p.night_speed) if self._night else p.speed
        if any(math.sqrt(float((one.points**2).sum(1).min())) < NEAR_M for one in senses.people if len(one.points)):
            fastest = min(fastest, p.near_speed)
        return fastest

    def _navigates(self, step: Step) -> bool:
        """Leaves the way to Nav2, where it is; whether it does."""
        if step.navigate is None or not self._navigator:
            if self._navigating is not None:
                self._navigating = None
                self._out.append(StopNavigating())
            return False
        if self._navigating is None or math.dist(self._navigating[1].xy, step.navigate.xy) > NAVIGATED_M:
            self._navigations += 1
            self._navigating = (self._navigations, step.navigate)
            self._out.append(Navigate(self._navigations, step.navigate))
        return True

    def _tell(self, now: float, active: _Active, doing: Doing) -> None:
        if self._active is not active:
            return
        if doing is not active.doing or now - active.told >= TOLD_S:
            active.doing, active.told = doing, now
            self._out.append(Went(active.goal, doing, active.distance))
