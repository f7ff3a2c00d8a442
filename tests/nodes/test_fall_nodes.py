"""From frames to falls through the body and fall nodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from dolbom_msgs.msg import BodyArray, FallState
from hri_msgs.msg import BodyPosture, IdsList, NormalizedRegionOfInterest2D, Skeleton2D
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter
from std_msgs.msg import Header
from tests.unit.perception.stick_figure import ON_BACK, ON_FRONT, STANDING, film

from dolbom.perception.blind import LastLookFile
from dolbom.perception.frame import Frame
from dolbom.perception.pose import PoseFinder
from dolbom.places import ROOT
from dolbom_nodes import qos, stamps
from dolbom_nodes.body_messages import bodies_from_msg, bodies_to_msg, posture_to_msg, roi_to_msg, skeleton_to_msg
from dolbom_nodes.body_node import BodyNode
from dolbom_nodes.fall_node import FallNode
from dolbom_nodes.frames import FrameChannel, channel

FALL = [(0, STANDING), (2, STANDING), (2.9, replace(ON_FRONT, x=0.6)), (5, replace(ON_FRONT, x=0.6))]
START = 1000.0
CLIP = ROOT / "sim" / "demo" / "fall.mp4"
needs_weights = pytest.mark.weights("pose_landmarker_lite.task")


class Heard:
    """The messages of one topic."""

    def __init__(self, node: Any, kind: Any, topic: str, profile: Any = qos.EVENT) -> None:
        self.all: list[Any] = []
        node.create_subscription(kind, topic, self.all.append, profile)


def messages(movement: list, start: float = START) -> list[BodyArray]:
    frames = film(movement, fps=10, start=start)
    return [bodies_to_msg(f, Header(stamp=stamps.to_msg(f.stamp), frame_id="camera")) for f in frames]


def send(observer: Any, node: FallNode, heard: list[BodyArray], until: Any) -> None:
    """Publishes bodies as they come, not in a burst that no queue would hold."""
    publisher = observer.create_publisher(BodyArray, "care/bodies", qos.STREAM)
    until(lambda: publisher.get_subscription_count() == 1)
    for message in heard:
        publisher.publish(message)
        stamp = stamps.from_msg(message.header.stamp)
        until(lambda stamp=stamp: node.looked_at is not None and node.looked_at >= stamp - 1e-6)
    observer.destroy_publisher(publisher)


def test_bodies_survive_the_message() -> None:
    frame = replace(film(FALL, fps=5)[-1], lost=("b",))
    back = bodies_from_msg(bodies_to_msg(frame, Header(stamp=stamps.to_msg(frame.stamp))))
    assert back.stamp == pytest.approx(frame.stamp, abs=1e-6)
    assert (back.width, back.height, back.lost) == (frame.width, frame.height, ("b",))
    assert back.camera.velocity == frame.camera.velocity
    (was,), (now,) = frame.bodies, back.bodies
    np.testing.assert_allclose(now.pose.landmarks, was.pose.landmarks, atol=1e-6)
    np.testing.assert_allclose(now.pose.world, was.pose.world, atol=1e-6)
    assert (now.id, now.posture, now.pose.turned) == (was.id, was.posture, was.pose.turned)


def test_rep_155_has_the_box_the_skeleton_and_the_posture() -> None:
    standing, lying = film(FALL, fps=5)[0].bodies[0], film([(0, ON_BACK), (1, ON_BACK)], fps=5)[0].bodies[0]
    header = Header(frame_id="camera")
    roi = roi_to_msg(standing, header)
    assert 0 <= roi.xmin < roi.xmax <= 1
    assert 0 <= roi.ymin < roi.ymax <= 1
    skeleton = skeleton_to_msg(standing, header).skeleton
    neck, ankle = skeleton[Skeleton2D.NECK], skeleton[Skeleton2D.LEFT_ANKLE]
    assert neck.y < skeleton[Skeleton2D.LEFT_HIP].y < ankle.y
    assert neck.c == 1.0
    assert posture_to_msg(standing, header).posture == BodyPosture.STANDING
    assert posture_to_msg(lying, header).posture == BodyPosture.LAYING


def test_a_fall_is_suspected_then_down_then_recovered_and_told_in_the_language_of_the_home(ros, until) -> None:
    observer = ros.plain()
    falls = Heard(observer, FallState, "care/fall")
    node = ros.add(FallNode(parameter_overrides=[Parameter("lang", value="en")]))
    send(observer, node, messages([*FALL, (7, STANDING), (10, STANDING)]), until)
    until(lambda: len(falls.all) == 3)
    assert [f.state for f in falls.all] == [FallState.SUSPECTED, FallState.DOWN, FallState.RECOVERED]
    down = falls.all[1]
    assert (down.person, down.body) == ("a", "a")
    assert START + 1.5 < stamps.from_msg(down.since) < START + 2.9
    assert stamps.from_msg(down.header.stamp) < START + 4.9
    assert down.confidence > 0.9
    assert "on the floor" in down.evidence


def test_a_resting_place_can_be_named_while_the_node_runs(ros, until) -> None:
    observer = ros.plain()
    falls = Heard(observer, FallState, "care/fall")
    node = ros.add(FallNode())
    bad = node.set_parameters([Parameter("resting_places", value=["0,0 1,1"])])
    assert not bad[0].successful
    assert "is not a place" in bad[0].reason
    good = node.set_parameters([Parameter("resting_places", value=["0,0.3 1,0.3 1,1 0,1"])])
    assert good[0].successful
    send(observer, node, messages(FALL), until)
    assert node.diagnose()["down"] == 0
    assert node.set_parameters([Parameter("resting_places", value=["0,0 0.1,0 0.1,0.1"])])[0].successful
    send(observer, node, messages(FALL, START + 100), until)
    until(lambda: FallState.DOWN in [f.state for f in falls.all])
    assert [f.state for f in falls.all].count(FallState.DOWN) == 1


def test_who_stood_in_view_when_the_process_died_and_lies_there_when_it_sees_again_is_down_at_once(ros, until) -> None:
    observer = ros.plain()
    falls = Heard(observer, FallState, "care/fall")
    first = ros.add(FallNode())
    send(observer, first, messages([(0, STANDING), (2, STANDING)]), until)
    until(lambda: (look := LastLookFile().read()) is not None and look.up == ("a",))
    assert first.trigger_deactivate() == TransitionCallbackReturn.SUCCESS
    lying = messages([(0, ON_BACK), (6, ON_BACK)], START + 8)
    second = ros.add(FallNode())
    send(observer, second, lying, until)
    until(lambda: len(falls.all) == 2)
    assert [f.state for f in falls.all] == [FallState.SUSPECTED, FallState.DOWN]
    assert "다시 보니" in falls.all[1].evidence


def test_without_weights_the_body_node_says_what_to_do(ros, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOLBOM_MODELS", str(tmp_path))
    node = BodyNode()
    try:
        assert node.trigger_configure() == TransitionCallbackReturn.FAILURE
        assert "dolbom weights fetch" in node.health()[1]
    finally:
        node.destroy_node()


@pytest.fixture
def camera(ros: Any) -> Iterator[FrameChannel]:
    """The way of frames, as if a camera node fed it."""
    way = channel("/image")
    way.open_camera()
    yield way
    way.close_camera()


def show(way: FrameChannel, images: list[np.ndarray], begin: float, fps: float = 15.0) -> float:
    """Shows pictures one after the other, none skipped; returns the time after the last."""
    for i, image in enumerate(images):
        way.publish(Frame(image, begin + i / fps, i + 1, every_one=True))
    return begin + len(images) / fps


def clip(path: Path, first: float, last: float) -> list[np.ndarray]:
    video = cv2.VideoCapture(str(path))
    fps = video.get(cv2.CAP_PROP_FPS)
    images = []
    while True:
        read, image = video.read()
        if not read:
            return images[round(first * fps) : round(last * fps)]
        images.append(image)


@needs_weights
@pytest.mark.timeout(180)
def test_the_resident_of_the_demo_is_seen_falls_and_is_looked_for_on_the_floor(
    ros, until, camera: FrameChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    turned_looks: list[int] = []
    find_turned = PoseFinder.find_turned

    def counted(self: PoseFinder, image: Any, quarter: Any) -> Any:
        turned_looks.append(quarter)
        return find_turned(self, image, quarter)

    monkeypatch.setattr(PoseFinder, "find_turned", counted)
    observer = ros.plain()
    falls = Heard(observer, FallState, "care/fall")
    bodies = Heard(observer, BodyArray, "care/bodies", qos.STREAM)
    tracked = Heard(observer, IdsList, "/humans/bodies/tracked", qos.STREAM)
    ros.add(FallNode())
    body = ros.add(BodyNode(parameter_overrides=[Parameter("rate_hz", value=15.0)]))
    until(lambda: body.count_subscribers("care/bodies") >= 2 and body.count_publishers("care/fall") == 1)
    until(lambda: camera.readers == 1)

    then = show(camera, clip(CLIP, 5.0, 6.5), START)
    until(lambda: any(message.ids for message in tracked.all), 60)
    (person,) = next(message.ids for message in tracked.all if message.ids)
    assert person[0].isalpha()  # else it could not be part of a topic's name
    about = f"/humans/bodies/{person}"
    roi = Heard(observer, NormalizedRegionOfInterest2D, f"{about}/roi", qos.STREAM)
    skeleton = Heard(observer, Skeleton2D, f"{about}/skeleton2d", qos.STREAM)
    posture = Heard(observer, BodyPosture, f"{about}/posture", qos.STREAM)
    until(lambda: observer.count_publishers(f"{about}/posture") == 1)

    then = show(camera, clip(CLIP, 6.5, 13.0), then)
    until(lambda: len(falls.all) >= 2, 90)
    assert [f.state for f in falls.all] == [FallState.SUSPECTED, FallState.DOWN]
    assert {f.body for f in falls.all} == {person}
    until(lambda: body.diagnose()["down"] == 1)
    until(lambda: roi.all and skeleton.all and posture.all)
    postures = [p.posture for p in posture.all]
    assert BodyPosture.STANDING in postures
    assert BodyPosture.LAYING in postures[postures.index(BodyPosture.STANDING) :]
    until(lambda: bodies.all and stamps.from_msg(bodies.all[-1].header.stamp) > then - 0.3, 60)

    # Out of sight, but known to be down: the search on both sides goes on.
    turned_looks.clear()
    black = np.zeros((480, 640, 3), np.uint8)
    show(camera, [black] * 15, then)
    until(lambda: {1, -1} <= set(turned_looks), 60)
    until(lambda: bodies.all[-1].luminance < 0.1, 60)


@needs_weights
def test_nobody_is_seen_in_an_empty_room(ros, until, camera: FrameChannel) -> None:
    observer = ros.plain()
    bodies = Heard(observer, BodyArray, "care/bodies", qos.STREAM)
    body = ros.add(BodyNode(parameter_overrides=[Parameter("rate_hz", value=15.0)]))
    until(lambda: body.count_subscribers("care/bodies") == 1 and camera.readers == 1)
    show(camera, [np.full((240, 320, 3), 90, np.uint8)] * 5, START)
    until(lambda: len(bodies.all) == 5, 60)
    assert all(not message.bodies and not message.lost for message in bodies.all)
    assert (bodies.all[0].width, bodies.all[0].height) == (320, 240)
    assert bodies.all[0].luminance == pytest.approx(90 / 255, abs=0.02)


@needs_weights
@pytest.mark.timeout(180)
def test_a_real_fall_of_the_shared_recordings_is_down(ros, until, camera: FrameChannel, shared_data: Path) -> None:
    path = shared_data / "falls" / "le2i_Coffee_room_01__17.mp4"
    if not path.is_file():
        pytest.skip("this clip is not on this machine")
    observer = ros.plain()
    falls = Heard(observer, FallState, "care/fall")
    ros.add(FallNode())
    body = ros.add(BodyNode(parameter_overrides=[Parameter("rate_hz", value=25.0)]))
    until(lambda: body.count_subscribers("care/bodies") == 1 and camera.readers == 1)
    show(camera, clip(path, 0.0, 4.0), START, 25.0)
    until(lambda: len(falls.all) >= 2, 90)
    assert [f.state for f in falls.all] == [FallState.SUSPECTED, FallState.DOWN]
    assert stamps.from_msg(falls.all[1].header.stamp) - START < 56 / 25 + 1.5
