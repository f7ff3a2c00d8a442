"""Bodies in time: turns, blends and paths that walking, sitting and falling are made of."""

from __future__ import annotations

import cv2
import numpy as np

from dolbom.simulation.body import Floats, Pose


def turn(roll: float, pitch: float, yaw: float) -> Floats:
    """Rotation matrix of a turn about x, then y, then z (degrees)."""
    axes = np.eye(3) * np.radians([roll, pitch, yaw])
    about_x, about_y, about_z = (cv2.Rodrigues(axis)[0] for axis in axes)
    return np.asarray(about_z @ about_y @ about_x)


def closed(gait: list[Pose], seam: int = 24) -> list[Pose]:
    """Blend the end of a recorded cycle into its beginning so that it repeats without a jerk."""
    closed = list(gait[:-1])
    for i in range(seam):
        share = (i + 1) / (seam + 1)
        before = gait[0]
        pose = closed[-seam + i].blended(before, share**2)
        closed[-seam + i] = pose
    return closed


def mean(rotations: list[Floats]) -> Floats:
    left, _, right = np.linalg.svd(np.sum(rotations, axis=0))
    return np.asarray(left @ np.diag([1, 1, np.linalg.det(left @ right)]) @ right)


def curve(points: list[tuple[float, float]]) -> Floats:
    """Return a smooth path (n, 2) through `points` (Catmull-Rom)."""
    knots = np.array([points[0], *points, points[-1]], dtype=float)
    pieces = []
    for a, b, c, d in zip(knots, knots[1:], knots[2:], knots[3:], strict=False):
        t = np.linspace(0, 1, 60)[:, None]
        pieces.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    path = np.concatenate(pieces)
    return path[np.r_[True, np.linalg.norm(np.diff(path, axis=0), axis=1) > 1e-6]]


def through(times: Floats, keys: Floats, now: float) -> Floats:
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
