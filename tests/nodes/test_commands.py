"""`dolbom say`, `answer` and `sos` against nodes that really run, and what they say when none does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from rclpy.parameter import Parameter

from dolbom_nodes import commanding
from dolbom_nodes.companion_node import CompanionNode
from dolbom_nodes.safety_node import SafetyNode
from dolbom_nodes.voice_node import VoiceNode


def dolbom(*arguments: str, typed: str = "") -> Any:
    command = [sys.executable, "-m", "dolbom", *arguments]
    return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=100, env=dict(os.environ))


@pytest.fixture
def robot(ros):
    voice = ros.add(VoiceNode(parameter_overrides=[Parameter("syllables_per_s", value=0.0)]))
    safety = ros.add(SafetyNode())
    return voice, safety


@pytest.mark.timeout(180)  # four processes, one after the other
def test_say_answer_and_sos_reach_the_robot(robot, until):
    said = dolbom("say", "점심 드실 시간이에요.", "--json")
    assert (said.returncode, json.loads(said.stdout)) == (0, {"finished": True, "message": ""})
    called = dolbom("sos", "--json")
    assert called.returncode == 0, called.stderr
    assert json.loads(called.stdout)["stage"] == "asked"
    answered = dolbom("answer", "아니, 잘못 눌렀어")
    assert (answered.returncode, answered.stdout) == (0, "아니, 잘못 눌렀어 (fine)\n")
    _, safety = robot
    until(lambda: not safety._guard.open)
    assert dolbom("sos", "--cancel").stdout == "none\n"


@pytest.mark.timeout(120)
def test_chat_types_to_the_robot_and_shows_what_it_says(ros, until, home):
    ros.add(VoiceNode(parameter_overrides=[Parameter("syllables_per_s", value=0.0)]))
    companion = ros.add(CompanionNode(parameter_overrides=[Parameter("morphemes", value=False)]))
    until(lambda: companion._say.server_is_ready() and companion._ask.server_is_ready())
    typed = "너는 누구니\n\n카메라 꺼 줘\n아니\n"
    ended = dolbom("chat", "--json", typed=typed)
    assert ended.returncode == 0, ended.stderr
    said = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [(one["speaker"], one["text"], one["question"]) for one in said] == [
        ("typed", "너는 누구니", False),
        ("robot", "저는 말동무 로봇 돌봄이예요.", False),
        ("typed", "카메라 꺼 줘", False),
        ("robot", "카메라를 끄라고 하셨어요?", True),
        ("typed", "아니", False),
        ("robot", "네, 그럼 다시 말씀해 주세요.", False),
    ]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["say", " "], "dolbom: there is nothing to say — give the words: dolbom say TEXT"),
        (["say", "x", "--lang", "fr"], "dolbom: no language 'fr' — there are ko, en"),
        (["say", "x", "--urgency", "panic"], "dolbom: no urgency 'panic' — there are chat, reminder, distress"),
        (["answer", ""], "dolbom: there are no words — give them: dolbom answer TEXT"),
        (["chat", "--lang", "fr"], "dolbom: no language 'fr' — there are ko, en"),
        (["answer", "x", "--lang", "fr"], "dolbom: no language 'fr' — there are ko, en"),
    ],
)
def test_bad_input_is_one_line(arguments, line):
    ended = dolbom(*arguments)
    assert (ended.returncode, ended.stderr.strip()) == (2, line)


@pytest.mark.timeout(120)
def test_no_robot_is_one_line(ros_domain, home):
    with (
        pytest.raises(Exception, match=f"the robot does not answer in ROS domain {ros_domain} — start the robot"),
        commanding.conversation() as robot,
    ):
        robot.need(lambda: False, 0.1, "the robot")
    ended = dolbom("sos")
    assert ended.returncode == 2
    assert ended.stderr.startswith("dolbom: the robot's guard does not answer in ROS domain")
    assert ended.stderr.count("\n") == 1


def test_a_namespace_that_ros_does_not_take_is_one_line(ros_domain):
    with pytest.raises(Exception, match="is no ROS namespace"), commanding.conversation("1 bad"):
        pass
