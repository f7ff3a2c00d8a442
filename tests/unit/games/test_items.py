"""The items of the games: enough, safe, answerable, and each file read back as it was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from dolbom.errors import UserError
from dolbom.games.catalogue import game, games, items
from dolbom.games.item import DOMAINS, Item, entries, levels
from dolbom.games.lint import LEAST, problems
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
    "one too long to listen to": Item(
        id="a", level=1, ask="아주 긴 물음입니다 " * 12 + "무엇이지요?", answers=("사과",)
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_the_linter_finds(what: str) -> None:
    assert list(problems("melody", "ko", [BAD[what], *items("melody", "ko")[:3]]))


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
