"""A jointed figure: from angles of its limbs to body landmarks in metres. The one body behind the drawing on the
screen, the expected range of a movement and the clips that judge the counting.

Frames: x ahead of the figure, y to its left, z up, the floor at 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from dolbom.simulation.day.skeletons import JOINTS, POINTS, Floats, landmarks

Root = Literal["seat", "feet"]
"""What stays where it is: the hips on the seat, or the feet on the floor."""
Angles = Mapping[str, float]

LIMBS = ("upper", "fore", "thigh", "shin")
CHANNELS = (
    "lean", "side", "turn", "tilt", "nod",
    *(f"{side}_{limb}_{what}" for side in ("left", "right") for limb in LIMBS for what in ("up", "ahead")),
    "left_foot", "right_foot",
)  # fmt: skip
"""Degrees. `lean` ahead and `side` to the left of the trunk; `turn`, `tilt` (to the left) and `nod` of the head; of
each limb `up`, from straight down, and `ahead`, from sideways; of a foot, toes up."""
STANDING: dict[str, float] = dict.fromkeys(CHANNELS, 0.0) | {
    f"{side}_{limb}_{what}": value
    for side in ("left", "right")
    for limb, what, value in (
        ("upper", "up", 8.0), ("upper", "ahead", 20.0), ("fore", "up", 12.0), ("fore", "ahead", 50.0),
        ("thigh", "up", 2.0), ("shin", "up", 2.0),
    )
}  # fmt: skip
SITTING: dict[str, float] = STANDING | {
    f"{side}_{limb}_{what}": value
    for side in ("left", "right")
    for limb, what, value in (
        ("upper", "up", 22.0), ("upper", "ahead", 75.0), ("fore", "up", 70.0), ("fore", "ahead", 88.0),
        ("thigh", "up", 88.0), ("thigh", "ahead", 85.0), ("shin", "up", 3.0), ("shin", "ahead", 90.0),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Build:
    """How somebody is built. Shares of the height after Drillis and Contini (1966), as in Winter, Biomechanics (2009).

    Attributes:
        height: metres.
        width: of shoulders and hips, 1 as most.
    """

    height: float = 1.60
    width: float = 1.0

    @property
    def upper(self) -> float:
        """Length of the upper arm, metres."""
        return 0.186 * self.height

    @property
    def fore(self) -> float:
        """Length of the forearm."""
        return 0.146 * self.height

    @property
    def thigh(self) -> float:
        """Length of the thigh."""
        return 0.245 * self.height

    @property
    def shin(self) -> float:
        """Length of the lower leg."""
        return 0.246 * self.height

    @property
    def trunk(self) -> float:
        """From the hips to the shoulders."""
        return 0.288 * self.height


class Mannequin:
    """Takes poses.

    Args:
        rest: the angles in which it stands or sits; where the feet or the hips are in them, they stay.
    """

    def __init__(self, rest: Angles, root: Root, build: Build | None = None) -> None:
        self.build = build or Build()
        self.root = root
        first = self._raw(rest)
        self._shift = np.array([0.0, 0.0, -_feet(first)[:, 2].min()])
        self._toes = _toes(first + self._shift)

    def points(self, angles: Angles) -> Floats:
        """Where the joints are, (POINTS, 3), as of `simulation.day.skeletons`."""
        points = self._raw(angles)
        if self.root == "seat":
            return np.asarray(points + self._shift)
        points[:, 2] -= _feet(points)[:, 2].min()
        toes = _toes(points)
        standing = toes[:, 2] <= toes[:, 2].min() + 0.03
        points[:, :2] += (self._toes - toes)[standing, :2].mean(0)
        return points

    def landmarks(self, angles: Angles) -> Floats:
        """MediaPipe's 33 landmarks (33, 3)."""
        return landmarks(self.points(angles))

    def _raw(self, a: Angles) -> Floats:
        """With the hips over the origin."""
        build, at = self.build, dict[str, Floats]()
        trunk = _turned(a["lean"], -a["side"], 0.0)
        neck = trunk @ np.array([0.0, 0.0, build.trunk + 0.03 * build.height])
        for side, sign in (("Left", 1.0), ("Right", -1.0)):
            name = side.lower()
            shoulder = trunk @ np.array([0.0, sign * 0.112 * build.height * build.width, build.trunk])
            at[f"{side}Arm"] = shoulder
            at[f"{side}ForeArm"] = shoulder + build.upper * _direction(a, f"{name}_upper", sign)
            fore = _direction(a, f"{name}_fore", sign)
            at[f"{side}Hand"] = at[f"{side}ForeArm"] + build.fore * fore
            at[f"{side}HandIndex1"] = at[f"{side}Hand"] + 0.05 * build.height * fore
            hip = np.array([0.0, sign * 0.058 * build.height * build.width, 0.0])
            at[f"{side}UpLeg"] = hip
            at[f"{side}Leg"] = hip + build.thigh * _direction(a, f"{name}_thigh", sign)
            at[f"{side}Foot"] = at[f"{side}Leg"] + build.shin * _direction(a, f"{name}_shin", sign)
            pitch = math.radians(a[f"{name}_foot"])
            toe = np.array([0.115 * math.cos(pitch) + 0.03 * math.sin(pitch), sign * 0.01,
                            0.115 * math.sin(pitch) - 0.03 * math.cos(pitch)])  # fmt: skip
            at[f"{side}ToeBase"] = at[f"{side}Foot"] + toe * build.height
        head = trunk @ _turned(a["nod"], -a["tilt"], a["turn"])
        at["Head"] = neck
        nose = neck + head @ np.array([0.066, 0.0, 0.045]) * build.height
        crown = neck + head @ np.array([0.012, 0.0, 0.115]) * build.height
        points = np.array([*(at[name] for name in JOINTS), nose, crown])
        assert points.shape == (POINTS, 3)
        return points


def between(a: Angles, b: Angles, share: float) -> dict[str, float]:
    """The angles a share of the way from one pose to another."""
    return {name: a[name] + (b[name] - a[name]) * share for name in CHANNELS}


def _direction(a: Angles, limb: str, sign: float) -> Floats:
    up, ahead = math.radians(a[f"{limb}_up"]), math.radians(a[f"{limb}_ahead"])
    return np.array([math.sin(up) * math.sin(ahead), sign * math.sin(up) * math.cos(ahead), -math.cos(up)])


def _turned(about_y: float, about_x: float, about_z: float) -> Floats:
    """Bent ahead, then to the right, then turned to the left; degrees."""
    y, x, z = (math.radians(one) for one in (about_y, about_x, about_z))
    bent = np.array([[math.cos(y), 0, math.sin(y)], [0, 1, 0], [-math.sin(y), 0, math.cos(y)]])
    sideways = np.array([[1, 0, 0], [0, math.cos(x), -math.sin(x)], [0, math.sin(x), math.cos(x)]])
    turned = np.array([[math.cos(z), -math.sin(z), 0], [math.sin(z), math.cos(z), 0], [0, 0, 1]])
    return np.asarray(sideways @ bent @ turned)


def _feet(points: Floats) -> Floats:
    """Heels and toes (4, 3)."""
    feet = points[[JOINTS.index("LeftFoot"), JOINTS.index("RightFoot")]]
    toes = points[[JOINTS.index("LeftToeBase"), JOINTS.index("RightToeBase")]]
    # The sole under the ankle, square to the line of the foot.
    ahead = toes - feet
    return np.concatenate([feet - 0.3 * ahead - [0.0, 0.0, 0.02], toes])


def _toes(points: Floats) -> Floats:
    """Left and right (2, 3)."""
    return np.asarray(points[[JOINTS.index("LeftToeBase"), JOINTS.index("RightToeBase")]])
