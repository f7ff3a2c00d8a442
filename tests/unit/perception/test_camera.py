"""Sources of pictures: what can be opened is read whole, and what cannot says why in one line."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from dolbom.errors import UserError
from dolbom.perception import camera
from dolbom.perception.camera import (
    CameraParameters,
    DeviceSource,
    FileSource,
    Pace,
    RetryPause,
    SourceEndedError,
    SourceLostError,
    Trouble,
    TroubleWatch,
    intrinsics_of,
    luminance,
    open_source,
)
from dolbom.perception.camera_switch import CameraSwitch
from dolbom.perception.frame import Frame
from dolbom.perception.intrinsics import Intrinsics


def clip(path: Path, frames: int = 7, fps: float = 10.0) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, (64, 48))
    for index in range(frames):
        writer.write(np.full((48, 64, 3), index * 30, np.uint8))
    writer.release()
    return path


def read_all(source: FileSource) -> list[float]:
    times = []
    while True:
        try:
            _, at = source.read()
        except SourceEndedError:
            return times
        assert at is not None
        times.append(at)


def test_a_file_is_read_whole_with_its_times_and_again_after_opening(tmp_path: Path) -> None:
    source = FileSource(clip(tmp_path / "a.mp4"))
    for _ in range(2):
        source.open()
        assert read_all(source) == pytest.approx([index / 10 for index in range(7)])
    source.close()
    with pytest.raises(SourceLostError, match="is not open"):
        source.read()


def test_a_skipped_picture_counts(tmp_path: Path) -> None:
    source = FileSource(clip(tmp_path / "a.mp4"))
    source.open()
    source.skip()
    assert source.read()[1] == pytest.approx(0.1)
    source.close()


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda path: None, "no file"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.touch(), "is empty"),
        (lambda path: path.write_bytes(b"\0" * 5000), "is not a video that can be decoded"),
        (lambda path: path.write_text("hello"), "is not a video that can be decoded"),
    ],
)
def test_what_is_no_video_is_told_in_one_line(tmp_path: Path, make, complaint: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "a.mp4"
    make(path)
    with pytest.raises(SourceLostError, match=complaint) as caught:
        FileSource(path).open()
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_without_permission_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = clip(tmp_path / "a.mp4")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SourceLostError, match=f"no permission to read {path}"):
        FileSource(path).open()


@pytest.mark.parametrize(
    ("number", "complaint"),
    [
        (errno.ENOENT, "no camera at /dev/video9"),
        (errno.ENODEV, "no camera at /dev/video9"),
        (errno.EACCES, "no permission to use /dev/video9 — sudo usermod -aG video"),
        (errno.EBUSY, "/dev/video9 is used by another program"),
        (errno.EIO, "/dev/video9 cannot be opened: Input/output error"),
    ],
)
def test_each_failure_of_a_device_has_its_line(monkeypatch: pytest.MonkeyPatch, number: int, complaint: str) -> None:
    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(camera.os, "open", refuse)
    with pytest.raises(SourceLostError, match=complaint):
        DeviceSource("9", 640, 480, 15).open()


def test_what_is_no_camera_is_told() -> None:
    with pytest.raises(SourceLostError, match="/dev/null is no camera"):
        DeviceSource("/dev/null", 640, 480, 15).open()


class DeadCapture:
    """A camera that opens and delivers nothing, as one whose cable was pulled."""

    def __init__(self, *_: object) -> None:
        self.released = False

    def isOpened(self) -> bool:
        return True

    def set(self, *_: object) -> bool:
        return True

    def read(self) -> tuple[bool, None]:
        return False, None

    def release(self) -> None:
        self.released = True


def test_a_camera_that_stops_delivering_is_lost_and_closed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    device = tmp_path / "video9"
    device.touch()
    captures: list[DeadCapture] = []

    def capture(*_: object) -> DeadCapture:
        captures.append(DeadCapture())
        return captures[-1]

    monkeypatch.setattr(cv2, "VideoCapture", capture)
    source = DeviceSource(str(device), 640, 480, 15)
    source.open()
    with pytest.raises(SourceLostError, match="delivers no frames — another program may use it"):
        source.read()
    device.unlink()
    with pytest.raises(SourceLostError, match="delivers no frames — plug it in again"):
        source.read()
    source.close()
    assert captures[0].released
    with pytest.raises(SourceLostError, match="is not open"):
        source.read()


@pytest.mark.parametrize(
    ("named", "kind", "name"),
    [
        ("0", DeviceSource, "/dev/video0"),
        ("/dev/video2", DeviceSource, "/dev/video2"),
        ("/data/a.mp4", FileSource, "a.mp4"),
    ],
)
def test_a_source_is_known_by_its_name(named: str, kind: type, name: str) -> None:
    source = open_source(CameraParameters(source=named))
    assert isinstance(source, kind)
    assert source.name == name


def test_an_image_topic_is_not_the_cores_business() -> None:
    assert open_source(CameraParameters(source="topic:/camera/image_raw")) is None


def test_pace_goes_on_over_a_loop() -> None:
    pace = Pace(100.0)
    assert pace.due(0.5) == 100.5
    pace.again(2.0)
    assert pace.due(0.5) == 102.5


def test_pauses_between_tries_grow_to_the_longest_and_begin_again() -> None:
    pause = RetryPause(lambda: 3.0)
    assert [pause.next() for _ in range(5)] == [0.5, 1.0, 2.0, 3.0, 3.0]
    pause.reset()
    assert pause.next() == 0.5


def test_brightness_is_0_for_black_and_1_for_white() -> None:
    assert luminance(np.zeros((48, 64, 3), np.uint8)) == 0.0
    assert luminance(np.full((48, 64, 3), 255, np.uint8)) == 1.0


def test_a_trouble_is_told_once_when_it_lasted_and_its_end_once() -> None:
    watch = TroubleWatch()
    told = []
    for now in range(40):
        level = "error" if 5 <= now < 25 else "ok"
        if (one := watch.observe(float(now), level, level, told_after_s=10)) is not None:
            told.append((now, one))
    assert told == [(15, Trouble("error", "error")), (30, Trouble("ok", "ok"))]


def test_a_short_trouble_is_not_told() -> None:
    watch = TroubleWatch()
    assert not any(watch.observe(float(t), "error" if t % 8 else "ok", "", 10) for t in range(60))


def test_a_loose_cable_is_one_trouble_and_not_many() -> None:
    watch = TroubleWatch()
    told = []
    for now in range(100):
        level = "ok" if now > 20 and now % 10 < 3 else "error"
        if (one := watch.observe(float(now), level, level, 10)) is not None:
            told.append(one.level)
    assert told == ["error"]


def test_trouble_that_gets_worse_is_told_again() -> None:
    watch = TroubleWatch()
    levels = [watch.observe(float(t), "warn" if t < 15 else "error", "", 10) for t in range(30)]
    assert [one.level for one in levels if one] == ["warn", "error"]


def test_the_switch_is_on_until_somebody_switches_it_off(tmp_path: Path) -> None:
    switch = CameraSwitch(tmp_path / "camera.json")
    assert switch.enabled()
    switch.set(False)
    assert not CameraSwitch(tmp_path / "camera.json").enabled()
    switch.set(True)
    assert CameraSwitch(tmp_path / "camera.json").enabled()
    assert [path.name for path in tmp_path.iterdir()] == ["camera.json"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"on": true}', "null"])
def test_a_damaged_switch_is_an_error_and_never_a_guess(tmp_path: Path, content: str) -> None:
    (tmp_path / "camera.json").write_text(content)
    with pytest.raises(UserError, match="stays off"):
        CameraSwitch(tmp_path / "camera.json").enabled()


def test_a_nominal_camera_follows_from_its_field_of_view() -> None:
    found = intrinsics_of(CameraParameters(horizontal_fov_deg=90.0))(640, 480)
    assert found.k[0] == pytest.approx(320.0)
    assert (found.k[2], found.k[5]) == (320.0, 240.0)
    assert found.nominal


CALIBRATION = """
image_width: 640
image_height: 480
camera_name: front
camera_matrix: {rows: 3, cols: 3, data: [500, 0, 320, 0, 510, 240, 0, 0, 1]}
distortion_model: plumb_bob
distortion_coefficients: {rows: 1, cols: 5, data: [0.1, 0, 0, 0, 0]}
"""


def test_a_calibration_file_is_read_and_scaled_to_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "front.yaml"
    path.write_text(CALIBRATION)
    found = intrinsics_of(CameraParameters(calibration=path))(320, 240)
    assert found == Intrinsics(320, 240, (250, 0, 160, 0, 255, 120, 0, 0, 1), (0.1, 0, 0, 0, 0))
    assert not found.nominal


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is not a camera calibration"),
        ("image_width: 640", "camera_matrix' is missing"),
        (CALIBRATION.replace("500, ", ""), "has 8 numbers"),
        (CALIBRATION.replace("640", "0"), "must be positive"),
        ("a: [", "is not a camera calibration"),
    ],
)
def test_a_wrong_calibration_file_names_itself(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "front.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=complaint) as caught:
        intrinsics_of(CameraParameters(calibration=path))
    assert "front.yaml" in str(caught.value)


def test_a_missing_calibration_file_names_itself(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no camera calibration file"):
        intrinsics_of(CameraParameters(calibration=tmp_path / "none.yaml"))


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1), (4, 6, 4)])
def test_a_frame_is_bgr_and_nothing_else(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="a frame is"):
        Frame(np.zeros(shape, np.uint8), 0.0, 1)


def test_a_frame_knows_its_size() -> None:
    frame = Frame(np.zeros((4, 6, 3), np.uint8), 0.0, 1)
    assert (frame.width, frame.height) == (6, 4)
