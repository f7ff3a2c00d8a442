"""How a game is taken up again after a pause, and what somebody says meanwhile is answered before it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from dolbom.clock import SEOUL
from dolbom.dialog.intents import Understanding
from dolbom.games.at_table import AtTable, at_the_table
from dolbom.games.playing import Playing
from dolbom.i18n import phrase

AT = datetime(2026, 11, 26, 10, 30, tzinfo=SEOUL)
PAUSE = {"ko": "잠깐 쉬었다 하자", "en": "I'll be right back"}


@pytest.fixture(scope="module")
def understanding() -> Understanding:
    return Understanding()


def played(understanding: Understanding, lang: str, said: Sequence[str]) -> AtTable:
    """A game of proverbs in which somebody says this, one to a question, and then nothing more."""
    turns = iter(said)

    def reply(playing: Playing, question: str) -> str | None:
        return next(turns, None)

    table = at_the_table("proverbs", reply, understanding, AT, lang, seed=3, rounds=2)
    table.play()
    return table


def answer_to(table: AtTable, words: str) -> str:
    """What was said right after somebody said this."""
    at = table.lines.index(("person", words))
    return table.lines[at + 1][1]


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("ko", "이제 하자"),
        ("ko", "다녀왔어"),
        ("ko", "그래 해 보세"),
        ("ko", "놀이 계속해"),
        ("en", "I'm back"),
        ("en", "let's carry on"),
    ],
)
def test_who_says_that_they_are_back_is_not_asked_again(understanding: Understanding, lang: str, words: str) -> None:
    table = played(understanding, lang, [PAUSE[lang], words])
    assert answer_to(table, words).startswith(phrase(lang, "games.resume", game=table.playing.title))


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_whether_to_go_on_is_asked_by_the_name_of_the_game(understanding: Understanding, lang: str) -> None:
    table = played(understanding, lang, [PAUSE[lang]])
    assert phrase(lang, "companion.go_on_with", what=table.playing.title) in [words for _, words in table.lines]


def test_who_gives_the_answer_instead_of_a_yes_has_answered(understanding: Understanding) -> None:
    table = played(understanding, "ko", [PAUSE["ko"], "고개를 숙인다"])
    assert [one.grade for one in table.playing.sitting.rounds][:1] == ["right"]


@pytest.mark.parametrize(
    ("lang", "words"), [("ko", "다른 놀이 하자"), ("ko", "끝말잇기 하자"), ("en", "something else")]
)
def test_who_comes_back_for_another_game_is_not_held_to_this_one(
    understanding: Understanding, lang: str, words: str
) -> None:
    table = played(understanding, lang, [PAUSE[lang], words])
    assert table.playing.sitting.ended == "enough"
    assert table.lines[-2] == ("person", words)


@pytest.mark.parametrize("words", ["이제 그만하자", "나중에 하자", "안 할래"])
def test_who_wants_no_more_is_not_talked_into_it(understanding: Understanding, words: str) -> None:
    table = played(understanding, "ko", [PAUSE["ko"], words])
    assert not table.playing.sitting.rounds
    assert table.playing.sitting.ended in ("stopped", "enough")


@pytest.mark.parametrize("words", ["무릎이 쑤셔", "외로워", "지금 몇 시야"])
def test_what_is_said_to_a_question_of_the_robot_s_own_is_answered_before_the_game_goes_on(
    understanding: Understanding, words: str
) -> None:
    """ "Are you unwell?" and something else: it waited for the end of the game."""
    table = played(understanding, "ko", ["토할 것 같아", words])
    asked, answered = table.lines[2][1], answer_to(table, words)
    assert table.lines[3] == ("person", words)
    assert asked not in answered
    assert phrase("ko", "companion.go_on_with", what=table.playing.title) not in answered
    assert not any(back in answered for back in ("다시 여쭤볼게요", "이어서"))
