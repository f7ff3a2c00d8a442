"""The voice node: goals that speak, wait, are interrupted and cancelled, and words that reach whoever needs them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from builtin_interfaces.msg import Duration
from dolbom_msgs.action import Ask, Say
from dolbom_msgs.msg import Suspicion, Utterance
from hri_msgs.msg import IdsList, LiveSpeech
from rclpy.action import ActionClient
from rclpy.parameter import Parameter

from dolbom.dialog.engine import SpeechError
from dolbom_nodes import qos
from dolbom_nodes.voice_node import VoiceNode

ANSWERS = ["fine", "help", "yes", "no", "stop"]


class HeldEngine:
    """An engine that goes on speaking until the test lets it end."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.go_on = threading.Event()
        self.error: Exception | None = None

    def speak(self, text: str, lang: str, cancel: threading.Event) -> Iterator[float]:
        self.texts.append(text)
        if self.error is not None:
            raise self.error
        yield 0.0
        while not self.go_on.is_set():
            if cancel.wait(0.01):
                self.texts.append(f"hushed: {text}")
                return
        yield 1.0


class Talker:
    """Somebody who says, asks, answers and listens."""

    def __init__(self, voice: VoiceNode, node: Any, until: Any) -> None:
        self._until = until
        self._voice = voice
        self.said: list[Utterance] = []
        self.calls: list[Suspicion] = []
        self.progress: list[float] = []
        self._say = ActionClient(node, Say, "say")
        self._ask = ActionClient(node, Ask, "ask")
        node.create_subscription(Utterance, "care/said", self.said.append, qos.STREAM)
        node.create_subscription(Suspicion, "care/suspicion", self.calls.append, qos.EVENT)
        self._typed = node.create_publisher(LiveSpeech, "/humans/voices/typed/speech", qos.STREAM)
        assert self._say.wait_for_server(10)
        assert self._ask.wait_for_server(10)
        until(lambda: self._typed.get_subscription_count())

    def _goal(self, client: Any, goal: Any) -> Any:
        def feedback(message: Any) -> None:
            self.progress.append(getattr(message.feedback, "progress", 0.0))

        sent = client.send_goal_async(goal, feedback_callback=feedback)
        self._until(sent.done)
        return sent.result()

    def say(self, text: str, urgency: int = Say.Goal.CHAT) -> Any:
        return self._goal(self._say, Say.Goal(text=text, lang="ko", urgency=urgency))

    def ask(self, question: str, limit_s: float = 10.0, urgency: int = Say.Goal.DISTRESS) -> Any:
        limit = Duration(sec=int(limit_s), nanosec=int(limit_s % 1 * 1e9))
        return self._goal(self._ask, Ask.Goal(question=question, answers=ANSWERS, time_limit=limit, urgency=urgency))

    def wait_for_the_questions_end(self) -> None:
        self._until(lambda: self._voice.diagnose()["doing"] == "listens")

    def answer(self, text: str) -> None:
        self._typed.publish(LiveSpeech(final=text, confidence=0.9, locale="ko_KR"))

    def result(self, handle: Any) -> Any:
        result = handle.get_result_async()
        self._until(result.done)
        return result.result().result


@pytest.fixture
def engine() -> HeldEngine:
    return HeldEngine()


@pytest.fixture
def talker(ros, until, engine) -> Talker:
    voice = ros.add(VoiceNode(engine=engine, parameter_overrides=[Parameter("settle_s", value=0.2)]))
    return Talker(voice, ros.plain(), until)


def test_what_is_said_is_spoken_published_and_finished(talker, engine, until):
    engine.go_on.set()
    assert talker.result(talker.say("안녕하세요")).finished
    assert engine.texts == ["안녕하세요"]
    until(lambda: talker.said)
    assert (talker.said[0].speaker, talker.said[0].text, talker.said[0].question) == ("robot", "안녕하세요", False)
    until(lambda: 1.0 in talker.progress)


def test_a_question_ends_with_the_answer_that_is_understood(talker, engine, until):
    engine.go_on.set()
    handle = talker.ask("괜찮으세요?")
    talker.answer("응, 괜찮아")
    result = talker.result(handle)
    assert (result.outcome, result.answer, result.heard) == (Ask.Result.ANSWERED, "fine", "응, 괜찮아")
    assert result.confidence == pytest.approx(0.9)
    assert [(u.speaker, u.text, u.question) for u in until(lambda: talker.said if len(talker.said) > 1 else None)] == [
        ("robot", "괜찮으세요?", True),
        ("typed", "응, 괜찮아", False),
    ]


def test_silence_after_the_end_of_the_question_is_an_outcome(talker, engine, until):
    handle = talker.ask("괜찮으세요?", limit_s=0.2)
    result = handle.get_result_async()
    until(lambda: engine.texts)
    assert not result.done()  # still speaking: no silence yet, however long that takes
    engine.go_on.set()
    assert talker.result(handle).outcome == Ask.Result.SILENCE


def test_words_that_are_not_understood_are_an_outcome_of_their_own(talker, engine):
    engine.go_on.set()
    handle = talker.ask("괜찮으세요?")
    talker.wait_for_the_questions_end()  # over the question, it would have the whole time limit
    talker.answer("그게 말이야")
    result = talker.result(handle)
    assert (result.outcome, result.answer, result.heard) == (Ask.Result.UNCLEAR, "", "그게 말이야")


def test_a_distress_question_interrupts_what_is_being_said(talker, engine, until):
    chat = talker.say("옛날 이야기 하나 해 드릴까요")
    until(lambda: engine.texts)
    question = talker.ask("괜찮으세요?")
    assert not talker.result(chat).finished
    until(lambda: "괜찮으세요?" in engine.texts)
    assert "hushed: 옛날 이야기 하나 해 드릴까요" in engine.texts
    talker.answer("살려줘")
    assert talker.result(question).answer == "help"


def test_a_cancelled_question_is_hushed_and_its_answer_no_longer_waited_for(talker, engine, until):
    handle = talker.ask("괜찮으세요?")
    until(lambda: engine.texts)
    cancelled = handle.cancel_goal_async()
    until(cancelled.done)
    assert len(cancelled.result().goals_canceling) == 1
    assert talker.result(handle).outcome == Ask.Result.INTERRUPTED
    until(lambda: "hushed: 괜찮으세요?" in engine.texts)


@pytest.mark.parametrize("error", [SpeechError("no speaker"), RuntimeError("driver bug")])
def test_a_question_that_cannot_be_spoken_fails_and_the_next_is_tried(talker, engine, error):
    engine.error = error
    assert talker.result(talker.ask("괜찮으세요?")).outcome == Ask.Result.FAILED
    engine.error = None
    engine.go_on.set()
    assert talker.result(talker.say("다시 들려요")).finished


def test_a_call_for_help_becomes_a_suspicion_and_an_answer_does_not(talker, engine, until):
    engine.go_on.set()
    talker.answer("살려줘")
    (call,) = until(lambda: talker.calls)
    assert (call.cause, call.ask, call.over, call.evidence) == ("voice", True, False, "살려줘")
    handle = talker.ask("괜찮으세요?")
    talker.answer("도와줘")
    assert talker.result(handle).answer == "help"
    assert len(talker.calls) == 1


def test_every_voice_that_is_tracked_is_listened_to(talker, engine, ros, until):
    engine.go_on.set()
    speaker = ros.plain("ears")
    tracked = speaker.create_publisher(IdsList, "/humans/voices/tracked", qos.STREAM)
    voice = speaker.create_publisher(LiveSpeech, "/humans/voices/v7/speech", qos.STREAM)
    until(tracked.get_subscription_count)
    tracked.publish(IdsList(ids=["v7", "no/slash"]))
    until(voice.get_subscription_count)
    handle = talker.ask("괜찮으세요?")
    voice.publish(LiveSpeech(incremental="괜"))
    voice.publish(LiveSpeech(final="괜찮아요"))
    assert talker.result(handle).answer == "fine"
    tracked.publish(IdsList(ids=[]))
    until(lambda: voice.get_subscription_count() == 0)
