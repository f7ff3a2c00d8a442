"""A camera's intrinsics: how directions become pixels, measured or estimated from its field of view."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from dolbom.errors import UserError


@dataclass(frozen=True)
class Intrinsics:
    """Pinhole camera with lens distortion, as in sensor_msgs/CameraInfo.

    Attributes:
        width, height: image size in pixels.
        k: camera matrix, row-major 3 × 3, pixels.
        d: distortion coefficients of `model`.
        model: "plumb_bob", "rational_polynomial" or "equidistant".
        nominal: computed from a stated field of view, not from a calibration.
    """

    width: int
    height: int
    k: tuple[float, float, float, float, float, float, float, float, float]
    d: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0)
    model: str = "plumb_bob"
    nominal: bool = False

    @classmethod
    def from_field_of_view(cls, width: int, height: int, horizontal_deg: float) -> Intrinsics:
        """Square pixels, the centre in the middle, no distortion: right to some per cent for a plain lens.

        Args:
            width, height: pixels.
            horizontal_deg: horizontal field of view, 0 < degrees < 180.
        """
        f = width / 2 / math.tan(math.radians(horizontal_deg) / 2)
        return cls(width, height, (f, 0.0, width / 2, 0.0, f, height / 2, 0.0, 0.0, 1.0), nominal=True)

    @classmethod
    def from_yaml(cls, path: Path) -> Intrinsics:
        """Reads the file that ROS's camera_calibration writes (camera_calibration_parsers format).

        Raises:
            UserError: names the file and what is missing in it.
        """
        try:
            loaded: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
            k = tuple(float(value) for value in loaded["camera_matrix"]["data"])
            d = tuple(float(value) for value in loaded["distortion_coefficients"]["data"])
            if len(k) != 9:
                raise ValueError(f"camera_matrix has {len(k)} numbers, not 9")
            model = str(loaded.get("distortion_model", "plumb_bob"))
            width, height = int(loaded["image_width"]), int(loaded["image_height"])
            if width <= 0 or height <= 0 or k[0] <= 0 or k[4] <= 0:
                raise ValueError("sizes and focal lengths must be positive")
            return cls(width, height, k, d, model)  # type: ignore[arg-type]
        except FileNotFoundError:
            raise UserError(f"no camera calibration file {path}", "name one, or leave calibration empty") from None
        except KeyError as error:
            raise UserError(f"{path} is not a camera calibration: {error} is missing", "see docs/camera.md") from None
        except (ValueError, TypeError, OSError, yaml.YAMLError) as error:
            said = " ".join(str(error).split())
            raise UserError(f"{path} is not a camera calibration: {said}", "see docs/camera.md") from None

    def scaled(self, width: int, height: int) -> Intrinsics:
        """The same lens for an image scaled to another size."""
        if (width, height) == (self.width, self.height):
            return self
        x, y = width / self.width, height / self.height
        fx, skew, cx, _, fy, cy, *_ = self.k
        return Intrinsics(width, height, (fx * x, skew * x, cx * x, 0.0, fy * y, cy * y, 0.0, 0.0, 1.0),
                          self.d, self.model, self.nominal)  # fmt: skip
