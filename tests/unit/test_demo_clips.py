"""The demo's clips and their camera: what a first run shows must be readable by what reads it."""

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

DEMO = Path(__file__).parents[2] / "sim" / "demo"
CLIPS = {"fall.mp4": (30.0, 2_000_000), "sits.mp4": (20.0, 1_000_000)}


@pytest.mark.parametrize("name", CLIPS)
def test_opencv_reads_every_frame_of_a_small_clip(name: str) -> None:
    seconds, most_bytes = CLIPS[name]
    assert (DEMO / name).stat().st_size <= most_bytes
    video = cv2.VideoCapture(str(DEMO / name))
    try:
        assert video.get(cv2.CAP_PROP_FPS) == 15.0
        frames = 0
        while True:
            there, frame = video.read()
            if not there:
                break
            assert frame.shape == (480, 640, 3)
            frames += 1
    finally:
        video.release()
    assert frames == seconds * 15


def test_the_fallen_resident_lies_still_for_the_last_eighteen_seconds() -> None:
    video = cv2.VideoCapture(str(DEMO / "fall.mp4"))
    try:
        frames = [frame for _ in range(450) if (frame := video.read()[1]) is not None]
    finally:
        video.release()
    empty, walking, lying, end = (frames[i].astype(np.int16) for i in (5, 60, 12 * 15, -1))
    assert np.abs(walking - empty).max() > 100
    assert np.abs(lying - empty).max() > 100
    assert np.abs(end - lying).max() < 80  # compression, not movement


def test_the_calibration_is_that_of_a_camera_seventy_five_degrees_wide() -> None:
    camera = yaml.safe_load((DEMO / "camera.yaml").read_text(encoding="utf-8"))
    matrix = np.array(camera["camera_matrix"]["data"]).reshape(3, 3)
    assert 2 * math.degrees(math.atan(camera["image_width"] / 2 / matrix[0, 0])) == pytest.approx(75.0, abs=1e-3)
    assert (matrix[0, 0], matrix[0, 2], matrix[1, 2]) == (matrix[1, 1], 319.5, 239.5)
    assert np.array(camera["projection_matrix"]["data"]).reshape(3, 4)[:, :3] == pytest.approx(matrix)
