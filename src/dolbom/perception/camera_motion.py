"""How the whole picture moves, so that a turning or rolling camera does not look like a falling person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    Image = npt.NDArray[np.uint8]
    Floats = npt.NDArray[np.float32]

WIDTH = 160  # pixels; motion is measured on a small copy: 2 ms a frame
POINTS = 80
# Fewer points than this that agree on one motion say nothing (a dark or blank picture, or one full of people).
AGREEING = 12


@dataclass(frozen=True)
class CameraMotion:
    """Global image motion since the frame before.

    Attributes:
        velocity: x and y in image widths per second; the direction in which still things move in the picture.
        luminance: mean brightness of the picture, 0..1.
    """

    velocity: tuple[float, float] = (0.0, 0.0)
    luminance: float = 1.0


class CameraMotionMeter:
    """Measures global image motion from frame to frame with sparse optical flow (Lucas-Kanade and RANSAC)."""

    def __init__(self) -> None:
        self._before: Image | None = None
        self._stamp = 0.0

    def update(self, image: Image, stamp: float, people: Iterable[Floats] = ()) -> CameraMotion:
        """Takes the next frame.

        Args:
            image: RGB, shape (height, width, 3).
            stamp: time of the frame in seconds.
            people: landmarks of the people in the frame, (33, 3) normalised: what moves there is not the camera.

        Returns:
            The motion since the frame before; none for the first frame, after a jump back in time and where too
            little of the picture agrees.
        """
        height = max(8, round(image.shape[0] * WIDTH / image.shape[1]))
        small = cv2.resize(image, (WIDTH, height), interpolation=cv2.INTER_AREA)
        grey: Image = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)  # type: ignore[assignment]
        before, elapsed = self._before, stamp - self._stamp
        self._before, self._stamp = grey, stamp
        luminance = float(grey.mean()) / 255
        if before is None or before.shape != grey.shape or elapsed <= 0:
            return CameraMotion(luminance=luminance)
        shift = self._shift(before, grey, self._background(grey.shape, people))
        return CameraMotion((shift[0] / WIDTH / elapsed, shift[1] / WIDTH / elapsed), luminance)

    @staticmethod
    def _background(shape: tuple[int, ...], people: Iterable[Floats]) -> Image:
        mask: Image = np.full(shape, 255, np.uint8)
        size = np.array([shape[1], shape[0]], np.float32)
        for landmarks in people:
            points = landmarks[:, :2] * size
            low, high = points.min(0), points.max(0)
            margin = 0.15 * (high - low)
            (x0, y0), (x1, y1) = np.clip(low - margin, 0, size).astype(int), np.clip(high + margin, 0, size).astype(int)
            mask[y0:y1, x0:x1] = 0
        return mask

    @staticmethod
    def _shift(before: Image, now: Image, mask: Image) -> tuple[float, float]:
        """Motion of the middle of the picture in pixels of the small copy."""
        points = cv2.goodFeaturesToTrack(before, POINTS, 0.01, 5, mask=mask)
        if points is None or len(points) < AGREEING:
            return 0.0, 0.0
        moved, found, _ = cv2.calcOpticalFlowPyrLK(before, now, points, None, winSize=(15, 15), maxLevel=3)  # type: ignore[call-overload]
        kept = found.ravel() == 1
        if kept.sum() < AGREEING:
            return 0.0, 0.0
        transform, agreeing = cv2.estimateAffinePartial2D(points[kept], moved[kept], ransacReprojThreshold=1.0)
        if transform is None or agreeing.sum() < max(AGREEING, 0.4 * kept.sum()):
            return 0.0, 0.0
        middle = np.array([before.shape[1] / 2, before.shape[0] / 2])
        dx, dy = transform[:, :2] @ middle + transform[:, 2] - middle
        return float(dx), float(dy)
