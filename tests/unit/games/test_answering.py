"""Answers as old voices give them."""

from __future__ import annotations

import pytest

from dolbom.games.amounts import amount, digits
from dolbom.games.answering import gives_up, has_enough, hesitates, match, which

KO = [
    ("사과", ["사과"], "right"),
    ("사과요", ["사과"], "right"),
    ("그거 사과 아니여", ["사과"], "right"),
    ("아 그 사과지 사과", ["사과"], "right"),
    ("배요", ["배"], "right"),
    ("배지", ["배"], "right"),
    ("배추", ["배"], ""),
    ("배가 고프네", ["배"], "right"),
    ("계란이여", ["달걀", "계란"], "right"),
    ("오는 말이 곱지", ["오는 말이 곱다"], "right"),
    ("오는 말도 고와", ["오는 말이 곱다"], "right"),
    ("곱다", ["오는 말이 곱다"], "near"),
    ("밤말은 쥐가 듣지", ["밤말은 쥐가 듣는다"], "right"),
    ("외양간 고치는 거", ["외양간 고친다"], "right"),
    ("고등아", ["고등어"], "near"),
    ("무궁하꽃", ["무궁화"], "near"),
    ("젊었을 적에는 내가 그 동네에서 제일이라고 다들 그랬지 뭐야", ["새집 다오"], ""),
    ("12월", ["2월"], ""),
    ("2월", ["2월"], "right"),
    ("우리 딸이 왔었어", ["사과"], ""),
    ("포도", ["사과"], ""),
    ("", ["사과"], ""),
]
EN = [
    ("an apple", ["apple"], "right"),
    ("apples", ["apple"], "right"),
    ("it's the butterfly I think", ["butterfly"], "right"),
    ("buterfly", ["butterfly"], "right"),
    ("is worth two", ["is worth two in the bush"], "right"),
    ("the mice will play of course", ["the mice will play"], "right"),
    ("pear", ["apple"], ""),
    ("my daughter came", ["apple"], ""),
]


@pytest.mark.parametrize(("said", "answers", "found"), KO)
def test_a_korean_answer_is_known_with_particles_in_part_misheard_and_in_dialect(
    said: str, answers: list[str], found: str
) -> None:
    assert match(said, answers, "ko") == found


@pytest.mark.parametrize(("said", "answers", "found"), EN)
def test_an_english_answer_is_known_in_a_sentence_in_part_and_misheard(
    said: str, answers: list[str], found: str
) -> None:
    assert match(said, answers, "en") == found


@pytest.mark.parametrize(
    ("said", "choices", "found"),
    [
        ("송편", ["떡국", "송편"], 1),
        ("두 번째", ["떡국", "송편"], 1),
        ("앞에 거", ["떡국", "송편"], 0),
        ("떡국 말고 송편", ["떡국", "송편"], 1),
        ("글쎄", ["떡국", "송편"], None),
        ("12월", ["2월", "12월"], 1),
    ],
)
def test_a_choice_is_known_by_name_by_place_and_by_what_was_said_last(
    said: str, choices: list[str], found: int | None
) -> None:
    assert which(said, choices, "ko") == found


@pytest.mark.parametrize("said", ["모르겠어", "몰러", "기억이 안 나네", "까먹었어", "아이고 생각이 안 나"])
def test_not_knowing_is_heard(said: str) -> None:
    assert gives_up(said, "ko")


@pytest.mark.parametrize("said", ["음", "그게 뭐더라", "어디 보자", "가만있자 그게"])
def test_thinking_aloud_is_no_answer(said: str) -> None:
    assert hesitates(said, "ko")
    assert not hesitates(f"{said} 사과", "ko")


@pytest.mark.parametrize("said", ["이제 피곤해", "나중에 하자", "재미없다", "안 할래", "좀 쉬고 싶어"])
def test_having_had_enough_is_heard(said: str) -> None:
    assert has_enough(said, "ko")


@pytest.mark.parametrize(
    ("said", "lang", "sum_"),
    [
        ("오천 원", "ko", 5000),
        ("5천원이요", "ko", 5000),
        ("5,000원", "ko", 5000),
        ("만 이천원이지", "ko", 12000),
        ("12000", "ko", 12000),
        ("천오백 원인가", "ko", 1500),
        ("모르겠어", "ko", None),
        ("forty two pounds", "en", 42),
        ("it's seven", "en", 7),
        ("no idea", "en", None),
    ],
)
def test_a_sum_of_money_is_heard(said: str, lang: str, sum_: int | None) -> None:
    assert amount(said, lang) == sum_


@pytest.mark.parametrize(
    ("said", "lang", "row"),
    [
        ("삼 팔 이", "ko", [3, 8, 2]),
        ("382", "ko", [3, 8, 2]),
        ("셋 여덟 둘", "ko", [3, 8, 2]),
        ("삼팔이요", "ko", [3, 8]),
        ("삼팔이요", "ko", [3, 8, 2]),
        ("three eight two", "en", [3, 8, 2]),
    ],
)
def test_a_row_of_digits_is_heard_however_it_may_be_meant(said: str, lang: str, row: list[int]) -> None:
    assert row in digits(said, lang)
