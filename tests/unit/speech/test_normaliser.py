"""Text as it is spoken: the tables of cases, and what holds for any text at all."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dolbom.i18n import LANGUAGES
from dolbom.speech.normaliser import spoken
from dolbom.speech.normaliser.korean_numbers import native, sino

DATA = Path(__file__).parents[2] / "data"


def cases(lang: str) -> list[tuple[str, str]]:
    with (DATA / f"normaliser_{lang}.csv").open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["spoken"]) for row in csv.DictReader(file)]


def test_there_are_enough_cases() -> None:
    assert len({text for text, _ in cases("ko")}) >= 150


@pytest.mark.parametrize(("text", "said"), cases("ko"))
def test_korean_is_read_as_people_read_it(text: str, said: str) -> None:
    assert spoken(text, "ko") == said


@pytest.mark.parametrize(("text", "said"), cases("en"))
def test_english_is_read_as_people_read_it(text: str, said: str) -> None:
    assert spoken(text, "en") == said


@pytest.mark.parametrize("lang", LANGUAGES)
@given(text=st.text(max_size=80))
def test_no_text_raises_and_no_digit_is_left(lang: str, text: str) -> None:
    said = spoken(text, lang)
    assert not any(letter.isdigit() for letter in said)
    assert said == said.strip()


NEAR = st.sampled_from(
    [
        *"0123456789:.,/-~()%₩$°+= ",
        "시",
        "분",
        "월",
        "일",
        "번",
        "개",
        "원",
        "mg",
        "am",
        "오후",
        "119",
        "010",
        "제",
        "만",
        "B",
    ]
)


@pytest.mark.parametrize("lang", LANGUAGES)
@given(parts=st.lists(NEAR, max_size=14))
def test_no_mixture_of_numbers_and_units_raises_and_no_digit_is_left(lang: str, parts: list[str]) -> None:
    assert not any(letter.isdigit() for letter in spoken("".join(parts), lang))


@given(text=st.text(alphabet="가나다 라마,.?!", max_size=40))
def test_what_is_already_words_keeps_its_words(text: str) -> None:
    said, given_ = (re.sub("[^가-힣]", "", one) for one in (spoken(text, "ko"), text))
    assert said == given_


@given(number=st.integers(0, 10**20 - 1))
def test_a_sino_korean_number_reads_back_as_itself(number: int) -> None:
    digits = {letter: value for value, letter in enumerate("영일이삼사오육칠팔구")}
    small, large = {"십": 10, "백": 100, "천": 1000}, {"만": 10**4, "억": 10**8, "조": 10**12, "경": 10**16}
    total = part = digit = 0
    for letter in sino(str(number)):
        if letter in digits:
            digit = digits[letter]
        elif letter in small:
            part, digit = part + (digit or 1) * small[letter], 0
        else:
            total, part, digit = total + (part + digit or 1) * large[letter], 0, 0
    assert total + part + digit == number


def test_native_numbers_are_all_different() -> None:
    assert len({native(number) for number in range(1, 100)}) == 99
    with pytest.raises(ValueError, match="100"):
        native(100)
