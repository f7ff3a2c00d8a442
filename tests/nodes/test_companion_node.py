"""The companion node: text to reply through the real voice, reminders, the camera, silence during a distress."""

from __future__ import annotations

from typing import Any

import pytest
from builtin_interfaces.msg import Duration
from dolbom_msgs.action import Remind
from dolbom_msgs.msg import CareEvent, DistressState, Suspicion, Utterance
from hri_msgs.msg import LiveSpeech
from rclpy.action import ActionClient
from rclpy.parameter import Parameter
from std_srvs.srv import SetBool

from dolbom_nodes import qos
from dolbom_nodes.companion_node import CompanionNode
from dolbom_nodes.voice_node import VoiceNode


class Room:
    """Somebody who types, and listens to the robot."""

    def __init__(self, ros: Any, until: Any) -> None:
        self._until = until
        ros.add(VoiceNode(parameter_overrides=[Parameter("syllables_per_s", value=0.0)]))
        overrides = [Parameter("morphemes", value=False), Parameter("quiet_s", value=0.0)]
        self.companion = ros.add(CompanionNode(parameter_overrides=overrides))
        node = ros.plain()
        self.said: list[Utterance] = []
        self.events: list[CareEvent] = []
        self.suspicions: list[Suspicion] = []
        self.switched: list[bool] = []
        node.create_subscription(Utterance, "care/said", self.said.append, qos.STREAM)
        node.create_subscription(CareEvent, "care/event", self.events.append, qos.EVENT)
        node.create_subscription(Suspicion, "care/suspicion", self.suspicions.append, qos.EVENT)
        node.create_service(SetBool, "camera_enabled", self._switch)
        self.distress = node.create_publisher(DistressState, "care/distress", qos.STATE)
        self.typed = node.create_publisher(LiveSpeech, "/humans/voices/typed/speech", qos.STREAM)
        self.remind = ActionClient(node, Remind, "remind")
        until(lambda: self.typed.get_subscription_count() == 2)
        until(self.distress.get_subscription_count)
        until(lambda: self.companion._say.server_is_ready() and self.companion._ask.server_is_ready())
        until(self.companion._camera.service_is_ready)
        assert self.remind.wait_for_server(10)

    def _switch(self, request: Any, response: Any) -> Any:
        self.switched.append(request.data)
        response.success = True
        return response

    def type(self, text: str) -> None:
        self.typed.publish(LiveSpeech(final=text, confidence=1.0, locale="ko_KR"))

    def robot_says(self, words: str) -> Utterance:
        return self._until(lambda: next((u for u in self.said if u.speaker == "robot" and words in u.text), None))


@pytest.fixture
def room(ros, until, home) -> Room:
    return Room(ros, until)


def test_what_is_typed_is_answered(room):
    room.type("이름이 뭐야")
    assert room.robot_says("돌봄이").lang == "ko"


def test_the_camera_is_switched_only_after_a_yes(room, until):
    room.type("카메라 꺼 줘")
    assert room.robot_says("카메라를 끄라고 하셨어요?").question
    assert room.switched == []
    room.type("응")
    until(lambda: room.switched == [False])
    room.robot_says("카메라를 끌게요")


def test_a_robot_without_a_base_says_that_it_cannot_come(room):
    room.type("이리 와")
    room.robot_says("저는 움직이지 못해요")


def test_a_request_for_the_care_worker_becomes_an_event(room, until):
    room.type("복지사한테 연락해 줘")
    room.robot_says("하셨어요?")
    room.type("네")
    (event,) = until(lambda: room.events)
    assert event.type == "kr.dolbom.talk.request.v1"


def test_a_reminder_is_told_asked_and_answered(room, until):
    limit = Duration(sec=20)
    goal = Remind.Goal(id="d1", kind="medicine", text="약 드실 시간이에요.", question="약 드셨어요?", time_limit=limit)
    goal.answers = ["yes", "no"]
    stages: list[str] = []
    sent = room.remind.send_goal_async(goal, feedback_callback=lambda message: stages.append(message.feedback.stage))
    until(sent.done)
    result = sent.result().get_result_async()
    room.robot_says("약 드실 시간이에요.")
    room.robot_says("약 드셨어요?")
    room.type("네")
    until(result.done)
    assert (result.result().result.outcome, result.result().result.answer) == (Remind.Result.ANSWERED, "yes")
    assert stages[:3] == ["waiting", "telling", "asking"]


def test_a_withdrawn_reminder_falls_silent(room, until):
    goal = Remind.Goal(id="d1", kind="water", text="물 드실 시간이에요.", question="드셨어요?", answers=["yes"])
    goal.time_limit = Duration(sec=60)
    sent = room.remind.send_goal_async(goal)
    until(sent.done)
    room.robot_says("드셨어요?")
    until(sent.result().cancel_goal_async().done)
    result = sent.result().get_result_async()
    until(result.done)
    assert result.result().result.outcome == Remind.Result.INTERRUPTED
    until(lambda: room.companion.diagnose()["waiting"] == 0)


def test_while_a_distress_stands_the_robot_does_not_chat(room, until):
    room.distress.publish(DistressState(id="d", stage=DistressState.ASKED))
    until(lambda: room.companion.diagnose()["doing"] == "distress")
    room.type("지금 몇 시야")
    until(lambda: any(u.speaker == "typed" for u in room.said))
    room.distress.publish(DistressState(id="d", stage=DistressState.STOOD_DOWN))
    until(lambda: room.companion.diagnose()["doing"] == "idle")
    assert [u for u in room.said if u.speaker == "robot"] == []
    room.type("지금 몇 시야")
    room.robot_says("지금은")


def test_words_that_only_understanding_takes_for_a_call_for_help_reach_safety(room, until):
    room.type("가스 냄새가 나")
    (suspicion,) = until(lambda: room.suspicions)
    assert (suspicion.cause, suspicion.ask, suspicion.evidence) == ("voice", True, "가스 냄새가 나")
