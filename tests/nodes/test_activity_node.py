"""The activity node with the real companion, voice and safety: asked, answered, told, handed over, blind, restarted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dolbom_msgs.msg import BodyArray, CameraState, CareEvent, DistressState, SignOfLife, Suspicion, Utterance
from hri_msgs.msg import LiveSpeech
from rclpy.parameter import Parameter
from std_msgs.msg import String
from tests.nodes.test_check_in import zone_where_it_is_noon

from dolbom.platform.outbox import Outbox
from dolbom.sensors.observations import Moment
from dolbom.sensors.state import Stage
from dolbom.store.base import open_store
from dolbom_nodes import qos
from dolbom_nodes.activity_node import ActivityNode
from dolbom_nodes.companion_node import CompanionNode
from dolbom_nodes.safety_node import SafetyNode
from dolbom_nodes.voice_node import VoiceNode

Until = Callable[..., Any]
NOON = Parameter("time_zone", value=zone_where_it_is_noon())


class House:
    """A home whose resident types, and hears the robot."""

    def __init__(self, ros: Any, until: Until) -> None:
        self._ros, self._until = ros, until
        self.said: list[str] = []
        self.events: list[CareEvent] = []
        self.suspicions: list[Suspicion] = []
        node = ros.plain()
        node.create_subscription(Utterance, "care/said", self._hear, qos.STREAM)
        node.create_subscription(CareEvent, "care/event", self.events.append, qos.EVENT)
        node.create_subscription(Suspicion, "care/suspicion", self.suspicions.append, qos.EVENT)
        self.typed = node.create_publisher(LiveSpeech, "/humans/voices/typed/speech", qos.STREAM)
        self.life = node.create_publisher(SignOfLife, "care/sign_of_life", qos.EVENT)
        self.camera = node.create_publisher(CameraState, "camera_state", qos.STATE)
        self.bodies = node.create_publisher(BodyArray, "care/bodies", qos.SENSOR)
        self.happened = node.create_publisher(String, "care/happened", qos.EVENT)

    def _hear(self, said: Utterance) -> None:
        if said.speaker == "robot":
            self.said.append(said.text)

    def start(self, talks: bool = True, safety: bool = False) -> ActivityNode:
        if talks:
            pace = [Parameter("syllables_per_s", value=0.0), Parameter("answer_limit_s", value=1.0), NOON]
            self._ros.add(VoiceNode(parameter_overrides=pace))
            quick = [Parameter("morphemes", value=False), Parameter("quiet_s", value=0.0), NOON]
            self._ros.add(CompanionNode(parameter_overrides=quick))
        if safety:
            self._ros.add(SafetyNode(parameter_overrides=[NOON]))
        self.node: ActivityNode = self._ros.add(ActivityNode(parameter_overrides=[NOON]))
        if talks:
            self._until(lambda: self.node._reminding._client.server_is_ready(), 20)
            self._until(lambda: self.typed.get_subscription_count() == 2, 20)
        self._until(lambda: self.life.get_subscription_count() == 1, 20)
        return self.node

    def silent(self, hours: float) -> None:
        """So long nothing was noticed, as the node counts."""

        def pass_by() -> None:
            quiet = self.node._driver.watch.quiet[""]
            quiet.silent_s += hours * 3600

        self._until(self._ros._executor.create_task(pass_by).done)

    def robot_says(self, words: str, count: int = 1) -> None:
        self._until(lambda: sum(words in text for text in self.said) >= count, 20, f"{words!r}, {count} times")

    def told(self, kind: str) -> dict[str, Any]:
        found = self._until(lambda: [one for one in self.events if one.type == f"kr.dolbom.{kind}.v1"], 20, kind)
        return dict(json.loads(found[-1].json))

    def type(self, text: str) -> None:
        self.typed.publish(LiveSpeech(final=text, confidence=1.0, locale="ko_KR"))


@pytest.fixture
def house(ros: Any, until: Until, home: Path) -> House:
    del home
    return House(ros, until)


def test_silence_is_asked_about_and_unanswered_it_is_told_with_the_last_sign(house: House) -> None:
    house.start()
    house.life.publish(SignOfLife(kind="appliance", place="kettle"))
    house._until(lambda: house.node._driver.watch.quiet[""].last is not None)
    house.silent(3.0)
    house.robot_says("한동안 조용하셔서 여쭤봐요")
    house.robot_says("잘 계세요?", 2)
    told = house.told("inactivity.attention")["data"]
    assert (told["last_sign"]["kind"], told["last_sign"]["place"]) == ("appliance", "kettle")
    assert [one["understood"] for one in told["asked"]] == ["silence"]
    assert house.events[-1].id in {str(entry.id) for entry in Outbox(open_store()).entries()}


def test_an_answer_is_a_sign_of_life_and_nobody_is_told(house: House, until: Until) -> None:
    node = house.start()
    house.silent(3.0)
    house.robot_says("잘 계세요?")
    house.type("응 잘 있어")
    until(lambda: node._driver.watch.quiet[""].silent_s < 60, 10)
    assert node._driver.watch.quiet[""].asking is None
    assert not [one for one in house.events if "inactivity" in one.type]


def test_the_last_stage_is_handed_to_safety_which_asks_and_a_sign_takes_it_back(house: House, until: Until) -> None:
    node = house.start(safety=True)
    quiet = node._driver.watch.quiet[""]
    quiet.stage, quiet.due_s = Stage.CAUTION, 3 * 3600.0
    house.silent(7.5)
    assert house.told("inactivity.danger")["severity"] == "warning"
    house.robot_says("괜찮으세요?")
    until(lambda: node._driver.watch.quiet[""].alarmed, 10)
    assert [(one.cause, one.over) for one in house.suspicions] == [("inactivity", False)]
    house.life.publish(SignOfLife(kind="door", place="front_door"))
    until(lambda: any(one.over for one in house.suspicions), 10)
    assert house.told("inactivity.over")["data"]["sign"]["place"] == "front_door"


def test_a_camera_that_is_off_or_gives_nothing_is_known_and_seeing_again_too(house: House, until: Until) -> None:
    node = house.start(talks=False)
    house.camera.publish(CameraState(state=CameraState.OFF))
    until(lambda: node._driver.watch.blind == "camera_off", 10)
    house.camera.publish(CameraState(state=CameraState.ON))
    house.bodies.publish(BodyArray(width=640, height=480, luminance=0.5))
    until(lambda: node._driver.watch.blind == "", 10)


def test_whoever_says_that_they_go_out_is_leaving(house: House, until: Until) -> None:
    node = house.start()
    house.type("시장에 갔다 올게")
    house.robot_says("나가신다고 하셨어요?")
    house.type("응")
    until(lambda: node._driver.watch.quiet[""].leaving is not None, 20)
    house.type("다녀왔어")
    until(lambda: node._driver.watch.quiet[""].leaving is None, 20)
    house.happened.publish(String(data="home.left"))
    until(lambda: node._driver.watch.quiet[""].leaving is not None, 10)


def test_a_kind_of_sign_that_nobody_knows_is_a_sign_all_the_same(house: House, until: Until) -> None:
    node = house.start(talks=False)
    house.life.publish(SignOfLife(kind="teleported", place="x" * 200, person="Not An Id!"))
    last = until(lambda: node._driver.watch.quiet[""].last, 10)
    assert (last.kind, len(last.place)) == ("sensor", 60)


def test_what_was_told_is_told_once_over_a_restart(house: House, until: Until) -> None:
    node = house.start(talks=False)
    house.silent(3.0)
    quiet = node._driver.watch.quiet[""]
    until(lambda: quiet.asking is not None, 10)
    at = Moment(node.clock.now(), node.clock.civil())
    quiet.asking.waited_s = 1000.0
    until(lambda: quiet.stage is Stage.ATTENTION, 40)
    for step in (node.trigger_deactivate, node.trigger_cleanup, node.trigger_configure, node.trigger_activate):
        until(house._ros._executor.create_task(step).done)
    again = node._driver.watch.quiet[""]
    assert again.stage is Stage.ATTENTION
    assert again.since <= at.civil
    kinds = [entry.kind for entry in Outbox(open_store()).entries()]
    assert kinds.count("inactivity.attention") == 1


def test_a_distress_of_another_cause_is_not_ours(house: House) -> None:
    node = house.start(talks=False)
    node._driver.watch.quiet[""].stage = Stage.DANGER
    node._on_distress(DistressState(sources=["fall"], stage=DistressState.RAISED))
    assert not node._driver.watch.quiet[""].alarmed
    node._on_distress(DistressState(sources=["fall", "inactivity"], stage=DistressState.ASKED))
    assert node._driver.watch.quiet[""].alarmed
