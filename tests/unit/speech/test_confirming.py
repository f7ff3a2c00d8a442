"""Words bear out what was spotted, or do not: Korean and English, in a quiet home and over a television."""

from __future__ import annotations

import pytest

from dolbom.speech.confirming import alike, verdict
from dolbom.speech.phrases import Kind
from dolbom.speech.recognition import Recognised
from dolbom.speech.spotting import Spot

CRIES = [
    ("살려줘", "누가 나 좀 살려 줘", "ko"),
    ("살려줘", "사람 살려", "ko"),
    ("도와주세요", "도와 주세용", "ko"),
    ("넘어졌어요", "넘어 졌서요", "ko"),
    ("숨이 막혀", "수미 마켜", "ko"),
    ("강도야", "가슴이 너무 아파요", "ko"),
    ("help me", "Somebody help me.", "en"),
    ("i fell down", "My chest hurts.", "en"),
]
OTHERS = [
    ("넘어졌어요", "국회는 오늘 본회의를 열고 내년 예산안을 처리했습니다", "ko"),
    ("넘어졌어요", "작년에 욕실에서 넘어졌었지", "ko"),
    ("살려줘", "시청해 주셔서 감사합니다", "ko"),
    ("i need help", "The bus was late again this morning.", "en"),
    ("i'm choking", "The winning numbers of this week are going to be drawn.", "en"),
]


def judged(kind: Kind, phrase: str, words: str, sure: float, lang: str, spotted: float = 1.0) -> str:
    return verdict(Spot(kind, phrase, spotted), Recognised(words, sure, lang), lang)


@pytest.mark.parametrize(("phrase", "words", "lang"), CRIES)
def test_words_that_call_or_sound_like_the_cry_bear_it_out(phrase: str, words: str, lang: str) -> None:
    assert judged("help", phrase, words, 0.9, lang, spotted=0.3) == "borne out"


@pytest.mark.parametrize(("phrase", "words", "lang"), OTHERS)
def test_other_words_that_are_sure_do_not(phrase: str, words: str, lang: str) -> None:
    assert judged("help", phrase, words, 0.9, lang) == "other"


@pytest.mark.parametrize(("words", "confidence"), [("", 0.0), ("으 어 어", 0.3), ("2, 3, 2, 3", 0.6)])
def test_words_that_nobody_understands_leave_it_unclear(words: str, confidence: float) -> None:
    assert judged("help", "살려줘", words, confidence, "ko", spotted=0.5) == "unclear"
    assert judged("help", "살려줘", words, confidence, "ko", spotted=0.25) == "other", "a guess of both is none"


@pytest.mark.parametrize(("words", "found"), [("다소마 지금 몇 시야", "borne out"), ("내일은 맑겠습니다", "other")])
def test_the_robots_name_is_believed_by_its_sound(words: str, found: str) -> None:
    assert judged("wake", "다솜아", words, 0.9, "ko") == found


def test_words_that_call_for_help_do_not_call_the_robot_by_its_name() -> None:
    assert judged("wake", "다솜아", "불이야", 0.9, "ko") == "other"


@pytest.mark.parametrize(
    ("phrase", "words"),
    [("i can't breathe", "I can dream."), ("call the police", "Oil the police.")],
)
def test_words_as_a_whole_that_are_nearly_the_cry_leave_it_unclear(phrase: str, words: str) -> None:
    assert judged("help", phrase, words, 0.8, "en", spotted=0.6) == "unclear"


def test_letters_are_compared_as_they_sound_and_without_spaces() -> None:
    assert alike("못 일어나겠어", "못이러나게써", "ko")[0] > 85
    assert alike("help me", "", "en") == (0, 0)
