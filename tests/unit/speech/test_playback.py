"""Utterances sound one after the other, whole or told why not."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dolbom.speech.playback import STALLED_S, Playback, Progress
from dolbom.speech.sound import RATE, Samples


def tone(count: int, value: int = 1) -> Samples:
    return np.full(count, value, np.int16)


def test_two_utterances_sound_one_after_the_other_whole() -> None:
    playback = Playback()
    playback.put("a", tone(300, 1), end=False)
    playback.put("b", tone(200, 2), end=True)
    playback.put("a", tone(100, 1), end=True)
    sounded = np.concatenate([playback.next(160) for _ in range(5)])
    assert sounded.tolist() == [1] * 400 + [2] * 200 + [0] * 200
    assert [(one.id, one.done, one.message) for one in playback.news()] == [("a", True, ""), ("b", True, "")]
    assert not playback.busy


def test_silenced_it_is_silent_from_the_next_sample_on_and_the_next_utterance_begins() -> None:
    playback = Playback()
    playback.put("a", tone(RATE, 1), end=True)
    playback.put("b", tone(160, 2), end=True)
    playback.next(160)
    playback.flush("a")
    assert set(playback.next(160).tolist()) == {2}
    assert playback.news()[0] == Progress("a", 0.01, True, "silenced")


def test_an_utterance_whose_rest_never_comes_is_given_up() -> None:
    playback = Playback()
    playback.put("a", tone(160), end=False)
    for _ in range(int(STALLED_S * RATE / 160) + 2):
        playback.next(160)
    (news,) = playback.news()
    assert news.done
    assert "did not come" in news.message
    assert not playback.busy


def test_what_was_heard_is_told_while_it_sounds() -> None:
    playback = Playback()
    playback.put("a", tone(RATE), end=True)
    for _ in range(50):
        playback.next(320)
    seconds = [one.seconds for one in playback.news()]
    assert seconds == sorted(seconds)
    assert len(seconds) >= 9
    assert seconds[-1] == 1.0


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.sampled_from(["put", "end", "flush", "next", "fail"]), st.integers(0, 400)
        ),
        max_size=60,
    )
)
def test_whatever_happens_no_more_sounds_than_was_given_and_everything_ends(
    steps: list[tuple[str, str, int]],
) -> None:
    playback = Playback()
    given_samples = sounded = 0
    for id, what, count in steps:
        if what in ("put", "end"):
            playback.put(id, tone(count), end=what == "end")
            given_samples += count
        elif what == "flush":
            playback.flush(id)
        elif what == "fail":
            playback.fail("gone")
        else:
            sounded += int(playback.next(count).sum())
    for _ in range(4 * int(STALLED_S * RATE / 4000) + 60):
        sounded += int(playback.next(4000).sum())
    assert sounded <= given_samples
    assert not playback.busy
    done = [one.id for one in playback.news() if one.done]
    assert set(done) <= set("abc")
