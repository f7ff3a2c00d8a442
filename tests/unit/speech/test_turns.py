"""Turns out of the voice detector's probabilities."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dolbom.speech.sound import CHUNK, CHUNK_S
from dolbom.speech.turns import Begun, Dropped, Heard, Segment, TurnParameters, Turns


def heard(probabilities: list[float], parameters: TurnParameters | None = None) -> list[Heard]:
    """Everything that follows from chunks that hold their own number."""
    turns, out = Turns(parameters), []
    for i, probability in enumerate(probabilities):
        out += turns.push(np.full(CHUNK, i, np.int16), probability, i * CHUNK_S)
    return out + turns.flush()


def seconds(s: float) -> int:
    return round(s / CHUNK_S)


def test_a_turn_begins_before_the_voice_and_ends_after_the_silence() -> None:
    begun, pause, ended = heard([0.0] * seconds(1) + [0.9] * seconds(1) + [0.0] * seconds(2))
    assert isinstance(begun, Begun) and isinstance(pause, Segment) and isinstance(ended, Segment)
    assert 0.5 < begun.stamp < 0.7
    assert (pause.ended, ended.ended) == (False, True)
    assert begun.stamp == pause.stamp == ended.stamp
    assert abs(ended.spoken_until - 2.0) < 2 * CHUNK_S
    assert abs(len(ended.samples) / 16000 - (0.4 + 1.0 + 1.0)) < 3 * CHUNK_S


def test_a_pause_within_a_turn_does_not_end_it() -> None:
    voice, short = [0.9] * seconds(0.6), [0.0] * seconds(0.7)
    segments = [one for one in heard(voice + short + voice + [0.0] * seconds(1.5)) if isinstance(one, Segment)]
    assert [one.ended for one in segments] == [False, False, True]


def test_a_click_is_no_turn_and_what_was_announced_is_taken_back() -> None:
    begun, dropped = heard([0.0] * 5 + [0.9] * 2 + [0.0] * seconds(1.5))
    assert isinstance(begun, Begun) and dropped == Dropped(begun.stamp)


def test_who_speaks_without_end_is_handed_on_in_pieces() -> None:
    found = heard([0.9] * seconds(12), TurnParameters(longest_s=5.0))
    segments = [one for one in found if isinstance(one, Segment)]
    assert [round(len(one.samples) / 16000) for one in segments] == [5, 5, 2]


@given(st.lists(st.floats(0, 1), max_size=300), st.sampled_from([0.1, 0.4]))
def test_every_turn_that_begins_ends_once_and_no_voice_is_in_two_turns(
    probabilities: list[float], pre_roll_s: float
) -> None:
    parameters = TurnParameters(end_of_turn_s=0.3, pause_s=0.1, pre_roll_s=pre_roll_s, longest_s=5.0)
    found = heard(probabilities, parameters)
    begun = [one.stamp for one in found if isinstance(one, Begun)]
    over = [one.stamp for one in found if isinstance(one, Dropped) or (isinstance(one, Segment) and one.ended)]
    assert begun == over
    for one in found:
        if isinstance(one, Segment):
            assert np.all(np.diff(one.samples.astype(int)) >= 0)  # nothing lost, nothing out of order
            assert one.stamp <= one.spoken_until
    ended = [one for one in found if isinstance(one, Segment) and one.ended]
    for one, following in itertools.pairwise(ended):
        assert following.stamp >= one.spoken_until - 1e-9
