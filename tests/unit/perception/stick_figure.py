"""A person of sticks before a pinhole camera: makes the bodies that a camera would show of a described movement.

Movements are lists of (seconds, stance); between them the body moves smoothly. So the fall detector can be tried on
movements that no data set at hand shows (sitting down fast, lying down on a bed) and from any camera.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dolbom.perception.bodies import Bodies, describe
from dolbom.perception.pose import Pose


@dataclass(frozen=True)
class Stance:
    """Where the middle of the hips is (metres; x right, y up from the floor, z away from the camera) and the angles
    of torso, thighs and shanks in degrees: 0 as in standing, positive towards the front. `facing`: 0 to the camera,
    90 to its right."""

    hip: float
    torso: float
    thigh: float
    shank: float
    x: float = 0.0
    z: float = 3.0
    facing: float = 90.0


STANDING = Stance(0.90, 3, 0, 0)
ON_CHAIR = Stance(0.52, 8, 90, 0)
ON_SOFA = Stance(0.42, -20, 88, 5)
BENT_DOWN = Stance(0.86, 88, -8, 8)
SQUATTING = Stance(0.38, 45, 105, -35)
KNEELING = Stance(0.48, 10, 0, -90)
ON_FLOOR_SITTING = Stance(0.12, 5, 92, 88)
ON_BED = Stance(0.60, -88, 90, 90)
ON_BACK = Stance(0.12, -90, 90, 90)
ON_FRONT = Stance(0.12, 90, -90, -90)


@dataclass(frozen=True)
class Camera:
    """Height over the floor in metres, pitch down in degrees, focal length in image heights."""

    height: float = 0.9
    pitch: float = 0.0
    focal: float = 1.2
    width: int = 640
    image_height: int = 480


def _along(angle: float, facing: float) -> np.ndarray:
    """Unit vector that points up at 0 and to where the person faces at 90 degrees."""
    a, f = np.radians(angle), np.radians(facing)
    return np.array([np.sin(a) * np.sin(f), np.cos(a), -np.sin(a) * np.cos(f)])


def points(s: Stance) -> np.ndarray:
    """The 33 landmarks in metres: x right, y up, z away."""
    f = np.radians(s.facing)
    side = np.array([np.cos(f), 0.0, np.sin(f)])  # to the person's left
    hips = np.array([s.x, s.hip, s.z])
    torso, ahead = _along(s.torso, s.facing), _along(s.torso + 90, s.facing)
    shoulders = hips + 0.50 * torso
    head = shoulders + 0.22 * torso
    out = np.tile(head, (33, 1))
    out[0] = head + 0.1 * ahead
    thigh, shank = -_along(-s.thigh, s.facing), -_along(-s.shank, s.facing)
    for i, sign in ((0, 1), (1, -1)):
        out[7 + i] = head + sign * 0.08 * side
        out[11 + i] = shoulders + sign * 0.18 * side
        out[13 + i] = out[11 + i] - 0.28 * torso
        out[15 + i] = out[13 + i] - 0.25 * torso + 0.05 * ahead
        out[[17 + i, 19 + i, 21 + i]] = out[15 + i] - 0.05 * torso
        out[23 + i] = hips + sign * 0.11 * side
        out[25 + i] = out[23 + i] + 0.42 * thigh
        out[27 + i] = out[25 + i] + 0.40 * shank
        out[29 + i] = out[27 + i] - 0.04 * _along(90, s.facing)
        out[31 + i] = out[27 + i] + 0.16 * _along(90, s.facing)
    return out


def pose(s: Stance, camera: Camera, noise: np.random.Generator | None = None) -> Pose:
    """What the landmarker would say of the stance."""
    p = np.radians(camera.pitch)
    turn = np.array([[1, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]])
    seen = (points(s) - (0, camera.height, 0)) @ turn.T
    if noise is not None:
        seen = seen + noise.normal(0, 0.02, seen.shape)
    world = (seen - seen[[23, 24]].mean(0)) * (1, -1, 1)
    aspect = camera.width / camera.image_height
    x = 0.5 + camera.focal * seen[:, 0] / seen[:, 2] / aspect
    y = 0.5 - camera.focal * seen[:, 1] / seen[:, 2]
    return Pose(np.stack([x, y, np.ones(33)], 1).astype(np.float32), world.astype(np.float32))


def film(
    movement: list[tuple[float, Stance]],
    camera: Camera = Camera(),
    fps: float = 15.0,
    seed: int = 0,
    person: str = "a",
    start: float = 0.0,
) -> list[Bodies]:
    """The bodies of every frame of a movement, which starts at `start` seconds."""
    noise = np.random.default_rng(seed)
    times = [t for t, _ in movement]
    frames = []
    for t in np.arange(0, times[-1], 1 / fps):
        i = min(int(np.searchsorted(times, t, side="right")), len(times) - 1)
        (t0, a), (t1, b) = movement[i - 1], movement[i]
        u = (t - t0) / max(t1 - t0, 1e-6)
        u = u * u * (3 - 2 * u)
        stance = replace(a, **{k: getattr(a, k) * (1 - u) + getattr(b, k) * u for k in vars(a)})
        shown = pose(stance, camera, noise)
        body = describe(person, shown, camera.width / camera.image_height)
        frames.append(Bodies(start + float(t), camera.width, camera.image_height, (body,)))
    return frames
