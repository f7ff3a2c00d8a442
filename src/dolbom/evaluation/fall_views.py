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
DARK_LIGHT = 0.07
DARK_NOISE = 1.5
"""The same of a dark one: a room at night, before a camera whose gain has come to its end."""


class View(StrEnum):
    """How clips are shown."""

    AS_IS = "as-is"
    MIRRORED = "mirrored"
    POOR = "poor"
    DARK = "dark"


def seen_as(view: View, images: Iterable[Image]) -> Iterator[Image]:
    """The pictures of a clip in a view; noise is the same every time."""
    random = np.random.default_rng(0)
    for image in images:
        if view is View.MIRRORED:
            yield np.ascontiguousarray(image[:, ::-1])
        elif view is View.POOR:
            scale = POOR_LINES / image.shape[0]
            small = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
            yield _dimmed(small, POOR_LIGHT, POOR_NOISE, random)
        elif view is View.DARK:
            yield _dimmed(image, DARK_LIGHT, DARK_NOISE, random)
        else:
            yield image


def _dimmed(image: Image, light: float, noise: float, random: np.random.Generator) -> Image:
    dim = image.astype(np.float32) * light
    return np.clip(dim + random.normal(0, noise, dim.shape), 0, 255).astype(np.uint8)
