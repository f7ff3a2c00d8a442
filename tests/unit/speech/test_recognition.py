"""Recognition: who is asked, and what is made up."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from dolbom.speech.recognition import OfflineError, Recognised, WithFallback, _made_up
from dolbom.speech.sound import Floats

SILENCE = np.zeros(16, np.float32)


class Fixed:
    """Gives one text, or fails."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.fails = False
        self.asked = 0

    def recognise(self, samples: Floats, lang: str) -> Recognised:
        self.asked += 1
        if self.fails:
            raise OfflineError("no network")
        return Recognised(self.text, 1.0, lang, self.text)


def test_where_the_online_one_fails_the_robots_own_answers_and_the_network_is_left_alone_for_a_while() -> None:
    now = [0.0]
    online, offline = Fixed("online"), Fixed("offline")
    both = WithFallback(online, offline, lambda: now[0], pause_s=60)
    assert both.recognise(SILENCE, "ko").text == "online"
    online.fails = True
    assert both.recognise(SILENCE, "ko").text == "offline"
    assert both.trouble == "no network"
    both.recognise(SILENCE, "ko")
    assert online.asked == 2
    now[0], online.fails = 61.0, False
    assert both.recognise(SILENCE, "ko").text == "online"
    assert both.trouble == ""


@pytest.mark.parametrize(
    ("no_speech", "logprob", "compression", "made_up"),
    [(0.9, -1.5, 1.0, True), (0.9, -0.3, 1.0, False), (0.1, -1.5, 1.0, False), (0.1, -0.3, 3.0, True)],
)
def test_text_that_repeats_itself_or_is_unlikely_where_nobody_speaks_is_made_up(
    no_speech: float, logprob: float, compression: float, made_up: bool
) -> None:
    segment = SimpleNamespace(no_speech_prob=no_speech, avg_logprob=logprob, compression_ratio=compression)
    assert _made_up(segment) is made_up
