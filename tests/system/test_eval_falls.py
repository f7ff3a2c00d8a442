"""`dolbom eval falls` as a program, with the real pose network, on pieces of the demo's clips."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import cv2
import pytest

from dolbom.places import ROOT

DEMO = ROOT / "sim" / "demo"

pytestmark = pytest.mark.weights("pose_landmarker_lite.task")


def cut(source: Path, target: Path, first: float, last: float) -> None:
    video = cv2.VideoCapture(str(source))
    fps = video.get(cv2.CAP_PROP_FPS)
    size = int(video.get(cv2.CAP_PROP_FRAME_WIDTH)), int(video.get(cv2.CAP_PROP_FRAME_HEIGHT))
    writer = cv2.VideoWriter(str(target), cv2.VideoWriter.fourcc(*"mp4v"), fps, size)
    for i in range(round(last * fps)):
        read, image = video.read()
        assert read
        if i >= round(first * fps):
            writer.write(image)
    writer.release()


def dolbom(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / "bin" / "dolbom"), "eval", "falls", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)


@pytest.mark.timeout(300)
def test_the_demo_fall_is_noticed_and_a_broken_clip_is_told(tmp_path: Path) -> None:
    cut(DEMO / "fall.mp4", tmp_path / "fall.mp4", 5.5, 11.0)
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    (tmp_path / "labels.csv").write_text("clip,label,dataset\nfall.mp4,fall,demo\nbroken.mp4,adl,demo\n")
    done = dolbom(str(tmp_path), "--json", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["sensitivity"] == 1.0
    assert found["clips"][0]["question"] == "down"
    assert found["specificity"] is None
    assert [one["clip"] for one in found["failed"]] == ["broken.mp4"]
    assert "clips" in done.stderr  # the progress bar


def test_a_wrong_folder_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    done = dolbom(str(tmp_path / "nowhere"), "--json")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "no folder" in done.stderr
