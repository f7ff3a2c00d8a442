"""The camera node: frames to those beside it, pictures to those who listen, and a switch that means it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray
from dolbom_msgs.msg import CameraState
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_srvs.srv import SetBool

from dolbom.perception.camera_switch import CameraSwitch
from dolbom_nodes import qos
from dolbom_nodes.camera_node import CameraNode
from dolbom_nodes.frames import channel


def make_clip(path: Path, frames: int = 20, fps: float = 20.0, brightness: int = 120) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, (160, 120))
    for index in range(frames):
        picture = np.full((120, 160, 3), brightness, np.uint8)
        picture[:, : 8 * (index + 1) % 160] = brightness // 2
        writer.write(picture)
    writer.release()
    return path


def camera(**parameters: Any) -> CameraNode:
    return CameraNode(parameter_overrides=[Parameter(name, value=value) for name, value in parameters.items()])


class Latest:
    """The messages of one topic."""

    def __init__(self, node: Any, kind: Any, topic: str, profile: Any) -> None:
        self.all: list[Any] = []
        node.create_subscription(kind, topic, self.all.append, profile)

    @property
    def last(self) -> Any:
        return self.all[-1] if self.all else None


def switch(node: Any, on: bool, until: Any) -> Any:
    client = node.create_client(SetBool, "camera_enabled")
    assert client.wait_for_service(10)
    answer = client.call_async(SetBool.Request(data=on))
    until(answer.done)
    return answer.result()


def test_every_frame_of_a_fast_file_reaches_a_reader_in_order(ros, until, tmp_path):
    queue = channel("/image").reader()
    ros.add(camera(source=str(make_clip(tmp_path / "a.mp4", 40)), pace="fast"))
    frames = [queue.take(10) for _ in range(40)]
    assert [frame.sequence for frame in frames] == list(range(1, 41))
    assert np.allclose(np.diff([frame.stamp for frame in frames]), 1 / 20, atol=1e-6)
    queue.close()


def test_a_file_plays_at_its_own_pace_and_loops(ros, until, tmp_path):
    queue = channel("/image").reader()
    ros.add(camera(source=str(make_clip(tmp_path / "a.mp4", 10, fps=20)), at_end="loop"))
    first = queue.take(10)
    stamps = [first.stamp]
    while stamps[-1] - first.stamp < 1.2:
        stamps.append(queue.take(5).stamp)
    queue.close()
    # Ten frames last half a second: it has looped, and no faster than it was filmed.
    assert len(stamps) > 11
    assert len(stamps) / (stamps[-1] - stamps[0]) < 25


def test_the_end_of_a_file_is_shown_and_is_no_fault_of_the_camera(ros, until, tmp_path):
    state = Latest(ros.plain(), CameraState, "camera_state", qos.STATE)
    node = ros.add(camera(source=str(make_clip(tmp_path / "a.mp4", 3))))
    until(lambda: state.last and state.last.message == "the clip has ended")
    until(lambda: node.health()[1] == "the clip has ended")
    assert node.state == "active"


def test_the_last_frame_is_held_when_asked(ros, until, tmp_path):
    queue = channel("/image").reader()
    ros.add(camera(source=str(make_clip(tmp_path / "a.mp4", 4)), at_end="hold"))
    assert until(lambda: (frame := queue.take(5)) and frame.sequence > 8)
    queue.close()


def test_a_picture_goes_out_only_while_somebody_listens(ros, until, tmp_path):
    ros.add(camera(source=str(make_clip(tmp_path / "a.mp4")), at_end="loop", horizontal_fov_deg=90.0))
    observer = ros.plain()
    image = Latest(observer, Image, "image", qos.SENSOR)
    info = Latest(observer, CameraInfo, "camera_info", qos.SENSOR)
    picture = until(lambda: image.last)
    assert (picture.width, picture.height, picture.encoding, len(picture.data)) == (160, 120, "bgr8", 160 * 120 * 3)
    assert picture.header.frame_id == "camera_optical_frame"
    assert until(lambda: info.last).k[0] == pytest.approx(80.0)


def test_switched_off_no_frame_exists_and_the_state_says_so(ros, until, tmp_path, home):
    observer = ros.plain()
    state = Latest(observer, CameraState, "camera_state", qos.STATE)
    queue = channel("/image").reader()
    node = ros.add(camera(source=str(make_clip(tmp_path / "a.mp4")), at_end="loop"))
    until(lambda: queue.take(1))
    assert switch(observer, False, until).success
    assert queue.take(0.5) is None
    assert node._source._capture is None
    until(lambda: state.last.state == CameraState.OFF)
    assert not CameraSwitch().enabled()
    assert switch(observer, True, until).success
    assert until(lambda: queue.take(1))
    until(lambda: state.last.state == CameraState.ON)
    queue.close()


def test_a_switch_tells_the_district_once_per_change(ros, until, tmp_path):
    from sqlalchemy import text

    from dolbom.store.base import open_store

    observer = ros.plain()
    ros.add(camera(source=str(make_clip(tmp_path / "a.mp4")), at_end="loop"))
    for on in (False, False, True):
        switch(observer, on, until)

    def told() -> list[str]:
        store = open_store()
        with store.reading() as session:
            found = [row[0] for row in session.execute(text("select json from outbox order by seq"))]
        store.close()
        return found

    until(lambda: len(told()) >= 2)
    assert ["privacy.camera" in json for json in told()] == [True, True]
    assert ['"enabled":true' in json for json in told()] == [False, True]


def test_the_switch_survives_a_restart(ros, until, tmp_path, home):
    home.mkdir(exist_ok=True)
    CameraSwitch().set(False)
    state = Latest(ros.plain(), CameraState, "camera_state", qos.STATE)
    queue = channel("/image").reader()
    ros.add(camera(source=str(make_clip(tmp_path / "a.mp4")), at_end="loop"))
    until(lambda: state.last and state.last.state == CameraState.OFF)
    assert queue.take(0.5) is None
    queue.close()


def test_a_damaged_switch_file_keeps_the_camera_off_and_says_so(ros, until, tmp_path, home):
    home.mkdir(exist_ok=True)
    (home / "camera.json").write_text("{")
    state = Latest(ros.plain(), CameraState, "camera_state", qos.STATE)
    node = ros.add(camera(source=str(make_clip(tmp_path / "a.mp4"))))
    until(lambda: state.last and state.last.state == CameraState.OFF)
    assert "stays off" in node.health()[1]


def test_a_camera_that_is_not_there_is_an_error_and_comes_back(ros, until, tmp_path):
    observer = ros.plain()
    state = Latest(observer, CameraState, "camera_state", qos.STATE)
    queue = channel("/image").reader()
    clip = tmp_path / "later.mp4"
    node = ros.add(camera(source=str(clip), at_end="loop", retry_longest_s=0.5))
    until(lambda: state.last and state.last.message.startswith(f"no file {clip}"))
    until(lambda: node.health()[0] == b"\x02")
    make_clip(tmp_path / "made.mp4").rename(clip)
    assert until(lambda: queue.take(1))
    until(lambda: state.last.state == CameraState.ON)
    until(lambda: node.health()[0] == b"\x00")
    queue.close()


def test_a_covered_lens_is_noticed(ros, until, tmp_path):
    node = ros.add(camera(source=str(make_clip(tmp_path / "a.mp4", brightness=3)), at_end="loop"))
    until(lambda: "too dark" in node.health()[1])


def test_a_lasting_loss_is_told_to_the_district(ros, until, tmp_path):
    node = ros.add(camera(source="/dev/video97", told_after_s=1.0, retry_longest_s=0.5))
    until(lambda: node._watch._told == "error")
    assert "no camera at /dev/video97" in node.health()[1]


@pytest.mark.parametrize(("encoding", "pixel"), [("bgr8", [10, 20, 30]), ("rgb8", [30, 20, 10]), ("mono8", [77])])
def test_an_image_topic_is_a_camera_too(ros, until, encoding, pixel):
    observer = ros.plain()
    queue = channel("/image").reader()
    ros.add(camera(source="topic:/front/image_raw"))
    publisher = observer.create_publisher(Image, "/front/image_raw", qos.SENSOR)
    message = Image(height=4, width=6, encoding=encoding, step=6 * len(pixel), data=bytes(pixel) * 24)
    observer.create_timer(0.05, lambda: publisher.publish(message))
    frame = until(lambda: queue.take(1))
    assert frame.image[0, 0].tolist() == ([77, 77, 77] if encoding == "mono8" else [10, 20, 30])
    queue.close()


@pytest.mark.parametrize(
    ("topic", "known", "focal"),
    [
        ("/front/image_raw", {}, 500.0),
        ("/front/image_raw", {"calibration": "lens.yaml"}, 250.0),
        ("/image_raw", {"horizontal_fov_deg": 90.0}, 3.0),
    ],
    ids=["of the source", "of the file that was named", "of the field of view, for that topic would be its own"],
)
def test_the_lens_is_what_the_source_says_unless_a_file_is_named(ros, until, tmp_path, topic, known, focal):
    (tmp_path / "lens.yaml").write_text(
        "{image_width: 6, image_height: 4, camera_matrix: {data: [250, 0, 3, 0, 250, 2, 0, 0, 1]},"
        " distortion_coefficients: {data: [0, 0, 0, 0, 0]}}"
    )
    if "calibration" in known:
        known = {"calibration": str(tmp_path / known["calibration"])}
    observer = ros.plain()
    queue = channel("/image").reader()
    node = ros.add(camera(source=f"topic:{topic}", **known))
    image = observer.create_publisher(Image, topic, qos.SENSOR)
    info = observer.create_publisher(CameraInfo, "/front/camera_info", qos.SENSOR)
    # Of a picture twice as large as the one that comes.
    lens = CameraInfo(width=12, height=8, distortion_model="plumb_bob", d=[0.0] * 5)
    lens.k = [1000.0, 0.0, 6.0, 0.0, 1000.0, 4.0, 0.0, 0.0, 1.0]

    def show() -> None:
        info.publish(lens)
        image.publish(Image(height=4, width=6, encoding="mono8", step=6, data=bytes(24)))

    observer.create_timer(0.05, show)
    frame = until(lambda: (one := queue.take(1)) and one.intrinsics.k[0] == pytest.approx(focal) and one)
    assert (frame.intrinsics.width, frame.intrinsics.height) == (6, 4)
    said = {500.0: "camera_info of the source", 250.0: "file"}.get(focal, "nominal, from the field of view")
    assert node.diagnose()["calibration"] == said
    queue.close()


def test_a_source_that_is_not_calibrated_leaves_the_field_of_view(ros, until):
    observer = ros.plain()
    queue = channel("/image").reader()
    ros.add(camera(source="topic:/front/image_raw/compressed", horizontal_fov_deg=90.0))
    info = observer.create_publisher(CameraInfo, "/front/camera_info", qos.SENSOR)
    image = observer.create_publisher(CompressedImage, "/front/image_raw/compressed", qos.SENSOR)
    png = cv2.imencode(".png", np.zeros((4, 6, 3), np.uint8))[1].tobytes()
    told = CameraInfo(width=6, height=4)

    def show() -> None:
        info.publish(told)
        image.publish(CompressedImage(format="png", data=png))

    observer.create_timer(0.05, show)
    assert until(lambda: queue.take(1)).intrinsics.k[0] == pytest.approx(3.0)
    told.k = [5.0, 0.0, 3.0, 0.0, 5.0, 2.0, 0.0, 0.0, 1.0]
    assert until(lambda: (frame := queue.take(1)) and frame.intrinsics.k[0] == 5.0)
    queue.close()


def test_the_frames_of_a_simulator_have_its_time(ros, until):
    observer = ros.plain()
    queue = channel("/image").reader()
    ros.add(camera(source="topic:/camera/image_raw", use_sim_time=True))
    clock = observer.create_publisher(Clock, "/clock", 10)
    publisher = observer.create_publisher(Image, "/camera/image_raw", qos.SENSOR)
    message = Image(height=4, width=6, encoding="mono8", step=6, data=bytes(24))
    seconds = iter(range(100, 10_000))

    def step() -> None:
        now = Time(sec=next(seconds))
        clock.publish(Clock(clock=now))
        message.header.stamp = now
        publisher.publish(message)

    observer.create_timer(0.05, step)
    first = until(lambda: (frame := queue.take(1)) and frame.stamp >= 100 and frame)
    assert until(lambda: queue.take(1)).stamp > first.stamp
    queue.close()


def test_a_compressed_image_topic_is_a_camera_too(ros, until):
    observer = ros.plain()
    queue = channel("/image").reader()
    ros.add(camera(source="topic:/front/image_raw/compressed"))
    publisher = observer.create_publisher(CompressedImage, "/front/image_raw/compressed", qos.SENSOR)
    png = cv2.imencode(".png", np.full((4, 6, 3), (10, 20, 30), np.uint8))[1].tobytes()
    observer.create_timer(0.05, lambda: publisher.publish(CompressedImage(format="png", data=png)))
    assert until(lambda: queue.take(1)).image[0, 0].tolist() == [10, 20, 30]
    queue.close()


def test_an_image_that_cannot_be_is_an_error_and_not_the_end(ros, until):
    observer = ros.plain()
    node = ros.add(camera(source="topic:/front/image_raw"))
    publisher = observer.create_publisher(Image, "/front/image_raw", qos.SENSOR)
    bad = Image(height=4, width=6, encoding="yuv422", step=12, data=bytes(48))
    observer.create_timer(0.05, lambda: publisher.publish(bad))
    until(lambda: "encoding 'yuv422'" in node.health()[1])
    assert node.state == "active"


def test_the_camera_says_each_second_how_it_is(ros, until, tmp_path):
    health = Latest(ros.plain(), DiagnosticArray, "/diagnostics", 10)
    ros.add(camera(source=str(make_clip(tmp_path / "a.mp4")), at_end="loop"))
    status = until(lambda: health.all and len(health.all) > 2 and health.last.status[0])
    values = {pair.key: pair.value for pair in status.values}
    assert status.name == "camera"
    assert status.hardware_id == "robot"
    assert values["state"] == "active"
    assert values["size"] == "160x120"
    assert 10 < float(values["fps_delivered"]) < 30
