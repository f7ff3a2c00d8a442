"""Pictures between numpy and sensor_msgs/Image, without cv_bridge (which is in no package registry)."""

from __future__ import annotations

from array import array

import cv2
import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from dolbom.perception.frame import Frame
from dolbom.perception.intrinsics import Intrinsics
from dolbom_nodes.stamps import to_msg

_CHANNELS = {"bgr8": 3, "rgb8": 3, "mono8": 1, "8UC1": 1, "8UC3": 3, "bgra8": 4, "rgba8": 4}
_TO_BGR = {
    "rgb8": cv2.COLOR_RGB2BGR,
    "mono8": cv2.COLOR_GRAY2BGR,
    "8UC1": cv2.COLOR_GRAY2BGR,
    "bgra8": cv2.COLOR_BGRA2BGR,
    "rgba8": cv2.COLOR_RGBA2BGR,
}


def image_from_msg(message: Image) -> NDArray[np.uint8]:
    """(height, width, 3) uint8 BGR of a message with encoding bgr8, rgb8, bgra8, rgba8, mono8, 8UC1 or 8UC3.

    Raises:
        ValueError: for another encoding, or a message whose size and data disagree.
    """
    channels = _CHANNELS.get(message.encoding)
    if channels is None:
        raise ValueError(f"encoding {message.encoding!r} is not one of {', '.join(_CHANNELS)}")
    row = message.width * channels
    if not message.width or not message.height or message.step < row:
        raise ValueError(f"an image of {message.width}x{message.height} with rows of {message.step} bytes cannot be")
    if len(message.data) < message.step * message.height:
        raise ValueError(f"{len(message.data)} bytes are too few for {message.height} rows of {message.step}")
    rows = np.frombuffer(message.data, np.uint8, message.step * message.height).reshape(message.height, message.step)
    picture = rows[:, :row].reshape(message.height, message.width, channels)
    code = _TO_BGR.get(message.encoding)
    # The message's own memory is kept alive by the array where no conversion is needed.
    return np.ascontiguousarray(picture) if code is None else cv2.cvtColor(picture, code).astype(np.uint8, copy=False)


def image_from_compressed(message: CompressedImage) -> NDArray[np.uint8]:
    """(height, width, 3) uint8 BGR of a JPEG or PNG.

    Raises:
        ValueError: if it cannot be decoded.
    """
    picture = cv2.imdecode(np.frombuffer(message.data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError(f"a compressed image of format {message.format!r} cannot be decoded")
    return picture.astype(np.uint8, copy=False)


def image_to_msg(frame: Frame) -> Image:
    """A bgr8 message of a frame (one copy of the pixels)."""
    message = Image(height=frame.height, width=frame.width, encoding="bgr8", step=frame.width * 3)
    message.header.stamp = to_msg(frame.stamp)
    message.header.frame_id = frame.frame_id
    message.data = array("B", frame.image.tobytes())
    return message


def info_to_msg(intrinsics: Intrinsics, stamp: float, frame_id: str) -> CameraInfo:
    """The camera_info that goes with an image."""
    message = CameraInfo(width=intrinsics.width, height=intrinsics.height, distortion_model=intrinsics.model)
    message.header.stamp = to_msg(stamp)
    message.header.frame_id = frame_id
    message.k = list(intrinsics.k)
    message.d = list(intrinsics.d)
    message.r = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    fx, skew, cx, _, fy, cy, *_ = intrinsics.k
    message.p = [fx, skew, cx, 0.0, 0.0, fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0]
    return message


def info_from_msg(message: CameraInfo) -> Intrinsics | None:
    """The intrinsics that a camera_info states; None for an uncalibrated camera (k[0] = 0 by convention)."""
    if not (message.k[0] > 0.0 and message.k[4] > 0.0 and message.width and message.height):
        return None
    k = tuple(float(value) for value in message.k)
    return Intrinsics(message.width, message.height, k, tuple(message.d), message.distortion_model)  # type: ignore[arg-type]
