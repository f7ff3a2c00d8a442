"""What was decoded becomes phrases: a cry anywhere, an answer only when it is all that was said."""

from __future__ import annotations

import pytest

from dolbom.speech.phrases import Kind
from dolbom.speech.spotting import Reading, SpottingParameters, Word, word_pieces

KNOWN: list[tuple[list[str], str, Kind]] = [
    (["도와", "주세요"], "도와주세요", "help"),
    (["살려", "줘"], "살려줘", "help"),
    (["다솜", "아"], "다솜아", "wake"),
    (["괜찮아"], "괜찮아", "fine"),
    (["응"], "응", "yes"),
    (["아니"], "아니", "no"),
    (["그만"], "그만", "stop"),
]


def spotted(words: str, confidence: float = 0.9) -> list[str]:
    reading = Reading(KNOWN, frozenset({"어", "음"}), SpottingParameters())
    return [spot.phrase for spot in reading.of([Word(word, confidence) for word in words.split()])]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("도와 주세요", ["도와주세요"]),
        ("이 누가 좀 도와 주세요 거", ["도와주세요"]),
        ("도와 살려 줘", ["살려줘"]),
        ("도와", []),
        ("다솜 아 살려 줘", ["다솜아", "살려줘"]),
        ("다솜 아 그만", ["다솜아", "그만"]),
        ("응", ["응"]),
        ("어 응 음", ["응"]),
        ("응 그 사람 은", []),
        ("응 괜찮아", ["괜찮아"]),
        ("아니 그만", ["그만"]),
        ("응 아니", []),
        ("아니 괜찮아", []),
        ("괜찮아 도와 주세요", ["도와주세요"]),
        ("", []),
    ],
)
def test_a_cry_counts_anywhere_and_an_answer_only_alone(words: str, found: list[str]) -> None:
    assert spotted(words) == found


def test_a_cry_needs_less_to_be_believed_than_an_answer() -> None:
    assert spotted("살려 줘", 0.25) == ["살려줘"]
    assert spotted("그만", 0.55) == []
    assert spotted("살려 줘", 0.15) == []


def test_words_are_cut_into_the_fewest_pieces_that_the_model_knows_spaces_kept_where_that_can_be() -> None:
    known = {"도와", "도와주", "주세요", "세요", "못", "일어", "나겠어", "못일", "어나겠어"}
    assert word_pieces("도와주세요", known.__contains__) == ["도와주", "세요"]
    assert word_pieces("못 일어나겠어", known.__contains__) == ["못", "일어", "나겠어"]
    assert word_pieces("살려줘", known.__contains__) is None
