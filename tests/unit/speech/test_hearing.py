"""Hearing: turns, phrases at once, words of the whole turn; each announced turn ends exactly once."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dolbom.speech.hearing import Decision, EarsParameters, Hearing, Spotted, Understood
from dolbom.speech.recognising import Done
from dolbom.speech.recognition import Recognised
from dolbom.speech.sound import CHUNK, CHUNK_S, Samples
from dolbom.speech.spotting import Spot
from dolbom.speech.turns import Segment

VOICE, SILENCE, CRY, ANSWER = 100, 0, 200, 300
"""The value of a chunk's samples: what is in it."""
HELP, YES = Spot("help", "살려줘", 0.9), Spot("yes", "응", 0.9)


class Values:
    """A detector that hears a voice in every chunk that is not silent."""

    def probability(self, chunk: Samples) -> float:
        return 0.9 if chunk[0] else 0.0

    def reset(self) -> None:
        pass


class Marks:
    """Spots a cry and an answer where the samples say so; an answer only at a pause."""

    lang = "ko"
    unknown = ()

    def begin(self) -> None:
        self._heard: list[int] = []

    def feed(self, samples: Samples) -> list[Spot]:
        self._heard += samples.tolist()
        return [HELP] if CRY in samples else []

    def settle(self) -> list[Spot]:
        return [HELP] * (CRY in self._heard) + [YES] * (ANSWER in self._heard)


class Desk:
    """Recognition that is done when the test says so."""

    def __init__(self) -> None:
        self.running: deque[Segment] = deque()
        self.done: deque[Done] = deque()

    def begin(self, segment: Segment, lang: str) -> None:
        assert not self.running, "one at a time"
        self.running.append(segment)

    def finish(self, text: str = "안녕하세요", error: Exception | None = None) -> None:
        if self.running:
            found = None if error else Recognised(text, 0.8, "ko")
            self.done.append(Done(self.running.popleft(), found, 0.1, error))

    def take(self) -> Done | None:
        return self.done.popleft() if self.done else None


class Ears:
    """Hearing, fed with seconds of this and that."""

    def __init__(self, **parameters: object) -> None:
        self.desk = Desk()
        self.hearing = Hearing(EarsParameters.model_validate(parameters), "ko", Values(), Marks(), self.desk)
        self.out: list[Decision] = []
        self.sequence = 0

    def hear(self, value: int, seconds: float) -> None:
        for _ in range(round(seconds / CHUNK_S)):
            chunk = np.full(CHUNK, value, np.int16)
            self.out += self.hearing.hear(chunk, self.sequence * CHUNK_S, self.sequence)
            self.sequence += 1

    def finish(self, text: str = "안녕하세요", error: Exception | None = None) -> None:
        self.desk.finish(text, error)
        self.out += self.hearing.poll()

    def spots(self) -> list[str]:
        return [one.spot.phrase for one in self.out if isinstance(one, Spotted)]

    def words(self) -> list[tuple[str, str]]:
        return [(one.text, one.why_not) for one in self.out if isinstance(one, Understood)]


@pytest.fixture
def ears() -> Ears:
    return Ears()


def test_a_cry_is_told_in_the_middle_of_a_turn_and_once(ears: Ears) -> None:
    ears.hear(VOICE, 1.0)
    ears.hear(CRY, 0.5)
    assert ears.spots() == ["살려줘"]
    assert ears.hearing.speaking
    ears.hear(CRY, 0.5)
    ears.hear(SILENCE, 1.2)
    assert ears.spots() == ["살려줘"]


def test_a_cry_deep_in_speech_without_an_end_is_left_to_the_words(ears: Ears) -> None:
    ears.hear(VOICE, 8)
    ears.hear(CRY, 0.3)
    # Cut for its length, it still is the same speech.
    ears.hear(VOICE, 20)
    ears.hear(CRY, 0.3)
    assert not [one for one in ears.out if isinstance(one, Spotted)]
    ears.hear(SILENCE, 2)
    ears.hear(CRY, 0.3)
    assert [one.spot for one in ears.out if isinstance(one, Spotted)] == [HELP]


def test_a_short_cry_counts_however_long_the_silence_after_it(ears: Ears) -> None:
    ears.hear(VOICE, 4)
    ears.hear(CRY, 0.3)
    ears.hear(SILENCE, 2)
    assert [one.spot for one in ears.out if isinstance(one, Spotted)] == [HELP]


def test_without_a_recogniser_a_cry_counts_wherever_it_stands() -> None:
    ears = Ears()
    ears.hearing = Hearing(EarsParameters(), "ko", Values(), Marks(), None)
    ears.hear(VOICE, 12)
    ears.hear(CRY, 0.3)
    assert [one.spot for one in ears.out if isinstance(one, Spotted)] == [HELP]


def test_an_answer_is_told_when_the_turn_ends_and_not_at_a_pause(ears: Ears) -> None:
    ears.hear(ANSWER, 0.5)
    ears.hear(SILENCE, 0.8)
    assert ears.spots() == []
    ears.hear(SILENCE, 0.3)
    assert ears.spots() == ["응"]


def test_words_that_were_recognised_at_the_pause_are_there_when_the_turn_ends(ears: Ears) -> None:
    ears.hear(VOICE, 1.0)
    ears.hear(SILENCE, 0.5)
    ears.finish("밥 먹었어")
    assert ears.words() == []
    ears.hear(SILENCE, 0.6)
    assert ears.words() == [("밥 먹었어", "")]
    assert not ears.desk.running


def test_what_was_recognised_at_a_pause_is_thrown_away_when_more_is_said(ears: Ears) -> None:
    ears.hear(VOICE, 1.0)
    ears.hear(SILENCE, 0.5)
    ears.hear(VOICE, 1.0)
    ears.finish("밥")
    ears.hear(SILENCE, 1.2)
    assert ears.words() == []
    ears.finish("밥 먹었어")
    assert ears.words() == [("밥 먹었어", "")]
    assert ears.hearing.waiting == 0


def test_a_noise_is_nothing_unless_something_was_spotted_in_it(ears: Ears) -> None:
    ears.hear(VOICE, 0.1)
    ears.hear(SILENCE, 1.5)
    assert ears.out == []
    ears.hear(CRY, 0.1)
    ears.hear(SILENCE, 1.5)
    assert (ears.spots(), ears.words()) == (["살려줘"], [("", "noise")])


def test_who_speaks_faster_than_it_is_recognised_is_answered_to_the_last(ears: Ears) -> None:
    ears.hear(VOICE, 1.0)
    ears.hear(SILENCE, 1.2)
    for _ in range(3):
        ears.hear(VOICE, 1.0)
        ears.hear(SILENCE, 1.2)
    assert ears.words() == [("", "overload")] * 2
    assert ears.hearing.overloads == 2
    ears.finish("처음")
    ears.finish("마지막")
    assert ears.words()[2:] == [("처음", ""), ("마지막", "")]


def test_a_recogniser_that_fails_leaves_the_turn_without_words(ears: Ears) -> None:
    ears.hear(VOICE, 1.0)
    ears.hear(SILENCE, 1.2)
    ears.finish(error=RuntimeError("broken"))
    assert ears.words() == [("", "failed")]
    assert ears.hearing.last is not None and ears.hearing.last.error is not None


def test_a_few_lost_chunks_are_filled_and_many_end_the_turn(ears: Ears) -> None:
    ears.hear(VOICE, 1.0)
    ears.sequence += 5
    ears.hear(VOICE, 0.5)
    assert ears.hearing.lost == 5
    assert not ears.desk.running
    ears.sequence += 100
    ears.hear(VOICE, 0.5)
    assert ears.hearing.lost == 105
    (cut,) = ears.desk.running
    assert cut.spoken_until == pytest.approx(1.66, abs=0.05)
    assert ears.hearing.speaking


def test_a_microphone_that_begins_anew_ends_what_was_said_before(ears: Ears) -> None:
    ears.hear(VOICE, 1.0)
    at = ears.sequence
    ears.out += ears.hearing.hear(np.full(CHUNK, VOICE, np.int16), at * CHUNK_S, 0)
    assert len(ears.desk.running) == 1
    assert ears.hearing.lost == 0


def test_sound_that_stops_ends_the_turn(ears: Ears) -> None:
    ears.hear(VOICE, 1.0)
    ears.out += ears.hearing.silence()
    ears.finish("여보세요")
    assert ears.words() == [("여보세요", "")]


def test_who_needs_time_gets_it(ears: Ears) -> None:
    ears.hearing.be_patient(2.0)
    for _ in range(2):
        ears.hear(VOICE, 0.5)
        ears.hear(SILENCE, 1.5)
    assert ears.hearing.speaking
    ears.hear(SILENCE, 0.6)
    assert not ears.hearing.speaking


def test_the_robots_own_words_are_no_words_and_its_own_phrase_is_not_spotted(ears: Ears) -> None:
    ears.hearing.own.said("a", "살려줘 하고 말씀하시면 도와 드려요")
    ears.hearing.own.played("a", 0.1, 0.5, done=False)
    ears.hear(SILENCE, 0.5)
    ears.hear(CRY, 0.9)
    ears.hearing.own.played("a", 1.0, 1.4, done=True)
    ears.hear(SILENCE, 1.2)
    ears.finish("살려줘 하고 말씀하시면")
    assert (ears.spots(), ears.words()) == ([], [("", "own words")])


def test_another_cry_over_the_robots_words_is_heard(ears: Ears) -> None:
    ears.hearing.own.said("a", "어르신, 괜찮으세요?")
    ears.hearing.own.played("a", 0.1, 0.5, done=False)
    ears.hear(SILENCE, 0.5)
    ears.hear(CRY, 0.3)
    assert ears.spots() == ["살려줘"]


def test_nothing_that_was_announced_or_waits_is_left_open_at_the_end(ears: Ears) -> None:
    ears.hear(VOICE, 1.0)
    ears.hear(SILENCE, 1.2)
    ears.hear(CRY, 0.5)
    ears.out += ears.hearing.end()
    assert ears.words() == [("", "ended")] * 2
    ears.finish("late")
    assert len(ears.words()) == 2


@pytest.mark.parametrize("what", ["spotter", "recogniser"])
def test_without_one_of_its_engines_the_other_is_heard(what: str) -> None:
    ears = Ears()
    spotter, recogniser = (None, ears.desk) if what == "spotter" else (Marks(), None)
    ears.hearing = Hearing(EarsParameters(), "ko", Values(), spotter, recogniser)
    ears.hear(CRY, 1.0)
    ears.hear(SILENCE, 1.2)
    ears.finish("살려줘")
    expected = ([], [("살려줘", "")]) if what == "spotter" else (["살려줘"], [("", "no recogniser")])
    assert (ears.spots(), ears.words()) == expected


STEPS = st.one_of(
    st.tuples(st.just("hear"), st.sampled_from([VOICE, SILENCE, SILENCE, CRY, ANSWER]), st.integers(1, 40)),
    st.tuples(st.just("gap"), st.integers(-20, 40), st.just(0)),
    st.tuples(st.just("done"), st.sampled_from(["", "밥 먹었어", "!"]), st.just(0)),
    st.tuples(st.just("poll"), st.just(0), st.just(0)),
    st.tuples(st.just("silence"), st.just(0), st.just(0)),
)


@given(st.lists(STEPS, max_size=40), st.booleans())
def test_whatever_happens_in_whatever_order_every_turn_ends_once_and_in_order(
    steps: list[tuple[str, int | str, int]], prepare: bool
) -> None:
    ears = Ears(prepare=prepare, end_of_turn_s=0.3, pause_s=0.1, longest_s=5.0)
    number = 0
    now = 0.0

    def chunk(value: int) -> None:
        nonlocal number, now
        ears.out += ears.hearing.hear(np.full(CHUNK, value, np.int16), now, number)
        number += 1
        now += CHUNK_S

    actions: dict[str, Callable[[int | str, int], None]] = {}
    actions["poll"] = lambda *_: ears.out.extend(ears.hearing.poll())
    actions["silence"] = lambda *_: ears.out.extend(ears.hearing.silence())
    actions["done"] = lambda text, _: ears.desk.finish(str(text), RuntimeError() if text == "!" else None)
    for what, value, count in steps:
        if what == "hear":
            for _ in range(count):
                chunk(int(value))
        elif what == "gap":
            number = max(0, number + int(value))
            now += max(0, int(value)) * CHUNK_S
        else:
            actions[what](value, count)
        # What ended can never be announced again, and nothing ends twice.
        finals = Counter(one.stamp for one in ears.out if isinstance(one, Understood))
        assert not [stamp for stamp, times in finals.items() if times > 1]
    for _ in range(20):
        chunk(SILENCE)
    for _ in range(5):
        ears.finish()
    assert ears.hearing.waiting == 0
    announced = {one.stamp for one in ears.out if isinstance(one, Spotted)}
    ended: set[float] = set()
    for one in ears.out:
        if isinstance(one, Spotted):
            assert one.stamp not in ended, "told of a turn that was over"
        else:
            ended.add(one.stamp)
    assert announced <= ended
    assert ears.hearing.end() == []
