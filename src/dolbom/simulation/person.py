"""Somebody who lives in the flat or visits: told what to do, moves there by small steps of time.

A person knows nothing of a simulator. What it does is worked out as poses, `RATE` a second, when it begins; `advance`
plays them. The same seed and the same orders give the same poses.
"""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from dolbom.errors import UserError
from dolbom.simulation.body import Body, Floats, Pose
from dolbom.simulation.home import Home, Place, Point
from dolbom.simulation.keyed import (
    ALL_FOURS,
    FALLS,
    FORWARD,
    FROM_CHAIR,
    GET_UP,
    KNEEL,
    LIE_DOWN_ON_FLOOR,
    PICK_UP,
    STANDING,
    TO_MOUTH,
    UP_FROM_KNEES,
    WAVE,
    Angles,
    Key,
)
from dolbom.simulation.motion import closed, curve, mean, through, turn
from dolbom.simulation.ways import Ways

RATE = 30.0
"""Poses a second."""

SKIN_DEPTH = 0.008
"""How far the lowest point sinks in: flesh and slippers give way."""

CARRYING = 0.25
"""Share of the points on the floor that carry the body in a keyed motion."""

STOOP: Angles = {"LowerBack": (0, 6, 0), "Spine": (0, 5, 0), "Neck": (0, 3, 0), "Head": (0, -12, 0)}
HANDS_ON_THIGHS: Angles = {
    "LeftArm": (-80, -22, -10),
    "LeftForeArm": (0, 0, -86),
    "RightArm": (80, -22, 10),
    "RightForeArm": (0, 0, 86),
}
SUPINE: Angles = {
    **dict.fromkeys(STANDING, (0.0, 0.0, 0.0)),
    "LeftUpLeg": (6, -3, 0),
    "RightUpLeg": (-6, -3, 0),
    "LeftLeg": (0, 6, 0),
    "RightLeg": (0, 6, 0),
    "LeftFoot": (0, 26, 0),
    "RightFoot": (0, 26, 0),
    "LeftArm": (-62, 0, 0),
    "RightArm": (62, 0, 0),
}

Posture = Literal["standing", "walking", "sitting", "in_bed", "on_floor", "kneeling", "all_fours", "falling", "away"]
FallKind = Literal["left", "right", "forward", "backward", "slump", "from_chair", "out_of_bed"]

AWAY = (0.0, 0.0, -30.0)
"""Where somebody is kept who is not at home: nobody sees them there."""


@dataclass(frozen=True)
class Manner:
    """How somebody moves, and how they differ from others.

    Attributes:
        speed: walking, metres a second; frail older adults walk at 0.4…0.8.
        stride: share of the recorded stride of a young adult.
        stoop: how bent, 0 upright, 1 as an old person.
        jitter: standard deviation of keyed angles, degrees.
        haste: of falls and of sitting down; above 1 is quicker.
    """

    speed: float = 0.62
    stride: float = 0.70
    stoop: float = 1.0
    jitter: float = 3.0
    haste: float = 1.0

    @staticmethod
    def of(seed: int, old: bool = True) -> Manner:
        """The manner that goes with a seed."""
        rng = np.random.default_rng([seed, 7])
        if old:
            return Manner(
                speed=float(rng.uniform(0.45, 0.75)),
                stride=float(rng.uniform(0.58, 0.78)),
                stoop=float(rng.uniform(0.7, 1.5)),
                haste=float(rng.uniform(0.88, 1.15)),
            )
        return Manner(speed=float(rng.uniform(0.85, 1.1)), stride=0.9, stoop=0.0)


@dataclass
class _Act:
    """One thing that is done: its poses are made when it begins."""

    name: str
    make: Callable[[], list[Pose]]
    posture: Posture
    then: Posture
    poses: list[Pose] = field(default_factory=list)


class Person:
    """One person in the flat."""

    def __init__(
        self, name: str, body: Body, home: Home, ways: Ways, seed: int = 0, manner: Manner | None = None,
        at: str = "outside",
    ) -> None:  # fmt: skip
        """Puts somebody, standing, at a place; at `outside` they are not at home."""
        self.name = name
        self.body = body
        self.home = home
        self.ways = ways
        self.manner = manner or Manner.of(seed)
        self._rng = np.random.default_rng([seed, 11])
        recorded = body.recorded("walk.dae")
        self._gait = closed(recorded)
        self._stride = float(recorded[-1].hips[0] - recorded[0].hips[0])
        turns = np.stack([mean([pose.turns[bone] for pose in self._gait]) for bone in range(len(body.names))])
        self._stance = Pose(turns, np.mean([pose.hips for pose in self._gait], axis=0))
        self._sitting_down = [self._stooped(pose) for pose in body.recorded("sit_down.dae")]
        place = home.place(at)
        self.place = at
        self.at = np.array(place.at, dtype=float)
        self.heading = place.heading
        self.pose = self._stand()
        self.posture: Posture = "away" if at == "outside" else "standing"
        self._acts: deque[_Act] = deque()
        self._played = 0.0
        self._support = 0.0

    # --- what it can be told ------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether something is still to be done."""
        return bool(self._acts)

    @property
    def doing(self) -> str:
        """What is done now; empty when nothing is."""
        return self._acts[0].name if self._acts else ""

    @property
    def room(self) -> str:
        """The room where the pelvis is."""
        return self.home.room_at((float(self.pose.hips[0]), float(self.pose.hips[1])))

    def stop(self) -> None:
        """Leaves off whatever is done or was still to be done, as it is."""
        if self._acts:
            self.posture = self._acts[0].then if self.posture == "falling" else self.posture
            if self.posture == "walking":
                self.posture = "standing"
        self._acts.clear()
        self._played = 0.0

    def walk_to(self, place: str | Point, speed: float | None = None) -> None:
        """Gets up if need be, walks to a named place or a point, and turns to where one looks there.

        Raises:
            UserError: if there is no such place, or no way to it.
        """
        self.stand_up()
        spot = self.home.place(place) if isinstance(place, str) else None
        end = spot.at if spot else (float(place[0]), float(place[1]))
        name = place if isinstance(place, str) else ""
        self._do(f"walk to {place}", lambda: self._walk(end, spot, speed or self.manner.speed), "walking", "standing")
        self._do("arrive", lambda: self._arrive(name, spot), "standing", "standing")

    def turn_to(self, heading: float) -> None:
        """Turns on the spot to a heading, degrees."""
        self.stand_up()
        self._do("turn", lambda: self._turn_round(heading), "standing", "standing")

    def face(self, at: Point) -> None:
        """Turns towards a point."""
        self.stand_up()
        self._do("turn", lambda: self._turn_round(self._towards(at)), "standing", "standing")

    def sit(self, place: str = "", hard: bool = False) -> None:
        """Goes to a seat and sits down; `hard`: lets itself drop.

        Raises:
            UserError: if nobody can sit there.
        """
        if place:
            self.home.seat(place)
            self.walk_to(place)
        self._do("sit down", lambda: self._sit_down(0.75 if hard else 2.4), "sitting", "sitting")

    def lie_in_bed(self, place: str = "bed") -> None:
        """Goes to bed, sits down on its edge and lies down.

        Raises:
            UserError: if nobody can lie there.
        """
        spot = self.home.place(place)
        if spot.lie is None or spot.lying is None:
            raise UserError(f"nobody lies at {place!r}", "one lies at bed")
        self.sit(place)
        self._do("lie down", lambda: self._to_bed(spot), "in_bed", "in_bed")

    def stand_up(self) -> None:
        """Gets up from wherever it is; nothing when standing."""
        what = self._last_posture()
        if what in ("sitting", "in_bed"):
            if what == "in_bed":
                self._do("sit up", self._from_bed, "in_bed", "sitting")
            self._do("stand up", lambda: self._rise(2.2), "sitting", "standing")
        elif what in ("on_floor", "falling", "all_fours"):
            keys = [key for key in GET_UP if what != "all_fours" or key.at > 3.5]
            first = keys[0].at - 0.8
            shifted = [Key(key.at - (first if what == "all_fours" else 0.0), key.trunk, key.bones) for key in keys]
            self._do("get up", lambda: self._keyed(shifted), "on_floor", "standing")
            self._do("steady", self._settle, "standing", "standing")
        elif what == "kneeling":
            self._do("get up", lambda: self._keyed(UP_FROM_KNEES), "kneeling", "standing")
            self._do("steady", self._settle, "standing", "standing")

    def fall(self, kind: FallKind = "left") -> None:
        """Falls, at once, from whatever it is doing; then lies as it fell.

        Raises:
            UserError: for a kind that there is not.
        """
        if kind not in (*FALLS, "out_of_bed"):
            raise UserError(f"nobody falls {kind!r}", f"there are {', '.join((*FALLS, 'out_of_bed'))}")
        self.stop()
        what = self.posture
        if kind == "out_of_bed" or what == "in_bed":
            self._do("fall", self._out_of_bed, "falling", "on_floor")
        elif kind == "from_chair" or what == "sitting":
            self._do("fall", lambda: self._keyed(self._varied(FROM_CHAIR), ahead=0.30, sink=0.9), "falling", "on_floor")
        else:
            self._do("fall", lambda: self._keyed(self._varied(FALLS[kind])), "falling", "on_floor")

    def lie_on_floor(self) -> None:
        """Lies down on the floor on purpose, as for exercises."""
        self.stand_up()
        self._do("lie down on the floor", lambda: self._keyed(LIE_DOWN_ON_FLOOR), "on_floor", "on_floor")

    def kneel(self) -> None:
        """Kneels down."""
        self.stand_up()
        self._do("kneel", lambda: self._keyed(KNEEL), "kneeling", "kneeling")

    def pick_up(self) -> None:
        """Bends down for something on the floor and comes up again."""
        self.stand_up()
        self._do("pick up", lambda: self._keyed(PICK_UP), "standing", "standing")
        self._do("steady", self._settle, "standing", "standing")

    def crawl(self, distance: float = 1.0) -> None:
        """Crawls ahead on hands and knees, `distance` metres; from standing it goes down first."""
        what = self._last_posture()
        if what in ("on_floor", "falling"):
            self._do("turn over", lambda: self._keyed(GET_UP[:2]), "on_floor", "all_fours")
        elif what != "all_fours":
            self.stand_up()
            down = [key for key in LIE_DOWN_ON_FLOOR if key.at <= 4.0]
            self._do("go down", lambda: self._keyed(down), "kneeling", "all_fours")
        self._do("crawl", lambda: self._crawl(distance), "all_fours", "all_fours")

    def eat(self, bites: int = 3) -> None:
        """Moves a hand to the mouth and back, sitting or standing; also how a pill is taken."""
        posture = self._last_posture()
        still: Posture = "sitting" if posture == "sitting" else "standing"
        for _ in range(bites):
            self._do("eat", lambda: self._gesture(TO_MOUTH), still, still)

    def wave(self) -> None:
        """Waves with the right hand."""
        posture = self._last_posture()
        still: Posture = "sitting" if posture == "sitting" else "standing"
        self._do("wave", lambda: self._gesture(WAVE), still, still)

    def wait(self, seconds: float) -> None:
        """Stays as it is before the next thing is done."""
        posture = self._last_posture()
        self._do("wait", lambda: [self.pose] * max(1, round(seconds * RATE)), posture, posture)

    def enter(self, place: str) -> None:
        """Comes in through the front door and walks to a place.

        Raises:
            UserError: if there is no such place.
        """
        self.home.place(place)
        self._do("enter", self._appear, "standing", "standing")
        self.walk_to(place)

    def leave(self) -> None:
        """Walks out through the front door and is not at home any more."""
        self.walk_to("outside")
        self._do("leave", lambda: [Pose(self.pose.turns, np.array(AWAY))], "away", "away")

    # --- time ---------------------------------------------------------------------------------------------------

    def advance(self, seconds: float) -> Pose:
        """Lets time go on; returns the pose then."""
        left = seconds * RATE
        while self._acts:
            act = self._acts[0]
            if not act.poses:
                act.poses = act.make() or [self.pose]
            self.posture = act.posture
            self._played += left
            if self._played < len(act.poses):
                self.pose = act.poses[int(self._played)]
                break
            left = self._played - len(act.poses)
            self.pose, self.posture, self._played = act.poses[-1], act.then, 0.0
            self._acts.popleft()
        return self.pose

    def _do(self, name: str, make: Callable[[], list[Pose]], posture: Posture, then: Posture) -> None:
        self._acts.append(_Act(name, make, posture, then))

    def _last_posture(self) -> Posture:
        """How it will be when everything is done."""
        return self._acts[-1].then if self._acts else self.posture

    # --- standing and walking -----------------------------------------------------------------------------------

    def _towards(self, at: Point) -> float:
        return math.degrees(math.atan2(at[1] - self.at[1], at[0] - self.at[0]))

    def _stand(self) -> Pose:
        return self._placed(self._step(0.2, 0.0), self.at, self.heading)

    def _settle(self) -> list[Pose]:
        """From however a keyed motion ended to standing, on the same spot."""
        self.at = self.pose.hips[:2].copy()
        self.heading = self._heading(self.pose)
        return self._blend(self._stand(), 0.6)

    def _blend(self, end: Pose, seconds: float) -> list[Pose]:
        begin, steps = self.pose, max(2, round(seconds * RATE))
        return [begin.blended(end, _smooth(i / steps)) for i in range(1, steps + 1)]

    def _stooped(self, pose: Pose) -> Pose:
        turns = pose.turns.copy()
        for bone, angles in STOOP.items():
            index = self.body.names.index(bone)
            roll, pitch, yaw = (self.manner.stoop * angle for angle in angles)
            turns[index] = turns[index] @ turn(roll, pitch, yaw)
        return Pose(turns, pose.hips)

    def _step(self, phase: float, share: float) -> Pose:
        """The gait at `phase` (0…1 of two steps), `share` of the recorded stride, at the origin, heading +x."""
        place = phase % 1.0 * len(self._gait)
        first = int(place)
        pose = self._gait[first].blended(self._gait[(first + 1) % len(self._gait)], place - first)
        pose = self._stooped(self._stance.blended(pose, share))
        return Pose(pose.turns, np.array([0.0, pose.hips[1] * share, pose.hips[2]]))

    def _placed(self, pose: Pose, at: Floats, heading: float) -> Pose:
        """A pose made at the origin, on the floor at `at` (2,), turned to `heading` degrees."""
        facing = turn(0, 0, heading)
        turns = pose.turns.copy()
        turns[0] = facing @ turns[0]
        hips = facing @ pose.hips
        hips[:2] += at
        return self._grounded(Pose(turns, hips))

    def _grounded(self, pose: Pose, height: float = 0.0) -> Pose:
        lowest = self.body.outline(pose)[:, 2].min()
        return Pose(pose.turns, pose.hips - [0, 0, lowest + SKIN_DEPTH - height])

    def _walk(self, end: Point, spot: Place | None, speed: float) -> list[Pose]:
        begin = (float(self.at[0]), float(self.at[1]))
        legs = [begin if self.ways.room_beside(begin) > 0 else self.ways.nearest(begin), end]
        if spot is not None and spot.begin is not None and np.hypot(*(self.at - spot.at)) > 0.3:
            legs.insert(1, spot.begin)
        points: list[Point] = []
        for a, b in itertools.pairwise(legs):
            points += self.ways.way(a, b)[(1 if points else 0) :]
        length = float(np.linalg.norm(np.diff(np.array(points), axis=0), axis=1).sum())
        if length < 0.05:
            return []
        poses = self._turn_round(
            math.degrees(math.atan2(points[1][1] - points[0][1], points[1][0] - points[0][0])), 30.0
        )
        return poses + self._follow(_rounded(points), speed)

    def _follow(self, path: Floats, speed: float) -> list[Pose]:
        ahead = np.gradient(path, axis=0)
        headings = np.degrees(np.unwrap(np.arctan2(ahead[:, 1], ahead[:, 0])))
        length = np.r_[0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))]
        poses: list[Pose] = []
        gone = phase = 0.0
        share = self.manner.stride
        while length[-1] - gone > 0.01:
            pace = float(np.clip(min(math.sqrt(max(length[-1] - gone, 0.0) / 0.35), 0.35 + len(poses) / 12), 0.15, 1.0))
            gone = min(gone + speed * pace / RATE, float(length[-1]))
            phase += speed * max(pace, 0.4) / (share * self._stride) / RATE
            at = np.array([np.interp(gone, length, path[:, axis]) for axis in (0, 1)])
            heading = float(np.interp(gone, length, headings))
            poses.append(self._placed(self._step(phase, share * pace), at, heading))
            self.at, self.heading = at, heading
        return poses

    def _arrive(self, name: str, spot: Place | None) -> list[Pose]:
        self.place = name
        poses = self._turn_round(spot.heading) if spot is not None else []
        begin = poses[-1] if poses else self.pose
        end = self._stand()
        return poses + [begin.blended(end, i / 10) for i in range(1, 11)]

    def _turn_round(self, towards: float, least: float = 8.0) -> list[Pose]:
        """Turns on the spot with small steps, unless it is less than `least` degrees."""
        heading = self.heading
        total = (towards - heading + 180.0) % 360.0 - 180.0
        if abs(total) < least:
            return []
        steps = round(max(0.8, abs(total) / 80.0) * RATE)
        poses = []
        for i in range(1, steps + 1):
            share = i / steps
            size = 0.34 * min(1.0, 6 * share, 6 * (1 - share))
            poses.append(self._placed(self._step(i / RATE / 1.1, size), self.at, heading + total * share))
        self.heading = heading + total
        return poses

    def _appear(self) -> list[Pose]:
        place = self.home.place("outside")
        self.at, self.heading = np.array(place.at, dtype=float), place.heading
        return [self._stand()] * 2

    # --- sitting and lying --------------------------------------------------------------------------------------

    def _seated(self, share: float) -> Pose:
        """The recorded sitting down, `share` of the way, at the place where it stands."""
        place = (len(self._sitting_down) - 1) * share
        first = min(int(place), len(self._sitting_down) - 2)
        pose = self._sitting_down[first].blended(self._sitting_down[first + 1], place - first)
        rested = self._with(pose, HANDS_ON_THIGHS)
        pose = pose.blended(rested, float(np.clip(2 * share - 1, 0, 1)))
        begin = self._sitting_down[0].hips[0]
        return self._placed(Pose(pose.turns, pose.hips - [begin, 0, 0]), self.at, self.heading)

    def _sit_down(self, seconds: float) -> list[Pose]:
        steps, last = round(seconds / self.manner.haste * RATE), self.pose
        poses = []
        for i in range(1, steps + 1):
            pose = self._seated(i / steps)
            share = min(1.0, i / (0.5 * RATE))
            poses.append(last.blended(pose, share) if share < 1 else pose)
        return poses

    def _rise(self, seconds: float) -> list[Pose]:
        steps = round(seconds * RATE)
        poses = [self._seated(1 - i / steps) for i in range(steps)]
        end, last = self._stand(), poses[-1]
        return poses + [last.blended(end, i / 12) for i in range(1, 13)]

    def _in_bed(self, spot: Place) -> Pose:
        assert spot.lie is not None
        assert spot.lying is not None
        lying = self._with(self._stance, SUPINE)
        lying.turns[0] = turn(0, 0, spot.head - 180.0) @ turn(0, -90, 0)
        return self._grounded(Pose(lying.turns, np.array([*spot.lying, 0.0])), spot.lie)

    def _to_bed(self, spot: Place) -> list[Pose]:
        self._spot = spot
        return self._blend(self._in_bed(spot), 3.2)

    def _from_bed(self) -> list[Pose]:
        return self._blend(self._seated(1.0), 3.6)

    def _out_of_bed(self) -> list[Pose]:
        """Rolls over the edge, sliding towards the foot of the bed, and falls face down on to the floor beside it."""
        begin = self.pose
        edge = turn(0, 0, self.heading) @ np.array([1.0, 0.0, 0.0])
        supine = turn(0, 0, self._heading_of_lying(begin)) @ turn(0, -90, 0)
        along = supine @ np.array([0.0, 0.0, 1.0])
        spin = 180.0 if np.cross(along, [0.0, 0.0, 1.0]) @ edge < 0 else -180.0
        prone = self._with(begin, self._varied(FORWARD)[-1].bones)
        landed = self._grounded(Pose(np.concatenate([[_about(along, spin) @ supine], prone.turns[1:]]), begin.hips))
        steps = round(1.2 / self.manner.haste * RATE)
        poses = []
        for i in range(1, steps + 1):
            share = i / steps
            turns = begin.blended(prone, _smooth(share)).turns
            turns[0] = _about(along, spin * _smooth(share)) @ supine
            # Straight across, the head would land in the bedside table.
            across = begin.hips + (edge * 0.78 - along * 0.35) * min(1.0, share * 1.4)
            height = begin.hips[2] + (landed.hips[2] - begin.hips[2]) * max(0.0, (share - 0.35) / 0.65) ** 2
            pose = Pose(turns, np.array([across[0], across[1], height]))
            poses.append(pose if self.body.outline(pose)[:, 2].min() > 0 else self._grounded(pose))
        poses[-1] = self._grounded(poses[-1])
        return self._kept_inside(poses)

    def _heading_of_lying(self, pose: Pose) -> float:
        head = pose.turns[0] @ [0.0, 0.0, 1.0]
        return float(np.degrees(np.arctan2(head[1], head[0]))) - 180.0

    # --- keyed motions ------------------------------------------------------------------------------------------

    def _with(self, pose: Pose, bones: Angles) -> Pose:
        turns = pose.turns.copy()
        for bone, angles in bones.items():
            turns[self.body.names.index(bone)] = turn(*angles)
        return Pose(turns, pose.hips.copy())

    def _varied(self, keys: list[Key]) -> list[Key]:
        """The keys as this person does them this time: quicker or slower, with other angles."""
        haste = self.manner.haste * float(self._rng.uniform(0.92, 1.1))
        spread = self.manner.jitter

        def vary(angles: tuple[float, float, float]) -> tuple[float, float, float]:
            roll, pitch, yaw = np.asarray(angles) + self._rng.normal(0, spread, 3) * (np.abs(angles) > 3)
            return float(roll), float(pitch), float(yaw)

        return [Key(k.at / haste, k.trunk, {bone: vary(a) for bone, a in k.bones.items()}) for k in keys]

    def _keyed(self, keys: list[Key], ahead: float = 0.0, sink: float = 0.0) -> list[Pose]:
        """Plays keys from the present pose: what touches the floor does not slide.

        `ahead`: metres that the pelvis goes forward meanwhile; `sink`: seconds in which it comes down from a seat.
        """
        last = self.pose
        facing = turn(0, 0, self._heading(last))
        start = last.turns.copy()
        start[0] = facing.T @ start[0]
        times, turned = [0.0], [start]
        for key in keys:
            turns = turned[-1].copy()
            for bone, angles in key.bones.items():
                turns[self.body.names.index(bone)] = turn(*angles)
            turns[0] = turn(0, 0, key.trunk[2]) @ turn(0, key.trunk[1], 0) @ turn(key.trunk[0], 0, 0)
            times.append(key.at)
            turned.append(turns)
        poses, touching, drop = [last], self.body.outline(last), last.hips[2]
        for now in np.arange(1, round(times[-1] * RATE) + 1) / RATE:
            turns = through(np.array(times), np.stack(turned), float(now))
            turns[0] = facing @ turns[0]
            pose = self._grounded(Pose(turns, poses[-1].hips))
            if now < sink:
                share = _smooth(now / sink)
                step = facing @ np.array([ahead / sink / RATE, 0.0, 0.0])
                height = max(pose.hips[2], drop + (pose.hips[2] - drop) * share)
                pose = Pose(turns, np.array([poses[-1].hips[0] + step[0], poses[-1].hips[1] + step[1], height]))
            else:
                skin = self.body.outline(pose)
                floor = (skin[:, 2] < 0.015) & (touching[:, 2] < 0.015)
                if floor.any():
                    # Of what touches the floor the stillest carries the body, not a foot that is set elsewhere.
                    slid = (skin - touching)[floor, :2]
                    still = np.argsort(np.hypot(*slid.T))[: max(1, round(CARRYING * len(slid)))]
                    pose = Pose(turns, pose.hips - [*slid[still].mean(axis=0), 0.0])
            poses.append(pose)
            touching = self.body.outline(pose)
        return self._kept_inside(poses[1:])

    def _kept_inside(self, poses: list[Pose]) -> list[Pose]:
        """Bends a motion so that it ends where nothing stands: nobody falls into a wall."""
        last = self.body.outline(poses[-1])
        shift = self.ways.shifted_inside(last[last[:, 2] < 0.5, :2])
        count = len(poses)
        moved = [
            Pose(pose.turns, pose.hips + np.array([*(shift * _smooth((i + 1) / count)), 0.0]))
            for i, pose in enumerate(poses)
        ]
        self.at = moved[-1].hips[:2].copy()
        return moved

    def _gesture(self, keys: list[Key]) -> list[Pose]:
        """Plays keys of the arms and head and comes back to the pose before; the rest of the body stays."""
        base = self.pose
        times, turned = [0.0], [base.turns]
        for key in keys:
            times.append(key.at)
            turned.append(self._with(Pose(turned[-1], base.hips), key.bones).turns)
        times.append(times[-1] + 0.7)
        turned.append(base.turns)
        count = round(times[-1] * RATE)
        return [Pose(through(np.array(times), np.stack(turned), i / RATE), base.hips) for i in range(1, count + 1)]

    def _crawl(self, distance: float) -> list[Pose]:
        facing, begin = turn(0, 0, self._heading(self.pose)), self.pose.hips.copy()
        speed = 0.22
        count = max(1, round(distance / speed * RATE))
        poses = []
        for i in range(1, count + 1):
            swing = 14.0 * math.sin(2 * math.pi * i / RATE / 1.6)
            bones = {
                **ALL_FOURS,
                "LeftUpLeg": (0.0, -68.0 + swing, 0.0),
                "RightUpLeg": (0.0, -68.0 - swing, 0.0),
                "LeftLeg": (0.0, 100.0 - swing, 0.0),
                "RightLeg": (0.0, 100.0 + swing, 0.0),
                "LeftArm": (0.0, 8.0 + swing, -84.0),
                "RightArm": (0.0, 8.0 - swing, 84.0),
            }
            pose = self._with(self.pose, bones)
            pose.turns[0] = facing @ turn(0, 64, 0)
            hips = begin + facing @ np.array([distance * i / count, 0.0, 0.0])
            poses.append(self._grounded(Pose(pose.turns, hips)))
        return self._kept_inside(poses)

    def _heading(self, pose: Pose) -> float:
        ahead = pose.turns[0] @ [1.0, 0.0, 0.0]
        if np.hypot(ahead[0], ahead[1]) < 0.35:  # lying: the head's direction tells
            head = pose.turns[0] @ [0.0, 0.0, 1.0]
            ahead = head if ahead[2] < 0 else -head
        return float(np.degrees(np.arctan2(ahead[1], ahead[0])))


def _smooth(share: float) -> float:
    return share * share * (3 - 2 * share)


def _about(axis: Floats, degrees: float) -> Floats:
    import cv2

    return np.asarray(cv2.Rodrigues(axis / np.linalg.norm(axis) * math.radians(degrees))[0])


def _rounded(points: list[Point]) -> Floats:
    """A path through `points` with its corners cut, as people walk; (n, 2)."""
    if len(points) == 2:
        return np.linspace(points[0], points[1], 40)
    knots = [np.array(points[0])]
    for a, b, c in zip(points, points[1:], points[2:], strict=False):
        before, corner, after = np.array(a), np.array(b), np.array(c)
        for other in (before, after):
            length = float(np.linalg.norm(other - corner))
            knots.append(corner + (other - corner) * min(0.35, 0.25 / max(length, 1e-6)))
    knots.append(np.array(points[-1]))
    return curve([(float(x), float(y)) for x, y in knots])
