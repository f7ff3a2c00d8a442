"""Which of three drawings differs: answered by place, by touch, or by what it is; by ear, and only with a screen."""

from __future__ import annotations

from datetime import datetime
from random import Random
from xml.etree import ElementTree

import pytest

from dolbom.clock import SEOUL
from dolbom.dialog.intents import Understanding
from dolbom.games.answering import gives_up
from dolbom.games.at_table import AtTable, at_the_table, persona
from dolbom.games.catalogue import game, items
from dolbom.games.game import Prompt, Result, Round, Table
from dolbom.games.item import Item
from dolbom.games.kinds.pictures import ROW
from dolbom.games.lint import DAYS, make_round
from dolbom.games.wording import Wording
from dolbom.web.rows import LACKS, row

DRAWN = [(lang, item) for lang in ("ko", "en") for item in items("pictures", lang) if item.picture.startswith(ROW)]
PLACES = {"ko": ("첫째", "둘째", "셋째"), "en": ("the first", "the second", "the third")}
each = pytest.mark.parametrize(("lang", "item"), DRAWN, ids=lambda one: getattr(one, "id", one))


def begun(lang: str, item: Item, help: int = 0, seed: int = 0) -> tuple[Round, Prompt, int]:
    round = make_round("pictures", lang, item, items("pictures", lang), DAYS[4], help, seed)
    step = round.begin()
    assert isinstance(step, Prompt)
    drawings = step.picture.removeprefix(ROW).split("-")
    [odd] = [at for at, drawing in enumerate(drawings) if drawings.count(drawing) == 1]
    return round, step, odd


def test_a_row_is_svg_that_a_browser_draws_whatever_prefixes_the_process_has_registered() -> None:
    ElementTree.register_namespace("", "http://www.collada.org/2005/11/COLLADASchema")
    row.cache_clear()
    drawn = row("row-apple-bus-apple")
    assert drawn is not None
    assert drawn.startswith("<svg ") and "ns0" not in drawn
    assert {part.tag.partition("}")[0] for part in ElementTree.fromstring(drawn).iter()} == {
        "{http://www.w3.org/2000/svg"
    }


def test_drawings_differ_in_thing_count_part_size_and_how_they_stand_at_every_difficulty() -> None:
    for lang in ("ko", "en"):
        own = [item for other, item in DRAWN if other == lang]
        assert {item.level for item in own} == {1, 2, 3, 4, 5}
        assert {item.parts[1].partition("__")[2] for item in own} == {"", "less", "small", "turned", "x3"}
    assert {item.parts[1] for _, item in DRAWN} >= {f"{thing}__less" for thing in LACKS}


@each
def test_it_is_answered_by_place_by_what_it_is_and_by_touch_wherever_it_stands(lang: str, item: Item) -> None:
    seen = set()
    for seed in range(8):
        _, step, odd = begun(lang, item, seed=seed)
        seen.add(odd)
        assert step.buttons == PLACES[lang]
        assert row(step.picture) is not None
        for answer in (step.buttons[odd], *item.answers):
            found = begun(lang, item, seed=seed)[0].hear(answer)
            assert isinstance(found, Result) and found.grade == "right", answer
            assert item.answers[0] in found.say
        for wrong in (*(place for at, place in enumerate(PLACES[lang]) if at != odd), item.parts[2]):
            assert isinstance(begun(lang, item, seed=seed)[0].hear(wrong), Prompt), wrong
    assert len(seen) > 1


@pytest.mark.parametrize(
    ("lang", "ways"),
    [
        ("ko", (("왼쪽 거", "맨 앞에 거", "1번"), ("가운데 거", "두 번째요"), ("오른쪽이지", "맨 끝에 거"))),
        ("en", (("the left one", "number one, the first"), ("the middle one",), ("the right one", "the last one"))),
    ],
)  # fmt: skip
def test_a_place_is_known_in_other_words(lang: str, ways: tuple[tuple[str, ...], ...]) -> None:
    item = next(item for other, item in DRAWN if other == lang)
    for seed in range(8):
        _, _, odd = begun(lang, item, seed=seed)
        for place, words in enumerate(ways):
            for said in words:
                judged = begun(lang, item, seed=seed)[0].judge(said)
                assert judged == ("right" if place == odd else ""), said


UNKNOWN = {
    "ko": ("{}는 모르겠네", "{}는 잘 모르겠어", "{} 그림은 모르겠네", "{}는 몰라", "{}는 기억이 안 나"),
    "en": ("I don't know {} one", "I'm not sure about {} one", "{} one I can't tell"),
}
PERHAPS = {"ko": ("모르겠는데 {} 같아", "{}인가"), "en": ("I don't know, {} one?", "maybe {} one")}


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_who_does_not_know_one_of_them_has_not_chosen_it(lang: str) -> None:
    item = next(item for other, item in DRAWN if other == lang)
    for seed in range(6):
        _, _, odd = begun(lang, item, seed=seed)
        others = ("왼쪽", "가운데", "오른쪽") if lang == "ko" else ("the left", "the middle", "the right")
        for said in (way.format(place) for way in UNKNOWN[lang] for place in (PLACES[lang][odd], others[odd])):
            assert begun(lang, item, seed=seed)[0].judge(said) == "", said
            assert gives_up(said, lang), said
        for said in (way.format(PLACES[lang][odd]) for way in PERHAPS[lang]):
            assert begun(lang, item, seed=seed)[0].judge(said) == "right", said


@each
def test_by_ear_alone_it_is_found_from_what_the_help_says(lang: str, item: Item) -> None:
    round, _, odd = begun(lang, item)
    helped = round.silence()
    assert isinstance(helped, Prompt)
    assert helped.text.count(item.parts[2]) >= 2 and item.answers[0] in helped.text
    found = round.hear(PLACES[lang][odd])
    assert isinstance(found, Result) and found.grade == "helped"


@each
def test_two_places_are_offered_to_whom_it_is_hard_one_of_them_right(lang: str, item: Item) -> None:
    _, step, odd = begun(lang, item, help=2)
    assert len(step.buttons) == 2 and PLACES[lang][odd] in step.buttons
    assert item.answers[0] in step.text


def test_who_does_not_find_it_is_told_which_and_what_it_was() -> None:
    item = next(item for lang, item in DRAWN if lang == "ko" and item.parts[1] == "house__less")
    round, _, odd = begun("ko", item)
    round.give_up()
    told = round.give_up()
    assert isinstance(told, Result) and f"{PLACES['ko'][odd]}, 문이 없는 집" in told.say


def test_without_a_screen_none_is_asked_and_the_spoken_odd_one_out_stays() -> None:
    rng = Random(1)
    for screen in (True, False):
        asked = []
        for played in range(9):
            used = {str(number) for number in range(played)}
            table = Table("ko", rng, DAYS[4], Wording("ko", rng), screen=screen, used=used)
            playable = game("pictures").playable(items("pictures", "ko"), table)
            asked.append({"drawn" if item.picture.startswith(ROW) else "named" if item.picture else "spoken"
                          for item in playable})  # fmt: skip
        words = [{"named", "spoken"}] * 2
        assert asked == [*words, {"drawn"}] * 3 if screen else asked == [{"named", "spoken"}] * 9


def test_a_whole_game_with_a_screen_is_played_to_its_end() -> None:
    at = datetime(2026, 11, 26, 10, 30, tzinfo=SEOUL)
    shown: list[str] = []

    def meanwhile(number: int, table: AtTable) -> None:
        assert table.wired.voice.current is not None
        shown.append(table.wired.voice.current.picture)

    table = at_the_table("pictures", persona("happy", "ko", 2), Understanding(), at, seed=2, rounds=8, screen=True,
                         meanwhile=meanwhile)  # fmt: skip
    table.play()
    assert any(name.startswith(ROW) for name in shown)
    assert table.playing.sitting.ended == "complete"
    assert {one.grade for one in table.playing.sitting.rounds} == {"right"}


# --- the picture ------------------------------------------------------------------------------------------------------


def test_a_row_holds_each_drawing_on_its_numbered_card() -> None:
    drawn = row("row-apple-bus-apple")
    assert drawn is not None
    whole = ElementTree.fromstring(drawn)
    cards = list(whole)
    assert [card[-1].text for card in cards] == ["1", "2", "3"]
    assert ElementTree.tostring(cards[0][1]) == ElementTree.tostring(cards[2][1])
    assert ElementTree.tostring(cards[0][1]) != ElementTree.tostring(cards[1][1])


@pytest.mark.parametrize(
    "name",
    ["", "row", "row-", "row-apple", "row-apple-nothing", "row-apple-../x", "row-apple-apple__less", "apple-apple",
     "row-apple-apple__", "row-apple__-bus__x9", "row-a-a-a-a-a", "row-../../x-apple"],
)  # fmt: skip
def test_what_names_no_row_has_no_picture(name: str) -> None:
    assert row(name) is None
