"""The drive node on the graph: a base that moves as it is told, a laser, a camera's bodies; and `dolbom drive`."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from dolbom_msgs.action import Approach
from dolbom_msgs.msg import BodyArray, CameraState, DistressState, DriveState, Utterance
from geometry_msgs.msg import Twist
from hri_msgs.msg import LiveSpeech
from nav_msgs.msg import Odometry
from rclpy.action import ActionClient, ActionServer
from rclpy.parameter import Parameter
from sensor_msgs.msg import CameraInfo, LaserScan
from std_msgs.msg import Bool

from dolbom.perception.bodies import Bodies, Body
from dolbom.perception.intrinsics import Intrinsics
from dolbom.perception.pose import Pose as Skeleton
from dolbom.perception.posture import Measures
from dolbom_nodes import qos, stamps
from dolbom_nodes.body_messages import bodies_to_msg
from dolbom_nodes.companion_node import CompanionNode
from dolbom_nodes.drive_node import DriveNode
from dolbom_nodes.fall_node import FallNode
from dolbom_nodes.images import info_to_msg
from dolbom_nodes.voice_node import VoiceNode

Until = Callable[..., Any]
HIGH, SHOULDERS, HIPS, ANKLES = 1.0, 1.35, 0.87, 0.08
"""The camera's height, and those of somebody who stands, metres."""


class Base:
    """A base in an empty room, and one person who stands there; told to the graph thirty times a second."""

    def __init__(self, ros: Any, person: tuple[float, float] = (2.6, 0.0)) -> None:
        node = ros.plain("base")
        self.node, self.person = node, person
        self.x = self.y = self.heading = 0.0
        self.speed = self.turning = 0.0
        self.commands: list[Twist] = []
        self.states: list[DriveState] = []
        self.silent: set[str] = set()
        self._odom = node.create_publisher(Odometry, "odom", qos.STREAM)
        self._scan = node.create_publisher(LaserScan, "scan", qos.SENSOR)
        self._info = node.create_publisher(CameraInfo, "camera_info", qos.SENSOR)
        self._bodies = node.create_publisher(BodyArray, "care/bodies", qos.STREAM)
        self.bumper = node.create_publisher(Bool, "bumper", qos.STREAM)
        self.camera = node.create_publisher(CameraState, "camera_state", qos.STATE)
        self.distress = node.create_publisher(DistressState, "care/distress", qos.STATE)
        self.typed = node.create_publisher(LiveSpeech, "/humans/voices/typed/speech", qos.STREAM)
        node.create_subscription(Twist, "cmd_vel", self._drive, qos.STREAM)
        node.create_subscription(DriveState, "care/drive", self.states.append, qos.STATE)
        self.intrinsics = Intrinsics.from_field_of_view(640, 480, 75.0)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join(5)

    def _drive(self, command: Twist) -> None:
        self.commands.append(command)
        self.speed, self.turning = command.linear.x, command.angular.z

    def _run(self) -> None:
        before, count = time.monotonic(), 0
        while not self._ended.wait(0.03):
            now = time.monotonic()
            seconds, before = now - before, now
            self.x += self.speed * seconds * math.cos(self.heading)
            self.y += self.speed * seconds * math.sin(self.heading)
            self.heading += self.turning * seconds
            stamp = stamps.to_msg(time.time())
            self._tell(stamp, count % 3 == 0)
            count += 1

    def _tell(self, stamp: Any, all_of_it: bool) -> None:
        if "odom" not in self.silent:
            odom = Odometry()
            odom.header.stamp = stamp
            odom.pose.pose.position.x, odom.pose.pose.position.y = self.x, self.y
            odom.pose.pose.orientation.z = math.sin(self.heading / 2)
            odom.pose.pose.orientation.w = math.cos(self.heading / 2)
            odom.twist.twist.linear.x, odom.twist.twist.angular.z = self.speed, self.turning
            self._odom.publish(odom)
        if not all_of_it:
            return
        if "scan" not in self.silent:
            angles = np.linspace(-2.3, 2.3, 231)
            scan = LaserScan(angle_min=-2.3, angle_increment=0.02, range_min=0.05, range_max=8.0)
            scan.header.stamp = stamp
            with np.errstate(divide="ignore"):
                x = np.where(np.cos(angles + self.heading) > 0, 4 - self.x, -4 - self.x) / np.cos(angles + self.heading)
                y = np.where(np.sin(angles + self.heading) > 0, 4 - self.y, -4 - self.y) / np.sin(angles + self.heading)
            scan.ranges = np.minimum(x, y).astype(np.float32).tolist()
            self._scan.publish(scan)
        self._info.publish(info_to_msg(self.intrinsics, stamps.from_msg(stamp), "camera_optical_frame"))
        bodies = Bodies(stamps.from_msg(stamp), 640, 480, self._seen())
        message = bodies_to_msg(bodies, Odometry().header)
        message.header.stamp = stamp
        self._bodies.publish(message)

    def _seen(self) -> tuple[Body, ...]:
        off = np.array(self.person) - (self.x, self.y)
        ahead = off @ (math.cos(self.heading), math.sin(self.heading)) - 0.1
        left = off @ (-math.sin(self.heading), math.cos(self.heading))
        if ahead < 0.4 or abs(math.atan2(left, ahead)) > 0.6:
            return ()
        marks = np.zeros((33, 3), np.float32)
        fx = self.intrinsics.k[0]
        for pair, height in (((11, 12), SHOULDERS), ((23, 24), HIPS), ((27, 28), ANKLES)):
            for mark in pair:
                marks[mark] = (0.5 - left / ahead * fx / 640, 0.5 + (HIGH - height) / ahead * fx / 480, 0.99)
        pose = Skeleton(marks, np.zeros((33, 3), np.float32))
        return (Body("b1", pose, Measures(0.0, 1.4, 0.0, 0.3, 0.99), "upright", 0.9),)


@pytest.fixture
def base(ros: Any) -> Iterator[Base]:
    made = Base(ros)
    yield made
    made.close()


def driven(ros: Any, **parameters: Any) -> DriveNode:
    overrides = {"base": "cmd_vel", "quiet_from": "00:00", "quiet_until": "00:00", **parameters}
    return ros.add(DriveNode(parameter_overrides=[Parameter(name, value=value) for name, value in overrides.items()]))


def asked(node: Any, until: Until, **goal: Any) -> Callable[[], Approach.Result]:
    """Sends a wish; returns how to wait for its end."""
    client = ActionClient(node, Approach, "approach")
    until(client.server_is_ready)
    sent = client.send_goal_async(Approach.Goal(reason="asked", rank=Approach.Goal.ASKED, **goal))
    handle = until(lambda: sent.result() if sent.done() else None)
    ended = handle.get_result_async()
    return lambda: until(lambda: ended.result() if ended.done() else None, 60, "its end").result


@pytest.mark.timeout(120)
def test_it_comes_and_goes_back_to_its_dock(ros: Any, base: Base, until: Until) -> None:
    node = driven(ros)
    until(lambda: node._drive.world.people.in_view(node.clock.now()), 10, "somebody in view")
    result = asked(base.node, until)()
    assert result.outcome == "arrived", result
    away = math.dist(base.person, (base.x, base.y))
    assert 1.1 <= away <= 1.75
    until(lambda: base.states[-1].away and base.states[-1].doing == "idle")
    assert asked(base.node, until, dock=True)().outcome == "docked"
    assert math.hypot(base.x, base.y) < 0.25
    until(lambda: not base.states[-1].away)
    assert max(one.linear.x for one in base.commands) <= 0.4 + 1e-6
    assert node.diagnose()["dock"] is True


@pytest.mark.timeout(120)
def test_it_comes_when_it_is_called_and_says_so(ros: Any, base: Base, until: Until, home: Any) -> None:
    del home
    node = driven(ros)
    ros.add(VoiceNode(parameter_overrides=[Parameter("syllables_per_s", value=0.0)]))
    companion = ros.add(CompanionNode(parameter_overrides=[Parameter("morphemes", value=False)]))
    said: list[Utterance] = []
    base.node.create_subscription(Utterance, "care/said", said.append, qos.STREAM)
    until(lambda: node._drive.world.people.in_view(node.clock.now()), 10, "somebody in view")
    until(lambda: companion._say.server_is_ready() and base.typed.get_subscription_count() >= 3)
    base.typed.publish(LiveSpeech(final="이리 와", confidence=1.0, locale="ko_KR"))
    until(
        lambda: [one.text for one in said if one.speaker == "robot"] == ["네, 갈게요.", "네, 왔어요."], 40, "its words"
    )
    assert math.dist(base.person, (base.x, base.y)) <= 1.75


@pytest.mark.timeout(60)
@pytest.mark.parametrize("what", ["bumper", "camera", "word", "scan"])
def test_what_ends_it_stands_it_still(ros: Any, base: Base, until: Until, what: str) -> None:
    base.person = (3.6, 0.0)
    node = driven(ros, wait_s=2.0)
    until(lambda: node._drive.world.people.in_view(node.clock.now()), 10, "somebody in view")
    wait = asked(base.node, until)
    until(lambda: base.speed > 0.1, 10, "it drives")
    if what == "bumper":
        base.bumper.publish(Bool(data=True))
    elif what == "camera":
        base.camera.publish(CameraState(state=CameraState.OFF))
    elif what == "word":
        base.typed.publish(LiveSpeech(final="오지 마", confidence=1.0, locale="ko_KR"))
    else:
        base.silent.add("scan")
    until(lambda: base.speed == 0.0, 2, "it stands")
    outcomes = {"bumper": "bumped", "camera": "blind", "word": "stopped", "scan": "blind"}
    assert wait().outcome == outcomes[what]
    assert base.speed == 0.0


@pytest.mark.timeout(60)
def test_it_comes_by_itself_to_whoever_is_in_distress(ros: Any, base: Base, until: Until) -> None:
    node = driven(ros)
    until(lambda: node._drive.world.people.in_view(node.clock.now()), 10, "somebody in view")
    base.distress.publish(DistressState(id="d1", cause="fall", stage=DistressState.ASKED))
    until(lambda: base.states[-1].outcome == "arrived", 40, "it came")
    assert base.states[-1].reason == ""


def test_without_a_base_a_wish_is_refused_and_nothing_is_sent_to_wheels(ros: Any, base: Base, until: Until) -> None:
    ros.add(DriveNode())
    result = asked(base.node, until)()
    assert (result.outcome, result.message) == ("refused", "this robot has no base: its parameter base is none")
    assert not base.commands


def test_places_in_the_picture_do_not_hold_where_it_went(ros: Any, base: Base, until: Until) -> None:
    fall = ros.add(FallNode())
    assert not fall._detector.moved
    publisher = base.node.create_publisher(DriveState, "care/drive", qos.STATE)
    publisher.publish(DriveState(doing="idle", away=True))
    until(lambda: fall._detector.moved)
    publisher.publish(DriveState(doing="idle"))
    until(lambda: not fall._detector.moved)


@pytest.mark.timeout(60)
def test_long_ways_are_left_to_nav2(ros: Any, base: Base, until: Until) -> None:
    from nav2_msgs.action import NavigateToPose

    base.person = (3.9, 0.3)
    goals: list[Any] = []

    def refuse(goal: Any) -> Any:
        goals.append(goal.request.pose)
        goal.abort()
        return NavigateToPose.Result()

    server = ActionServer(base.node, NavigateToPose, "navigate_to_pose", refuse)
    node = driven(ros)
    until(lambda: node._drive.world.people.in_view(node.clock.now()), 10, "somebody in view")
    until(lambda: node._drive._navigator, 10, "Nav2 is there")
    result = asked(base.node, until)()
    assert result.outcome == "arrived", "where Nav2 finds no way, its own is tried"
    assert goals[0].header.frame_id == "odom"
    assert 1.1 < math.dist(base.person, (goals[0].pose.position.x, goals[0].pose.position.y)) < 1.8
    server.destroy()


def dolbom(*arguments: str) -> Any:
    command = [sys.executable, "-m", "dolbom", "drive", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, env=dict(os.environ))


@pytest.mark.timeout(180)  # five processes, one after the other
def test_the_command_brings_it_sends_it_back_and_says_why_not(ros: Any, base: Base, until: Until) -> None:
    node = driven(ros)
    until(lambda: node._drive.world.people.in_view(node.clock.now()), 10, "somebody in view")
    came = dolbom("come", "--json")
    assert came.returncode == 0, came.stderr
    assert json.loads(came.stdout)["outcome"] == "arrived"
    assert dolbom("stop").stdout == "it stands still\n"
    assert dolbom("dock", "--here").stdout == "its dock is here\n"
    until(lambda: not base.states[-1].away)
    base.bumper.publish(Bool(data=True))
    until(lambda: node._drive.world.bumped)
    refused = dolbom("dock")
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1] == "dolbom: refused: the bumper touches something"


def test_the_command_says_what_is_no_distance_and_that_nobody_drives(ros_domain: int) -> None:
    del ros_domain
    assert "0.2 m is no distance to stand at" in dolbom("come", "--distance", "0.2").stderr
    assert "does not answer in ROS domain" in dolbom("stop").stderr
