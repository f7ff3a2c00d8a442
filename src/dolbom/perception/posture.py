"""How a person is holding the body: upright, sitting, crouching or lying, from the landmarks of one frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from dolbom.perception.pose import ANKLES, HIPS, KNEES, SHOULDERS, Pose

if TYPE_CHECKING:
    import numpy.typing as npt

PostureName = Literal["upright", "sitting", "crouching", "lying", "unknown"]
# Shoulders and hips less visible than this are guesses of the network.
SEEN = 0.5


@dataclass(frozen=True)
class Measures:
    """What posture is judged by.

    Attributes:
        tilt: of the torso from the vertical, degrees: 0 upright, 90 level, more is head down.
        height: of the shoulders over the ankles, metres: about 1.4 standing, 0.9 sitting, 0 lying.
        thigh: angle of the thighs from straight down, degrees: 0 standing, 90 sitting.
        scale: size of the person in the picture, image heights per metre.
        visibility: mean visibility of shoulders and hips, 0..1.
    """

    tilt: float
    height: float
    thigh: float
    scale: float
    visibility: float


def measure(pose: Pose, aspect: float) -> Measures:
    """Measures one pose; `aspect` is image width divided by image height."""
    world = pose.world
    shoulders, hips = world[SHOULDERS].mean(0), world[HIPS].mean(0)
    knees, ankles = world[KNEES].mean(0), world[ANKLES].mean(0)
    return Measures(
        tilt=tilt(pose),
        height=float(ankles[1] - shoulders[1]),
        thigh=_angle(knees - hips, up=False),
        scale=scale(pose, aspect),
        visibility=float(pose.landmarks[SHOULDERS + HIPS, 2].mean()),
    )


def tilt(pose: Pose) -> float:
    """Of the torso from the vertical, degrees: 0 upright, 90 level, more is head down."""
    return _angle(pose.world[SHOULDERS].mean(0) - pose.world[HIPS].mean(0), up=True)


def scale(pose: Pose, aspect: float) -> float:
    """Image heights per metre: how large the picture's landmarks are against those in metres."""
    picture = pose.landmarks[:, :2] * (aspect, 1.0)
    metres = pose.world[:, :2]
    spread = float(np.square(metres - metres.mean(0)).sum())
    return float(np.sqrt(np.square(picture - picture.mean(0)).sum() / max(spread, 1e-6)))


def _angle(vector: npt.NDArray[np.float32], up: bool) -> float:
    length = float(np.linalg.norm(vector))
    if length < 1e-6:
        return 0.0
    cosine = float(vector[1]) / length
    return float(np.degrees(np.arccos(np.clip(-cosine if up else cosine, -1, 1))))


def flatness(tilt: float, height: float) -> float:
    """How much a body looks like one on the floor: under 0 it does not, over 2 it surely does.

    A level torso counts for it, shoulders high over the ankles against it: somebody who bends down to pick a thing
    up has the first without the second.
    """
    return (tilt - 60) / 15 + (0.6 - height) / 0.15


def posture(measures: Measures) -> tuple[PostureName, float]:
    """The posture and how sure it is, 0.5..1; unknown with 0 if shoulders and hips are not seen."""
    m = measures
    if m.visibility < SEEN:
        return "unknown", 0.0
    # Bending far down is a little flat, too.
    flat = flatness(m.tilt, m.height) - 1
    standing = min((m.height - 0.85) / 0.1, (50 - m.thigh) / 10)
    seated = min((45 - m.tilt) / 10, (m.thigh - 50) / 10)
    if flat > 0:
        return "lying", _sure(flat)
    if standing > 0:
        return "upright", _sure(min(standing, -flat))
    if seated > 0:
        return "sitting", _sure(min(seated, -flat))
    return "crouching", _sure(min(-standing, -seated, -flat))


def _sure(margin: float) -> float:
    return float(1 / (1 + np.exp(-margin)))
