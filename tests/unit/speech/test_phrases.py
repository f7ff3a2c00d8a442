"""The phrases that are spotted, as data."""

from __future__ import annotations

import pytest

from dolbom.dialog.understanding import calls_for_help, understand
from dolbom.i18n import LANGUAGES
from dolbom.speech.phrases import KINDS, fillers, phrases, pronunciations, robot_name


@pytest.mark.parametrize("lang", LANGUAGES)
def test_there_are_phrases_of_every_kind_in_every_language(lang: str) -> None:
    found = phrases(lang)
    assert set(found.values()) == set(KINDS)
    assert all(phrase == phrase.lower().strip() for phrase in found)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_spotted_means_the_same_to_whoever_asked(lang: str) -> None:
    for phrase, kind in phrases(lang).items():
        if kind not in ("wake", "help"):
            assert understand(phrase, lang) == kind, phrase


@pytest.mark.parametrize(("lang", "cry"), [("ko", "살려줘"), ("ko", "도와주세요"), ("en", "help me"), ("en", "help")])
def test_the_plainest_cries_are_among_them_and_are_a_call_for_help(lang: str, cry: str) -> None:
    assert phrases(lang)[cry] == "help"
    assert calls_for_help(cry, lang)


def test_the_robot_is_called_by_the_name_that_it_was_given_with_the_right_ending() -> None:
    assert phrases("ko")["다솜아"] == "wake"
    assert phrases("ko", "보미")["보미야"] == "wake"
    assert "다솜아" not in phrases("ko", "보미")
    assert phrases("en", "Rose")["hey rose"] == "wake"
    assert robot_name("ko") == "다솜"


def test_korean_has_syllables_for_whatever_is_no_phrase_and_no_phrase_is_made_of_them_alone() -> None:
    syllables = set(fillers("ko"))
    assert len(syllables) > 100
    assert all(len(one) == 1 for one in syllables)
    assert not [phrase for phrase, kind in phrases("ko").items() if kind == "help" and phrase in syllables]
    assert set(pronunciations("en")) >= {"bomi", "dasom"}
