"""Games through the real companion and voice: asked for, played by the action, on the page, a medicine first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dolbom_msgs.action import Play, Remind
from dolbom_msgs.msg import CareEvent, Utterance
from hri_msgs.msg import LiveSpeech
from rclpy.action import ActionClient
from rclpy.parameter import Parameter
from tests.nodes.test_check_in import zone_where_it_is_noon

from dolbom.clock import SystemClock
from dolbom.store.base import open_store
from dolbom.store.games import GameStore
from dolbom.store.memory import MemoryStore
from dolbom.store.people import Consent, Purpose
from dolbom_nodes import qos
from dolbom_nodes.companion_node import CompanionNode
from dolbom_nodes.voice_node import VoiceNode

Until = Callable[..., Any]


class Home:
    """A robot that plays, and somebody who types."""

    def __init__(self, ros: Any, until: Until) -> None:
        self._until = until
        zone = Parameter("time_zone", value=zone_where_it_is_noon())
        ros.add(VoiceNode(parameter_overrides=[Parameter("syllables_per_s", value=0.0), zone]))
        quick = [Parameter("morphemes", value=False), Parameter("quiet_s", value=0.0), zone]
        self.companion = ros.add(CompanionNode(parameter_overrides=[*quick, Parameter("games.wait_s", value=1.0)]))
        node = ros.plain()
        self.said: list[Utterance] = []
        self.events: list[CareEvent] = []
        self.feedback: list[Any] = []
        node.create_subscription(Utterance, "care/said", self.said.append, qos.STREAM)
        node.create_subscription(CareEvent, "care/event", self.events.append, qos.EVENT)
        self.typed = node.create_publisher(LiveSpeech, "/humans/voices/typed/speech", qos.STREAM)
        self.play = ActionClient(node, Play, "play")
        self.remind = ActionClient(node, Remind, "remind")
        until(lambda: self.typed.get_subscription_count() == 2, 20)
        until(lambda: self.companion._say.server_is_ready() and self.companion._ask.server_is_ready(), 20)
        until(lambda: self.play.server_is_ready() and self.remind.server_is_ready(), 20)

    def begin(self, **goal: Any) -> Any:
        sent = self.play.send_goal_async(
            Play.Goal(**goal), feedback_callback=lambda m: self.feedback.append(m.feedback)
        )
        self._until(sent.done, 10)
        return sent.result()

    def end(self, handle: Any) -> Any:
        ended = handle.get_result_async()
        self._until(ended.done, 30)
        return ended.result().result

    def asked(self, words: str = "", after: int = 0) -> Utterance:
        return self._until(
            lambda: next(
                (u for u in self.said[after:] if u.speaker == "robot" and u.question and words in u.text), None
            ),
            20,
        )

    def type(self, text: str) -> None:
        self.typed.publish(LiveSpeech(final=text, confidence=1.0, locale="ko_KR"))


@pytest.fixture
def table(home: Path, ros: Any, until: Until) -> Home:
    return Home(ros, until)


def test_a_game_is_played_by_the_action_with_feedback_for_each_round(table: Home, until: Until) -> None:
    handle = table.begin(kind="game", name="proverbs", rounds=2, seed=1)
    for number in range(2):
        asked = table.asked(after=0 if number == 0 else len(table.said) - 1)
        before = len(table.said)
        playing = table.companion._games._live
        table.type(playing.round.solution())
        until(lambda number=number: sum(f.stage == "round" for f in table.feedback) > number, 20)
        assert asked.lang == "ko"
        until(lambda before=before: len(table.said) > before + 1, 20)
    result = table.end(handle)
    assert (result.outcome, result.ended, result.rounds) == (Play.Result.PLAYED, "complete", 2)
    assert [f.stage for f in table.feedback] == ["waiting", "round", "round"]
    assert [(f.round, f.of, f.grade) for f in table.feedback[1:]] == [(1, 2, "right"), (2, 2, "right")]
    until(lambda: any(".game.played." in e.type for e in table.events), 10)


def test_choices_come_to_the_page_as_buttons(table: Home) -> None:
    handle = table.begin(kind="game", name="sequencing", rounds=1, seed=1)
    asked = table.asked()
    assert len(asked.buttons) == 2
    assert all(button in asked.text for button in asked.buttons)
    handle.cancel_goal_async()
    table.end(handle)


def test_a_game_that_is_withdrawn_ends_at_once(table: Home) -> None:
    handle = table.begin(kind="game", name="melody")
    table.asked()
    handle.cancel_goal_async()
    assert table.end(handle).ended == "broken_off"


def test_what_cannot_be_played_says_why(table: Home) -> None:
    assert "no game 'chess'" in table.end(table.begin(name="chess")).message
    assert "football" in table.end(table.begin(kind="football")).message


def test_an_offer_that_is_refused_is_no_game(table: Home, until: Until) -> None:
    table.type("돌봄아 안녕")  # somebody is there
    until(lambda: any(one.speaker == "robot" for one in table.said), 10)
    handle = table.begin(kind="game", name="market", offer=True)
    table.asked("장보기 놀이")
    table.type("아니 싫어")
    result = table.end(handle)
    assert (result.outcome, result.ended) == (Play.Result.DECLINED, "declined")


def test_a_medicine_in_the_middle_comes_first_and_the_game_goes_on(table: Home, until: Until) -> None:
    handle = table.begin(kind="game", name="proverbs", rounds=1, seed=1)
    question = table.companion._games._live.round.prompt.text if table.asked() else ""
    due = Remind.Goal(
        id="d", kind="medicine", text="혈압약 드실 시간이에요.", question="약 드셨어요?", answers=["yes", "no"]
    )
    sent = table.remind.send_goal_async(due)
    table.asked("약 드셨어요?")
    table.type("응")
    until(sent.done, 10)
    table.asked("계속할까요?")
    table.type("그래")
    assert question in table.asked("아까 하던 속담 잇기 이어서").text
    table.type(table.companion._games._live.round.solution())
    assert table.end(handle).ended == "complete"


def test_who_asks_for_a_game_gets_it_and_it_is_kept_with_their_consent(table: Home, until: Until) -> None:
    memory = MemoryStore(open_store())
    now = SystemClock().civil()
    person = memory.people.add("김순자", Consent(Purpose.GAMES, "herself", now), now)
    handle = table.begin(kind="game", name="proverbs", person=person, rounds=1)
    table.asked()
    table.type(table.companion._games._live.round.solution())
    table.end(handle)
    [sitting] = GameStore(memory).entries(person, SystemClock().civil())
    assert (sitting.game, sitting.ended, sitting.rounds[0].grade) == ("proverbs", "complete", "right")
    before = len(table.said)
    table.type("끝말잇기 하자")
    table.asked("시작하는 말은요?", after=before)


@pytest.mark.timeout(120)  # a process of its own
def test_the_command_has_the_robot_play_and_follows_it(table: Home, until: Until) -> None:
    command = [sys.executable, "-m", "dolbom", "play", "proverbs", "--rounds", "1", "--json"]
    playing = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    until(lambda: any(one.speaker == "robot" and one.question for one in table.said), 60)
    table.type(table.companion._games._live.round.solution())
    shown, _ = playing.communicate(timeout=60)
    *feedback, result = [json.loads(line) for line in shown.splitlines()]
    assert [(one["stage"], one["grade"]) for one in feedback] == [("waiting", ""), ("round", "right")]
    assert (result["outcome"], result["ended"], result["rounds"]) == ("played", "complete", 1)
