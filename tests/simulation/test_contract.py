"""Gazebo 11 keeps the contract: topics, types, rates and frames are those that ros_gz gives on Gazebo Harmonic."""

from __future__ import annotations

import importlib
import math
import threading
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
import rclpy
from geometry_msgs.msg import Twist
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import QoSProfile, ReliabilityPolicy
from std_msgs.msg import Float64
from tests.conftest import WaitUntil

from dolbom.simulation.contract import Topic, read_contract
from dolbom.simulation.simulation import Simulation
from dolbom_nodes import qos
from dolbom_nodes.robot_state import TF_STATIC, RobotState
from dolbom_nodes.simulation_adapter import SimulationAdapter

pytestmark = [pytest.mark.gazebo, pytest.mark.timeout(300)]

SECONDS = 3.0
BEST_EFFORT = ReliabilityPolicy.BEST_EFFORT
CONTRACT = read_contract().topics


def get_message(name: str) -> Any:
    package, _, kind = name.split("/")
    return getattr(importlib.import_module(f"{package}.msg"), kind)


class Listener:
    """A process of the robot, as far as topics go: gets everything and keeps when it was stamped."""

    def __init__(self, home: Simulation) -> None:
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        self.home = home
        self.node = rclpy.create_node("listener", context=self.context)
        self.adapter = SimulationAdapter(home, context=self.context)
        self.got: dict[str, list[Any]] = defaultdict(list)
        for topic in (one for one in CONTRACT if one.way == "out"):
            # Best effort takes what every publisher gives; deep, for a busy machine must not count as a slow topic.
            kind, hear = get_message(topic.type), self.got[topic.name].append
            self.node.create_subscription(kind, topic.name, hear, QoSProfile(depth=200, reliability=BEST_EFFORT))
        self.node.create_subscription(
            get_message("tf2_msgs/msg/TFMessage"), "/tf_static", self.got["/tf_static"].append, TF_STATIC
        )
        self.state = RobotState(self.adapter, home.robot)
        self.twist = self.node.create_publisher(Twist, "/cmd_vel", qos.STREAM)
        self.pan = self.node.create_publisher(Float64, "/head/pan/command", qos.STREAM)
        self.tilt = self.node.create_publisher(Float64, "/head/tilt/command", qos.STREAM)
        self._executor = SingleThreadedExecutor(context=self.context)
        for node in (self.node, self.adapter):
            self._executor.add_node(node)
        self._thread = threading.Thread(target=self._executor.spin, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._executor.shutdown()
        self.adapter.destroy_node()
        rclpy.shutdown(context=self.context)
        self._thread.join(5)


@pytest.fixture
def listener(home: Simulation, ros_domain: int, wait_until: WaitUntil) -> Iterator[Listener]:
    made = Listener(home)
    names = [one.name for one in CONTRACT]
    wait_until(
        lambda: all(made.node.count_publishers(n) + made.node.count_subscribers(n) > 1 for n in names),
        what="both ends of every topic",
    )
    yield made
    made.close()


def stamps(messages: list[Any]) -> list[float]:
    found = []
    for message in messages:
        header = message.clock if hasattr(message, "clock") else getattr(message, "header", None)
        if header is None and getattr(message, "transforms", None):
            header = message.transforms[0].header
        stamp = getattr(header, "stamp", header)
        if stamp is not None:
            found.append(stamp.sec + stamp.nanosec * 1e-9)
    return found


def test_every_topic_has_its_type_rate_and_frame_and_no_stamp_is_ahead_of_the_clock(
    listener: Listener, wait_until: WaitUntil
) -> None:
    begin = listener.home.time
    listener.home.run(SECONDS)
    out = [one for one in CONTRACT if one.way == "out"]
    enough = {one.name: 0.9 * one.rate * SECONDS - 1 for one in out}
    # What is missing: empty when every topic came often enough.
    wait_until(
        lambda: (
            not {name: got for name, least in enough.items() if (got := len(set(stamps(listener.got[name])))) < least}
        ),
        what=f"at least {enough}, not { ({n: len(set(stamps(m))) for n, m in listener.got.items()}) }",
    )
    types = dict(listener.node.get_topic_names_and_types())
    for topic in CONTRACT:
        assert types[topic.name] == [topic.type]
    for topic in (one for one in out if one.frame):
        message = listener.got[topic.name][-1]
        assert message.header.frame_id == topic.frame, topic.name
    clock = stamps(listener.got["/clock"])
    assert clock == sorted(clock)
    newest = max(clock)
    for topic in out:
        seen = stamps(listener.got[topic.name])
        assert all(begin - 0.2 <= stamp <= newest + 1e-6 for stamp in seen), topic.name


def test_the_pictures_and_the_laser_are_of_this_robot(listener: Listener, wait_until: WaitUntil) -> None:
    listener.home.run(0.5)
    wait_until(lambda: listener.got["/camera/camera_info"] and listener.got["/scan"], what="camera and laser")
    image, info = listener.got["/camera/image_raw"][-1], listener.got["/camera/camera_info"][-1]
    assert (image.width, image.height, image.encoding) == (640, 480, "rgb8")
    assert 2 * math.degrees(math.atan(320 / info.k[0])) == pytest.approx(75.0, abs=0.01)
    scan = listener.got["/scan"][-1]
    assert len(scan.ranges) == listener.home.robot.laser.count
    walls = [distance for distance in scan.ranges if math.isfinite(distance)]
    assert len(walls) > 250 and max(walls) < 8.0


def test_what_is_commanded_moves_the_robot_its_head_and_their_frames(listener: Listener, wait_until: WaitUntil) -> None:
    assert listener.home.state is not None
    before = listener.home.state.pose.copy()
    command = Twist()
    command.linear.x, command.angular.z = -0.2, 0.5
    for _ in range(15):
        listener.twist.publish(command)
        listener.tilt.publish(Float64(data=0.4))
        listener.home.run(0.2)
    moved = listener.home.state.pose
    ahead = (before[:3, :3].T @ (moved[:3, 3] - before[:3, 3]))[0]
    turned = math.atan2(moved[1, 0], moved[0, 0]) - math.atan2(before[1, 0], before[0, 0])
    assert ahead < -0.1
    assert 0.8 < (turned + math.pi) % (2 * math.pi) - math.pi < 1.7
    assert listener.home.state.joints["head_tilt_link_joint"] == pytest.approx(0.4, abs=0.01)
    odom = wait_until(lambda: listener.got["/odom"] and listener.got["/odom"][-1], what="odometry")
    assert odom.child_frame_id == "base_footprint"
    frames = {t.child_frame_id for m in (*listener.got["/tf"], *listener.got["/tf_static"]) for t in m.transforms}
    assert frames == {link.name for link in listener.home.robot.links}
    # Nobody commands any more: it stands.
    listener.home.run(1.5)
    still = listener.home.state.pose[:2, 3].copy()
    listener.home.run(0.5)
    assert abs(listener.home.state.pose[:2, 3] - still).max() < 0.01


def test_the_contract_names_every_topic_once() -> None:
    names = [topic.name for topic in CONTRACT]
    assert len(names) == len(set(names))
    assert isinstance(CONTRACT[0], Topic)
