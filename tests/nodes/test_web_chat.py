"""Talk without sound on the robot's page: what is typed there goes through voice and companion, as in the terminal."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest
from dolbom_msgs.action import Say
from dolbom_msgs.msg import Suspicion
from rclpy.action import ActionClient
from rclpy.parameter import Parameter

from dolbom.web.board import Line
from dolbom_nodes import qos
from dolbom_nodes.companion_node import CompanionNode
from dolbom_nodes.voice_node import VoiceNode
from dolbom_nodes.web_node import WebNode


class Screen:
    """The page of a robot that talks, and somebody who types there."""

    def __init__(self, ros: Any, until: Any) -> None:
        self._until = until
        ros.add(VoiceNode(parameter_overrides=[Parameter("syllables_per_s", value=0.0)]))
        overrides = [Parameter("morphemes", value=False), Parameter("quiet_s", value=0.0)]
        companion = ros.add(CompanionNode(parameter_overrides=overrides))
        self.web = ros.add(WebNode(parameter_overrides=[Parameter("port", value=0)]))
        self.node = ros.plain()
        until(lambda: self.web._speech.get_subscription_count() == 2)
        until(lambda: companion._say.server_is_ready() and companion._ask.server_is_ready())

    def type(self, text: str, lang: str = "ko") -> None:
        request = urllib.request.Request(
            self.web.url + "answer",
            data=json.dumps({"text": text, "lang": lang}).encode(),
            headers={"Content-Type": "application/json", "Origin": self.web.url.rstrip("/")},
        )
        with urllib.request.urlopen(request, timeout=15) as answer:
            assert answer.status == 204

    def shows(self, speaker: str, words: str) -> Line:
        return self._until(
            lambda: next((one for one in self.web._board.lines() if one.speaker == speaker and words in one.text), None)
        )


@pytest.fixture
def screen(ros, until, home) -> Screen:
    return Screen(ros, until)


@pytest.mark.parametrize(
    ("typed", "lang", "answer"), [("이름이 뭐야", "ko", "돌봄이"), ("What is your name?", "en", "I am")]
)
def test_what_is_typed_on_the_page_is_answered_on_the_page(screen, typed, lang, answer):
    screen.type(typed, lang)
    assert screen.shows("person", typed).lang == lang
    assert screen.shows("robot", answer).lang == lang


def test_a_call_for_help_that_is_typed_is_a_call_for_help(screen, until):
    calls: list[Suspicion] = []
    screen.node.create_subscription(Suspicion, "care/suspicion", calls.append, qos.EVENT)
    until(lambda: screen.node.count_publishers("care/suspicion"))
    screen.type("살려줘")
    assert until(lambda: calls)[0].cause == "voice"


def test_the_picture_of_an_utterance_comes_with_its_words(screen):
    say = ActionClient(screen.node, Say, "say")
    assert say.wait_for_server(10)
    say.send_goal_async(Say.Goal(text="물 한 잔 드세요.", lang="ko", picture="water"))
    assert screen.shows("robot", "물 한 잔").picture == "water"
    say.destroy()


def test_stop_on_the_page_stops_what_is_being_said(ros, until, home):
    ros.add(VoiceNode(parameter_overrides=[Parameter("syllables_per_s", value=2.0)]))
    web = ros.add(WebNode(parameter_overrides=[Parameter("port", value=0)]))
    node = ros.plain()
    say = ActionClient(node, Say, "say")
    assert say.wait_for_server(10)
    sent = say.send_goal_async(Say.Goal(text="옛날 옛날 어느 산골에 할머니가 살았어요. " * 10, lang="ko"))
    until(sent.done)
    ended = sent.result().get_result_async()
    until(lambda: web._board.state()["doing"] == "speaking")
    web.answer("그만", "ko")
    until(ended.done, 5)
    assert not ended.result().result.finished
    say.destroy()
