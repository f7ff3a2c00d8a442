"""What is measured on one body in one frame: angles of limbs and heights, each only where its joints are seen.

Angles are of a limb's line against straight down, from the network's landmarks in metres: whoever stands farther off,
or is taller, measures the same. What rises as a whole is measured in the picture, for landmarks in metres hang on the
hips; the camera must stand still for that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dolbom.exercise.exercises import Exercise, Measure
from dolbom.perception.pose import HIPS, SHOULDERS, Pose
from dolbom.perception.posture import scale

SEEN = 0.5
"""A joint less visible than this is the network's guess."""
MARGIN = 0.02
"""So far outside the picture a joint may be, in picture widths and heights."""
NOSE, LEFT_EAR, RIGHT_EAR = 0, 7, 8
NOSE_DEPTH = 0.29
"""How far the nose is before the ears, in widths of the shoulders, of the figure that is drawn."""
_ELBOWS, _WRISTS, _KNEES, _ANKLES, _HEELS, _TOES = (13, 14), (15, 16), (25, 26), (27, 28), (29, 30), (31, 32)

Floats = NDArray[np.float64]
Pair = tuple[float | None, float | None]
"""Of the left and the right side; None where it is not seen."""


@dataclass(frozen=True)
class Sight:
    """What a frame shows of whoever exercises.

    Attributes:
        stamp: time of the frame, seconds.
        pose: None while they are not in view.
        aspect: width of the picture by its height.
        steady: the camera stood still.
    """

    stamp: float
    pose: Pose | None
    aspect: float = 4 / 3
    steady: bool = True


def seen(pose: Pose, *joints: int) -> bool:
    """Whether all these joints are seen, in the picture."""
    marks = pose.landmarks[list(joints)]
    inside = (marks[:, :2] >= -MARGIN).all() and (marks[:, :2] <= 1 + MARGIN).all()
    return bool(inside and (marks[:, 2] >= SEEN).all())


def measured(measure: Measure, sight: Sight) -> Pair:
    """One measure of both sides, degrees or (of `rise`) metres; what moves as a whole measures the same on both."""
    pose = sight.pose
    if pose is None or not np.isfinite(pose.world).all() or not np.isfinite(pose.landmarks).all():
        return None, None
    if measure == "rise":
        return (None, None) if not sight.steady else _both(_rise(pose, sight.aspect))
    return _MEASURES[measure](pose)


def ends(exercise: Exercise, measure: Measure) -> tuple[float, float]:
    """What a measure comes to at rest, and where a whole movement takes it; the left side's."""
    mannequin = exercise.mannequin()
    shares = np.linspace(0.0, 1.0, 41)
    values = [_drawn(mannequin.landmarks(exercise.at(float(share))), measure) for share in shares]
    rest = values[0]
    return rest, max(values, key=lambda value: abs(value - rest))


def _drawn(points: Floats, measure: Measure) -> float:
    """A measure of a figure that is seen from its front, without error."""
    world = np.stack([-points[:, 1], -points[:, 2], -points[:, 0]], axis=1)
    world[:, 0] *= -1  # the left side of who faces the camera is on the picture's right
    picture = np.concatenate([world[:, :2] * 0.2 + (0.5, 0.9), np.ones((33, 1))], axis=1)
    pose = Pose(picture.astype(np.float32), (world - world[HIPS].mean(0)).astype(np.float32))
    value = measured(measure, Sight(0.0, pose, 1.0))[0]
    assert value is not None
    return value


def line(pose: Pose, a: int, b: int) -> float | None:
    """The angle between straight down and the line from one joint to another, degrees; None if one is not seen."""
    if not seen(pose, a, b):
        return None
    away = pose.world[b] - pose.world[a]
    length = float(np.linalg.norm(away))
    return None if length < 1e-3 else float(np.degrees(np.arccos(np.clip(away[1] / length, -1, 1))))


def bend(pose: Pose, a: int, middle: int, b: int) -> float | None:
    """The angle at the middle joint, degrees, 180 for straight; None if one is not seen."""
    if not seen(pose, a, middle, b):
        return None
    u, v = pose.world[a] - pose.world[middle], pose.world[b] - pose.world[middle]
    lengths = float(np.linalg.norm(u) * np.linalg.norm(v))
    return None if lengths < 1e-6 else float(np.degrees(np.arccos(np.clip(float(u @ v) / lengths, -1, 1))))


def trunk_side(pose: Pose) -> float | None:
    """How far the trunk leans to a side, degrees, either way."""
    if not seen(pose, *SHOULDERS, *HIPS):
        return None
    away = pose.world[SHOULDERS].mean(0) - pose.world[HIPS].mean(0)
    return float(np.degrees(np.arctan2(abs(away[0]), max(-away[1], 1e-3))))


def _lines(a: tuple[int, int], b: tuple[int, int]) -> Callable[[Pose], Pair]:
    return lambda pose: (line(pose, a[0], b[0]), line(pose, a[1], b[1]))


def _head_turn(pose: Pose) -> Pair:
    """How far the nose is turned to the left and to the right from the middle of the ears, degrees.

    From how far it is moved across the picture, against the width of the shoulders: depth is the network's weakest
    part, and noisier than a head is deep. Where the camera stands aside, straight ahead is not 0.
    """
    if not seen(pose, NOSE, *SHOULDERS):
        return None, None
    # Of who turns far one ear is hidden; the network still places both.
    moved = pose.world[NOSE, 0] - (pose.world[LEFT_EAR, 0] + pose.world[RIGHT_EAR, 0]) / 2
    wide = float(np.linalg.norm(pose.world[SHOULDERS[0]] - pose.world[SHOULDERS[1]]))
    turned = float(np.degrees(np.arcsin(np.clip(float(moved) / max(NOSE_DEPTH * wide, 1e-3), -1, 1))))
    return turned, -turned


def _head_tilt(pose: Pose) -> Pair:
    """How far the head is tilted to the left and to the right against the shoulders, in the picture, degrees."""
    if not seen(pose, LEFT_EAR, RIGHT_EAR, *SHOULDERS):
        return None, None

    def slope(left: int, right: int) -> float:
        away = pose.world[left] - pose.world[right]
        return float(np.degrees(np.arctan2(away[1], max(abs(float(away[0])), 1e-3))))

    tilted = slope(LEFT_EAR, RIGHT_EAR) - slope(SHOULDERS[0], SHOULDERS[1])
    return tilted, -tilted


def _foot(pose: Pose, up: bool) -> Pair:
    """How far heels or toes are lifted: the slope of each sole, degrees."""
    out: list[float | None] = []
    for heel, toe in zip(_HEELS, _TOES, strict=True):
        if not seen(pose, heel, toe):
            out.append(None)
            continue
        away = pose.world[toe] - pose.world[heel]
        slope = float(np.degrees(np.arctan2(-away[1], max(float(np.hypot(away[0], away[2])), 1e-3))))
        out.append(slope if up else -slope)
    return out[0], out[1]


def _rise(pose: Pose, aspect: float) -> float | None:
    """How high the shoulders are in the picture, metres at their own scale."""
    if not seen(pose, *SHOULDERS):
        return None
    return float(-pose.landmarks[SHOULDERS, 1].mean() / max(scale(pose, aspect), 1e-3))


def _both(value: float | None) -> Pair:
    return value, value


_MEASURES: dict[Measure, Callable[[Pose], Pair]] = {
    "arm": _lines((11, 12), _WRISTS),
    "upper_arm": _lines((11, 12), _ELBOWS),
    "head_turn": _head_turn,
    "head_tilt": _head_tilt,
    "heel": lambda pose: _foot(pose, up=False),
    "toe": lambda pose: _foot(pose, up=True),
    "shin": _lines(_KNEES, _ANKLES),
    "thigh": _lines((23, 24), _KNEES),
    "leg": _lines((23, 24), _ANKLES),
    "thigh_out": _lines((23, 24), _KNEES),
    "rising_thigh": _lines((23, 24), _KNEES),
}
