"""Words to sound through the real nodes: the voice makes it with espeak-ng, the audio node plays it into a file."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from dolbom_msgs.action import Say
from dolbom_msgs.msg import Audio, Played
from rclpy.action import ActionClient
from rclpy.parameter import Parameter

from dolbom.speech.sound import RATE
from dolbom.store.base import open_store
from dolbom.store.people import PersonRow
from dolbom.store.speech import SpeechSettings, SpeechStore
from dolbom_nodes import qos
from dolbom_nodes.audio_node import AudioNode
from dolbom_nodes.voice_node import VoiceNode

STORY = "옛날 어느 산골에 할머니가 살았어요. 어느 날 호랑이가 찾아왔지요."
LOUD = 300
pytestmark = pytest.mark.programs("espeak-ng")


class Robot:
    """A voice and a speaker that writes a file."""

    def __init__(self, ros: Any, until: Any, speaker: Path | None, **voice: Any) -> None:
        self._until, self.file = until, speaker
        self.pieces: list[tuple[float, Audio]] = []
        self.played: list[Played] = []
        node = ros.plain()
        overrides = [Parameter(name, value=value) for name, value in voice.items()]
        self.voice = ros.add(VoiceNode(parameter_overrides=overrides))
        self.audio = ros.add(
            AudioNode(
                parameter_overrides=[
                    Parameter("microphone", value="none"),
                    Parameter("speaker", value=str(speaker) if speaker else "none"),
                ]
            )
        )
        node.create_subscription(
            Audio, "audio/out", lambda message: self.pieces.append((time.monotonic(), message)), qos.EVENT
        )
        node.create_subscription(Played, "audio/played", self.played.append, qos.EVENT)
        self._say = ActionClient(node, Say, "say")
        assert self._say.wait_for_server(10)
        if speaker:
            until(lambda: self.voice.diagnose()["speaker"] == "on", what="the speaker")

    def say(self, text: str, lang: str = "ko", person: str = "") -> Any:
        sent = self._say.send_goal_async(Say.Goal(text=text, lang=lang, person=person))
        self._until(sent.done)
        return sent.result()

    def result(self, handle: Any, seconds: float = 30.0) -> Any:
        result = handle.get_result_async()
        self._until(result.done, seconds)
        return result.result().result

    def sounded(self) -> Any:
        """Samples of the file so far."""
        assert self.file is not None
        return np.frombuffer(self.file.read_bytes()[44:], np.int16)

    def seconds(self) -> float:
        """From the first to the last loud sample."""
        loud = np.flatnonzero(np.abs(self.sounded().astype(int)) > LOUD)
        return float(loud[-1] - loud[0]) / RATE


@pytest.fixture
def robot(ros: Any, until: Any, tmp_path: Path) -> Robot:
    return Robot(ros, until, tmp_path / "said.wav", engines=["espeak"])


def test_what_is_said_sounds_and_counts_as_said_only_when_it_has_sounded(robot: Robot):
    begin = time.monotonic()
    assert robot.result(robot.say("2시에 약 1알 드세요. 물도 드세요.")).finished
    took = time.monotonic() - begin
    assert 1.5 < robot.seconds() <= took
    assert robot.played[-1].done
    assert robot.played[-1].message == ""
    assert robot.voice.diagnose()["engine"] == "espeak"
    assert float(robot.voice.diagnose()["first_sound_s"]) < 3.0  # on a busy machine


def test_no_piece_is_sent_more_than_the_agreed_lead_before_it_sounds(robot: Robot):
    robot.result(robot.say(STORY))
    begin = robot.pieces[0][0]
    sent = 0.0
    for at, piece in robot.pieces:
        sent += len(piece.samples) / RATE
        assert sent <= at - begin + 0.3 + 0.1  # the second is for the way of the message
    assert {piece.rate for _, piece in robot.pieces} == {RATE}
    assert [piece.end for _, piece in robot.pieces] == [False] * (len(robot.pieces) - 1) + [True]
    assert len({piece.id for _, piece in robot.pieces}) == 1


@pytest.mark.parametrize("text", ["", "…", "\x1b\x07", "!" * 2000])
def test_what_holds_no_words_is_over_at_once_and_makes_no_sound(robot: Robot, text: str):
    begin = time.monotonic()
    result = robot.result(robot.say(text))
    assert result.finished or result.message == "there is nothing to say"
    assert time.monotonic() - begin < 5
    assert not any(np.abs(robot.sounded().astype(int)) > LOUD)


def test_signs_that_are_no_words_are_neither_printed_nor_said(robot: Robot, capfd: Any):
    assert robot.result(robot.say("<b>네</b>\x1b]0;x\x07 \x1b[2J\u202e좋아요.")).finished
    assert robot.seconds() > 0.3
    assert "\x1b" not in capfd.readouterr().out


def test_ten_thousand_letters_are_begun_at_once_and_stopped_at_once(robot: Robot, until: Any):
    begin = time.monotonic()
    handle = robot.say("가나다라 마바사" * 1250)
    until(lambda: robot.pieces)
    assert time.monotonic() - begin < 5
    until(lambda: len(robot.sounded()) and np.abs(robot.sounded()[-RATE // 5 :].astype(int)).max() > LOUD)
    handle.cancel_goal_async()
    assert not robot.result(handle, 5).finished


def test_what_is_cancelled_is_silent_within_a_hundred_and_fifty_milliseconds(robot: Robot, until: Any):
    handle = robot.say(STORY)
    until(lambda: len(robot.sounded()) and np.abs(robot.sounded()[-RATE // 5 :].astype(int)).max() > LOUD)
    told = len(robot.sounded())
    handle.cancel_goal_async()
    assert not robot.result(handle).finished
    until(lambda: robot.played and robot.played[-1].done)
    until(lambda: len(robot.sounded()) > told + RATE // 2)
    loud = np.flatnonzero(np.abs(robot.sounded().astype(int)) > LOUD)
    late = max(0.0, float(loud[-1] - told) / RATE)
    print(f"silent after {late * 1000:.0f} ms")
    assert late <= 0.15


def test_a_person_is_spoken_to_at_their_own_pace_loudness_and_pauses(robot: Robot, until: Any, tmp_path: Path):
    store = open_store()
    with store.writing() as session:
        for person in ("slow", "soft", "calm"):
            session.add(PersonRow(id=person, name=b"", added=datetime.now(UTC)))
    speech = SpeechStore(store)
    speech.set("slow", SpeechSettings(rate=0.6))
    speech.set("soft", SpeechSettings(volume_db=-12))
    speech.set("calm", SpeechSettings(pause_s=1.5))
    store.close()

    def said_to(person: str) -> Any:
        robot.pieces.clear()
        robot.result(robot.say("네. 좋아요.", person=person))
        until(lambda: robot.pieces and robot.pieces[-1][1].end)
        return np.concatenate([np.asarray(piece.samples, float) for _, piece in robot.pieces])

    usual, slow, soft, calm = (said_to(person) for person in ("", "slow", "soft", "calm"))
    assert len(slow) > 1.2 * len(usual)
    assert np.abs(soft).max() == pytest.approx(np.abs(usual).max() / 4, rel=0.1)
    assert (len(calm) - len(usual)) / RATE == pytest.approx(1.5 - 0.35, abs=0.05)


def test_a_voice_that_fails_hands_over_to_the_next_and_says_so(ros: Any, until: Any, home: Path, tmp_path: Path):
    (home / "voices").mkdir(parents=True)
    (home / "voices" / "ko_KR-broken.onnx").write_bytes(b"")
    (home / "voices" / "ko_KR-broken.onnx.json").write_text('{"language": {"code": "ko_KR"}}')
    program = home / "piper" / "bin" / "piper"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho the model is damaged >&2\nexit 1\n")
    program.chmod(0o755)
    robot = Robot(ros, until, tmp_path / "said.wav", engines=["piper", "espeak"])
    assert robot.result(robot.say("안녕하세요.")).finished
    assert robot.seconds() > 0.5
    level, said = robot.voice.health()
    assert (level, said) == (DiagnosticStatus.WARN, "espeak speaks instead: piper: piper ended: the model is damaged")


def test_without_a_speaker_the_text_takes_its_own_time(ros: Any, until: Any):
    robot = Robot(ros, until, None, engines=["espeak"], syllables_per_s=20.0)
    begin = time.monotonic()
    assert robot.result(robot.say("안녕하세요, 어르신. 반갑습니다.")).finished
    assert time.monotonic() - begin > 0.5
    assert robot.pieces == []


def test_prompts_are_fetched_ahead_only_with_leave_to_go_online(ros: Any, until: Any, monkeypatch: Any):
    asked: list[str] = []

    def fetch(text: str, lang: str, site: str) -> Any:
        asked.append(text)
        return np.full(1600, 900, np.int16)

    monkeypatch.setattr("dolbom.speech.online_voice._fetch", fetch)
    monkeypatch.setattr("dolbom_nodes.mouth.PROMPT_PAUSE_S", 0.0)
    monkeypatch.setattr("dolbom_nodes.mouth.PROMPTS_AGAIN_S", 0.1)
    node = ros.add(VoiceNode(parameter_overrides=[Parameter("engines", value=["gtts"])]))
    until(lambda: node.parameters.engines == ["gtts"])
    assert not asked
    node.set_parameters([Parameter("online", value=True)])
    until(lambda: len(asked) > 3)
    assert "어르신, 괜찮으세요?" in asked
    assert len(asked) == len(set(asked))


def test_a_speaker_that_is_lost_while_it_speaks_leaves_the_text_to_its_end(robot: Robot, until: Any):
    handle = robot.say(STORY)
    until(lambda: robot.played)
    robot.audio.trigger_deactivate()
    assert robot.result(handle).finished
    assert "only the text was shown" in robot.voice.health()[1]
