"""Rounds that take more than one answer, and what they make of silence, of other words and of words unknown to them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from random import Random

import pytest

from dolbom.clock import SEOUL
from dolbom.games.answering import gives_up
from dolbom.games.catalogue import game as game_of
from dolbom.games.catalogue import games, items
from dolbom.games.game import Prompt, Question, Result, Round, Step, Table
from dolbom.games.item import ANY, OWN
from dolbom.games.kinds.attention import kinds
from dolbom.games.likeness import same_kind
from dolbom.games.wording import Wording

AT = datetime(2026, 11, 26, 10, 30, tzinfo=SEOUL)


def begun(game: str, id: str, lang: str = "ko", help: int = 0, seed: int = 3) -> tuple[Round, str]:
    """A round of the item, and its first words."""
    all_, rng = items(game, lang), Random(seed)
    table = Table(lang, rng, AT, Wording(lang, rng), help=help, others=all_)
    round = game_of(game).round(next(item for item in all_ if item.id.startswith(id)), table)
    step = round.begin()
    assert isinstance(step, Prompt)
    return round, step.text


def text(step: Step) -> str:
    return step.said if isinstance(step, Prompt) else step.say


# --- attention --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "words"),
    [("ko", one) for one in ("짝", "짝짝", "착", "네", "응", "여기", "여기요", "나왔다")]
    + [("en", one) for one in ("yes", "clap", "here", "yeah", "that one")],
)
def test_a_short_sound_is_the_sign(lang: str, words: str) -> None:
    round, _ = begun("attention", items("attention", lang)[0].id, lang)
    assert round.judge(words) == "right"


@pytest.mark.parametrize(
    ("lang", "words"),
    [("ko", one) for one in ("지금 몇 시야", "우리 딸이 어제 왔어", "아니", "없어", "몰라", "이게 뭐야", "그게 뭐더라")]
    + [("en", one) for one in ("what time is it", "my daughter came yesterday", "no", "what was that")],
)
def test_other_talk_is_no_sign_and_scores_nothing(lang: str, words: str) -> None:
    round, _ = begun("attention", items("attention", lang)[0].id, lang)
    assert round.judge(words) == ""
    step: Step = round.prompt
    for _ in range(10):
        if isinstance(step, Result):
            break
        step = round.hear(words)
    assert isinstance(step, Result)
    assert (step.grade, round.tries) == ("passed", [])


def test_who_says_the_word_that_was_asked_for_gives_the_sign() -> None:
    round, said = begun("attention", "과일 | 탈것")
    word = said.split()[-1].strip(".")
    assert round.judge(word) == "right"


def test_the_kind_of_words_is_named_so_that_it_can_be_understood() -> None:
    asked = {one.ask: begun("attention", one.id)[1] for one in items("attention", "ko")}
    assert asked["새"].startswith("새 이름이 나오면 ")
    assert asked["물고기"].startswith("물고기 이름이 나오면 ")
    assert asked["입는 것"].startswith("입는 것이 나오면 ")
    assert asked["나라 이름"].startswith("나라 이름이 나오면 ")
    assert asked["가족"].startswith("가족을 부르는 말이 나오면 ")
    assert not any("이야기" in one or "기이면" in one for one in asked.values())


# --- fluency ----------------------------------------------------------------------------------------------------------


def test_a_word_that_no_list_has_is_welcome_and_never_counts_against_the_person() -> None:
    assert "망고" not in kinds("ko")["과일"]
    round, _ = begun("fluency", "과일")
    step = round.hear("망고")
    assert isinstance(step, Prompt)
    assert "예를 들면" not in step.text
    step = round.hear("두리안")
    assert isinstance(step, Result)
    assert (step.grade, round.tries) == ("talked", [])


def test_known_and_unknown_words_together_are_all_that_was_asked_for() -> None:
    round, _ = begun("fluency", "과일")
    round.hear("망고")
    step = round.hear("사과")
    assert isinstance(step, Result)
    assert (step.grade, [one.share for one in round.tries]) == ("right", [1.0])


def test_a_word_of_another_kind_is_no_word_of_this_one() -> None:
    round, _ = begun("fluency", "과일")
    assert "예를 들면" in text(round.hear("이불"))
    assert round.give_up().grade == "told"  # type: ignore[union-attr]


@pytest.mark.parametrize("words", ["가자", "가서 쉬자", "가야지", "가만"])
def test_words_with_the_right_letter_that_are_no_nouns_do_not_count(words: str) -> None:
    round, _ = begun("fluency", "‘가’로")
    assert round.judge(words) == ""
    assert round.judge("가자미") == "right"


def test_people_and_things_are_counted_as_one_counts_them() -> None:
    assert "두 분만" in begun("fluency", "가족")[1]
    assert "두 가지만" in begun("fluency", "과일")[1]
    assert not any("개만" in begun("fluency", item.id)[1] for item in items("fluency", "ko"))


@pytest.mark.parametrize("words", ["응 사과, 감", "그야 사과 감이지"])
def test_some_words_of_a_kind_said_in_a_row_are_surely_an_answer(words: str) -> None:
    round, _ = begun("fluency", "과일")
    assert round.sure(words)
    assert not round.sure(f"{words} 다리가 저려")


# --- word chain -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "start", "words"),
    [("ko", "고리", one) for one in ("이제 피곤해", "이게 뭐더라", "이거 어렵네", "이런", "이쁜 것", "이상해")]
    + [("en", "ear", one) for one in ("really hard", "right", "rather not", "I remember nothing")],
)  # fmt: skip
def test_little_words_hesitation_and_verbs_are_no_link_of_a_chain(lang: str, start: str, words: str) -> None:
    round, _ = begun("word_chain", start, lang)
    assert round.judge(words) == ""


# --- words to keep ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["silence", "give_up", "other words"])
def test_who_does_not_say_the_words_after_the_robot_hears_them_once_more_and_no_praise(how: str) -> None:
    round, _ = begun("word_memory", "사과 기차")
    ways: dict[str, Callable[[], Step]] = {
        "silence": round.silence,
        "give_up": round.give_up,
        "other words": lambda: round.hear("이불"),
    }
    again = text(ways[how]())
    assert "사과, 기차" in again
    talk = text(ways[how]())
    assert "사과" not in talk
    assert not any(word in again + talk for word in ("좋아요", "잘하셨어요"))
    assert "그런데" in talk


def test_what_is_promised_to_be_said_again_is_said_again() -> None:
    promises = ("다시 들려드릴게요", "다시 한번 들어 보세요", "I'll say it again", "Listen once more")
    for lang in ("ko", "en"):
        for game in ("word_memory", "fluency", "word_chain"):
            for item in items(game, lang)[:20]:
                for _ in range(3):
                    round, _ = begun(game, item.id, lang)
                    step: Step = round.prompt
                    while isinstance(step, Prompt):
                        step = (
                            round.silence() if len(round.tries) % 2 else round.hear("지우개" if lang == "ko" else "zip")
                        )
                        assert not any(promise in text(step) for promise in promises)


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "id"), [("ko", "올해는 몇"), ("ko", "오늘은 며칠"), ("ko", "지금은 몇 월"), ("en", "Which year")]
)
def test_where_the_first_digit_would_point_at_another_number_two_are_offered(lang: str, id: str) -> None:
    round, _ = begun("orientation", id, lang)
    step = round.silence()
    assert isinstance(step, Prompt)
    assert len(step.buttons) == 2
    assert round.answer in step.buttons  # type: ignore[attr-defined]
    assert "첫 글자" not in step.text
    assert "begins with" not in step.text


@pytest.mark.parametrize(
    ("game", "id", "lang", "words"),
    [
        ("market", "a loaf of bread 2 + a pint", "en", "three"),
        ("market", "a loaf of bread 2 + a pint", "en", "two"),
        ("market", "두부 한 모 2000 - 5000", "ko", "3천원이요"),
        ("orientation", "올해는 몇", "ko", "이천이십육이요"),
        ("orientation", "How many hours", "en", "twenty-four"),
        ("number_span", "3 8 2", "en", "um three eight two I think"),
        ("number_span", "3 8 2", "ko", "이게 뭐더라 삼 팔 이"),
    ],
)
def test_a_number_where_one_is_asked_for_is_surely_an_answer(game: str, id: str, lang: str, words: str) -> None:
    round, _ = begun(game, id, lang)
    assert round.sure(words)
    assert not round.sure(f"{words} 다리가 저려" if lang == "ko" else f"{words} my knee is sore")


def test_an_english_sentence_begins_with_a_capital_whatever_it_was_filled_with() -> None:
    _, said = begun("market", "a loaf of bread 2 + a pint", "en")
    assert said == "A loaf of bread costs 2 pounds. A pint of milk costs 1 pound. How much is it altogether?"


# --- choices ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "lang", "judged"),
    [(one, "ko", "right") for one in ("26년", "이십육년이지", "올해는 26년이요", "이천이십육년", "2026년")]
    + [(one, "ko", "") for one in ("26일", "25년", "이십육 살", "26년생이야", "26년 전에 이사 왔어")]
    + [(one, "en", "right") for one in ("twenty-six", "it's twenty six", "'26", "twenty twenty-six")]
    + [
        (one, "en", "")
        for one in ("26", "the twenty-sixth", "twenty-five", "twenty-six years", "I was twenty-six then")
    ],
)
def test_where_the_year_is_asked_it_may_be_said_for_short(words: str, lang: str, judged: str) -> None:
    round, _ = begun("orientation", "올해는 몇" if lang == "ko" else "Which year", lang)
    assert round.judge(words) == judged


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("game", ["orientation", "melody", "facts"])
def test_two_choices_are_of_one_kind(game: str, lang: str) -> None:
    offered = 0
    for item in items(game, lang):
        asked = {other.answers[0]: other.ask for other in items(game, lang) if bool(other.tune) == bool(item.tune)}
        if item.answers[0] in (ANY, OWN) or item.answers[0].startswith("="):
            continue
        round, _ = begun(game, item.id, lang, help=2)
        assert isinstance(round, Question)
        for other in round.choices:
            offered += 1
            if item.tune:
                assert other in asked, "a song is offered beside songs only"
                continue
            assert same_kind((item.ask, round.answer), (asked[other], other), lang), (item.ask, round.choices)
    assert offered or game == "facts"


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (("삼일절은 몇 월이지요?", "3월"), ("광복절은 몇 월이지요?", "8월"), True),
        (("삼일절은 몇 월이지요?", "3월"), ("설악산은 어느 도에 있지요?", "강원도"), False),
        (("일 년은 몇 달이지요?", "열두 달"), ("우리나라의 서울은 어디지요?", "서울"), False),
        (("진도아리랑은 어느 도의 노래지요?", "전라도"), ("설악산은 어느 도에 있지요?", "강원도"), True),
        (("설악산은 어느 도에 있지요?", "강원도"), ("우리나라 동쪽 끝 섬은 어디지요?", "독도"), False),
        (("한라산이 있는 섬은 어디지요?", "제주도"), ("우리나라 동쪽 끝 섬은 어디지요?", "독도"), True),
        (("밤이 가장 긴 때는 언제지요?", "동지"), ("창포물에 머리를 감던 명절은 언제지요?", "단오"), False),
        (("밤이 가장 긴 절기는 무엇이지요?", "동지"), ("낮이 가장 긴 때는 언제지요?", "하지"), True),
        (("설날에 먹는 것은 무엇이지요?", "떡국"), ("비가 올 때 쓰는 것은 무엇이지요?", "우산"), False),
    ],
)
def test_answers_are_of_one_kind_if_they_are_asked_for_or_end_alike(
    one: tuple[str, str], other: tuple[str, str], alike: bool
) -> None:
    assert same_kind(one, other, "ko") is alike


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("game", list(games()))
def test_what_was_asked_is_told_later_as_people_say_it(game: str, lang: str) -> None:
    for item in items(game, lang)[:40]:
        rng = Random(item.id)
        table = Table(lang, rng, AT, Wording(lang, rng), help=rng.randrange(3), others=items(game, lang))
        round = game_of(game).round(item, table)
        prompt = round.begin()
        assert isinstance(prompt, Prompt)
        assert round.asked.split(" (")[0] in prompt.text or item.tune
        assert re.search(r"\w", round.asked)
        assert not re.search(r"row-|game-|tune-|^<|[|]|\d [+x?-] \d", round.asked)


def test_of_a_fact_only_the_question_is_kept_and_nothing_of_the_own_answer() -> None:
    item = next(one for one in items("facts", "ko") if one.answers[0] == OWN)
    for help in (0, 1, 2):
        rng = Random(help)
        own = {item.id: "은하수 마을"}
        round = game_of("facts").round(item, Table("ko", rng, AT, Wording("ko", rng), help=help, own=own))
        prompt = round.begin()
        assert isinstance(prompt, Prompt)
        assert ("은" in prompt.text.removeprefix(item.ask)) == (help > 0), "its first letter helps"
        assert round.asked == item.ask


def test_a_king_is_not_offered_beside_a_drum() -> None:
    king, drum = (("Which king was it?", "Henry"), ("Which instrument is struck with two sticks?", "drum"))
    assert not same_kind(king, drum, "en")
    for seed in range(20):
        round, _ = begun("melody", "Which instrument is struck", "en", help=2, seed=seed)
        assert isinstance(round, Question)
        assert "Henry" not in round.choices


@pytest.mark.parametrize("words", ["이번에도 모르겠네", "이번 것도 어렵구만", "두 번째는 모르겠네"])
def test_who_does_not_know_has_not_chosen_the_second(words: str) -> None:
    for item in items("sequencing", "ko"):
        round, _ = begun("sequencing", item.id)
        assert round.judge(words) != "right", item.id
        assert gives_up(words, "ko")


def test_the_valve_of_the_gas_is_known_as_the_gas() -> None:
    round, _ = begun("facts", "음식을 다 하고 나면")
    assert round.judge("가스") == round.judge("가스 잠그지") == "right"


@pytest.mark.parametrize(
    ("lang", "words", "tried"),
    [
        ("ko", "삼천 원에 이천 원 더하면 어... 육천 원", True),
        ("ko", "이천 원하고 삼천 원이면 그러니까 팔천 원이지", True),
        ("ko", "만 원 내고 칠천 원이니까 이천 원 남네", True),
        ("ko", "옛날에는 두부 한 모에 백 원이면 샀는데 말이야", False),
        ("ko", "우리 시장에서는 콩나물이 오십 원 하던 때도 있었지", False),
        ("en", "three pounds and two pounds, that makes, er, nine pounds", True),
        ("en", "three and two, let me see, that would be seven pounds", True),
        ("en", "I bought eggs there for two pounds once when I was young", False),
    ],
)
def test_a_reckoning_aloud_is_an_answer_though_it_is_wrong_and_a_story_of_prices_is_none(
    lang: str, words: str, tried: bool
) -> None:
    item = next(item for item in items("market", lang) if item.parts[0] == "sum")
    round, _ = begun("market", item.id, lang)
    assert round.tried(words) is tried
