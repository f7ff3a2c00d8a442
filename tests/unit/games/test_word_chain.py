"""The rules of the word chain."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dolbom.games.catalogue import game, items
from dolbom.games.game import Prompt, Result, Table
from dolbom.games.kinds.word_chain import firsts, followers, lexicon
from dolbom.games.wording import Wording

AT = datetime(2026, 11, 26, 10, tzinfo=UTC)


def table(link: str = "", seed: int = 0) -> Table:
    rng = Random(seed)
    return Table("ko", rng, AT, Wording("ko", rng), link=link)


@pytest.mark.parametrize(
    ("word", "allowed"),
    [
        ("수양", ("양",)),
        ("물량", ("량", "양")),
        ("소녀", ("녀", "여")),
        ("도로", ("로", "노")),
        ("미래", ("래", "내")),
        ("요리", ("리", "이")),
        ("차례", ("례", "예")),
        ("하마", ("마",)),
        ("가누", ("누",)),
        ("어머니", ("니", "이")),
        ("규율", ("율",)),
        ("기록", ("록", "녹")),
        ("서류", ("류", "유")),
    ],
)
def test_a_word_may_begin_as_the_last_one_ended_or_as_the_rule_of_first_sounds_changes_it(
    word: str, allowed: tuple[str, ...]
) -> None:
    assert firsts(word, "ko") == allowed


@pytest.mark.parametrize(
    ("start", "said", "found"),
    [
        ("고리", "이발소", "right"),
        ("고리", "리본이요", "right"),
        ("머리", "이마지", "right"),
        ("머리", "음 이불", "right"),
        ("머리", "머리", ""),
        ("머리", "나무", ""),
        ("머리", "이쁘다", ""),
        ("머리", "이", ""),
        ("나비", "비누", "right"),
        ("나비", "비행기 아니야", "right"),
    ],
)
def test_a_word_that_fits_is_taken_though_the_list_does_not_have_it(start: str, said: str, found: str) -> None:
    item = next(item for item in items("word_chain", "ko") if item.id == start)
    round = game("word_chain").round(item, table())
    round.begin()
    assert round.judge(said) == found


def test_a_word_that_was_said_before_is_kindly_turned_away() -> None:
    at = table()
    at.used.add("비누")
    round = game("word_chain").round(next(item for item in items("word_chain", "ko") if item.id == "나비"), at)
    round.begin()
    step = round.hear("비누")
    assert isinstance(step, Prompt)
    assert "비누" in step.said
    assert "다른 말" in step.said


@given(st.integers(0, 10_000))
def test_the_robot_always_goes_on_by_the_rules_and_never_says_a_word_twice(seed: int) -> None:
    rng, at = Random(seed), table(seed=seed)
    chain = game("word_chain")
    said: list[str] = []
    for _ in range(6):
        playable = chain.playable(items("word_chain", "ko"), at)
        item = rng.choice(list(playable))
        if at.link and any(other.id[0] in firsts(at.link, "ko") for other in playable):
            assert item.id[0] in firsts(at.link, "ko")
        assert item.id not in said
        round = chain.round(item, at)
        round.begin()
        answer = round.solution() or ""
        said += [item.id, answer]
        assert isinstance(round.hear(answer), Result)
        assert len(set(said)) == len(said)


def test_every_word_of_the_list_is_one_word_and_most_can_be_followed() -> None:
    for lang in ("ko", "en"):
        words = lexicon(lang)
        assert len(set(words)) == len(words)
        assert sum(bool(followers(lang)[word]) for word in words) > 0.6 * len(words)
