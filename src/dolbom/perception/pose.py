"""Finds people's body landmarks in a picture with MediaPipe's pose landmarker, also people lying on the floor."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from dolbom.errors import UserError
from dolbom.places import models_folder

if TYPE_CHECKING:
    Floats = npt.NDArray[np.float32]
    Image = npt.NDArray[np.uint8]

Quarter = Literal[-1, 1]
LANDMARKS = 33
NOSE, EARS, SHOULDERS, HIPS = 0, [7, 8], [11, 12], [23, 24]
KNEES, ANKLES = [25, 26], [27, 28]


@dataclass(frozen=True)
class Pose:
    """One person's landmarks in one frame, in the order of MediaPipe's pose landmarks.

    Attributes:
        landmarks: shape (33, 3): x and y normalised to the image (may lie outside 0..1), visibility 0..1.
        world: shape (33, 3): metres around the middle of the hips; x right, y down, z away from the camera.
            The network's estimate for an adult of average size; depth is its weakest part.
        turned: found only with the picture turned a quarter, as people lying on the floor often are.
    """

    landmarks: Floats
    world: Floats
    turned: bool = False


def turn(image: Image, quarter: Quarter) -> Image:
    """The picture turned a quarter: 1 clockwise, -1 counter-clockwise."""
    return np.ascontiguousarray(np.rot90(image, -quarter))


def turn_back(pose: Pose, quarter: Quarter) -> Pose:
    """A pose found in a picture from `turn(image, quarter)`, as it is in the picture before."""
    x, y, visibility = pose.landmarks.T
    right, down, away = pose.world.T
    if quarter == 1:
        landmarks, world = [y, 1 - x, visibility], [down, -right, away]
    else:
        landmarks, world = [1 - y, x, visibility], [-down, right, away]
    return Pose(np.stack(landmarks, axis=1), np.stack(world, axis=1), turned=True)


def pose_model() -> Path:
    """The weights of the pose landmarker.

    Raises:
        UserError: if they are not there.
    """
    path = models_folder() / "pose_landmarker_lite.task"
    if not path.is_file():
        raise UserError(f"no {path.name} in {path.parent}", "`dolbom weights fetch` brings it")
    return path


class BodyParameters(BaseModel):
    """How people are looked for; the costs are milliseconds of one core of the machine in docs/falls.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    people: int = Field(4, ge=1, le=8, description="The most people looked for in a frame; each costs about 10 ms.")
    confidence: float = Field(0.5, ge=0.1, le=0.9, description="Least confidence with which a person is found.")
    rate_hz: float = Field(15.0, ge=2.0, le=60.0, description="Frames a second that are looked at.")
    turned_every: float = Field(
        0.1, ge=0.0, le=5.0, description="Least seconds between two looks at the frame turned a quarter (25 ms each)."
    )
    turned_for: float = Field(
        3.0, ge=0.5, le=30.0, description="Seconds for which somebody lost is looked for, and keeps the id."
    )
    first_for: float = Field(
        60.0, ge=0.0, le=600.0, description="Seconds after the start for which somebody may lie there unseen."
    )


class PoseFinder:
    """MediaPipe's pose landmarker over a stream of frames, and over single turned frames.

    The stream keeps hold of people who were seen before, which finds many more of those lying on the floor than
    a fresh detection does; a detection on the frame turned a quarter finds some of the rest.

    Args:
        model: path of `pose_landmarker_lite.task`.
        people: the most people to find in a frame; each costs about 10 ms, looking for more about 13 ms.
        confidence: least confidence of a detection, 0..1.
    """

    def __init__(self, model: Path, people: int = 4, confidence: float = 0.5) -> None:
        self._model, self._people, self._confidence = model, people, confidence
        self._stream = self._landmarker(stream=True)
        self._single: Any = None  # made when somebody is first looked for on the floor
        self._last_ms = -1

    def _landmarker(self, stream: bool) -> Any:
        # The import takes a second and is not needed by who only replays recorded poses.
        os.environ.setdefault("GLOG_minloglevel", "2")
        from mediapipe.tasks.python import BaseOptions, vision

        mode = vision.RunningMode.VIDEO if stream else vision.RunningMode.IMAGE
        return vision.PoseLandmarker.create_from_options(
            vision.PoseLandmarkerOptions(
                base_options=BaseOptions(model_asset_buffer=self._model.read_bytes()),
                running_mode=mode,
                num_poses=self._people,
                min_pose_detection_confidence=self._confidence,
            )
        )

    def find(self, image: Image, stamp: float) -> list[Pose]:
        """People in the next frame of the stream.

        Args:
            image: RGB, shape (height, width, 3).
            stamp: time of the frame in seconds; one that runs backwards (a looped clip) is taken as the next frame.
        """
        # The landmarker wants strictly rising milliseconds.
        self._last_ms = max(self._last_ms + 1, int(stamp * 1000))
        return self._poses(self._stream.detect_for_video(self._image(image), self._last_ms))

    def find_turned(self, image: Image, quarter: Quarter) -> list[Pose]:
        """People in a single frame, looked for with the frame turned a quarter; coordinates are the frame's own."""
        if self._single is None:
            self._single = self._landmarker(stream=False)
        return [turn_back(p, quarter) for p in self._poses(self._single.detect(self._image(turn(image, quarter))))]

    @staticmethod
    def _image(image: Image) -> Any:
        import mediapipe

        return mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(image))

    @staticmethod
    def _poses(result: Any) -> list[Pose]:
        return [
            Pose(
                np.array([(p.x, p.y, p.visibility) for p in landmarks], np.float32),
                np.array([(p.x, p.y, p.z) for p in world], np.float32),
            )
            for landmarks, world in zip(result.pose_landmarks, result.pose_world_landmarks, strict=True)
        ]

    def close(self) -> None:
        """Frees the network; without it MediaPipe may hang at the interpreter's end."""
        self._stream.close()
        if self._single is not None:
            self._single.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
