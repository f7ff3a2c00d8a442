"""A recording holds words and numbers of the graph, never a picture or a sound, whatever they are called."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from dolbom_msgs.msg import FallState
from mcap.reader import make_reader
from mcap_ros2.decoder import DecoderFactory
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import ByteMultiArray, String

from dolbom.clock import ManualClock
from dolbom.errors import UserError
from dolbom_nodes import qos
from dolbom_nodes.record_command import default_path, record
from dolbom_nodes.recording import Definition, refusal


@pytest.mark.parametrize(
    ("topic", "kind", "reason"),
    [
        ("/anything", "sensor_msgs/msg/Image", "pictures or sound"),
        ("/anything", "sensor_msgs/msg/CompressedImage", "pictures or sound"),
        ("/anything", "sensor_msgs/msg/PointCloud2", "pictures or sound"),
        ("/anything", "std_msgs/msg/ByteMultiArray", "raw bytes"),
        ("/anything", "std_msgs/msg/UInt8MultiArray", "raw bytes"),
        ("/anything", "std_msgs/msg/Int16MultiArray", "raw bytes"),
        ("/anything", "nowhere_msgs/msg/Secret", "not installed"),
        ("/camera/image_raw", "std_msgs/msg/String", "name"),
        ("/front/compressed", "std_msgs/msg/Float32MultiArray", "name"),
        ("/audio", "std_msgs/msg/Float32MultiArray", "name"),
        ("/mic/pcm", "std_msgs/msg/Float32MultiArray", "name"),
    ],
)
def test_pictures_and_sound_are_refused_by_type_by_name_and_by_shape(topic: str, kind: str, reason: str) -> None:
    assert reason in str(refusal(topic, kind))


@pytest.mark.parametrize(
    ("topic", "kind"),
    [
        ("/care/fall", "dolbom_msgs/msg/FallState"),
        ("/care/bodies", "dolbom_msgs/msg/BodyArray"),
        ("/care/event", "dolbom_msgs/msg/CareEvent"),
        ("/camera_state", "dolbom_msgs/msg/CameraState"),
        ("/camera_info", "sensor_msgs/msg/CameraInfo"),
        ("/diagnostics", "diagnostic_msgs/msg/DiagnosticArray"),
        ("/parameter_events", "rcl_interfaces/msg/ParameterEvent"),
        ("/humans/bodies/a/skeleton2d", "hri_msgs/msg/Skeleton2D"),
        ("/rosout", "rcl_interfaces/msg/Log"),
    ],
)
def test_what_the_robot_decides_and_says_may_be_recorded(topic: str, kind: str) -> None:
    assert refusal(topic, kind) is None


def test_a_definition_holds_everything_that_it_contains() -> None:
    definition = Definition("dolbom_msgs/msg/FallState")
    assert list(definition.texts) == [
        "dolbom_msgs/msg/FallState",
        "std_msgs/msg/Header",
        "builtin_interfaces/msg/Time",
    ]
    assert "MSG: std_msgs/Header" in definition.schema


def test_a_recording_can_be_read_and_has_no_picture_in_it(ros: Any, until: Any, tmp_path: Path) -> None:
    robot = ros.plain("robot")
    fall = robot.create_publisher(FallState, "care/fall", qos.EVENT)
    latched = robot.create_publisher(String, "care/mood", qos.STATE)
    latched.publish(String(data="calm"))
    pictures = robot.create_publisher(Image, "hidden", qos.SENSOR)
    compressed = robot.create_publisher(CompressedImage, "elsewhere", qos.SENSOR)
    raw = robot.create_publisher(ByteMultiArray, "bytes", qos.STREAM)

    sent: list[bool] = []

    def publish() -> None:
        sent.append(bool(fall.get_subscription_count()))
        fall.publish(FallState(person="p1", state=FallState.DOWN, confidence=0.9, evidence="바닥에 누워 있음"))
        pictures.publish(Image(height=2, width=2, encoding="mono8", step=2, data=bytes(4)))
        compressed.publish(CompressedImage(format="jpeg", data=b"PIXELS"))
        raw.publish(ByteMultiArray(data=[b"P"] * 4))

    robot.create_timer(0.05, publish)
    stopping = threading.Event()
    path = tmp_path / "a.mcap"
    done: list[Any] = []
    thread = threading.Thread(target=lambda: done.append(record(path, 20.0, stopping)))
    thread.start()
    until(lambda: fall.get_subscription_count() and latched.get_subscription_count(), 15)
    assert not pictures.get_subscription_count()
    until(lambda: sum(sent) > 20)
    stopping.set()
    thread.join(15)
    recorder = done[0]
    assert recorder.topics["/care/fall"] > 5
    assert {"/hidden", "/elsewhere", "/bytes"} <= set(recorder.refused)

    with path.open("rb") as stream:
        reader = make_reader(stream, decoder_factories=[DecoderFactory()])
        messages = [(c.topic, s.name, m) for s, c, _, m in reader.iter_decoded_messages()]
    falls = [message for topic, _, message in messages if topic == "/care/fall"]
    assert (falls[0].person, falls[0].state, falls[0].evidence) == ("p1", 2, "바닥에 누워 있음")
    assert [message.data for topic, _, message in messages if topic == "/care/mood"] == ["calm"]
    assert not {name for _, name, _ in messages} & {"sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"}
    assert b"PIXELS" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


def test_an_old_recording_is_never_overwritten(ros_domain: int, tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    path.write_bytes(b"mine")
    with pytest.raises(UserError, match="exists already"):
        record(path, 0.1, threading.Event())
    assert path.read_bytes() == b"mine"


def test_a_place_where_nothing_can_be_written_is_named_before_anything_is_said_to_be_recorded(tmp_path: Path) -> None:
    told: list[str] = []
    path = tmp_path / "nowhere" / "evening.mcap"
    with pytest.raises(UserError, match=r"evening\.mcap cannot be written: No such file .* --out"):
        record(path, 0.1, threading.Event(), tell=lambda: told.append("recording"))
    assert not told


def test_a_full_disk_ends_the_recording_in_one_line(
    ros: Any, until: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mcap.writer import Writer

    robot = ros.plain("robot")
    health = robot.create_publisher(DiagnosticArray, "/diagnostics", 10)
    robot.create_timer(0.05, lambda: health.publish(DiagnosticArray()))

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Writer, "add_message", full)
    with pytest.raises(UserError, match="the recording ended: No space left on device"):
        record(tmp_path / "a.mcap", 20.0, threading.Event())


def test_a_recording_without_a_name_is_named_by_its_time(home: Path) -> None:
    path = default_path(ManualClock().civil())
    assert path == home / "recordings" / "20260101-090000.mcap"
