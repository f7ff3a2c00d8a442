"""The same clips as another camera would have seen them: whether a rule rests on the people or on these pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

import cv2
import numpy as np

Image = np.ndarray[Any, np.dtype[np.uint8]]

POOR_LINES = 180
POOR_LIGHT = 0.45
POOR_NOISE = 4.0
"""Standard deviation of a poor picture's noise, in steps of 256."""


class View(StrEnum):
    """How clips are shown."""

    AS_IS = "as-is"
    MIRRORED = "mirrored"
    POOR = "poor"


def seen_as(view: View, images: Iterable[Image]) -> Iterator[Image]:
    """The pictures of a clip in a view; the noise of a poor one is the same every time."""
    random = np.random.default_rng(0)
    for image in images:
        if view is View.MIRRORED:
            yield np.ascontiguousarray(image[:, ::-1])
        elif view is View.POOR:
            yield _poor(image, random)
        else:
            yield image


def _poor(image: Image, random: np.random.Generator) -> Image:
    height, width = image.shape[:2]
    scale = POOR_LINES / height
    small = cv2.resize(image, (int(width * scale), int(height * scale)), interpolation=cv2.INTER_AREA)
    dark = small.astype(np.float32) * POOR_LIGHT
    return np.clip(dark + random.normal(0, POOR_NOISE, dark.shape), 0, 255).astype(np.uint8)
