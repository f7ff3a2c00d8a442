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
# In pictures darker than this the noise is lifted too, and the network takes it for people: it is smoothed first. Then
# contrast is spread tile by tile, at most so far (CLAHE): whoever sits in the shade is found only so.
NOISY = 0.1
CONTRAST = 3.0
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
    gain = min(LIFTED_TO / max(luminance, 1e-3), MOST)
    if luminance >= NOISY:
        return cv2.convertScaleAbs(image, alpha=gain)  # type: ignore[return-value]
    lab = cv2.cvtColor(cv2.convertScaleAbs(cv2.GaussianBlur(image, (0, 0), 1.0), alpha=gain), cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(CONTRAST, (8, 8)).apply(lab[..., 0])
    return cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)  # type: ignore[return-value]
