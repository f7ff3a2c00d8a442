"""Where pictures come from: a V4L2 camera or a video file, each failure told in one clear line."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from dolbom.errors import UserError
from dolbom.perception.intrinsics import Intrinsics

# OpenCV waits ten seconds for a frame of a dead camera unless told otherwise; read when it is first used.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "3")
os.environ.setdefault("OPENCV_LOG_LEVEL", "FATAL")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

Image = NDArray[np.uint8]
DARK_BELOW = 0.013
"""Mean brightness (0..1) of a picture that shows nothing: of a home by night with 0.014 a fall was still seen."""
_START_ONLY: dict[str, Any] = {"read_only": True}


class CameraParameters(BaseModel):
    """What the camera node looks at, and when it complains."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(
        "0",
        min_length=1,
        description="A camera's number (0) or device (/dev/video0), a video file, or topic:NAME for an image topic.",
        json_schema_extra=_START_ONLY,
    )
    width: int = Field(640, ge=160, le=3840, description="Asked of a camera, pixels.", json_schema_extra=_START_ONLY)
    height: int = Field(480, ge=120, le=2160, description="Asked of a camera, pixels.", json_schema_extra=_START_ONLY)
    fps: float = Field(15.0, ge=1, le=60, description="Asked of a camera, Hz.", json_schema_extra=_START_ONLY)
    pace: Literal["real", "fast"] = Field(
        "real",
        description="A file at its own speed, or as fast as its frames can be looked at, skipping none.",
        json_schema_extra=_START_ONLY,
    )
    at_end: Literal["stop", "loop", "hold"] = Field(
        "stop",
        description="At a file's end: stop, begin again, or go on showing the last frame.",
        json_schema_extra=_START_ONLY,
    )
    frame_id: str = Field(
        "camera_optical_frame", description="tf frame, REP-103 optical.", json_schema_extra=_START_ONLY
    )
    calibration: Path | None = Field(
        None,
        description="YAML of ROS's camera_calibration; empty: from the field of view.",
        json_schema_extra=_START_ONLY,
    )
    horizontal_fov_deg: float = Field(
        62.0,
        gt=5,
        lt=175,
        description="Horizontal field of view, degrees, where there is no calibration and the source tells none.",
        json_schema_extra=_START_ONLY,
    )
    lost_after_s: float = Field(3.0, ge=0.5, le=60, description="Without a frame for so long, the camera is lost, s.")
    told_after_s: float = Field(20.0, ge=1, le=3600, description="Lost or dark for so long, the district is told, s.")
    dark_below: float = Field(
        DARK_BELOW, ge=0, le=0.5, description="Mean brightness (0..1) under which nobody can be seen."
    )
    retry_longest_s: float = Field(10.0, ge=0.5, le=300, description="Longest pause between tries to open it, s.")


class SourceLostError(UserError):
    """No frames can be had from a source now; opening it again may help."""


class SourceEndedError(Exception):
    """A file's last frame was read."""


class Source(Protocol):
    """Something that is opened, read and closed, by one thread."""

    @property
    def name(self) -> str:
        """For people: device or file."""
        ...

    def open(self) -> None:
        """Raises SourceLostError if it cannot be had now."""
        ...

    def read(self) -> tuple[Image, float | None]:
        """The next picture and its time in the clip (None for a live source); blocks until there is one.

        Raises:
            SourceLostError: if it stopped delivering.
            SourceEndedError: at a file's end.
        """
        ...

    def close(self) -> None:
        """Gives the device back; safe to call at any time."""
        ...


class DeviceSource:
    """A V4L2 camera."""

    def __init__(self, device: str, width: int, height: int, fps: float) -> None:
        self._path = Path(f"/dev/video{device}" if device.isdigit() else device)
        self._wanted = (width, height, fps)
        self._capture: Any = None

    @property
    def name(self) -> str:
        """The device."""
        return str(self._path)

    def open(self) -> None:
        """Opens the camera and asks it for size and rate; it may choose others.

        Raises:
            SourceLostError: no such device, no permission, not a camera, or another program uses it.
        """
        import cv2

        self.close()
        try:
            os.close(os.open(self._path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
        except OSError as error:
            raise SourceLostError(*_device_complaint(self._path, error)) from None
        capture = cv2.VideoCapture(str(self._path), cv2.CAP_V4L2)
        if not capture.isOpened():
            capture.release()
            raise SourceLostError(f"{self._path} is no camera or another program uses it", f"fuser -v {self._path}")
        width, height, fps = self._wanted
        # Uncompressed 640x480 fills a USB 2 bus at 15 Hz; every webcam speaks MJPG.
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
        capture.set(cv2.CAP_PROP_FPS, fps)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self._capture = capture

    def read(self) -> tuple[Image, float | None]:
        """The next picture.

        Raises:
            SourceLostError: if none comes within three seconds.
        """
        if self._capture is None:
            raise SourceLostError(f"{self._path} is not open")
        got, image = self._capture.read()
        if not got:
            cure = (
                "plug it in again" if not self._path.exists() else f"another program may use it: fuser -v {self._path}"
            )
            raise SourceLostError(f"{self._path} delivers no frames", cure)
        return image, None

    def close(self) -> None:
        """Closes the device; its light goes out."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None


def _device_complaint(path: Path, error: OSError) -> tuple[str, str]:
    if error.errno in (errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.ENOTDIR):
        there = sorted(str(found) for found in Path("/dev").glob("video*"))
        return f"no camera at {path}", f"there are {', '.join(there)}" if there else "plug one in, or name a video file"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"no permission to use {path}", "sudo usermod -aG video $USER, then log in again"
    if error.errno == errno.EBUSY:
        return f"{path} is used by another program", f"fuser -v {path}"
    return f"{path} cannot be opened: {error.strerror}", ""


class FileSource:
    """A video file, read once from its beginning after each `open`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._capture: Any = None
        self._index = 0
        self.fps = 25.0

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return self._path.name

    def open(self) -> None:
        """Opens the file at its beginning.

        Raises:
            SourceLostError: not there (yet), not readable, or not a video.
        """
        import cv2

        self.close()
        try:
            if self._path.is_dir():
                raise SourceLostError(f"{self._path} is a folder", "name a video file")
            with self._path.open("rb") as file:
                if not file.read(1):
                    raise SourceLostError(f"{self._path} is empty")
        except FileNotFoundError:
            raise SourceLostError(f"no file {self._path}", "check the path") from None
        except PermissionError:
            raise SourceLostError(f"no permission to read {self._path}", f"chmod +r {self._path}") from None
        except OSError as error:
            raise SourceLostError(f"{self._path} cannot be read: {error.strerror}") from None
        capture = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
        if not capture.isOpened() or not capture.grab():
            capture.release()
            raise SourceLostError(f"{self._path} is not a video that can be decoded", "mp4, avi, mkv and webm are")
        capture.release()
        self._capture = cv2.VideoCapture(str(self._path), cv2.CAP_FFMPEG)
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        # Some containers state the time base (90000, 1000) or nothing.
        self.fps = float(fps) if 1.0 <= fps <= 240.0 else 25.0
        self._index = 0

    def read(self) -> tuple[Image, float | None]:
        """The next picture and its second in the clip."""
        image: Image
        if self._capture is None:
            raise SourceLostError(f"{self._path} is not open")
        got, image = self._capture.read()
        if not got:
            raise SourceEndedError(self.name)
        at = self._index / self.fps
        self._index += 1
        return image, at

    def skip(self) -> None:
        """Passes over one picture without decoding it to the end (to keep pace)."""
        if self._capture is not None and self._capture.grab():
            self._index += 1

    def close(self) -> None:
        """Closes the file."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None


def open_source(parameters: CameraParameters) -> DeviceSource | FileSource | None:
    """The source that the parameters name, not yet opened; None for an image topic (the node's business)."""
    named = parameters.source
    if named.startswith("topic:"):
        return None
    if named.isdigit() or named.startswith("/dev/"):
        return DeviceSource(named, parameters.width, parameters.height, parameters.fps)
    return FileSource(Path(named).expanduser())


class Pace:
    """When each frame of a file is due, by its time in the clip: loops and held frames keep counting."""

    def __init__(self, begin: float) -> None:
        self._begin = begin

    def due(self, at: float) -> float:
        """Behaviour time at which the frame of second `at` is to be shown."""
        return self._begin + at

    def again(self, length: float) -> None:
        """The clip begins anew after `length` seconds."""
        self._begin += length


class RetryPause:
    """Growing pauses between tries: half a second, doubled up to a longest."""

    def __init__(self, longest: Callable[[], float]) -> None:
        self._longest = longest
        self._next = 0.5

    def next(self) -> float:
        """Seconds to wait before the next try."""
        pause = min(self._next, self._longest())
        self._next = min(self._next * 2, 3600.0)
        return pause

    def reset(self) -> None:
        """It worked: begin with short pauses again."""
        self._next = 0.5


def luminance(image: Image) -> float:
    """Mean brightness 0..1 of every eighth pixel (a covered lens gives about 0.01)."""
    return float(image[::8, ::8].mean()) / 255.0


@dataclass(frozen=True)
class Trouble:
    """A lasting state of the camera that the district should know, or its end (level "ok")."""

    level: Literal["ok", "warn", "error"]
    message: str


class TroubleWatch:
    """Decides when a camera's trouble has lasted long enough to be told, and when it is over.

    Fed with what is wrong at each moment; tells each trouble once, and its end once.
    """

    def __init__(self) -> None:
        self._since: float | None = None
        self._good_since: float | None = None
        self._told: Literal["warn", "error"] | None = None

    def observe(
        self, now: float, level: Literal["ok", "warn", "error"], message: str, told_after_s: float
    ) -> Trouble | None:
        """Returns what is to be told now, or None."""
        if level == "ok":
            self._since = None
            if self._told is None:
                return None
            # A cable that makes contact for a moment is not mended.
            self._good_since = now if self._good_since is None else self._good_since
            if now - self._good_since < min(told_after_s, 5.0):
                return None
            self._told = None
            return Trouble("ok", message)
        self._good_since = None
        self._since = now if self._since is None else self._since
        if now - self._since < told_after_s or self._told == level:
            return None
        self._told = level
        return Trouble(level, message)


def intrinsics_of(parameters: CameraParameters) -> Callable[[int, int], Intrinsics]:
    """How to get the intrinsics for a picture's size: from the calibration file, else from the field of view.

    Raises:
        UserError: if there is a calibration file but it cannot be used.
    """
    if parameters.calibration is not None:
        return Intrinsics.from_yaml(parameters.calibration.expanduser()).scaled
    return lambda width, height: Intrinsics.from_field_of_view(width, height, parameters.horizontal_fov_deg)
