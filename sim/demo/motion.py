"""The resident's two stories as bodies in time: walk in and fall, walk in and sit down.

A story is a list of `Pose`s, `RATE` a second, in the room's frame (metres; see home.py). Walking and sitting down are
gazebo-common's recorded motions, slowed and shortened to an old person's gait; the fall is keyed here, joint by joint,
and the floor decides how low the body is: in every frame the lowest point of the skin touches it, and what touches it
does not slide.
"""

from __future__ import annotations

import numpy as np

from dolbom.simulation.body import Body, Floats, Pose
from dolbom.simulation.keyed import SIDEWAYS
from dolbom.simulation.motion import closed, curve, mean, through, turn

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

FALL = SIDEWAYS
"""A faint in the middle of the room, to the left."""


class Director:
    """Turns the stock recordings and the keyed fall into the resident's stories."""

    def __init__(self, resident: Body) -> None:
        self.resident = resident
        self._gait = closed(resident.recorded("walk.dae"))
        self._sitting_down = [self._stooped(pose) for pose in resident.recorded("sit_down.dae")]
        stride = resident.recorded("walk.dae")
        self._stride = float(stride[-1].hips[0] - stride[0].hips[0])
        self._stance = Pose(
            np.stack([mean([pose.turns[bone] for pose in self._gait]) for bone in range(len(resident.names))]),
            np.mean([pose.hips for pose in self._gait], axis=0),
        )

    def falls(self) -> list[Pose]:
        """Through the door, across the room, a short stop; then the fall to the left, and nothing more."""
        path = curve([(4.08, 3.55), (4.02, 2.45), (3.70, 1.45), (3.15, 0.75), (2.45, 0.62)])
        story = self._walk(path)
        story += self._still(story[-1], 0.3)
        story += self._fall(story[-1])
        return story

    def sits(self) -> list[Pose]:
        """Through the door, to the sofa, turn round, sit down rather quickly, stay."""
        path = curve([(4.08, 3.55), (4.0, 2.2), (3.55, 1.0), (3.62, 0.0), (3.88, -0.72)])
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
            turns = through(np.array(times), np.stack(keys), float(now))
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
