"""The resident's two stories as bodies in time: walk in and fall, walk in and sit down.

A story is a list of `Pose`s, `RATE` a second, in the room's frame (metres; see home.py). Walking and sitting down are
gazebo-common's recorded motions, slowed and shortened to an old person's gait; the fall is keyed here, joint by joint,
and the floor decides how low the body is: in every frame the lowest point of the skin touches it, and what touches it
does not slide.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from dolbom.simulation.body import Body, Floats, Pose

RATE = 30.0
"""Poses a second."""

STEP_SHARE = 0.70
"""How much of the recorded stride the resident takes; the recording is a young adult's."""

WALK_SPEED = 0.62
"""Metres a second; frail older adults walk at 0.4…0.8."""

SKIN_DEPTH = 0.008
"""How far the lowest point sinks into the floor: flesh and slippers give way, and the eye reads it as contact."""

STOOP = {"LowerBack": (0, 6, 0), "Spine": (0, 5, 0), "Neck": (0, 3, 0), "Head": (0, -12, 0)}
"""An old person's posture, added to every recorded pose."""

HANDS_ON_THIGHS = {
    "LeftArm": (-80, -22, -10),
    "LeftForeArm": (0, 0, -86),
    "RightArm": (80, -22, 10),
    "RightForeArm": (0, 0, 86),
}

Angles = dict[str, tuple[float, float, float]]


@dataclass(frozen=True)
class Key:
    """A pose of the fall, in the frame of the resident's last step (x ahead, y left).

    `at`: seconds after the balance is lost. `trunk`: roll, pitch, yaw of the pelvis; `bones`: the same for bones,
    relative to their parents, degrees, turned about x, then y, then z. Bones not named stay as in the key before.
    """

    at: float
    trunk: tuple[float, float, float]
    bones: Angles = field(default_factory=dict)


# fmt: off
# A fall to the left after the left knee gives way, as a faint in the middle of a room goes: knee, hip, shoulder, head.
FALL = [
    Key(0.22, (-7, 2, 0), {
        "LeftUpLeg": (4, -26, 0), "LeftLeg": (0, 42, 0), "RightUpLeg": (-6, -12, 0), "RightLeg": (0, 24, 0),
        "LowerBack": (-4, 8, 0), "Spine": (-4, 8, 0), "Head": (-6, 10, 0),
        "LeftArm": (-62, 0, -12), "RightArm": (58, 0, 22), "LeftForeArm": (0, 0, -30), "RightForeArm": (0, 0, 28),
    }),
    Key(0.46, (-26, 2, 2), {
        "LeftUpLeg": (8, -58, 0), "LeftLeg": (0, 96, 0), "LeftFoot": (0, 18, 0),
        "RightUpLeg": (-16, -36, 0), "RightLeg": (0, 62, 0), "RightFoot": (0, -8, 0),
        "LowerBack": (-3, 10, 0), "Spine": (-2, 12, 0), "Head": (4, 12, 0),
        "LeftArm": (-42, 0, -34), "RightArm": (34, 0, 34), "LeftForeArm": (0, 0, -24),
    }),
    Key(0.66, (-54, 0, 4), {
        "LeftUpLeg": (6, -66, 0), "LeftLeg": (0, 104, 0), "LeftFoot": (0, 26, 0),
        "RightUpLeg": (-18, -46, 0), "RightLeg": (0, 74, 0), "RightFoot": (0, 6, 0),
        "LowerBack": (4, 8, 0), "Spine": (6, 10, 0), "Neck": (4, 0, 0), "Head": (8, 8, 0),
        "LeftArm": (-16, 0, -56), "RightArm": (28, 0, 40), "LeftForeArm": (0, 0, -30),
    }),
    Key(0.86, (-78, -4, 6), {
        "LeftUpLeg": (2, -50, 0), "LeftLeg": (0, 84, 0), "LeftFoot": (0, 30, 0),
        "RightUpLeg": (-10, -50, 0), "RightLeg": (0, 78, 0), "RightFoot": (0, 18, 0),
        "LowerBack": (6, 6, 0), "Spine": (5, 8, 0), "Neck": (2, 0, 0), "Head": (4, 4, 0),
        "LeftArm": (-6, 0, -74), "RightArm": (34, 0, 62), "LeftForeArm": (0, 0, -38), "RightForeArm": (0, 0, 40),
    }),
    Key(1.02, (-80, -24, 6), {
        "LeftUpLeg": (1, -49, 3), "LeftLeg": (0, 68, 0), "RightUpLeg": (9, -45, 2), "RightLeg": (0, 61, 0),
        "LowerBack": (1, 12, 8), "Spine": (0, 12, 0), "Neck": (-17, -26, -13), "Neck1": (-21, -6, 2),
        "Head": (-22, -5, -5), "LeftArm": (-8, 1, -75), "LeftForeArm": (-21, 1, -13),
        "RightArm": (50, -1, 74), "RightForeArm": (-1, -1, 43),
    }),
    Key(1.20, (-80, -28, 6), {"RightArm": (58, -1, 66), "RightForeArm": (-1, -1, 58)}),
    Key(2.00, (-82, -54, 6), {
        "LeftUpLeg": (12, -31, 6), "LeftLeg": (0, 43, 0), "LeftFoot": (0, 22, 0),
        "RightUpLeg": (13, -29, 5), "RightLeg": (0, 50, 0), "RightFoot": (0, 22, 0),
        "LowerBack": (2, 1, 4), "Spine": (4, 4, 0), "Neck": (-10, -27, -33), "Neck1": (15, -3, 1),
        "Head": (-3, -19, 19), "LeftArm": (-18, 1, -37), "LeftForeArm": (-5, 7, -7),
        "RightArm": (77, -2, 53), "RightForeArm": (2, -12, 87),
    }),
]
# fmt: on


def turn(roll: float, pitch: float, yaw: float) -> Floats:
    """Rotation matrix of a turn about x, then y, then z (degrees)."""
    axes = np.eye(3) * np.radians([roll, pitch, yaw])
    about_x, about_y, about_z = (cv2.Rodrigues(axis)[0] for axis in axes)
    return np.asarray(about_z @ about_y @ about_x)


class Director:
    """Turns the stock recordings and the keyed fall into the resident's stories."""

    def __init__(self, resident: Body) -> None:
        self.resident = resident
        self._gait = _closed(resident.recorded("walk.dae"))
        self._sitting_down = [self._stooped(pose) for pose in resident.recorded("sit_down.dae")]
        stride = resident.recorded("walk.dae")
        self._stride = float(stride[-1].hips[0] - stride[0].hips[0])
        self._stance = Pose(
            np.stack([_mean([pose.turns[bone] for pose in self._gait]) for bone in range(len(resident.names))]),
            np.mean([pose.hips for pose in self._gait], axis=0),
        )

    def falls(self) -> list[Pose]:
        """Through the door, across the room, a short stop; then the fall to the left, and nothing more."""
        path = _curve([(4.08, 3.55), (4.02, 2.45), (3.70, 1.45), (3.15, 0.75), (2.45, 0.62)])
        story = self._walk(path)
        story += self._still(story[-1], 0.3)
        story += self._fall(story[-1])
        return story

    def sits(self) -> list[Pose]:
        """Through the door, to the sofa, turn round, sit down rather quickly, stay."""
        path = _curve([(4.08, 3.55), (4.0, 2.2), (3.55, 1.0), (3.62, 0.0), (3.88, -0.72)])
        story = self._walk(path)
        story += self._turn_round(story[-1], path[-1], towards=180.0, seconds=2.2)
        story += self._sit_down(story[-1], path[-1], seconds=1.7)
        return story

    def _stooped(self, pose: Pose) -> Pose:
        turns = pose.turns.copy()
        for bone, angles in STOOP.items():
            index = self.resident.names.index(bone)
            turns[index] = turns[index] @ turn(*angles)
        return Pose(turns, pose.hips)

    def _step(self, phase: float, share: float) -> Pose:
        """Return the gait at `phase` (0…1 of two steps), `share` of the recorded stride, at the origin, heading +x."""
        place = phase % 1.0 * len(self._gait)
        first = int(place)
        pose = self._gait[first].blended(self._gait[(first + 1) % len(self._gait)], place - first)
        pose = self._stooped(self._stance.blended(pose, share))
        return Pose(pose.turns, np.array([0.0, pose.hips[1] * share, pose.hips[2]]))

    def _placed(self, pose: Pose, at: Floats, heading: float) -> Pose:
        """Stand a pose made at the origin on the floor at `at` (2,), turned to `heading` degrees."""
        facing = turn(0, 0, heading)
        turns = pose.turns.copy()
        turns[0] = facing @ turns[0]
        hips = facing @ pose.hips
        hips[:2] += at
        return self._grounded(Pose(turns, hips))

    def _grounded(self, pose: Pose) -> Pose:
        lowest = self.resident.surface(pose)[:, 2].min()
        return Pose(pose.turns, pose.hips - [0, 0, lowest + SKIN_DEPTH])

    def _walk(self, path: Floats) -> list[Pose]:
        ahead = np.gradient(path, axis=0)
        headings = np.degrees(np.unwrap(np.arctan2(ahead[:, 1], ahead[:, 0])))
        length = np.r_[0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))]
        poses: list[Pose] = []
        gone = phase = 0.0
        while True:
            left = length[-1] - gone
            pace = min(1.0, np.sqrt(max(left, 0.0) / 0.35))
            if pace < 0.12:
                return poses
            gone += WALK_SPEED * pace / RATE
            phase += WALK_SPEED / (STEP_SHARE * self._stride) / RATE
            at = np.array([np.interp(gone, length, path[:, axis]) for axis in (0, 1)])
            heading = float(np.interp(gone, length, headings))
            poses.append(self._placed(self._step(phase, STEP_SHARE * pace), at, heading))

    def _still(self, last: Pose, seconds: float) -> list[Pose]:
        return [last] * round(seconds * RATE)

    def _fall(self, last: Pose) -> list[Pose]:
        """Play `FALL` from the pose in which the walk ended."""
        facing = turn(0, 0, self._heading(last))
        start = last.turns.copy()
        start[0] = facing.T @ start[0]
        times, keys = [0.0], [start]
        for key in FALL:
            turns = keys[-1].copy()
            for bone, angles in key.bones.items():
                turns[self.resident.names.index(bone)] = turn(*angles)
            turns[0] = turn(0, 0, key.trunk[2]) @ turn(0, key.trunk[1], 0) @ turn(key.trunk[0], 0, 0)
            times.append(key.at)
            keys.append(turns)
        poses = [last]
        touching = self.resident.surface(last)
        for now in np.arange(1, round(times[-1] * RATE) + 1) / RATE:
            turns = _through(np.array(times), np.stack(keys), float(now))
            turns[0] = facing @ turns[0]
            pose = self._grounded(Pose(turns, poses[-1].hips))
            skin = self.resident.surface(pose)
            floor = (skin[:, 2] < 0.015) & (touching[:, 2] < 0.015)
            if floor.any():
                slid = (skin - touching)[floor].mean(axis=0)
                pose = Pose(turns, pose.hips - [slid[0], slid[1], 0.0])
            poses.append(pose)
            touching = self.resident.surface(pose)
        return poses[1:]

    def _turn_round(self, last: Pose, at: Floats, towards: float, seconds: float) -> list[Pose]:
        """Turn on the spot with small steps."""
        heading = self._heading(last)
        steps = round(seconds * RATE)
        total = (towards - heading + 180.0) % 360.0 - 180.0
        poses = []
        for i in range(1, steps + 1):
            share = i / steps
            size = 0.34 * min(1.0, 6 * share, 6 * (1 - share))
            poses.append(self._placed(self._step(share * seconds / 1.1, size), at, heading + total * share))
        return poses

    def _sit_down(self, last: Pose, at: Floats, seconds: float) -> list[Pose]:
        """Play the recorded sitting down in `seconds`, joined on to the pose before by half a second of blending."""
        heading = self._heading(last)
        frames = self._sitting_down
        steps = round(seconds * RATE)
        poses = []
        for i in range(1, steps + 1):
            place = (len(frames) - 1) * i / steps
            first = min(int(place), len(frames) - 2)
            pose = self._hands_down(frames[first].blended(frames[first + 1], place - first), i / steps)
            pose = self._placed(Pose(pose.turns, pose.hips - [frames[0].hips[0], 0, 0]), at, heading)
            share = min(1.0, i / (0.5 * RATE))
            poses.append(last.blended(pose, share) if share < 1 else pose)
        return poses

    def _hands_down(self, pose: Pose, share: float) -> Pose:
        """Lay the hands on the thighs in the second half of sitting down; the recording lets them hang in the air."""
        rested = pose.turns.copy()
        for bone, angles in HANDS_ON_THIGHS.items():
            rested[self.resident.names.index(bone)] = turn(*angles)
        return pose.blended(Pose(rested, pose.hips), float(np.clip(2 * share - 1, 0, 1)))

    def _heading(self, pose: Pose) -> float:
        ahead = pose.turns[0] @ [1.0, 0.0, 0.0]
        return float(np.degrees(np.arctan2(ahead[1], ahead[0])))


def _closed(gait: list[Pose], seam: int = 24) -> list[Pose]:
    """Blend the end of a recorded cycle into its beginning so that it repeats without a jerk."""
    closed = list(gait[:-1])
    for i in range(seam):
        share = (i + 1) / (seam + 1)
        before = gait[0]
        pose = closed[-seam + i].blended(before, share**2)
        closed[-seam + i] = pose
    return closed


def _mean(rotations: list[Floats]) -> Floats:
    left, _, right = np.linalg.svd(np.sum(rotations, axis=0))
    return np.asarray(left @ np.diag([1, 1, np.linalg.det(left @ right)]) @ right)


def _curve(points: list[tuple[float, float]]) -> Floats:
    """Return a smooth path (n, 2) through `points` (Catmull-Rom)."""
    knots = np.array([points[0], *points, points[-1]], dtype=float)
    pieces = []
    for a, b, c, d in zip(knots, knots[1:], knots[2:], knots[3:], strict=False):
        t = np.linspace(0, 1, 60)[:, None]
        pieces.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    path = np.concatenate(pieces)
    return path[np.r_[True, np.linalg.norm(np.diff(path, axis=0), axis=1) > 1e-6]]


def _through(times: Floats, keys: Floats, now: float) -> Floats:
    """Return the turns (bones, 3, 3) at `now` on a smooth way through `keys` (keys, bones, 3, 3)."""
    i = int(np.clip(np.searchsorted(times, now) - 1, 0, len(times) - 2))
    span = times[i + 1] - times[i]
    t = min(1.0, (now - times[i]) / span)

    def slope(k: int) -> Floats:
        if k == 0 or k == len(times) - 1:
            return np.zeros_like(keys[0])
        return np.asarray((keys[k + 1] - keys[k - 1]) / (times[k + 1] - times[k - 1]))

    h = np.array([2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t, 3 * t**2 - 2 * t**3, t**3 - t**2])
    blend = h[0] * keys[i] + h[1] * span * slope(i) + h[2] * keys[i + 1] + h[3] * span * slope(i + 1)
    left, _, right = np.linalg.svd(blend)
    return np.asarray(left @ right)
