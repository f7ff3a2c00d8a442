"""Numbers as they are said in games: sums of money, goods by their count, and rows of single digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, product

from dolbom.games.answering import thought_over
from dolbom.games.numbers import numbers, plain
from dolbom.i18n import catalogue

_SINGLE_KO = {
    "영": 0, "공": 0, "일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "육": 6, "륙": 6, "칠": 7, "팔": 8, "구": 9,
    "하나": 1, "둘": 2, "셋": 3, "넷": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "여덜": 8, "아홉": 9,
}  # fmt: skip
_SINGLE_EN = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
}  # fmt: skip
_SOUNDS_LIKE = {"to": 2, "too": 2, "for": 4, "ate": 8}
"""As a recogniser writes them; digits only where digits stand beside them."""
_DIGIT = "|".join(sorted((*_SINGLE_KO, r"\d"), key=len, reverse=True))
_ENDS = ("이라고요", "이랑", "하고", "이에요", "예요", "입니다", "이지요", "지요", "이요", "이야", "이지", "이네", "랑",
         "요", "야", "지", "네")  # fmt: skip
_PENCE = range(20, 100)
"""What comes after a number of pounds: two fifty."""
_COUNTS = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열")
"""As they stand before what is counted: 두 모, 세 봉지."""
_ONE = {"ko": re.compile(r"^\S.* 한 (?P<unit>\S+)$"), "en": re.compile(r"^an? \S.*$")}


def one_of(goods: str, lang: str) -> bool:
    """Whether goods are named by one of them, as they are counted: 두부 한 모, a bag of apples."""
    return _ONE[lang].match(goods) is not None


def counted(goods: str, count: int, lang: str) -> str:
    """So many of goods as it is said: of 두부 한 모 three are 세 모; of anything English the number alone.

    Raises:
        ValueError: if the goods are not named by one of them, or if there are more than ten.
    """
    if lang != "ko":
        return str(count)
    one = _ONE["ko"].match(goods)
    if one is None or not 0 < count < len(_COUNTS):
        raise ValueError(f"{goods!r} cannot be counted to {count}")
    return f"{_COUNTS[count]} {one['unit']}"


def amount(text: str, lang: str) -> float | None:
    """The sum of money that the words come to: 오천 원, 5천원, 5,000 → 5000; forty two → 42; None if there is none.

    Who reckons aloud says the result last, but for what is only a step: "삼천 원 맞지? 오천 원에서".
    """
    said = plain(thought_over(text, lang))
    steps = catalogue(lang, "games")["market"]["steps"]
    sums = list(_sums(said, lang))
    told = [value for value, start, end in sums
            if not re.match(steps["after"], said[end:]) and not re.search(steps["before"], said[:start])]  # fmt: skip
    meant = told or [value for value, _, _ in sums]
    return meant[-1] if meant else None


def reckons(text: str, lang: str) -> bool:
    """Whether the words go from sum to sum and end in one: a reckoning aloud, whatever comes of it."""
    said = plain(thought_over(text, lang))
    sums, ends = numbers(said, lang), catalogue(lang, "games")["market"]["ends"]
    return len(sums) > 1 and any(re.fullmatch(ends, said[way.reach :]) for way in sums[-1])


def _sums(said: str, lang: str) -> Iterator[tuple[float, int, int]]:
    """Every sum, with where it begins and ends."""
    held = catalogue(lang, "games")["market"]
    found = [place[0] for place in numbers(said, lang)]
    if not found:
        yield from ((value, *hit.span()) for name, value in held["notes"] if (hit := re.search(name, said)))
    at = 0
    while at < len(found):
        one, next_ = found[at], found[at + 1] if at + 1 < len(found) else None
        value, end, at = float(one.value), one.counted, at + 1
        if next_ is None:
            pass
        elif re.fullmatch(held["each"], said[one.counted : next_.start]):  # 천 원짜리 세 장
            value, end, at = value * next_.value, next_.counted, at + 1
        elif lang == "en" and len(found) == 2 and next_.value in _PENCE and said[one.counted : next_.start] == " ":
            value, end, at = value + next_.value / 100, next_.counted, at + 1
        yield value, one.start, end


def digits(text: str, lang: str) -> list[list[int]]:
    """The rows of digits that the words may mean; "칠이요" may be 7 or 7 2."""
    words = thought_over(text, lang).split()
    if lang == "en":
        return [_row_english(words)]
    ways = [_rows(word) for word in words]
    return [list(chain.from_iterable(way)) for way in product(*(way for way in ways if way))]


def _rows(word: str) -> list[list[int]]:
    """How a word of digits and nothing else may be read; [] for any other word."""
    ways = {word, *(word.removesuffix(end) for end in _ENDS)}
    return [[_SINGLE_KO[one] if one in _SINGLE_KO else int(one) for one in re.findall(_DIGIT, way)]
            for way in sorted(ways) if re.fullmatch(rf"(?:{_DIGIT})+", way)]  # fmt: skip


def _row_english(words: list[str]) -> list[int]:
    sure = [word in _SINGLE_EN or word.isdecimal() for word in words]
    row: list[int] = []
    for at, word in enumerate(words):
        beside = [sure[other] for other in (at - 1, at + 1) if 0 <= other < len(words)]
        if sure[at]:
            row += [_SINGLE_EN[word]] if word in _SINGLE_EN else map(int, word)
        elif word in _SOUNDS_LIKE and beside and all(beside):
            row.append(_SOUNDS_LIKE[word])
    return row
