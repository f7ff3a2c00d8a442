"""Lifts dark pictures, as a camera's own gain would, so that the pose network finds who is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    Image = npt.NDArray[np.uint8]

# Mean brightness (0..1) to which a darker picture is lifted: by night the network finds nobody in the picture as it is.
LIFTED_TO = 0.22
# In pictures darker than this the noise is lifted too, and the network takes it for people: it is smoothed first.
NOISY = 0.1
# More than this only makes the noise of a covered lens bright.
MOST = 12.0


def lifted(image: Image, luminance: float) -> Image:
    """The picture as it would be in enough light; a bright one unchanged.

    Args:
        image: RGB, shape (height, width, 3).
        luminance: its mean brightness, 0..1.
    """
    if luminance >= LIFTED_TO:
        return image
    smooth = cv2.GaussianBlur(image, (0, 0), 1.0) if luminance < NOISY else image
    return cv2.convertScaleAbs(smooth, alpha=min(LIFTED_TO / max(luminance, 1e-3), MOST))  # type: ignore[return-value]
