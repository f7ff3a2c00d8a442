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
    ("집에 간다", ["배가 산으로 간다"], ""),
    ("배가 가지", ["배가 산으로 간다"], "near"),
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
    ("let's play something else", ["the mice will play"], ""),
    ("the mice", ["the mice will play"], "near"),
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
        ("야채지", ["채소", "과일"], 0),
        ("과일 아니 야채", ["채소", "과일"], 0),
        ("이번", ["개기", "널기"], 1),
        ("이번이요", ["개기", "널기"], 1),
        ("이번 거", ["개기", "널기"], 1),
        ("이번에도 모르겠네", ["개기", "널기"], None),
        ("이번 것도 어렵구만", ["개기", "널기"], None),
        ("두 번째는 모르겠네", ["개기", "널기"], None),
        ("모르겠는데 두 번째?", ["개기", "널기"], 1),
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
        ("3천원", "ko", 3000),
        ("3천 5백원", "ko", 3500),
        ("1만2천원", "ko", 12000),
        ("만 오백 원이구먼", "ko", 10500),
        ("한 오천 원쯤", "ko", 5000),
        ("천 원짜리 세 장", "ko", 3000),
        ("모르겠어", "ko", None),
        ("만나서 천천히 하자", "ko", None),
        ("a pound", "en", 1),
        ("a quid", "en", 1),
        ("three quid", "en", 3),
        ("two fifty", "en", 2.5),
        ("£2.50", "en", 2.5),
        ("forty two pounds", "en", 42),
        ("it's seven", "en", 7),
        ("no idea", "en", None),
    ],
)
def test_a_sum_of_money_is_heard(said: str, lang: str, sum_: float | None) -> None:
    assert amount(said, lang) == sum_


@pytest.mark.parametrize(
    ("said", "lang", "sum_"),
    [
        ("오천 원에서 이천 원 빼면 삼천 원", "ko", 3000),
        ("만 원 내고 칠천 원이니까 삼천 원 남네", "ko", 3000),
        ("이천 원하고 천 원이니까 삼천 원", "ko", 3000),
        ("2000원 더하기 1000원은 3000원", "ko", 3000),
        ("삼천 원 맞지? 오천 원에서", "ko", 3000),
        ("삼천 원 아니 사천 원", "ko", 4000),
        ("천 원 이천 원 삼천 원 사천 원", "ko", 4000),
        ("five take away two is three", "en", 3),
        ("three, from five", "en", 3),
    ],
)
def test_who_reckons_aloud_means_the_last_sum_that_is_no_step(said: str, lang: str, sum_: int) -> None:
    assert amount(said, lang) == sum_


@pytest.mark.parametrize(
    ("said", "answer", "lang"),
    [(said, "2026년", "ko") for said in ("2026", "이천이십육", "이천 이십육 년이요", "이공이육", "2026년 11월 26일")]
    + [
        (said, "26일", "ko")
        for said in ("26", "스물여섯", "스물 여섯", "이십육일이지", "십일월 이십육일", "26일이에요")
    ]
    + [
        (said, "11월", "ko")
        for said in ("11", "십일", "십일월이지", "이번 달은 십일월", "네 11월이요", "2026년11월26일")
    ]
    + [(said, "육십 분", "ko") for said in ("60", "육십", "예순 분", "60분이요", "한 시간은 육십 분이지")]
    + [(said, "열두 달", "ko") for said in ("12", "열둘", "열두달이제", "12개월", "일 년은 열두 달")]
    + [(said, "스물네 시간", "ko") for said in ("24", "스물넷", "스물 네 시간", "24시간", "이십사시간이지")]
    + [(said, "열두 줄", "ko") for said in ("12", "열둘", "열두줄이요")]
    + [(said, "8시", "ko") for said in ("여덟 시", "아침 여덟시요", "8시요")]
    + [
        (said, answer, "ko")
        for answer in ("8시 반", "여덟 시 반", "8시 30분")
        for said in ("8시 반", "여덟 시 반", "여덟시반이요", "아침 여덟 시 반쯤", "8시 30분", "여덟 시 삼십 분이지")
    ]
    + [(said, "12개", "ko") for said in ("한 다스", "한다스요", "연필 한 다스지", "열두 개")]
    + [("두 다스", "24", "ko"), ("half past 8", "half past eight", "en")]
    + [(said, "12", "en") for said in ("a dozen", "it's a dozen", "one dozen", "a dozen eggs")]
    + [(said, "6", "en") for said in ("half a dozen", "it's half a dozen")]
    + [("two dozen", "24", "en")]
    + [(said, "1월", "ko") for said in ("일월", "1월", "일", "일이요")]
    + [(said, "twenty-sixth", "en") for said in ("26", "26th", "twenty-six", "the twenty-sixth of November")]
    + [(said, "2026", "en") for said in ("twenty twenty-six", "two thousand and twenty-six", "2026")]
    + [(said, "twelve months", "en") for said in ("12", "twelve", "twelve months in one year")]
    + [(said, "three hundred and sixty six days", "en") for said in ("366", "three hundred sixty-six")],
)
def test_a_number_is_the_answer_in_every_way_of_saying_it(said: str, answer: str, lang: str) -> None:
    assert match(said, [answer], lang) == "right"


@pytest.mark.parametrize(
    ("said", "answer", "lang"),
    [
        (said, "11월", "ko")
        for said in ("1월", "일월", "십이월", "이십일월", "십일월 아니 십이월", "1", "십일일", "시월")
    ]
    + [(said, "1월", "ko") for said in ("십일월", "11월", "일이 있어서", "일요일", "이월")]
    + [(said, "20일", "ko") for said in ("이십일일", "21", "삼십")]
    + [(said, "26일", "ko") for said in ("16", "스물다섯", "이십육일 아니 이십칠일", "26년", "6")]
    + [(said, "육십 분", "ko") for said in ("60시간", "육십 초", "예순하나", "오십")]
    + [(said, "열두 달", "ko") for said in ("열세 달", "2", "이월", "십이일", "네")]
    + [(said, "2026년", "ko") for said in ("2016", "이천십육", "26")]
    + [(said, "twenty four hours", "en") for said in ("twenty", "four", "24 minutes", "twenty-five")]
    + [(said, "2026", "en") for said in ("2016", "twenty sixteen", "26")]
    + [(said, "8시", "ko") for said in ("8시 반", "여덟 시 반이요")]
    + [(said, "8시 반", "ko") for said in ("8시", "아홉 시 반", "여덟", "여덟 시간 반")]
    + [("half past eight", "eight", "en"), ("half a dozen", "12", "en"), ("한 다스", "1", "ko")]
    + [("sixth", "twenty-sixth", "en"), ("the twenty-sixth, no, the twenty-seventh", "twenty-sixth", "en")],
)
def test_another_number_is_never_the_answer(said: str, answer: str, lang: str) -> None:
    assert match(said, [answer], lang) == ""


@pytest.mark.parametrize(
    ("said", "lang", "row"),
    [
        ("삼 팔 이", "ko", [3, 8, 2]),
        ("382", "ko", [3, 8, 2]),
        ("셋 여덟 둘", "ko", [3, 8, 2]),
        ("삼팔이요", "ko", [3, 8]),
        ("삼팔이요", "ko", [3, 8, 2]),
        ("이게 뭐더라 삼 팔 이", "ko", [3, 8, 2]),
        ("삼 팔 이 이렇게", "ko", [3, 8, 2]),
        ("오늘은 삼 팔 이지", "ko", [3, 8, 2]),
        ("three eight two", "en", [3, 8, 2]),
        ("three eight to", "en", [3, 8, 2]),
        ("I want to say three eight two", "en", [3, 8, 2]),
        ("oh three eight too", "en", [3, 8, 2]),
    ],
)
def test_a_row_of_digits_is_heard_however_it_may_be_meant(said: str, lang: str, row: list[int]) -> None:
    assert row in digits(said, lang)
