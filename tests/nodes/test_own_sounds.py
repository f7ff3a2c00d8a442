"""A recording of the home, and a tune, through the real voice and audio nodes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import soundfile
from dolbom_msgs.action import Say
from tests.nodes.test_speaking import LOUD, Robot

from dolbom.speech.own_sounds import own_folder
from dolbom.speech.sound import RATE
from dolbom.speech.tunes import tune_sound, tunes

pytestmark = pytest.mark.programs("espeak-ng")


@pytest.fixture
def robot(ros: Any, until: Any, tmp_path: Any) -> Robot:
    return Robot(ros, until, tmp_path / "said.wav", engines=["espeak"])


def test_a_recording_sounds_in_the_place_of_the_text_and_without_it_the_text_is_spoken(robot: Robot) -> None:
    own_folder().mkdir(parents=True)
    wave = 0.5 * np.sin(2 * math.pi * 440 * np.arange(RATE) / RATE)
    soundfile.write(own_folder() / "daughter.wav", wave.astype(np.float32), RATE)

    def say(sound: str) -> None:
        sent = robot._say.send_goal_async(Say.Goal(text="약 드실 시간이에요.", sound=sound))
        robot._until(sent.done)
        assert robot.result(sent.result()).finished

    say("daughter.wav")
    assert robot.seconds() == pytest.approx(1.0, abs=0.1)
    assert robot.voice.diagnose()["engine"] == "recording"
    say("son.wav")
    assert robot.voice.diagnose()["engine"] == "espeak"


def test_a_tune_sounds_by_its_name_and_falls_silent_for_what_is_more_urgent(robot: Robot, until: Any) -> None:
    def say(text: str, sound: str, urgency: int) -> Any:
        sent = robot._say.send_goal_async(Say.Goal(text=text, sound=sound, urgency=urgency))
        robot._until(sent.done)
        return sent.result()

    tune = say("♪ 솔 라 솔 라…", "tune-arirang", Say.Goal.CHAT)
    until(lambda: len(robot.sounded()) > RATE and np.abs(robot.sounded()[-RATE // 2 :].astype(int)).max() > LOUD)
    # What sounds is the tune, sample by sample, from its first loud one on.
    sound, written = np.abs(tune_sound("tune-arirang").astype(int)), np.abs(robot.sounded().astype(int))
    begin = np.flatnonzero(written > LOUD)[0] - np.flatnonzero(sound > LOUD)[0]
    count = min(RATE // 2, len(written) - begin)
    assert np.array_equal(written[begin : begin + count], sound[:count])
    assert robot.result(say("약 드실 시간이에요.", "", Say.Goal.REMINDER)).finished
    assert not robot.result(tune).finished
    assert robot.seconds() < tunes()["arirang"].seconds / 2
    assert robot.voice.diagnose()["engine"] == "espeak"
