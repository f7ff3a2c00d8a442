"""What the robot itself says is told from what others say, by the words and by when they sounded."""

from __future__ import annotations

import pytest

from dolbom.speech.own_words import OwnWords

QUESTION = "어르신, 괜찮으세요? 도움이 필요하시면 도와주세요 하고 말씀해 주세요."


def speaking(text: str = QUESTION, begun: float = 10.0, until: float = 14.0) -> OwnWords:
    own = OwnWords()
    own.said("a", text)
    own.played("a", 0.5, begun + 0.5, done=False)
    own.played("a", until - begun, until, done=True)
    return own


@pytest.mark.parametrize(
    "heard",
    [
        QUESTION,
        "어르신 괜찮으세요 도움이 필요하시면",
        "괜찮으세요?",
        "도움이 피료하시면 도와주세요 하고 말씀해주세요",
    ],
)
def test_what_the_robot_says_is_known_whole_in_pieces_and_misheard(heard: str) -> None:
    assert speaking().repeats(heard, 10.2, 13.5)


@pytest.mark.parametrize("heard", ["네", "아니요", "가슴이 아파서 숨을 못 쉬겠어", "아까 밥 먹었어", ""])
def test_an_answer_over_the_robots_words_is_somebodys(heard: str) -> None:
    assert not speaking().repeats(heard, 11.0, 12.0)


@pytest.mark.parametrize(
    ("heard", "rest"), [("아.", True), ("아, 아", True), ("어", False), ("네", False), ("아파", False)]
)
def test_a_bare_vowel_over_the_robots_words_is_what_is_left_of_its_voice(heard: str, rest: bool) -> None:
    own = speaking(begun=0.0, until=4.0)
    own.said("b", QUESTION)
    own.played("b", 4.0, 14.0, done=True)
    assert own.is_rest(heard, 11.0, 12.0) is rest
    assert not own.is_rest(heard, 20.0, 21.0)


def test_words_within_the_first_seconds_of_the_robots_are_its_own_misheard_and_others_are_not() -> None:
    own = speaking(until=10.5)
    assert own.is_rest("인사합니다", 10.2, 10.4)
    assert not own.is_rest("나는 괜찮아요", 10.2, 15.0), "it goes on after the robot"
    own.said("b", QUESTION)
    own.played("b", 3.0, 23.0, done=False)
    own.played("b", 5.0, 25.0, done=True)
    assert own.is_rest("인사합니다", 10.2, 10.4)
    assert not own.is_rest("인사합니다", 23.0, 24.5)


def test_the_robot_speaks_while_its_voice_sounds() -> None:
    assert [speaking().speaks(at) for at in (9.0, 10.0, 14.0, 15.0)] == [False, True, True, False]


def test_the_same_words_are_somebodys_when_the_robot_did_not_speak() -> None:
    own = speaking()
    assert not own.repeats("도와주세요", 8.0, 9.0)
    assert not own.repeats("도와주세요", 14.5, 15.5)
    assert own.repeats("도움이 필요하시면", 9.0, 10.5), "the turn had begun before the robot did"


def test_what_never_sounded_cannot_be_heard() -> None:
    own = OwnWords()
    own.said("a", QUESTION)
    assert not own.repeats(QUESTION, 0.0, 5.0)
    own.played("a", 0.0, 3.0, done=True)  # there is no speaker
    assert not own.repeats(QUESTION, 0.0, 5.0)


def test_two_utterances_in_one_turn_are_both_the_robots() -> None:
    own = speaking("약 드실 시간이에요.", 10.0, 12.0)
    own.said("b", "지금 드셨어요?")
    own.played("b", 1.5, 13.7, done=True)
    assert own.repeats("약 드실 시간이에요 지금 드셨어요", 10.1, 13.6)
    assert not own.repeats("약 드실 시간이에요 아니 나는 싫어 안 먹을 거야 저리 가", 10.1, 13.6)


def test_a_speaker_of_which_nothing_is_told_any_more_does_not_suppress_for_ever() -> None:
    own = OwnWords()
    own.said("a", QUESTION)
    own.played("a", 0.5, 10.5, done=False)
    assert own.repeats("괜찮으세요?", 10.6, 11.0)
    assert not own.repeats("괜찮으세요?", 20.0, 21.0)


def test_only_the_very_phrase_that_the_robot_says_is_held_back() -> None:
    own = speaking()
    assert own.holds("도와주세요", 12.0, 13.0)
    assert not own.holds("살려 주세요", 12.0, 13.0)
    assert not own.holds("도와주세요", 20.0, 21.0)
    assert speaking("Do you need help?").holds("help", 11.0, 12.0)
    assert not speaking("Do you need help?").holds("i can't get up", 11.0, 12.0)
