"""What real sensors add to a simulator's clean ones, by seed.

To pictures grain, motion blur, dark, lost and late frames; to the laser's distances an error; to odometry a share by
which wheels are not what one takes them for.

It stands between the simulator and whoever looks at it and knows nothing of either. The same measurements with the same
seed come out the same.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Annotated, Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

Image = NDArray[np.uint8]
Floats = NDArray[np.floating[Any]]

GAMMA = 2.2
"""Of the picture's steps against light, about that of sRGB."""
BLENDED = 5
"""Positions in which a moving thing is drawn in one blurred frame."""
FLOW_SHARE = 0.5
"""The motion is measured on a picture of this share of the width: what it is for, a smear, needs no finer one."""


class Noise(BaseModel):
    """How poor the robot's sensors are; everything is 0 for perfect ones.

    Attributes:
        grain: standard deviation of each pixel's error in a black part, steps of 255; brighter parts have up to twice
            that, for light comes in grains, too.
        blur: exposure as a share of the time between two frames: whatever moves is smeared by so much of its motion.
        dark: share of the light that is missing, before grain.
        drop: share of the frames that never come.
        delay: seconds by which a frame comes late at the most; each draws its own, and none overtakes another.
        laser: standard deviation of each distance of the laser, metres.
        slip: standard deviation of the share by which odometry mistakes how far it drove and how far it turned, each
            drawn once: of wheels a little smaller than they are taken for, the error grows with the way.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    grain: Annotated[float, Field(ge=0, le=60)] = 0.0
    blur: Annotated[float, Field(ge=0, le=1)] = 0.0
    dark: Annotated[float, Field(ge=0, lt=1)] = 0.0
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.0
    delay: Annotated[float, Field(ge=0, le=3)] = 0.0
    laser: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    slip: Annotated[float, Field(ge=0, le=0.3)] = 0.0


class NoisyCamera:
    """Makes of each clean frame what a poor camera would deliver, and when.

    Args:
        noise: how poor it is.
        seed: of everything that is drawn.
    """

    def __init__(self, noise: Noise, seed: int) -> None:
        self.noise = noise
        self._rng = np.random.default_rng([seed, 29])
        self._flow: cv2.DISOpticalFlow | None = None
        self._before: Image | None = None
        self._waiting: deque[tuple[float, float, Image]] = deque()
        self._table = np.rint(255 * (np.arange(256) / 255) * (1 - noise.dark) ** (1 / GAMMA)).astype(np.uint8)
        self._spread = noise.grain * (1 + np.arange(256, dtype=np.float32) / 255)

    def see(self, stamp: float, image: Image) -> list[tuple[float, Image]]:
        """What arrives now.

        Args:
            stamp: time of the frame, seconds; not less than the one before.
            image: (height, width, 3), not changed.

        Returns:
            The frames that arrive by then, oldest first, each with its own time of exposure.
        """
        # Drawn for each frame whatever becomes of it: a lost one must not change those after it.
        lost, late = self._rng.random() < self.noise.drop, self._rng.random() * self.noise.delay
        smeared = self._smeared(image) if self.noise.blur else image
        if not lost:
            arrives = max(stamp + late, self._waiting[-1][0] if self._waiting else stamp)
            self._waiting.append((arrives, stamp, self._grained(self._dimmed(smeared))))
        come = []
        while self._waiting and self._waiting[0][0] <= stamp + 1e-6:
            come.append(self._waiting.popleft()[1:])
        return come

    def _smeared(self, image: Image) -> Image:
        """Each part of the picture drawn along the way that it came since the frame before."""
        before, self._before = self._before, image
        if before is None or before.shape != image.shape:
            return image
        if self._flow is None:
            self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        height, width = image.shape[:2]
        small = (round(width * FLOW_SHARE), round(height * FLOW_SHARE))
        new, old = (cv2.resize(cv2.cvtColor(one, cv2.COLOR_RGB2GRAY), small) for one in (image, before))
        # From now to before, so that each pixel knows where it came from.
        flow = self._flow.calc(new, old, None)  # type: ignore[call-overload]
        way = np.asarray(cv2.resize(flow, (width, height)) / FLOW_SHARE, np.float32)
        if float(np.abs(way).max()) < 0.5:
            return image
        x, y = (axis.astype(np.float32) for axis in np.meshgrid(np.arange(width), np.arange(height)))
        whole = image.astype(np.float32)
        for number in range(1, BLENDED):
            share = np.float32(self.noise.blur * number / (BLENDED - 1))
            from_x, from_y = x - share * way[..., 0], y - share * way[..., 1]
            whole += cv2.remap(image, from_x, from_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(whole / BLENDED + 0.5, np.uint8)

    def _dimmed(self, image: Image) -> Image:
        return np.asarray(cv2.LUT(image, self._table), np.uint8) if self.noise.dark else image

    def _grained(self, image: Image) -> Image:
        if not self.noise.grain:
            return image
        error = self._rng.standard_normal(image.shape, dtype=np.float32)
        spread = cv2.LUT(image, self._spread)
        return np.asarray(np.clip(image + error * spread + 0.5, 0, 255), np.uint8)


class NoisyLaser:
    """Makes of clean distances what a real laser would measure.

    Args:
        noise: how poor it is.
        seed: of every error.
    """

    def __init__(self, noise: Noise, seed: int) -> None:
        self._spread = noise.laser
        self._rng = np.random.default_rng([seed, 31])

    def measure(self, ranges: Floats, nearest: float) -> Floats:
        """Distances in metres, none under `nearest`; where nothing was met (infinite) nothing is met."""
        if not self._spread:
            return ranges
        error = self._rng.normal(0.0, self._spread, ranges.shape)
        return np.maximum(ranges + error, np.minimum(ranges, nearest)).astype(ranges.dtype)


class NoisyOdometry:
    """Makes of the true way what the robot's wheels would tell of it.

    Args:
        noise: how much they mistake it.
        seed: of that.
    """

    def __init__(self, noise: Noise, seed: int) -> None:
        far, turned = np.random.default_rng([seed, 37]).normal(1.0, noise.slip, 2) if noise.slip else (1.0, 1.0)
        self._far, self._turned = float(far), float(turned)
        self._true: Floats | None = None
        self._told: Floats | None = None

    def follow(self, pose: Floats) -> Floats:
        """Where the robot believes that it is, from where it is; frames (4, 4), the first of which it knows."""
        if self._true is None or self._told is None or self._far == self._turned == 1.0:
            told = pose
        else:
            moved = np.linalg.inv(self._true) @ pose
            turn = self._turned * math.atan2(moved[1, 0], moved[0, 0])
            step = np.eye(4)
            step[:2, :2] = [[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]]
            step[:2, 3] = self._far * moved[:2, 3]
            told = self._told @ step
        self._true, self._told = pose, told
        return told
