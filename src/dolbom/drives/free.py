"""How far the robot can go along an arc before its outline meets something, and how fast it may go then.

A differential drive moves on circles; for a round robot it is exact geometry when a point is met (as in Fox, Burgard
and Thrun, The dynamic window approach to collision avoidance, 1997).
"""

from __future__ import annotations

import math

import numpy as np

from dolbom.drives.observations import Floats, Pose, Scanned

STRAIGHT = 1e-3
"""Curvature (1/m) below which an arc counts as straight."""


def points_of(scan: Scanned, laser: Pose) -> Floats:
    """What a scan met, (n, 2) in the robot's frame; what is nearer or farther than the laser measures is left out."""
    ranges = np.asarray(scan.ranges, dtype=np.float64)
    angles = scan.begin + scan.step * np.arange(len(ranges))
    met = np.isfinite(ranges) & (ranges >= scan.near) & (ranges <= scan.far)
    ranges, angles = ranges[met], angles[met]
    return laser.out(np.column_stack([ranges * np.cos(angles), ranges * np.sin(angles)]))


def free_distance(points: Floats, radius: float, speed: float, turning: float) -> float:
    """Metres along the arc until a disc of this radius meets a point; infinite if it never does.

    What is within the radius already counts as met where the robot moves towards it, and does not where it moves away.

    Args:
        points: (n, 2) in the robot's frame.
        speed: its sign says ahead or backwards.
    """
    if not len(points) or abs(speed) < 1e-9:
        return math.inf
    way = math.copysign(1.0, speed)
    x, y = points[:, 0] * way, points[:, 1]
    curvature = turning / abs(speed)
    inside = np.hypot(x, y) < radius
    if (inside & (x > 0)).any():
        return 0.0
    x, y = x[~inside], y[~inside]
    if not len(x):
        return math.inf
    if abs(curvature) < STRAIGHT:
        met = (np.abs(y) < radius) & (x > 0)
        return float((x[met] - np.sqrt(radius**2 - y[met] ** 2)).min()) if met.any() else math.inf
    if curvature < 0:
        y, curvature = -y, -curvature
    turn = 1.0 / curvature  # the centre is at (0, turn), to the left
    away = np.hypot(x, y - turn)
    with np.errstate(divide="ignore", invalid="ignore"):
        cosine = (turn**2 + away**2 - radius**2) / (2 * turn * away)
    met = np.abs(cosine) <= 1
    if not met.any():
        return math.inf
    # The angle about the centre at which the point lies, counted from where the robot is.
    lies = np.arctan2(x[met], turn - y[met]) % (2 * math.pi)
    angle = (lies - np.arccos(cosine[met])) % (2 * math.pi)
    return float(angle.min() * turn)


def safe_speed(free: float, reaction_s: float, braking: float) -> float:
    """The highest speed (m/s) from which the robot stands still within `free` metres: it goes on for the reaction's
    time, then brakes."""
    if free <= 0:
        return 0.0
    if math.isinf(free):
        return math.inf
    return braking * (math.sqrt(reaction_s**2 + 2 * free / braking) - reaction_s)
