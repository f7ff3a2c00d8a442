"""Finds faces in a picture and turns each into a template: 128 numbers that say whose face it is, no picture.

Detection is YuNet (Wu, Peng, Yu 2023), the template SFace (Zhong et al. 2021), both through OpenCV. Every face is
looked at twice: found in the whole picture, then found again in a patch scaled to one face size, because SFace needs
the eyes and the mouth to a fraction of a pixel (docs/faces.md has the figures).
"""

from __future__ import annotations

import itertools
import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from dolbom.errors import UserError

Image = npt.NDArray[np.uint8]
Vector = npt.NDArray[np.float32]

TEMPLATE = 128
"""Numbers in a template."""
MODEL = "sface_2021dec+flip"
"""What made a template: templates of different makers cannot be compared."""

_SEARCHED = 640  # longer side (px) of the picture that is searched: a face of 15 px in it is still found
_SMALLEST_PICTURE = 320  # tight crops are enlarged to this: the detector was trained on faces with surroundings
_SECOND_LOOK = 200  # face width (px) in the patch that is looked at again
_MARGIN = 0.6  # of the face's width, around it in that patch


@dataclass(frozen=True, eq=False)
class Face:
    """One face in one picture.

    Attributes:
        box: x, y, width, height in pixels; may reach over the picture's edge.
        landmarks: (5, 2) in pixels: the person's right eye, left eye, nose, right and left corner of the mouth.
        score: the detector's confidence, 0..1.
    """

    box: Vector
    landmarks: Vector
    score: float

    @property
    def width(self) -> float:
        """Pixels."""
        return float(self.box[2])

    def moved(self, scale: float, offset: Sequence[float] = (0.0, 0.0)) -> Face:
        """The same face where the picture was scaled, then moved."""
        move = np.array(offset, dtype=np.float32)
        box = self.box * np.float32(scale)
        box[:2] += move
        return Face(box, self.landmarks * np.float32(scale) + move, self.score)

    def mirrored(self, width: int) -> Face:
        """The same face in the mirrored picture, which is `width` pixels wide."""
        box, landmarks = self.box.copy(), self.landmarks[[1, 0, 2, 4, 3]]
        box[0] = width - box[0] - box[2]
        landmarks[:, 0] = width - 1 - landmarks[:, 0]
        return Face(box, landmarks, self.score)


class Flaw(StrEnum):
    """Why a face is not good enough to say who it is."""

    SMALL = "small"
    DARK = "dark"
    BRIGHT = "bright"
    FLAT = "flat"
    BLURRED = "blurred"
    TURNED = "turned"
    DOUBTFUL = "doubtful"


class View(StrEnum):
    """The side from which a face is seen, in the person's own left and right."""

    FRONT = "front"
    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True)
class Quality:
    """How well a face can be seen.

    Attributes:
        size: width of the face in the camera's picture, pixels.
        brightness: mean grey of the face, 0..255.
        contrast: standard deviation of its grey.
        sharpness: variance of the Laplacian of the aligned face (112 px), over that of its grey: falls with blur, and
            hardly changes with light.
        yaw: degrees, positive when the head is turned to the person's own left; from five landmarks: ± 10°.
        pitch: degrees, positive when it looks down; ± 10°.
        score: the detector's confidence, 0..1.
    """

    size: float
    brightness: float
    contrast: float
    sharpness: float
    yaw: float
    pitch: float
    score: float

    @property
    def flaws(self) -> tuple[Flaw, ...]:
        """What keeps this look from counting for anybody; empty if it counts."""
        return tuple(
            flaw
            for flaw, holds in (
                (Flaw.SMALL, self.size < 24),
                (Flaw.DARK, self.brightness < 18),
                (Flaw.BRIGHT, self.brightness > 240),
                (Flaw.FLAT, self.contrast < 6),
                (Flaw.BLURRED, self.sharpness < 0.006),
                (Flaw.TURNED, abs(self.yaw) > 65 or abs(self.pitch) > 45),
                (Flaw.DOUBTFUL, self.score < 0.7),
            )
            if holds
        )

    @property
    def clear(self) -> bool:
        """Seen well enough that *not* resembling anybody means something, and to enrol from."""
        return (
            not self.flaws
            and self.size >= 50
            and 40 <= self.brightness <= 225
            and self.contrast >= 15
            and self.sharpness >= 0.03
            and abs(self.yaw) <= 40
            and abs(self.pitch) <= 30
            and self.score >= 0.8
        )

    @property
    def view(self) -> View:
        """Which side is seen."""
        if abs(self.yaw) >= 15 and abs(self.yaw) >= abs(self.pitch):
            return View.LEFT if self.yaw > 0 else View.RIGHT
        if abs(self.pitch) >= 18:
            return View.DOWN if self.pitch > 0 else View.UP
        return View.FRONT


@dataclass(frozen=True, eq=False)
class Look:
    """What one look at one face gave: where exactly it is, how well it was seen, and its template.

    Attributes:
        template: (128,) float32 of length 1; the cosine of two is their scalar product.
    """

    face: Face
    quality: Quality
    template: Vector


class FaceReader:
    """The two networks. Not for several threads at once: everybody who looks has their own.

    Args:
        detector: YuNet's ONNX file.
        recogniser: SFace's ONNX file.
        score: detections below are not reported.

    Raises:
        UserError: if a file is missing or is not what it should be.
    """

    def __init__(self, detector: Path, recogniser: Path, score: float = 0.6) -> None:
        for file in (detector, recogniser):
            if not file.is_file():
                raise UserError(f"no face model at {file}", "run `dolbom weights fetch`")
        said = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)  # a warning at every load, of no use
        try:
            self._detector = cv2.FaceDetectorYN.create(str(detector), "", (320, 320), score, 0.3, 200)
            self._recogniser = cv2.FaceRecognizerSF.create(str(recogniser), "")
        except cv2.error as error:
            raise UserError(f"a face model cannot be read: {error.err}", "run `dolbom weights fetch`") from None
        finally:
            cv2.utils.logging.setLogLevel(said)

    def find(self, image: Image) -> list[Face]:
        """Faces in a BGR picture, the largest first."""
        long_side = max(image.shape[:2])
        scale = _SEARCHED / long_side if long_side > _SEARCHED else max(1.0, min(4.0, _SMALLEST_PICTURE / long_side))
        border = 0
        if long_side < _SMALLEST_PICTURE:
            border = long_side // 3
            image = _bordered(image, border)
        faces = [face.moved(1 / scale, (-border, -border)) for face in self._detect(_scaled(image, scale))]
        return sorted(faces, key=lambda face: -face.width)

    def look(self, image: Image, face: Face) -> Look:
        """Looks closely at a face that was found in the picture."""
        patch, scale, corner = self._patch(image, face)
        near = self._again(patch, face.moved(scale, (-corner[0] * scale, -corner[1] * scale)))
        row = np.concatenate([near.box, near.landmarks.ravel(), [near.score]]).astype(np.float32)
        aligned = self._recogniser.alignCrop(patch, row)
        # A face and its mirror image are one person: their sum is a steadier template than either.
        summed = self._recogniser.feature(aligned) + self._recogniser.feature(cv2.flip(aligned, 1))
        template = (summed[0] / max(float(np.linalg.norm(summed)), 1e-6)).astype(np.float32)
        exact = near.moved(1 / scale, corner)
        return Look(exact, _quality(np.asarray(aligned, dtype=np.uint8), near, face.width), template)

    def _again(self, patch: Image, face: Face) -> Face:
        """The face found anew in the patch and in its mirror image, the landmarks of both averaged."""
        seen = _same(self._detect(patch), face)
        mirrored = _same(self._detect(np.ascontiguousarray(patch[:, ::-1])), face.mirrored(patch.shape[1]))
        if seen is None or mirrored is None:
            return seen or (mirrored.mirrored(patch.shape[1]) if mirrored else face)
        both = np.stack([seen.landmarks, mirrored.mirrored(patch.shape[1]).landmarks])
        return Face(seen.box, both.mean(0, dtype=np.float32), seen.score)

    def _detect(self, image: Image) -> list[Face]:
        self._detector.setInputSize((image.shape[1], image.shape[0]))
        _, rows = self._detector.detect(image)
        found = np.zeros((0, 15), np.float32) if rows is None else np.asarray(rows, np.float32)
        return [Face(row[:4].copy(), row[4:14].reshape(5, 2).copy(), float(row[14])) for row in found]

    @staticmethod
    def _patch(image: Image, face: Face) -> tuple[Image, float, tuple[float, float]]:
        """A face with its surroundings, scaled so that it is `_SECOND_LOOK` wide, with scale and upper left corner."""
        x, y, w, h = (float(v) for v in face.box)
        margin = _MARGIN * w
        left, top = math.floor(x - margin), math.floor(y - margin)
        right, bottom = math.ceil(x + w + margin), math.ceil(y + h + margin)
        height, width = image.shape[:2]
        inside = image[max(top, 0) : min(bottom, height), max(left, 0) : min(right, width)]
        beyond = (max(-top, 0), max(bottom - height, 0), max(-left, 0), max(right - width, 0))
        whole = cv2.copyMakeBorder(inside, *beyond, cv2.BORDER_CONSTANT, value=(128, 128, 128))
        scale = min(6.0, _SECOND_LOOK / max(w, 1.0))
        return _scaled(np.asarray(whole, dtype=np.uint8), scale), scale, (float(left), float(top))


def _scaled(image: Image, scale: float) -> Image:
    if scale == 1.0:
        return image
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=way), dtype=np.uint8)


def _bordered(image: Image, border: int) -> Image:
    grey = (128, 128, 128)
    made = cv2.copyMakeBorder(image, border, border, border, border, cv2.BORDER_CONSTANT, value=grey)
    return np.asarray(made, dtype=np.uint8)


def _overlap(a: Vector, b: Vector) -> float:
    """Intersection over union of two boxes x, y, width, height."""
    wide = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    high = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return 0.0
    common = float(wide * high)
    return common / (float(a[2] * a[3] + b[2] * b[3]) - common)


def _same(found: Sequence[Face], face: Face) -> Face | None:
    """The one of the faces found that is this one."""
    near = [other for other in found if _overlap(other.box, face.box) > 0.4]
    return max(near, key=lambda other: _overlap(other.box, face.box), default=None)


def _quality(aligned: Image, face: Face, size: float) -> Quality:
    grey = cv2.cvtColor(aligned, cv2.COLOR_BGR2GRAY)[16:100, 16:96].astype(np.float32)
    spread = float(grey.std())
    yaw, pitch = head_turn(face.landmarks)
    sharpness = float(cv2.Laplacian(grey, cv2.CV_32F).var()) / max(spread**2, 1.0)
    return Quality(size, float(grey.mean()), spread, sharpness, yaw, pitch, face.score)


def head_turn(landmarks: npt.NDArray[np.floating]) -> tuple[float, float]:
    """Yaw and pitch in degrees from where the tip of the nose is drawn between eyes and mouth.

    The nose's tip stands about 30 mm before the plane of eyes (63 mm apart) and mouth (70 mm below them), a little
    below the middle. Good to ± 10° for most faces, which is enough to ask for the other side.
    """
    right, left, nose, right_mouth, left_mouth = np.asarray(landmarks, dtype=np.float64)
    eyes, mouth = (right + left) / 2, (right_mouth + left_mouth) / 2
    across, down = left - right, mouth - eyes
    if np.linalg.norm(across) < 1e-6 or np.linalg.norm(down) < 1e-6:
        return 90.0, 0.0
    # In the axes of the face itself, so that a tilted head is not taken for a turned one.
    sideways, below = np.linalg.lstsq(np.column_stack([across, down]), nose - eyes, rcond=None)[0]
    return math.degrees(math.atan(2.1 * sideways)), math.degrees(math.atan(2.3 * (below - 0.54)))


@dataclass
class _Track:
    id: str
    face: Face
    seen: float
    template: Vector | None = None


class FaceTracker:
    """Gives faces in successive frames opaque ids that stay while the face stays in view.

    Faces are assigned by how far they moved in face widths (Hungarian method). A face that suddenly looks like
    somebody else is a new id even in the same place: two people who cross must not inherit each other's name.

    Args:
        keep: seconds without a sighting after which an id is given up.
        other_face: cosine of templates below which the face in the same place is somebody else's.
    """

    def __init__(self, keep: float = 1.5, other_face: float = 0.05) -> None:
        self.keep, self.other_face = keep, other_face
        self._tracks: list[_Track] = []
        # Ids must not repeat after a restart: what was said of an old one would be taken for the new one's.
        # They stand in topic names, which must not begin with a digit.
        self._prefix = "f" + secrets.token_hex(4)
        self._numbers = itertools.count(1)

    def update(self, stamp: float, faces: Sequence[Face]) -> tuple[list[str], list[str]]:
        """Takes the faces of one frame.

        Args:
            stamp: seconds, not before the one given last.
            faces: as found, in any order.

        Returns:
            The id of each face in the given order, and the ids that were given up.
        """
        over = [t.id for t in self._tracks if stamp - t.seen > self.keep]
        self._tracks = [t for t in self._tracks if stamp - t.seen <= self.keep]
        ids: list[str] = [""] * len(faces)
        if faces and self._tracks:
            cost = np.array([[_moved(track, face, stamp) for face in faces] for track in self._tracks])
            for i, j in zip(*linear_sum_assignment(cost), strict=True):
                if cost[i, j] < 1.0:
                    self._tracks[i].face, self._tracks[i].seen = faces[j], stamp
                    ids[j] = self._tracks[i].id
        for j, face in enumerate(faces):
            ids[j] = ids[j] or self._new(face, stamp)
        return ids, over

    def confirm(self, face_id: str, look: Look) -> str:
        """Takes a close look at a tracked face.

        Returns:
            The id to use from now on: another one if this is not the face that had it.
        """
        track = next(t for t in self._tracks if t.id == face_id)
        if look.quality.clear:
            if track.template is not None and float(track.template @ look.template) < self.other_face:
                self._tracks.remove(track)
                face_id = self._new(look.face, track.seen)
                track = self._tracks[-1]
            track.template = look.template
        return face_id

    def _new(self, face: Face, stamp: float) -> str:
        self._tracks.append(_Track(f"{self._prefix}{next(self._numbers)}", face, stamp))
        return self._tracks[-1].id


def _moved(track: _Track, face: Face, stamp: float) -> float:
    """How far a face moved and grew in units of what it can in that time; under 1 is possible."""
    size = max(track.face.width, face.width, 1.0)
    gap = track.face.box[:2] + track.face.box[2:] / 2 - face.box[:2] - face.box[2:] / 2
    grown = abs(math.log(max(track.face.width, 1.0) / max(face.width, 1.0)))
    # A face three of its widths away within a second is a person walking past close by.
    reach = 0.6 + min(3.0 * (stamp - track.seen), 2.0)
    return (float(np.hypot(*gap)) / size + grown) / reach
