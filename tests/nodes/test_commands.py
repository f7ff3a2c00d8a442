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
from dolbom_nodes.safety_node import SafetyNode
from dolbom_nodes.voice_node import VoiceNode


def dolbom(*arguments: str) -> Any:
    return subprocess.run(
        [sys.executable, "-m", "dolbom", *arguments], capture_output=True, text=True, timeout=100, env=dict(os.environ)
    )


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


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["say", " "], "dolbom: there is nothing to say — give the words: dolbom say TEXT"),
        (["say", "x", "--lang", "fr"], "dolbom: no language 'fr' — there are ko, en"),
        (["say", "x", "--urgency", "panic"], "dolbom: no urgency 'panic' — there are chat, reminder, distress"),
        (["answer", ""], "dolbom: there are no words — give them: dolbom answer TEXT"),
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
