"""What somebody of a scenario says aloud reaches the microphone: whole, in order, at the pace of simulated time."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from dolbom_msgs.msg import Audio, AudioState

from dolbom.errors import UserError
from dolbom.speech.sound import CHUNK, CHUNK_S, RATE
from dolbom_nodes import qos, stamps
from dolbom_nodes.scenario_sound import Microphone

needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


class Ears:
    """What comes to `audio/in`."""

    def __init__(self, node: object) -> None:
        self.heard: list[Audio] = []
        node.create_subscription(Audio, "audio/in", self.heard.append, qos.STREAM)  # type: ignore[attr-defined]

    @property
    def samples(self) -> np.ndarray:
        return np.concatenate([np.asarray(one.samples, np.int16) for one in self.heard])


def give(microphone: Microphone, ears: Ears, until: object, start: float, seconds: float) -> None:
    """Lets simulated time pass in steps of a fifteenth of a second, as it comes."""
    for i in range(round(seconds * 15)):
        before = len(ears.heard)
        microphone.advance(start + i / 15)
        until(lambda i=i, before=before: len(ears.heard) > before or i < 1)  # type: ignore[operator]


@needs_espeak
def test_what_is_said_is_heard_whole_between_the_rooms_own_noise(ros, until) -> None:
    speaker, ears = ros.plain("speaker"), Ears(ros.plain("ears_of_the_test"))
    microphone = Microphone(speaker, seed=1)
    until(lambda: speaker.count_subscribers("audio/in") == 1)
    give(microphone, ears, until, 10.0, 0.5)
    room = ears.samples
    assert 0 < np.abs(room).max() < 50
    seconds = microphone.say("살려줘", "ko")
    assert 0.3 < seconds < 3.0
    give(microphone, ears, until, 10.5, seconds + 1.0)
    said = ears.samples[len(room) :]
    loud = np.flatnonzero(np.abs(said.astype(int)) > 500)
    assert 0.5 * seconds < (loud[-1] - loud[0]) / RATE <= seconds + CHUNK_S
    assert [one.sequence for one in ears.heard] == list(range(len(ears.heard)))
    steps = np.diff([stamps.from_msg(one.header.stamp) for one in ears.heard])
    np.testing.assert_allclose(steps, CHUNK_S, atol=1e-6)
    assert {len(one.samples) for one in ears.heard} == {CHUNK}


def test_it_is_known_when_the_ears_are_ready(ros, until) -> None:
    observer, speaker = ros.plain(), ros.plain("speaker")
    states: list[AudioState] = []
    observer.create_subscription(AudioState, "audio/state", states.append, qos.STATE)
    microphone = Microphone(speaker, seed=1)
    until(lambda: states and states[-1].microphone == AudioState.ON)
    publisher = observer.create_publisher(DiagnosticArray, "/diagnostics", 10)
    until(lambda: publisher.get_subscription_count() == 1)
    for name, ready, heard in (("voice", "True", False), ("ears", "False", False), ("ears", "True", True)):
        values = [KeyValue(key="ready", value=ready)]
        publisher.publish(DiagnosticArray(status=[DiagnosticStatus(name=name, values=values)]))
        if heard:
            until(lambda: microphone.heard)
        else:
            assert not microphone.heard


def test_a_language_without_a_voice_is_refused(ros) -> None:
    with pytest.raises(UserError, match="nobody speaks"):
        Microphone(ros.plain(), seed=1).say("bonjour", "fr")
