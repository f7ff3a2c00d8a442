"""Somebody in the virtual day: does what a scenario says with recorded motions, on the ways of the home.

Takes the same orders as the simulator's people (`simulation.person.Person`), and is two hundred times as fast: nothing
is computed but where nineteen points are.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import numpy as np

from dolbom.simulation.day.skeletons import HIPS, JOINTS, NOSE, PEOPLE, RATE, Clip, Floats, bank
from dolbom.simulation.home import Home, Place, Point
from dolbom.simulation.ways import Ways

Posture = Literal["standing", "walking", "sitting", "in_bed", "on_floor", "kneeling", "falling", "away"]
TURNING = 80.0
"""Degrees a second on the spot."""
BLEND = 5
"""Frames from the pose before into a motion that begins with another."""
STANDS_UP = ("get_up", "from_bed", "up_from_knees", "stand_up", "pick_up")
"""Motions that end standing."""
LYING: tuple[Posture, ...] = ("in_bed", "on_floor")
AWAY = np.array([0.0, 0.0, -30.0])


@dataclass
class _Act:
    """One thing that is done: its frames (n, points, 3) are made when it begins."""

    make: Callable[[], Floats]
    posture: Posture
    then: Posture
    frames: Floats | None = None


@dataclass
class Manner:
    """How somebody moves: who of the bank they are, how fast they walk (m/s) and do everything else (1 as recorded)."""

    who: int
    speed: float
    haste: float

    @staticmethod
    def of(seed: int, old: bool = True, speed: float | None = None) -> Manner:
        """The manner that goes with a seed."""
        rng = np.random.default_rng([seed, 5])
        drawn = float(rng.uniform(0.45, 0.75) if old else rng.uniform(0.85, 1.1))
        return Manner(int(rng.integers(PEOPLE)), speed or drawn, float(rng.uniform(0.9, 1.12)))


class Figure:
    """One person.

    Attributes:
        points: where they are now, (points, 3); far below the floor when they are not at home.
        at, heading: where they stand, and where they look, degrees.
        posture: how they are.
        home, ways: where they live.
    """

    def __init__(
        self, name: str, home: Home, ways: Ways, manner: Manner, at: str, posture: Posture = "standing"
    ) -> None:
        self.name, self.home, self.ways, self.manner = name, home, ways, manner
        spot = home.place(at)
        self.at, self.heading = np.array(spot.at, float), spot.heading
        self.posture: Posture = "standing"
        self._acts: deque[_Act] = deque()
        self._played = 0.0
        self._place = at
        self.points = self._standing()
        self._last_moved = 0.0
        if at == "outside":
            self.posture, self.points = "away", self._standing() + AWAY
        elif posture != "standing":
            {"sitting": self.sit, "in_bed": self.lie_in_bed, "on_floor": self.lie_on_floor}[posture]()
            while self.busy:
                self.advance(10.0)

    # --- what they can be told ----------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether something is still to be done."""
        return bool(self._acts)

    @property
    def room(self) -> str:
        """Where they are; empty outside."""
        x, y = _hips(self.points)
        return self.home.room_at((float(x), float(y)))

    def stop(self) -> None:
        """Leaves off whatever was to be done."""
        if self._acts:
            first = self._acts[0]
            self.posture = first.then if first.posture in ("falling", *LYING) else "standing"
            if self.posture == "standing" and first.posture == "sitting":
                self.posture = "sitting"
            if first.posture in ("walking", "standing"):
                self._stand_at(self.points)  # wherever they had come to
        self._acts.clear()
        self._played = 0.0

    def walk_to(self, place: str | Point, speed: float | None = None) -> None:
        """Gets up if need be and walks to a place.

        Raises:
            UserError: if there is no such place.
        """
        spot = self.home.place(place) if isinstance(place, str) else None
        end = spot.at if spot is not None else (float(place[0]), float(place[1]))
        self.stand_up()
        self._do(lambda: self._walk(end, spot, speed or self.manner.speed), "walking", "standing")
        if spot is not None:
            self._do(lambda: self._turn(spot.heading), "standing", "standing")

    def sit(self, place: str = "", hard: bool = False) -> None:
        """Goes to a seat and sits down; `hard`: lets themselves drop.

        Raises:
            UserError: if nobody can sit there.
        """
        if place:
            self.home.seat(place)
            self.walk_to(place)
        elif self._last() != "standing":
            return
        self._do(lambda: self._motion("sit_hard" if hard else "sit_down"), "sitting", "sitting")

    def lie_in_bed(self, place: str = "bed") -> None:
        """Goes to bed, sits down on its edge and lies down."""
        if self._last() != "sitting" or self._place != place:
            near = float(np.hypot(*(self.at - self.home.place(place).at))) < 0.2
            self.sit("" if near and self._last() == "standing" else place)
        self._place = place
        self._do(lambda: self._motion("to_bed"), "in_bed", "in_bed")

    def stand_up(self) -> None:
        """Gets up from wherever they are."""
        what = self._last()
        if what == "in_bed":
            self._do(lambda: self._motion("from_bed", lying=True), "in_bed", "standing")
        elif what == "sitting":
            self._do(lambda: self._motion("stand_up"), "sitting", "standing")
        elif what in ("on_floor", "falling"):
            self._do(lambda: self._motion("get_up", lying=True), "on_floor", "standing")
        elif what == "kneeling":
            self._do(lambda: self._motion("up_from_knees"), "kneeling", "standing")

    def fall(self, kind: str = "left") -> None:
        """Falls at once, from whatever they do; then lies as they fell."""
        self.stop()
        if self.posture == "in_bed" or kind == "out_of_bed":
            name = "out_of_bed"
        elif self.posture == "sitting" or kind == "from_chair":
            name = "from_chair"
        else:
            name = f"fall_{kind}"
        self._do(lambda: self._motion(name, lying=name == "out_of_bed", anywhere=True), "falling", "on_floor")

    def lie_on_floor(self) -> None:
        """Lies down on the floor on purpose."""
        self.stand_up()
        self._do(lambda: self._motion("lie_on_floor", anywhere=True), "on_floor", "on_floor")

    def kneel(self) -> None:
        """Kneels down."""
        self.stand_up()
        self._do(lambda: self._motion("kneel"), "kneeling", "kneeling")

    def pick_up(self) -> None:
        """Bends down for something on the floor and comes up again."""
        self.stand_up()
        self._do(lambda: self._motion("pick_up"), "standing", "standing")

    def crawl(self, distance: float = 1.0) -> None:
        """Crawls ahead; the recorded metre is done as often as it takes."""
        if self._last() not in ("on_floor", "falling"):
            self.lie_on_floor()
        for _ in range(max(1, round(distance))):
            self._do(lambda: self._motion("crawl", lying=True, anywhere=True), "on_floor", "on_floor")

    def eat(self, bites: int = 3) -> None:
        """Moves a hand to the mouth and back; also how a pill is taken."""
        sitting = self._last() == "sitting"
        still: Posture = "sitting" if sitting else "standing"
        if not sitting:
            self.stand_up()
        for _ in range(bites):
            self._do(lambda: self._motion("eat_sitting" if sitting else "eat"), still, still)

    def enter(self, place: str) -> None:
        """Comes in through the front door and walks to a place."""
        self._do(self._appear, "standing", "standing")
        self.walk_to(place)

    def leave(self) -> None:
        """Walks out through the front door and is not at home any more."""
        self.walk_to("outside")
        self._do(lambda: (self._standing() + AWAY)[None], "away", "away")

    # --- time ---------------------------------------------------------------------------------------------------

    def advance(self, seconds: float) -> Floats:
        """Lets time go on; returns where the points are then."""
        left = seconds * RATE
        while self._acts:
            act = self._acts[0]
            if act.frames is None:
                act.frames = act.make()
            self.posture = act.posture
            self._played += left
            if self._played < len(act.frames):
                self.points = act.frames[int(self._played)]
                break
            left = self._played - len(act.frames)
            if len(act.frames):
                self.points = act.frames[-1]
            self.posture, self._played = act.then, 0.0
            self._acts.popleft()
        return self.points

    @property
    def head(self) -> tuple[Floats, Floats]:
        """Where the face is, and the direction (3,) that it looks into."""
        middle = self.points[JOINTS.index("Head")]
        ahead = self.points[NOSE] - middle
        return self.points[NOSE], ahead / max(float(np.linalg.norm(ahead)), 1e-6)

    def _do(self, make: Callable[[], Floats], posture: Posture, then: Posture) -> None:
        self._acts.append(_Act(make, posture, then))

    def _last(self) -> Posture:
        return self._acts[-1].then if self._acts else self.posture

    # --- motions ------------------------------------------------------------------------------------------------

    def _clip(self, motion: str) -> Clip:
        return bank().clip(motion, self.manner.who)

    def _standing(self) -> Floats:
        return np.asarray(_placed(self._clip("sit_down").points[:1], self.at, self.heading)[0])

    def _motion(self, motion: str, lying: bool = False, anywhere: bool = False) -> Floats:
        """A recorded motion from where they are now.

        Args:
            lying: it begins lying: turned so that the head stays where it is.
            anywhere: it ends where nothing stands.
        """
        clip = self._clip(motion)
        count = max(2, round(len(clip.points) / self.manner.haste))
        points = clip.points[np.linspace(0, len(clip.points) - 1, count).round().astype(int)]
        heading = _direction(self.points) - _direction(points[0]) if lying else self.heading
        points = points - [*_hips(points[0]), 0.0]
        frames = _placed(points, _hips(self.points), heading)
        first = frames[: min(BLEND, len(frames))]
        for i in range(len(first)):
            share = (i + 1) / (len(first) + 1)
            first[i] = (1 - share) * self.points + share * first[i]
        if anywhere:
            shift = self.ways.shifted_inside(frames[-1][frames[-1][:, 2] < 0.6, :2])
            for i in range(len(frames)):
                share = (i + 1) / len(frames)
                frames[i, :, :2] += shift * share * share * (3 - 2 * share)
        if motion in STANDS_UP:
            self._stand_at(frames[-1])
        return frames

    def _stand_at(self, points: Floats) -> None:
        """They stand there: where that is, and where they look."""
        self.at = _hips(points)
        across = points[JOINTS.index("LeftArm"), :2] - points[JOINTS.index("RightArm"), :2]
        self.heading = math.degrees(math.atan2(across[1], across[0])) - 90.0

    def _walk(self, end: Point, spot: Place | None, speed: float) -> Floats:
        points = self._way(end, spot)
        path, clip = _rounded(points), self._clip("walk")
        length = np.r_[0.0, np.cumsum(np.hypot(*np.diff(path, axis=0).T))]
        if length[-1] < 0.05:
            return np.empty((0, *clip.points.shape[1:]))
        first = math.degrees(math.atan2(*(points[1] - points[0])[::-1]))
        frames = [self._turn(first)]
        count = max(2, math.ceil(length[-1] / speed * RATE))
        # Slowly off and to a halt, without taking longer than the distance asks for.
        gone = np.linspace(0, 1, count + 1)[1:]
        gone = (0.85 * gone + 0.15 * gone * gone * (3 - 2 * gone)) * length[-1]
        where = np.stack([np.interp(gone, length, path[:, axis]) for axis in (0, 1)], axis=1)
        ahead = np.diff(where, axis=0, prepend=path[:1])
        headings = np.degrees(np.unwrap(np.arctan2(ahead[:, 1], ahead[:, 0])))
        phase = (gone / max(clip.walked, 0.2) * len(clip.points)).astype(int) % len(clip.points)
        frames.append(
            np.stack([_placed(clip.points[[p]], at, h)[0] for p, at, h in zip(phase, where, headings, strict=True)])
        )
        self.at, self.heading = where[-1], float(headings[-1])
        return np.concatenate(frames)

    def _way(self, end: Point, spot: Place | None) -> Floats:
        begin = (float(self.at[0]), float(self.at[1]))
        if self.ways.room_beside(begin) <= 0:
            begin = self.ways.nearest(begin)
        legs = [begin, end]
        if spot is not None and spot.begin is not None and np.hypot(*(self.at - spot.at)) > 0.3:
            legs.insert(1, spot.begin)
        found: list[Point] = []
        for a, b in pairwise(legs):
            found += _ways(self.ways, a, b)[1 if found else 0 :]
        return np.array(found)

    def _turn(self, towards: float) -> Floats:
        total = (towards - self.heading + 180.0) % 360.0 - 180.0
        clip, begin = self._clip("walk"), self.heading
        if abs(total) < 8.0:
            return np.empty((0, *clip.points.shape[1:]))
        count = max(4, round(abs(total) / TURNING * RATE))
        still = self._clip("sit_down").points[:1]
        self.heading = begin + total
        return np.stack([_placed(still, self.at, begin + total * (i + 1) / count)[0] for i in range(count)])

    def _appear(self) -> Floats:
        place = self.home.place("outside")
        self.at, self.heading = np.array(place.at, float), place.heading
        return self._standing()[None].repeat(2, axis=0)


@lru_cache(maxsize=500)
def _ways(ways: Ways, begin: Point, end: Point) -> list[Point]:
    return ways.way(begin, end)


def _placed(points: Floats, at: Floats, heading: float) -> Floats:
    """A clip (n, points, 3) at a place of the home."""
    angle = math.radians(heading)
    cosine, sine = math.cos(angle), math.sin(angle)
    turned = np.empty_like(points)
    turned[..., 0] = cosine * points[..., 0] - sine * points[..., 1] + at[0]
    turned[..., 1] = sine * points[..., 0] + cosine * points[..., 1] + at[1]
    turned[..., 2] = points[..., 2]
    return turned


def _hips(points: Floats) -> Floats:
    """The middle of the hips on the floor, (2,)."""
    return np.asarray(points[list(HIPS), :2].mean(0))


def _direction(points: Floats) -> float:
    """Where the head of somebody who lies is from the hips, degrees."""
    away = points[JOINTS.index("Head"), :2] - _hips(points)
    return math.degrees(math.atan2(away[1], away[0]))


def _rounded(points: Floats) -> Floats:
    """A path with its corners cut, in steps of about 5 cm."""
    knots = [points[0]]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        for other in (before, after):
            away = other - corner
            knots.append(corner + away * min(0.35, 0.25 / max(float(np.hypot(*away)), 1e-6)))
    knots.append(points[-1])
    path = [knots[0]]
    for a, b in pairwise(knots):
        count = max(1, math.ceil(float(np.hypot(*(b - a))) / 0.05))
        path += [a + (b - a) * (i + 1) / count for i in range(count)]
    return np.array(path)
