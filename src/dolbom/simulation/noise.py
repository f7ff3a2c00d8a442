"""What a real camera adds to a simulator's clean picture, by seed: grain, motion blur, dark, lost and late frames.

It stands between the simulator's image and whoever looks at it and knows nothing of either. The same images with the
same seed come out the same.
"""

from __future__ import annotations

from collections import deque
from typing import Annotated

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

Image = NDArray[np.uint8]

GAMMA = 2.2
"""Of the picture's steps against light, about that of sRGB."""
BLENDED = 5
"""Positions in which a moving thing is drawn in one blurred frame."""
FLOW_SHARE = 0.5
"""The motion is measured on a picture of this share of the width: what it is for, a smear, needs no finer one."""


class Noise(BaseModel):
    """How poor the camera is; everything is 0 for a perfect one.

    Attributes:
        grain: standard deviation of each pixel's error in a black part, steps of 255; brighter parts have up to twice
            that, for light comes in grains, too.
        blur: exposure as a share of the time between two frames: whatever moves is smeared by so much of its motion.
        dark: share of the light that is missing, before grain.
        drop: share of the frames that never come.
        delay: seconds by which a frame comes late at the most; each draws its own, and none overtakes another.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    grain: Annotated[float, Field(ge=0, le=60)] = 0.0
    blur: Annotated[float, Field(ge=0, le=1)] = 0.0
    dark: Annotated[float, Field(ge=0, lt=1)] = 0.0
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.0
    delay: Annotated[float, Field(ge=0, le=3)] = 0.0


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
