"""The items of the games: enough, safe, answerable, and each file read back as it was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from dolbom.errors import UserError
from dolbom.games.amounts import counted, one_of
from dolbom.games.catalogue import game, games, items
from dolbom.games.item import DOMAINS, Item, entries, levels
from dolbom.games.kinds.word_chain import followers
from dolbom.games.lint import DAYS, LEAST, chain_problems, make_round, problems
from dolbom.games.vocabulary import hard, hard_phrases
from dolbom.web.pictures import find_picture
from dolbom.web.rows import row

ALL = [(name, lang) for name in games() for lang in ("ko", "en")]


@pytest.mark.parametrize(("name", "lang"), ALL)
def test_every_item_is_safe_short_unique_and_its_own_answer_right_with_any_help(name: str, lang: str) -> None:
    assert list(problems(name, lang)) == []


def test_twelve_games_stand_for_six_domains_each_with_enough_items() -> None:
    assert len(games()) == 12
    assert {one.domain for one in games().values()} == set(DOMAINS)
    assert all(len(items(name, lang)) >= LEAST[lang] for name, lang in ALL)


def test_every_game_has_items_of_every_first_difficulty_or_says_why_not() -> None:
    for name, lang in ALL:
        found = {item.level for item in items(name, lang)}
        # Facts are as hard as the person finds them.
        assert found >= ({1, 2, 3} if name == "facts" else {1, 2, 3, 4, 5}), (name, lang, found)


def test_every_picture_that_an_item_names_is_drawn() -> None:
    named = {item.picture for lang in ("ko", "en") for item in items("pictures", lang) if item.picture}
    assert len(named) >= 40
    assert all(find_picture(name) is not None or row(name) is not None for name in named)


BAD = {
    "one that speaks of what is not spoken of": Item(id="a", level=1, ask="무덤은 어디에 있지요?", answers=("산",)),
    "one whose answer is a call": Item(id="a", level=1, ask="뭐라고 부르지요?", answers=("살려 줘",)),
    "one whose answer is stop": Item(id="a", level=1, ask="어떻게 말하지요?", answers=("그만해",)),
    "one with a placeholder left": Item(id="a", level=1, ask="{{x}}은 무엇이지요?", answers=("사과",)),
    "one whose question holds its answer": Item(id="a", level=1, ask="우리나라의 서울은 어디지요?", answers=("서울",)),
    "one whose riddle breaks off": Item(id="a", level=1, answers=("공",), riddle="둥글고"),
    "one that says a hard word": Item(id="a", level=1, ask="이 단어는 무엇이지요?", answers=("사과",)),
    "one that says a hard word when it tells the answer": Item(id="a", level=1, ask="무엇이지요?", answers=("게임",)),
    "one that is written in foreign letters": Item(
        id="a", level=1, ask="TV에 나온 것은 무엇이지요?", answers=("사과",)
    ),
    "one too long to listen to": Item(
        id="a", level=1, ask="아주 긴 물음입니다 " * 12 + "무엇이지요?", answers=("사과",)
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_the_linter_finds(what: str) -> None:
    assert list(problems("melody", "ko", [BAD[what], *items("melody", "ko")[:3]]))


def test_the_linter_finds_an_answer_that_passes_for_that_of_another_item() -> None:
    one = Item(id="a", level=1, ask="바다에서 나는, 국을 끓이는 것은 무엇이지요?", answers=("미역",))
    other = Item(id="b", level=1, ask="생일에 먹는 국은 무엇이지요?", answers=("미역국",))
    found = list(problems("melody", "ko", [one, other]))
    assert found == ["melody (ko): 'a' takes '미역국' for right, the answer of another"]


def test_a_question_may_tell_first_or_offer_what_it_asks_for() -> None:
    told = Item(id="a", level=1, ask="오늘은 {weekday}이에요/예요. 무슨 요일이지요?", answers=("=weekday",))
    offered = Item(id="b", level=1, ask="벌떡 일어나실까요, 천천히 일어나실까요?", answers=("천천히",))
    assert list(problems("orientation", "ko", [told])) == []
    assert list(problems("facts", "ko", [offered])) == []


def test_the_linter_finds_where_the_word_chain_breaks_off() -> None:
    follow = {**followers("ko"), "나무": ("무릎",), "무릎": ()}
    found = list(chain_problems("ko", follow))
    assert any("begins with '나무'" in line for line in found)
    assert any("after '나무' come only ['무릎']" in line for line in found)


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("domain", ["games", "exercise"])
def test_nothing_that_is_said_at_games_and_exercise_is_jargon(domain: str, lang: str) -> None:
    assert list(hard_phrases(lang, domain)) == []


def test_a_hard_word_is_found_where_it_begins_and_named_with_a_plain_one() -> None:
    assert hard("다음 단어를 선택해 주세요", "ko") == [("단어", "낱말"), ("선택", "고르기")]
    assert hard("명단어를 보아요. {name}님", "ko") == []
    assert hard("Select the correct item.", "en") == [("select", "choose"), ("correct", "right"), ("item", "thing")]


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_goods_of_the_market_are_named_by_one_and_asked_for_by_their_count(lang: str) -> None:
    for item in items("market", lang):
        kind, *rest = item.parts
        goods = rest[::2] if kind in ("sum", "dearer") else rest[:1]
        assert all(one_of(one, lang) for one in goods), item.id
    of_three = next(item for item in items("market", "ko") if item.parts[:2] == ("times", "붕어빵 한 봉지"))
    asked = make_round("market", "ko", of_three, items("market", "ko"), DAYS[4], 0).begin()
    assert asked.text == "붕어빵 한 봉지에 2,000원이에요. 세 봉지 사면 얼마일까요?"  # type: ignore[union-attr]


def test_what_is_not_named_by_one_of_it_cannot_be_counted(tmp_path: Path) -> None:
    assert counted("두부 한 모", 4, "ko") == "네 모"
    assert counted("a bag of plums", 3, "en") == "3"
    for goods, count in (("붕어빵 세 개", 2), ("버스값", 2), ("두부 한 모", 11)):
        with pytest.raises(ValueError, match=goods):
            counted(goods, count, "ko")


def test_the_linter_finds_an_item_that_is_there_twice() -> None:
    one, *others = items("melody", "ko")[:3]
    found = list(problems("melody", "ko", [one, one.model_copy(), *others]))
    assert any("2 times" in line for line in found)


def test_a_file_that_is_missing_or_has_a_wrong_level_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"melody\.yaml is missing"):
        levels("melody", "ko", tmp_path)
    folder = tmp_path / "ko" / "games"
    folder.mkdir(parents=True)
    (folder / "melody.yaml").write_text("6: [a]\n", encoding="utf-8")
    with pytest.raises(UserError, match="6 is no level"):
        list(entries("melody", "ko", tmp_path))
    (folder / "melody.yaml").write_text("1: a\n", encoding="utf-8")
    with pytest.raises(UserError, match="level 1 holds no items"):
        list(entries("melody", "ko", tmp_path))
    (folder / "melody.yaml").write_text("a: [\n", encoding="utf-8")
    with pytest.raises(UserError, match="is no YAML"):
        list(entries("melody", "ko", tmp_path))


def test_a_game_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(UserError, match="no game 'chess' — there are attention"):
        game("chess")
