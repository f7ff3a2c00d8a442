"""Hearing: turns, phrases confirmed by words, words of the whole turn; each announced turn ends exactly once."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dolbom.speech.hearing import (
    APART_S,
    GOES_ON_LIKE_TELEVISION_S,
    LIMIT_S,
    Decision,
    Dismissed,
    EarsParameters,
    Hearing,
    Spotted,
    Understood,
)
from dolbom.speech.recognising import Done
from dolbom.speech.recognition import Recognised
from dolbom.speech.sound import CHUNK, CHUNK_S, RATE, Samples
from dolbom.speech.spotting import Spot
from dolbom.speech.turns import Segment

VOICE, SILENCE, CRY, ANSWER, HALT = 100, 0, 200, 300, 400
"""The value of a chunk's samples: what is in it."""
HELP, YES, STOP = Spot("help", "살려줘", 0.9), Spot("yes", "응", 0.9), Spot("stop", "그만", 0.9)


class Values:
    """A detector that hears a voice in every chunk that is not silent."""

    def probability(self, chunk: Samples) -> float:
        return 0.9 if chunk[0] else 0.0

    def reset(self) -> None:
        pass


class Marks:
    """Spots each cry and each answer where the samples say so; an answer only at a pause."""

    lang = "ko"
    unknown = ()

    def begin(self) -> None:
        self._heard: list[int] = []

    def feed(self, samples: Samples) -> list[Spot]:
        self._heard += samples[::CHUNK].tolist()
        return self._cries()

    def settle(self) -> list[Spot]:
        return self._cries() + [YES] * (ANSWER in self._heard) + [STOP] * (HALT in self._heard)

    def _cries(self) -> list[Spot]:
        ends = [
            at + 1 for at, value in enumerate(self._heard) if value == CRY and self._heard[at + 1 : at + 2] != [CRY]
        ]
        return [replace(HELP, until_s=end * CHUNK_S) for end in ends]


class Desk:
    """Recognition that is done when the test says so."""

    def __init__(self) -> None:
        self.running: deque[Segment] = deque()
        self.done: deque[Done] = deque()

    def begin(self, segment: Segment, lang: str) -> None:
        assert not self.running, "one at a time"
        self.running.append(segment)

    def finish(self, text: str = "안녕하세요", confidence: float = 0.8, error: Exception | None = None) -> None:
        if self.running:
            found = None if error else Recognised(text, confidence if text else 0.0, "ko")
            self.done.append(Done(self.running.popleft(), found, 0.1, error))

    def take(self) -> Done | None:
        return self.done.popleft() if self.done else None


class Ears:
    """Hearing, fed with seconds of this and that, and asked after each chunk what came of it."""

    def __init__(self, *, recogniser: bool = True, **parameters: object) -> None:
        self.desk = Desk()
        given = EarsParameters.model_validate(parameters)
        self.hearing = Hearing(given, "ko", Values(), Marks(), self.desk if recogniser else None)
        self.out: list[Decision] = []
        self.sequence = 0

    @property
    def now(self) -> float:
        return self.sequence * CHUNK_S

    def hear(self, value: int, seconds: float) -> None:
        for _ in range(round(seconds / CHUNK_S)):
            self.out += self.hearing.hear(np.full(CHUNK, value, np.int16), self.now, self.sequence)
            self.sequence += 1
            self.poll()

    def finish(self, text: str = "안녕하세요", confidence: float = 0.8, error: Exception | None = None) -> None:
        self.desk.finish(text, confidence, error)
        self.poll()

    def poll(self, later: float = 0.0) -> None:
        self.out += self.hearing.poll(self.now + later)

    def spots(self) -> list[str]:
        return [one.spot.phrase for one in self.out if isinstance(one, Spotted)]

    def dismissed(self) -> list[str]:
        return [one.spot.phrase for one in self.out if isinstance(one, Dismissed)]

    def words(self) -> list[tuple[str, str]]:
        return [(one.text, one.why_not) for one in self.out if isinstance(one, Understood)]


@pytest.fixture
def ears() -> Ears:
    return Ears()


def test_a_cry_is_told_at_the_pause_as_soon_as_its_words_are_there_and_once(ears: Ears) -> None:
    ears.hear(VOICE, 1.0)
    ears.hear(CRY, 0.5)
    ears.hear(SILENCE, 0.4)
    assert ears.out == []
    ears.finish("나 좀 살려줘")
    assert ears.spots() == ["살려줘"]
    assert ears.hearing.speaking
    ears.hear(SILENCE, 0.8)
    assert (ears.spots(), ears.words()) == (["살려줘"], [("나 좀 살려줘", "")])


def test_a_cry_in_speech_that_goes_on_is_confirmed_by_the_last_seconds_of_it(ears: Ears) -> None:
    ears.hear(VOICE, 12)
    ears.hear(CRY, 0.5)
    ears.hear(VOICE, 0.4)
    assert not ears.desk.running
    ears.hear(VOICE, 0.3)
    (piece,) = ears.desk.running
    assert len(piece.samples) / RATE == pytest.approx(6, abs=0.1)
    ears.finish("아이고 나 살려줘 제발")
    assert ears.spots() == ["살려줘"]
    assert ears.words() == []
    ears.hear(CRY, 0.5)
    ears.hear(SILENCE, 1.2)
    ears.finish("길게 이야기하다가 살려줘")
    assert (ears.spots(), len(ears.words())) == (["살려줘"], 1)


def test_what_was_something_else_by_its_words_is_no_cry_but_the_same_cry_later_is_one(ears: Ears) -> None:
    ears.hear(CRY, 0.5)
    ears.hear(VOICE, 1.2)
    ears.finish("오늘 국회에서 예산을 처리했습니다")
    assert (ears.spots(), ears.dismissed(), ears.hearing.dismissed) == ([], ["살려줘"], 1)
    ears.hear(VOICE, 4)
    assert ears.dismissed() == ["살려줘"], "what was judged is not judged again"
    ears.hear(CRY, 0.5)
    ears.hear(SILENCE, 0.5)
    ears.finish("오늘 국회에서 예산을 처리했습니다 살려 줘")
    assert (ears.spots(), ears.dismissed()) == (["살려줘"], ["살려줘"])


def test_a_cry_that_nobody_recognises_is_told_when_its_time_is_over(ears: Ears) -> None:
    ears.hear(CRY, 0.3)
    ears.hear(VOICE, LIMIT_S - 0.4)
    assert ears.desk.running
    assert ears.spots() == []
    ears.hear(VOICE, 0.2)
    assert ears.spots() == ["살려줘"]
    ears.finish("예산을 처리했습니다")
    assert (ears.spots(), ears.dismissed()) == (["살려줘"], []), "the words come too late to take it back"


def test_a_cry_waits_for_its_words_no_longer_when_the_sound_has_stopped(ears: Ears) -> None:
    ears.hear(CRY, 0.5)
    ears.out += ears.hearing.silence()
    ears.poll(LIMIT_S - 1)
    assert ears.out == []
    ears.poll(LIMIT_S)
    assert ears.spots() == ["살려줘"]


def test_whoever_cannot_speak_clearly_is_believed_in_a_quiet_home_and_a_television_is_not(ears: Ears) -> None:
    ears.hear(CRY, 0.5)
    ears.hear(SILENCE, 0.5)
    ears.finish("으으 어", 0.3)
    assert ears.out == [], "more may come"
    ears.hear(SILENCE, 0.6)
    assert (ears.spots(), ears.words()) == (["살려줘"], [("으으 어", "")]), "as soon as the turn is over"
    ears.hear(VOICE, 15)
    ears.hear(SILENCE, 1.2)
    ears.finish()
    ears.hear(CRY, 0.5)
    ears.hear(SILENCE, 0.5)
    ears.finish("으으 어", 0.3)
    assert ears.dismissed() == ["살려줘"]


@pytest.mark.parametrize("before", [0.0, 3.0])
def test_an_unclear_cry_is_none_when_speech_goes_on_as_from_a_television_that_has_just_begun(
    ears: Ears, before: float
) -> None:
    ears.hear(VOICE, before)
    ears.hear(CRY, 0.5)
    ears.hear(VOICE, 1.2)
    ears.finish("", 0.0)
    assert ears.out == []
    ears.hear(VOICE, GOES_ON_LIKE_TELEVISION_S - 1.1)
    assert ears.dismissed() == ["살려줘"]
    ears.hear(VOICE, 2)
    ears.hear(SILENCE, 1.2)
    ears.finish("으으 어", 0.3)
    assert (ears.spots(), ears.dismissed(), ears.words()) == ([], ["살려줘"], [("으으 어", "")])


def test_speech_that_goes_on_before_the_unclear_words_of_a_cry_are_there_counts_as_well(ears: Ears) -> None:
    ears.hear(CRY, 0.5)
    ears.hear(VOICE, GOES_ON_LIKE_TELEVISION_S + 0.5)
    ears.finish("", 0.0)
    assert (ears.spots(), ears.dismissed()) == ([], ["살려줘"])


def test_an_unclear_cry_after_which_somebody_only_groans_is_told_within_its_time(ears: Ears) -> None:
    ears.hear(CRY, 0.5)
    for _ in range(3):
        ears.hear(SILENCE, 0.7)
        ears.finish("", 0.0)
        ears.hear(VOICE, 0.4)
    assert ears.out == []
    ears.hear(SILENCE, 0.3)
    assert (ears.spots(), ears.hearing.speaking) == (["살려줘"], True)
    assert ears.now < 0.5 + LIMIT_S


def test_what_comes_back_of_the_robots_own_voice_is_not_speech_that_goes_on(ears: Ears) -> None:
    ears.hearing.own.said("a", "옛날 옛적에 호랑이가 살았어요")
    ears.hear(CRY, 0.5)
    for _ in range(5):
        ears.hearing.own.played("a", ears.now, ears.now, done=False)
        ears.hear(VOICE, 0.5)
    ears.finish("", 0.0)
    assert ears.out == []
    ears.hear(SILENCE, 1.2)
    ears.finish("", 0.0)
    assert ears.spots() == ["살려줘"]


@pytest.mark.parametrize(("words", "heard"), [("인사합니다", ""), ("나 좀 살려줘", "나 좀 살려줘")])
def test_a_call_for_help_over_the_robots_first_words_is_heard(ears: Ears, words: str, heard: str) -> None:
    ears.hearing.own.said("a", "옛날 옛적에 호랑이가 살았어요")
    ears.hearing.own.played("a", 0.1, 0.1, done=False)
    ears.hear(VOICE, 0.8)
    ears.hear(SILENCE, 1.2)
    ears.finish(words)
    assert ears.words() == [(heard, "" if heard else "no words")]


@pytest.mark.parametrize("understood_at", [1.2, 2.0])
def test_an_unclear_cry_that_is_cried_again_is_told_whatever_goes_on(ears: Ears, understood_at: float) -> None:
    ears.hear(CRY, 0.5)
    ears.hear(VOICE, 1.2)
    if understood_at == 1.2:
        ears.finish("", 0.0)
        assert ears.out == []
    ears.hear(CRY, 0.3)
    ears.hear(VOICE, 0.4)
    ears.finish("", 0.0)
    assert ears.spots() == ["살려줘"]
    ears.hear(VOICE, 5)
    assert (ears.spots(), ears.dismissed()) == (["살려줘"], [])


@pytest.mark.parametrize(("words", "told"), [("나 좀 살려줘", True), ("예산을 처리했습니다", False)])
def test_clear_words_close_what_was_unclear(ears: Ears, words: str, told: bool) -> None:
    ears.hear(CRY, 0.5)
    ears.hear(SILENCE, 0.5)
    ears.finish("", 0.0)
    assert ears.out == []
    ears.hear(VOICE, 0.6)
    ears.hear(SILENCE, 0.5)
    ears.finish(words)
    assert (bool(ears.spots()), bool(ears.dismissed())) == (told, not told)


def test_the_words_of_a_cry_come_before_those_of_a_turn_that_waits(ears: Ears) -> None:
    ears.hear(VOICE, 1.0)
    ears.hear(SILENCE, 0.5)
    ears.hear(VOICE, 1.0)
    ears.hear(SILENCE, 1.2)
    assert len(ears.desk.running) == 1
    ears.hear(CRY, 0.5)
    ears.hear(VOICE, 1.2)
    ears.finish("첫")
    (piece,) = ears.desk.running
    assert piece.samples[-1] == VOICE
    assert not piece.ended
    ears.finish("살려줘")
    assert (ears.spots(), ears.words()) == (["살려줘"], [])
    ears.finish("첫 번째 말")
    assert ears.words() == [("첫 번째 말", "")]


def test_a_television_full_of_cries_is_looked_into_only_now_and_then(ears: Ears) -> None:
    pieces = 0
    for _ in range(24):
        ears.hear(CRY, 0.2)
        ears.hear(VOICE, 0.8)
        if ears.desk.running and not ears.desk.running[0].ended:
            pieces += 1
        ears.finish("예산을 처리했습니다")
    assert 4 <= pieces <= 24 / APART_S + 1
    assert ears.spots() == []


def test_the_robots_name_is_confirmed_by_the_words_and_does_not_hurry_them(ears: Ears) -> None:
    name = Spot("wake", "다솜아", 0.9)
    ears.hearing = Hearing(EarsParameters(), "ko", Values(), Names(name), ears.desk)
    ears.hear(VOICE, 8)
    assert not ears.desk.running
    ears.hear(SILENCE, 0.5)
    ears.finish("다소마 지금 몇 시야")
    assert ears.spots() == ["다솜아"]
    ears.hear(SILENCE, 1)
    ears.hear(VOICE, 8)
    ears.hear(SILENCE, 0.5)
    ears.finish("내일은 맑겠습니다")
    assert (ears.spots(), ears.dismissed()) == (["다솜아"], ["다솜아"])


class Names(Marks):
    """Spots one phrase as soon as anybody speaks."""

    def __init__(self, spot: Spot) -> None:
        self._spot = spot

    def _cries(self) -> list[Spot]:
        return [replace(self._spot, until_s=0.6)]


def test_without_a_recogniser_a_cry_is_told_at_once_wherever_it_stands() -> None:
    ears = Ears(recogniser=False)
    ears.hear(VOICE, 12)
    ears.hear(CRY, 0.3)
    assert ears.spots() == ["살려줘"]


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
    ears.hear(VOICE, 14)
    ears.hear(SILENCE, 2)
    ears.finish()
    ears.hear(CRY, 0.1)
    ears.hear(SILENCE, 1.5)
    assert (ears.dismissed(), len(ears.words())) == (["살려줘"], 2)


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


def test_stop_is_told_at_the_pause_while_the_robot_speaks(ears: Ears) -> None:
    ears.hearing.own.said("a", "오늘은 날이 맑고 바람이 붑니다")
    ears.hearing.own.played("a", 0.1, 0.1, done=False)
    ears.hear(HALT, 0.5)
    ears.hearing.own.played("a", 0.8, 0.8, done=False)
    ears.hear(SILENCE, 0.4)
    assert ears.spots() == ["그만"]


@pytest.mark.parametrize(
    ("words", "sure", "stops"), [("이제 그만", 0.8, True), ("굿만", 0.3, True), ("지금 몇 시야", 0.8, False)]
)
def test_with_nothing_to_silence_stop_waits_for_its_words(ears: Ears, words: str, sure: float, stops: bool) -> None:
    ears.hear(HALT, 0.5)
    ears.hear(SILENCE, 0.4)
    assert ears.spots() == []
    ears.finish(words, sure)
    ears.hear(SILENCE, 0.8)
    assert (ears.spots(), ears.words()) == (["그만"] * stops, [(words, "")])


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
    assert (ears.spots(), ears.dismissed(), ears.words()) == ([], [], [("", "own words")])


def test_another_cry_over_the_robots_words_is_heard(ears: Ears) -> None:
    ears.hearing.own.said("a", "어르신, 괜찮으세요?")
    ears.hearing.own.played("a", 0.1, 0.5, done=False)
    ears.hear(SILENCE, 0.5)
    ears.hear(CRY, 0.3)
    ears.hear(SILENCE, 0.5)
    ears.finish("어르신 살려줘")
    assert ears.spots() == ["살려줘"]


def test_what_sounds_like_a_cry_in_the_robots_own_words_is_none(ears: Ears) -> None:
    ears.hearing.own.said("a", "어르신, 약 드실 시간이에요")
    ears.hearing.own.played("a", 0.1, 0.5, done=False)
    ears.hear(SILENCE, 0.5)
    ears.hear(CRY, 0.3)
    ears.hear(SILENCE, 0.5)
    ears.finish("약 드실 시간이에요", 0.3)
    assert (ears.spots(), ears.dismissed()) == ([], ["살려줘"])


def test_nothing_that_was_announced_or_waits_is_left_open_at_the_end(ears: Ears) -> None:
    ears.hear(VOICE, 1.0)
    ears.hear(SILENCE, 1.2)
    ears.hear(CRY, 0.5)
    ears.out += ears.hearing.end()
    assert (ears.spots(), ears.words()) == (["살려줘"], [("", "ended")] * 2)
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
    st.tuples(st.just("done"), st.sampled_from(["", "밥 먹었어", "살려줘", "!"]), st.just(0)),
    st.tuples(st.just("later"), st.integers(0, 30), st.just(0)),
    st.tuples(st.just("silence"), st.just(0), st.just(0)),
)


@given(st.lists(STEPS, max_size=40), st.booleans())
def test_whatever_happens_in_whatever_order_every_turn_ends_once_and_every_cry_is_told_or_dismissed_in_time(
    steps: list[tuple[str, int | str, int]], prepare: bool
) -> None:
    ears = Ears(prepare=prepare, end_of_turn_s=0.3, pause_s=0.1, longest_s=5.0)
    hearing, since = ears.hearing, dict[int, float]()
    number, now = 0, 0.0

    def polled() -> None:
        candidates = {id(one): one for one in hearing._candidates}
        settled = hearing.poll(now)
        ears.out.extend(settled)
        for name in candidates:
            since.setdefault(name, now)
        left = {id(one) for one in hearing._candidates}
        for name in list(since):
            if name not in left:
                del since[name]
            assert name not in left or now - since[name] < LIMIT_S, "later than it may be"

    def chunk(value: int) -> None:
        nonlocal number, now
        ears.out += hearing.hear(np.full(CHUNK, value, np.int16), now, number)
        number += 1
        now += CHUNK_S
        polled()

    def later(tenths: int | str) -> None:
        nonlocal now
        now += int(tenths) / 10
        polled()

    actions: dict[str, Callable[[int | str], None]] = {}
    actions["later"] = later
    actions["silence"] = lambda _: ears.out.extend(hearing.silence())
    actions["done"] = lambda text: ears.desk.finish(str(text), error=RuntimeError() if text == "!" else None)
    for what, value, count in steps:
        if what == "hear":
            for _ in range(count):
                chunk(int(value))
        elif what == "gap":
            number = max(0, number + int(value))
            now += max(0, int(value)) * CHUNK_S
        else:
            actions[what](value)
        # What ended can never be announced again, and nothing ends twice.
        finals = Counter(one.stamp for one in ears.out if isinstance(one, Understood))
        assert not [stamp for stamp, times in finals.items() if times > 1]
    for _ in range(20):
        chunk(SILENCE)
    for _ in range(5):
        ears.desk.finish()
        polled()
    assert hearing.waiting == 0
    assert hearing._candidates == []
    announced = {one.stamp for one in ears.out if isinstance(one, Spotted)}
    ended: set[float] = set()
    told = Counter((one.stamp, one.spot.phrase) for one in ears.out if isinstance(one, Spotted))
    assert not [what for what, times in told.items() if times > 1]
    for one in ears.out:
        if isinstance(one, Understood):
            ended.add(one.stamp)
        else:
            assert one.stamp not in ended, "told of a turn that was over"
    assert announced <= ended
    assert hearing.end() == []
