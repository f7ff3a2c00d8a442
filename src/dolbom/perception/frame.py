"""One picture of the camera, handed by reference to whoever looks at it and never copied between nodes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dolbom.perception.intrinsics import Intrinsics


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture.

    Attributes:
        image: (height, width, 3) uint8, BGR, read-only: everybody in the process sees the same memory.
        stamp: behaviour time of the exposure, seconds.
        sequence: counts up by one for every picture the source delivered; a gap means that some were dropped.
        frame_id: the camera's optical frame (REP-103: z forward, x right, y down).
        intrinsics: of this picture's size, or None if nothing is known.
        every_one: True where no picture may be skipped (a file read as fast as it can be looked at).
    """

    image: NDArray[np.uint8]
    stamp: float
    sequence: int
    frame_id: str = "camera_optical_frame"
    intrinsics: Intrinsics | None = None
    every_one: bool = False

    def __post_init__(self) -> None:
        if self.image.ndim != 3 or self.image.shape[2] != 3 or self.image.dtype != np.uint8:
            raise ValueError(f"a frame is (height, width, 3) uint8, not {self.image.shape} {self.image.dtype}")
        self.image.flags.writeable = False

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self.image.shape[0])
