"""The base of every node: nothing that goes wrong in one is silent, and what a phase made ends with it."""

from __future__ import annotations

import ast
import inspect
import json
import threading
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from dolbom_msgs.msg import CareEvent as CareEventMsg
from pydantic import BaseModel, ConfigDict, Field
from rclpy.lifecycle import LifecycleNode, TransitionCallbackReturn
from rclpy.parameter import Parameter
from sensor_msgs.msg import Image
from std_msgs.msg import String
from std_srvs.srv import SetBool

from dolbom.events import Test
from dolbom.platform.outbox import Outbox
from dolbom.runtime.log import log_folder
from dolbom.runtime.nodes import NODES
from dolbom.store.base import open_store
from dolbom_nodes import qos, stamps
from dolbom_nodes.care_node import CareNode
from dolbom_nodes.frames import Frame, channel
from dolbom_nodes.health import ERROR, OK, WARN
from dolbom_nodes.images import image_to_msg

SUCCESS, FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE


class Inner(BaseModel):
    wait_s: float = Field(1.0, ge=0, le=10)


class EyeParameters(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    rate: float = Field(5.0, ge=1, le=60, description="Hz.")
    count: int = Field(3, ge=1, le=9)
    mode: Literal["slow", "fast"] = "slow"
    names: list[str] = []
    inner: Inner = Inner()
    fixed: int = Field(1, json_schema_extra={"read_only": True})


class EyeNode(CareNode[EyeParameters]):
    """A node with one of everything."""

    parameters_model = EyeParameters
    refuse_configure = False
    refuse_activate = False

    def __init__(self, **options: Any) -> None:
        super().__init__("eye", **options)
        self.calls: list[str] = []
        self.frames: list[Frame] = []
        self.raised = 0

    def configure(self) -> None:
        self.calls.append("configure")
        self.publisher = self.create_publisher(String, "out", qos.EVENT)
        self.read_frames(self.look)
        if self.refuse_configure:
            raise RuntimeError("no model file")

    def activate(self) -> None:
        self.calls.append("activate")
        self.create_subscription(String, "in", self.hear, qos.EVENT)
        self.create_service(SetBool, "set", self.serve)
        if self.refuse_activate:
            raise RuntimeError("no device")

    def deactivate(self) -> None:
        self.calls.append("deactivate")

    def cleanup(self) -> None:
        self.calls.append("cleanup")

    def diagnose(self) -> dict[str, object]:
        return {"seen": len(self.frames)}

    def hear(self, message: String) -> None:
        if message.data == "bad":
            self.raised += 1
            raise ValueError("cannot hear that")
        self.publisher.publish(message)

    def serve(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        raise RuntimeError("cannot serve")

    def look(self, frame: Frame) -> None:
        self.frames.append(frame)


def eye(kind: type[EyeNode] = EyeNode, **parameters: Any) -> EyeNode:
    overrides = [Parameter(name.replace("__", "."), value=value) for name, value in parameters.items()]
    return kind(parameter_overrides=overrides)


def picture(stamp: float = 1.0, sequence: int = 1, every_one: bool = False) -> Frame:
    return Frame(np.zeros((4, 6, 3), np.uint8), stamp, sequence, every_one=every_one)


def logged() -> list[dict[str, Any]]:
    lines = [line for path in log_folder().glob("*.jsonl") for line in path.read_text().splitlines()]
    return [json.loads(line) for line in lines]


def test_parameters_come_from_the_model_with_their_ranges_and_meaning(ros):
    node = ros.spin_also(eye(rate=10, inner__wait_s=2.5))
    assert node.parameters == EyeParameters(rate=10.0, inner=Inner(wait_s=2.5))
    described = node.describe_parameter("rate")
    assert described.description == "Hz."
    assert (described.floating_point_range[0].from_value, described.floating_point_range[0].to_value) == (1.0, 60.0)
    assert node.describe_parameter("mode").additional_constraints == "one of slow, fast"
    assert node.describe_parameter("count").integer_range[0].to_value == 9
    assert node.describe_parameter("fixed").read_only
    assert node.has_parameter("robot")


@pytest.mark.parametrize(
    ("name", "value"),
    [("rate", 100.0), ("inner.wait_s", 11.0), ("mode", "medium"), ("fixed", 2), ("time_zone", "Asia/Soul")],
)
def test_a_live_change_out_of_range_is_refused_and_changes_nothing(ros, name, value):
    node = ros.spin_also(eye())
    before = (node.parameters, node.robot)
    assert not node.set_parameters([Parameter(name, value=value)])[0].successful
    assert (node.parameters, node.robot) == before


def test_a_live_change_within_range_is_taken_over(ros):
    node = ros.spin_also(eye())
    assert node.set_parameters([Parameter("rate", value=20.0), Parameter("names", value=["a"])])[0].successful
    assert node.parameters.rate == 20.0
    assert node.parameters.names == ["a"]


def test_a_parameter_out_of_range_keeps_the_node_from_configuring_and_says_which(ros):
    node = ros.spin_also(eye(mode="medium"))
    assert node.trigger_configure() == FAILURE
    assert node.failed
    assert "mode" in node.health()[1]
    node = ros.spin_also(eye(rate=100.0))
    assert node.trigger_configure() == FAILURE
    assert "rate" in node.health()[1]


def test_a_configure_that_raises_is_cleaned_up_and_can_be_tried_again(ros):
    node = ros.spin_also(eye())
    node.refuse_configure = True
    assert node.trigger_configure() == FAILURE
    assert node.calls == ["configure", "cleanup"]
    assert node.state == "unconfigured"
    assert node.health() == (ERROR, "cannot configure: no model file")
    node.refuse_configure = False
    assert node.trigger_configure() == SUCCESS
    assert node.health()[0] == OK
    assert not node.failed


def test_an_activate_that_raises_leaves_the_node_inactive_and_is_shown(ros):
    node = ros.spin_also(eye())
    node.refuse_activate = True
    node.trigger_configure()
    assert node.trigger_activate() == FAILURE
    assert node.state == "inactive"
    assert "no device" in node.health()[1]
    node.refuse_activate = False
    assert node.trigger_activate() == SUCCESS


def entities(node):
    return [len(list(kind)) for kind in (node.publishers, node.subscriptions, node.services, node.timers)]


def test_what_a_phase_created_ends_with_it(ros):
    node = ros.spin_also(eye())
    before = entities(node)
    for _ in range(2):
        node.trigger_configure()
        node.trigger_activate()
        node.trigger_deactivate()
        node.trigger_cleanup()
    assert before == entities(node)
    assert node.calls == ["configure", "activate", "deactivate", "cleanup"] * 2
    assert channel("/image").readers == 0


def test_an_exception_in_a_callback_is_an_error_in_the_diagnostics_and_the_node_lives_on(ros, until):
    node = ros.add(eye())
    observer = ros.plain()
    heard: list[str] = []
    observer.create_subscription(String, "out", lambda message: heard.append(message.data), qos.EVENT)
    publisher = observer.create_publisher(String, "in", qos.EVENT)
    until(lambda: publisher.get_subscription_count() and node.publisher.get_subscription_count())
    publisher.publish(String(data="bad"))
    until(lambda: node.health()[0] == ERROR)
    assert "cannot hear that" in node.health()[1]
    publisher.publish(String(data="good"))
    assert until(lambda: heard) == ["good"]
    trace = next(line for line in logged() if "cannot hear that" in line["text"])["trace"]
    assert "ValueError" in trace


def test_a_callback_that_fails_without_end_does_not_fill_the_log(ros, until):
    node = ros.add(eye())
    publisher = ros.plain().create_publisher(String, "in", qos.EVENT)
    until(publisher.get_subscription_count)
    for _ in range(30):
        publisher.publish(String(data="bad"))
    until(lambda: node.raised == 30)
    assert sum("cannot hear that" in line["text"] for line in logged()) < 3


def test_a_service_that_raises_still_answers(ros, until):
    node = ros.add(eye())
    client = ros.plain().create_client(SetBool, "set")
    assert client.wait_for_service(10)
    answer = client.call_async(SetBool.Request(data=True))
    until(answer.done)
    assert answer.result().success is False
    assert "cannot serve" in node.health()[1]


def test_an_event_is_in_the_outbox_before_it_is_on_the_topic(ros, until):
    node = ros.add(eye())
    received: list[Any] = []
    observer = ros.plain()
    observer.create_subscription(CareEventMsg, "care/event", received.append, qos.EVENT)
    until(lambda: node._care_event_publisher.get_subscription_count())
    event = node.emit(Test(note="drill"), subject="p1")
    store = open_store()
    assert [one.id for one in Outbox(store).waiting()] == [event.id]
    store.close()
    message = until(lambda: received)[0]
    assert (message.id, message.type, message.subject) == (str(event.id), "kr.dolbom.device.test.v1", "p1")
    assert message.json == event.to_json().decode()
    assert event.source == "/district/district/home/home/robot/robot"
    line = next(line for line in logged() if line.get("event_id") == str(event.id))
    assert (line["node"], line["level"]) == ("eye", "info")


def test_an_event_that_cannot_be_written_is_not_published(ros, until, monkeypatch):
    node = ros.add(eye())
    published: list[Any] = []
    monkeypatch.setattr(node, "publish_event", published.append)
    monkeypatch.setattr(node.outbox, "append", lambda event: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(OSError, match="No space left"):
        node.emit(Test())
    assert published == []


def test_frames_come_in_a_thread_of_their_own_and_the_newest_wins(ros, until):
    class Slow(EyeNode):
        def configure(self) -> None:
            self.busy, self.go, self.threads = threading.Event(), threading.Event(), set()
            super().configure()

        def look(self, frame: Frame) -> None:
            self.threads.add(threading.current_thread())
            self.busy.set()
            self.go.wait(10)
            super().look(frame)

    node = ros.add(eye(Slow))
    for sequence in range(1, 6):
        channel("/image").publish(picture(sequence=sequence))
        assert node.busy.wait(5)
    node.go.set()
    until(lambda: len(node.frames) == 2)
    assert [frame.sequence for frame in node.frames] == [1, 5]
    assert node.threads.isdisjoint({threading.main_thread()})
    assert len(node.threads) == 1


def test_of_a_file_that_is_read_as_fast_as_possible_every_frame_is_looked_at(ros, until):
    node = ros.add(eye())
    for sequence in range(1, 51):
        channel("/image").publish(picture(sequence=sequence, every_one=True))
    until(lambda: len(node.frames) == 50)
    assert [frame.sequence for frame in node.frames] == list(range(1, 51))


def test_an_exception_while_looking_at_a_frame_is_shown_and_the_next_is_looked_at(ros, until):
    class Blind(EyeNode):
        def look(self, frame: Frame) -> None:
            super().look(frame)
            if frame.sequence == 1:
                raise RuntimeError("cannot look")

    node = ros.add(eye(Blind))
    for sequence in (1, 2):
        channel("/image").publish(picture(sequence=sequence, every_one=True))
    until(lambda: len(node.frames) == 2)
    assert "cannot look" in node.health()[1]


def test_a_rate_thins_frames_by_their_stamps(ros, until):
    class Calm(EyeNode):
        def configure(self) -> None:
            self.read_frames(self.look, rate_hz=10.0)

    node = ros.add(eye(Calm))
    for index in range(31):
        channel("/image").publish(picture(stamp=100 + index / 30, sequence=index, every_one=True))
    until(lambda: node.frames and node.frames[-1].sequence == 30)
    assert [frame.sequence for frame in node.frames] == list(range(0, 31, 3))


def test_frames_come_from_the_image_topic_when_the_camera_is_elsewhere(ros, until):
    node = ros.add(eye())
    observer = ros.plain()
    publisher = observer.create_publisher(Image, "image", qos.SENSOR)
    observer.create_timer(0.05, lambda: publisher.publish(image_to_msg(picture(stamp=5.25))))
    frame = until(lambda: node.frames)[0]
    assert frame.stamp == pytest.approx(5.25)
    assert frame.image.shape == (4, 6, 3)
    camera = channel("/image")
    camera.open_camera()
    until(lambda: not publisher.get_subscription_count())
    camera.close_camera()


def test_a_frame_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        picture().image[0, 0] = 1


def test_work_that_hangs_is_noticed(ros, until, monkeypatch):
    from dolbom_nodes import care_node

    monkeypatch.setattr(care_node, "STUCK_S", 0.2)
    go = threading.Event()

    class Stuck(EyeNode):
        def activate(self) -> None:
            self.start_thread("digging", self.dig)

        def dig(self, thread: Any) -> None:
            with thread.item():
                go.wait(10)
            thread.stopping.wait()

    node = ros.add(eye(Stuck))
    assert "digging has worked on one item" in until(lambda: node.stuck)
    assert node.health()[0] == ERROR
    go.set()
    until(lambda: node.stuck is None)


def test_a_thread_that_ends_by_an_exception_is_shown_for_good(ros, until):
    class Broken(EyeNode):
        def activate(self) -> None:
            self.start_thread("digging", self.dig)

        def dig(self, thread: Any) -> None:
            raise RuntimeError("the shovel broke")

    node = ros.add(eye(Broken))
    until(lambda: "digging ended: the shovel broke" in node.health()[1])


def test_conditions_show_the_worst_and_go_when_taken_back(ros):
    node = ros.add(eye())
    node.report("lens", WARN, "dusty")
    node.report("model", ERROR, "missing")
    assert node.health() == (ERROR, "missing")
    node.ok("model")
    assert node.health() == (WARN, "dusty")
    node.ok("lens")
    assert node.health() == (OK, "active")


def test_shutdown_from_any_state_ends_everything(ros):
    for steps in (0, 1, 2):
        node = ros.spin_also(eye())
        for step in (node.trigger_configure, node.trigger_activate)[:steps]:
            step()
        node.trigger_shutdown()
        assert node.state == "finalized"
        assert node.calls[-1] == "cleanup"


def test_behaviour_time_and_civil_time_follow_a_simulators_clock(ros, until):
    from rosgraph_msgs.msg import Clock

    node = ros.add(eye(use_sim_time=True))
    ticks: list[float] = []
    node.create_timer(1.0, lambda: ticks.append(node.clock.now()))
    publisher = ros.plain().create_publisher(Clock, "/clock", qos.STREAM)
    until(publisher.get_subscription_count)

    def at(seconds: float) -> Any:
        publisher.publish(Clock(clock=stamps.to_msg(seconds)))
        return until(lambda: node.clock.now() == pytest.approx(seconds))

    at(100.0)
    civil = node.clock.civil()
    assert ticks in ([], [100.0])
    before = len(ticks)
    at(103.5)
    assert (node.clock.civil() - civil).total_seconds() == pytest.approx(3.5)
    until(lambda: len(ticks) > before)
    publisher.publish(Clock(clock=stamps.to_msg(50.0)))
    assert node.clock.now() >= 103.5
    assert civil.tzinfo.key == "Asia/Seoul"


def test_behaviour_time_is_not_moved_by_a_corrected_calendar(ros, monkeypatch):
    node = ros.add(eye())
    before = node.clock.now()
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert 0 <= node.clock.now() - before < 5


@pytest.mark.parametrize("seconds", [0.0, 1.25, 1_700_000_000.123456, 2.9999999999])
def test_stamps_survive_a_message(seconds):
    assert stamps.from_msg(stamps.to_msg(seconds)) == pytest.approx(seconds, abs=1e-6)


def test_no_node_overwrites_what_rclpy_keeps_in_its_nodes(ros):
    taken = set(vars(ros.plain())) | set(dir(LifecycleNode))
    ours = {"configure", "activate", "deactivate", "cleanup", "diagnose", "parameters_changed"}
    clashes = set()
    for entry in NODES:
        source = Path(inspect.getfile(entry.node_class())).read_text(encoding="utf-8")
        for one in ast.walk(ast.parse(source)):
            stored = isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store)
            if stored and ast.unparse(one) == f"self.{one.attr}" and one.attr in taken - ours:
                clashes.add(f"{entry.name}: {ast.unparse(one)}")
    assert clashes == set()
