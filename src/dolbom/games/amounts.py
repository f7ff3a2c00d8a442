"""Numbers as they are said in games: sums of money, goods by their count, and rows of single digits."""

from __future__ import annotations

import re

from dolbom.dialog.letters import words_of
from dolbom.dialog.slots import number

_DIGITS = "영일이삼사오육칠팔구"
_SINGLE_KO = {
    "영": 0, "공": 0, "일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "육": 6, "륙": 6, "칠": 7, "팔": 8, "구": 9,
}  # fmt: skip
_NATIVE = {"하나": 1, "둘": 2, "셋": 3, "넷": 4, "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "여덜": 8, "아홉": 9}
_ENGLISH = {
    "zero": 0, "oh": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9,
}  # fmt: skip
_TEENS = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_LAST = re.compile(r"(?:이라고요|이에요|예요|입니다|이지요|지요|이요|이야|이지|이네|요|야|지|네)$")
_MONEY = re.compile(r"[\d영공일이삼사오육륙칠팔구십백천만]+(?=원|$|이요|요|이지|지|이야|이에요|입니다|인가|쯤|정도)")
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


def amount(text: str, lang: str) -> int | None:
    """The one sum of money in the words: 오천 원, 5천원, 5,000 → 5000; forty two → 42; None if there is none."""
    if lang == "en":
        return _amount_english(words_of(text))
    said = "".join(words_of(re.sub(r"(?<=\d),(?=\d)", "", text)))
    found = {value for part in _MONEY.findall(said) if (value := _written(part)) is not None}
    return found.pop() if len(found) == 1 else max(found) if found else None


def _written(part: str) -> int | None:
    if part.isdecimal():
        return int(part)
    return number(re.sub(r"\d", lambda digit: _DIGITS[int(digit[0])], part))


def _amount_english(words: list[str]) -> int | None:
    total: int | None = None
    for word in words:
        value = int(word) if word.isdecimal() else (_ENGLISH | _TEENS | _TENS).get(word)
        if value is None:
            continue
        adds = total is not None and total >= 20 and total % 10 == 0 and value < 10
        total = total + value if adds and total is not None else value
    return total


def digits(text: str, lang: str) -> list[list[int]]:
    """The rows of digits that the words may mean; "칠이요" may be 7 or 7 2."""
    if lang == "en":
        said = [_ENGLISH.get(word, word) for word in words_of(text)]
        return [[int(one) for part in said for one in str(part) if one.isdecimal()]]
    joined = "".join(words_of(text))
    rows = [_row(joined)]
    if (shorter := _LAST.sub("", joined)) != joined and (row := _row(shorter)) not in rows:
        rows.append(row)
    return rows


def _row(said: str) -> list[int]:
    row: list[int] = []
    at = 0
    while at < len(said):
        native = next((name for name in _NATIVE if said.startswith(name, at)), "")
        if native:
            row.append(_NATIVE[native])
            at += len(native)
            continue
        if said[at].isdecimal():
            row.append(int(said[at]))
        elif said[at] in _SINGLE_KO:
            row.append(_SINGLE_KO[said[at]])
        at += 1
    return row
