"""Pictures of faces in a folder: read with clear errors, one face taken from each."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from dolbom.errors import UserError
from dolbom.perception.faces import Face, FaceReader, Image
from dolbom.places import models_folder

DETECTOR = "face_detection_yunet_2023mar.onnx"
RECOGNISER = "face_recognition_sface_2021dec.onnx"
ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".pgm", ".ppm", ".tif", ".tiff"})


def pictures_in(folder: Path) -> list[Path]:
    """The pictures in a folder, by name; hidden files (what a Mac writes beside pictures) are none.

    Raises:
        UserError: if it is no folder, cannot be read, or holds none.
    """
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder", "name the folder that holds the pictures")
    found = sorted(
        file
        for file in folder.iterdir()
        if file.suffix.lower() in ENDINGS and not file.name.startswith(".") and file.is_file()
    )
    if not found:
        raise UserError(f"no pictures in {folder}", f"it should hold files such as {', '.join(sorted(ENDINGS)[:4])}")
    return found


def read_picture(file: Path) -> Image:
    """A picture as BGR.

    Raises:
        UserError: if it is none.
    """
    try:
        data = np.frombuffer(file.read_bytes(), dtype=np.uint8)
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from None
    image = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if image is None or min(image.shape[:2]) < 8:
        raise UserError(f"{file} is not a picture that can be read", "save it anew as PNG or JPEG, or take it out")
    return np.asarray(image, dtype=np.uint8)


def main_face(faces: list[Face], image: Image) -> Face | None:
    """The face a picture is of: large and in the middle; None if there is none."""
    middle = np.array([image.shape[1] / 2, image.shape[0] / 2])

    def standing(face: Face) -> float:
        return face.width - 0.7 * float(np.linalg.norm(face.box[:2] + face.box[2:] / 2 - middle))

    return max(faces, key=standing, default=None)


def face_reader() -> FaceReader:
    """The two networks with the fetched weights.

    Raises:
        UserError: if they are not there.
    """
    return FaceReader(models_folder() / DETECTOR, models_folder() / RECOGNISER)
