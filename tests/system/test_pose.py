"""The real pose network on the demo's resident."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from dolbom.errors import UserError
from dolbom.perception.pose import PoseFinder, pose_model, turn
from dolbom.perception.posture import measure, posture
from dolbom.places import ROOT

CLIP = ROOT / "sim" / "demo" / "fall.mp4"
needs_weights = pytest.mark.weights("pose_landmarker_lite.task")


def picture(at: float) -> np.ndarray:
    video = cv2.VideoCapture(str(CLIP))
    video.set(cv2.CAP_PROP_POS_MSEC, at * 1000)
    read, image = video.read()
    assert read
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


@needs_weights
@pytest.mark.timeout(120)
def test_the_resident_is_found_standing_also_in_a_turned_picture_and_nobody_in_an_empty_one() -> None:
    standing = picture(6.5)
    with PoseFinder(pose_model()) as finder:
        (pose,) = finder.find(standing, 1.0)
        assert posture(measure(pose, 640 / 480))[0] == "upright"
        # A stamp that runs backwards is only the next frame.
        assert len(finder.find(standing, 0.5)) == 1
        # The resident lies in this picture; turned back upright for the network, told in the picture's own coordinates.
        lying = turn(standing, 1)
        found = finder.find_turned(lying, -1)
        assert found
        assert all(one.turned for one in found)
        height, width = lying.shape[:2]
        assert posture(measure(found[0], width / height))[0] == "lying"
        np.testing.assert_allclose(found[0].landmarks[11, 0], 1 - pose.landmarks[11, 1], atol=0.05)
        assert finder.find_turned(np.zeros((240, 320, 3), np.uint8), 1) == []


def test_without_weights_it_is_said_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOLBOM_MODELS", str(tmp_path))
    with pytest.raises(UserError, match="weights fetch"):
        pose_model()
