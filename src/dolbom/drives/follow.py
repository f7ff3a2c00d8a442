"""Follows a way: regulated pure pursuit (Macenski et al. 2023, after Coulter 1992)."""

from __future__ import annotations

import math

import numpy as np

from dolbom.drives.observations import Floats, Pose

AHEAD_M, AHEAD_S = 0.35, 0.5
"""It aims at the point of the way this far ahead, and as much farther as it goes in this time."""
TURN_FIRST = 0.6
"""Radians off the way beyond which it turns on the spot."""
GAIN = 1.8
"""Turning speed for each radian off."""
SHARP = 0.5
"""Metres: it slows down where the way turns in a smaller circle."""


def aim(way: Floats, pose: Pose, speed: float) -> Floats:
    """The point (2,) of the way to drive at."""
    nearest = int(np.hypot(*(way - pose.xy).T).argmin())
    left = AHEAD_M + AHEAD_S * abs(speed)
    at = way[nearest]
    for before, after in zip(way[nearest:], way[nearest + 1 :], strict=False):
        step = float(np.hypot(*(after - before)))
        if step >= left:
            return np.asarray(before + (after - before) * (left / step))
        left -= step
        at = after
    return np.asarray(at)


def pursue(
    way: Floats, pose: Pose, speed: float, highest: float, turning: float, braking: float
) -> tuple[float, float]:
    """Speed (m/s) and turning speed (rad/s) along the way.

    Args:
        way: (n, 2) points in the frame of the pose.
        speed: now.
        highest, turning: allowed.
        braking: it is slow enough to halt at the way's end.
    """
    x, y = pose.into(aim(way, pose, speed))[0]
    off, away = math.atan2(y, x), math.hypot(x, y)
    if abs(off) > TURN_FIRST:
        return 0.0, towards(off, turning)
    left = float(np.hypot(*(way[-1] - pose.xy)))
    curvature = 2.0 * y / max(away, 0.05) ** 2
    wanted = min(highest, math.sqrt(2 * 0.5 * braking * max(left, 0.0)) + 0.03)
    wanted *= min(1.0, 1.0 / max(abs(curvature) * SHARP, 1e-6))
    wanted *= 1.0 - 0.7 * abs(off) / TURN_FIRST
    wanted = max(0.05, wanted)
    turn = wanted * curvature
    if abs(turn) > turning:
        wanted, turn = wanted * turning / abs(turn), math.copysign(turning, turn)
    return min(wanted, highest), turn


def towards(off: float, turning: float) -> float:
    """The turning speed that takes away an angle, gently at its end."""
    return math.copysign(min(turning, GAIN * abs(off) + 0.05), off) if abs(off) > 0.02 else 0.0
