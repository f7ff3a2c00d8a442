"""Numbers in what is said: digits, both Korean ways and English words are one, with what they count or without it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from dolbom.dialog.letters import words_of
from dolbom.dialog.slots import number
from dolbom.i18n import catalogue
from dolbom.speech.normaliser.english_numbers import EnglishNumbers

ORDINAL = "th"
"""The counter of English ordinals: the 26th."""
HALF = "half past"
"""The counter of English half hours."""
DOZEN, _DOZENS = 12, "다스"
_DIGITS = "영일이삼사오육칠팔구"
_ONE = r"(?:[일이삼사오육륙칠팔구]|\d+)"
_BELOW_10000 = rf"(?:{_ONE}?천)?(?:{_ONE}?백)?(?:{_ONE}?십)?{_ONE}?"
_SINO = re.compile(rf"(?:(?:{_BELOW_10000})만)?{_BELOW_10000}|[영공일이삼사오육륙칠팔구]{{4,}}|영")
"""From the great to the small, or digit by digit: 오천이천 is no number."""
_SINO_LETTERS = frozenset("0123456789영공일이삼사오육륙칠팔구십백천만")
_LETTERS = re.compile(
    r"[\d영공일이삼사오육륙칠팔구십백천만한두세석네넉하나둘셋넷다섯여일곱덟아홉열스물무서른마흔쉰예순든 ]+"
)
_STARTS = re.compile(r"(?<!\S)\S|(?<!\d)\d")
_BEFORE = frozenset("한두세석네넉")
"""They only stand before what is counted: 네 alone is yes."""
_ENDING = re.compile(
    r"(?:쯤|정도|이라고요?|라고요?|이요|요|은|는|을|를|도|만|에|으로|로|에서|이지요?|지요?|이죠|죠|이에요|예요|이야|야|"
    r"입니다|이네요?|네요|이다|이고|인가요?|인데요?|일까요?|일걸|이구나|이구만|이잖아|잖아|이여|여|이제|이니까|니까)*(?!\S)"
)
_AFTER_COUNTER = (
    r"(?:(?:[이은는을를도만요야지에의인여예입네로면하랑아남밖나구군더뿐까부쯤정씩짜란니]\S*)?(?!\S)|(?=\d))"
)
"""How what hangs on a counter begins: 삼천 원이니까; but 삼일절 is no third day."""


@dataclass(frozen=True)
class Number:
    """A number as it may be meant.

    Attributes:
        counter: what is counted, as it was said; "" if it was not.
        start, end: where it stands in the `plain` words.
        counted: where its counter ends.
        reach: where what hangs on them ends: 26일이에요.
    """

    value: int
    counter: str
    start: int
    end: int
    counted: int
    reach: int


def plain(text: str) -> str:
    """The words with single spaces, no comma in a number, and 여덟 시 반 for 여덟 시 삼십 분."""
    said = " ".join(words_of(re.sub(r"(?<=\d),(?=\d{3})", "", text)))
    return re.sub(r"(?<=시) ?(?:30|삼십) ?분", " 반", said)


def numbers(text: str, lang: str) -> list[tuple[Number, ...]]:
    """The numbers that are said, one after the other, each with every way in which it may be meant.

    이십일 may be 21 or the 20th; "twenty twenty-six" ends in 26 or in 2026.
    """
    return list(_korean(plain(text)) if lang == "ko" else _english(plain(text)))


def whole(text: str, lang: str) -> Number | None:
    """The number that the words are, with or without what it counts; None if they are anything more."""
    said = plain(text)
    ways = [way for place in numbers(text, lang) for way in place]
    return next((way for way in ways if way.start == 0 and way.counted == len(said)), None)


def alone(text: str, lang: str) -> bool:
    """Whether the words are one number and what hangs on it: 3천원이요."""
    said = plain(text)
    return any(way.start == 0 and way.reach == len(said) for place in numbers(text, lang) for way in place)


def names(text: str, sought: Number, lang: str) -> bool:
    """Whether words name a number: of several that count the same, or nothing, the one that was said last is meant.

    Who says sixty hours names no sixty minutes; who says sixty alone names both.
    """
    places = numbers(text, lang)

    def counting(counters: set[str]) -> list[list[Number]]:
        found = [[way for way in place if way.counter in counters or not (counters or _half(way))] for place in places]
        return [place for place in found if place]

    meant = counting(_alike(sought.counter, lang)) or ([] if _half(sought) else counting({""}))
    return bool(meant) and any(way.value == sought.value for way in meant[-1])


def ends_in_year(text: str, year: int, lang: str) -> bool:
    """Whether words end in a year as it is said for short: 26년, or "twenty-six" and nothing else, for 2026.

    The figures 26 alone may be the day.
    """
    if text.strip().isdecimal():
        return False
    said = plain(re.sub(r"(?<!\w)['’](?=\d)", "", text))
    ways = [way for way in (numbers(said, lang) or [()])[-1] if way.value == year % 100 and way.reach == len(said)]
    return any(way.counter == "년" if lang == "ko" else way.start == 0 and not way.counter for way in ways)


def _half(number: Number) -> bool:
    """Whether half of what is counted comes on top, so that the number alone does not name it."""
    return number.counter == HALF or number.counter.endswith("반")


def _alike(counter: str, lang: str) -> set[str]:
    """The counters that count the same as one: 달, 개월."""
    groups = catalogue(lang, "games")["counters"]["alike"]
    return {counter, *(one for group in groups if counter in group for one in group)} if counter else set()


# --- Korean -----------------------------------------------------------------------------------------------------------


def _korean(said: str) -> Iterator[tuple[Number, ...]]:
    at = 0
    while (begins := _STARTS.search(said, at)) is not None:
        ways = list(_ways(said, begins.start()))
        # What leaves less of the words unread is meant: 이십일일 is the 21st, not the 20th and a day.
        far = max((way.reach for way in ways), default=begins.end())
        if ways:
            yield tuple(way for way in ways if way.reach == far)
        at = far


def _ways(said: str, start: int) -> Iterator[Number]:
    """How a number that begins here may be read."""
    letters = _LETTERS.match(said, start)
    for end in range(start + 1, letters.end() + 1) if letters else ():
        head = said[start:end].replace(" ", "")
        value = _value(head) if said[end - 1] != " " else None
        if value is None:
            continue
        counted, ending = _counted().match(said, end), _ENDING.match(said, end)
        counter = counted["counter"].replace(" ", "") if counted else ""
        # 이 분, 이 시간: "this", for what is counted in Korean numbers.
        if counted and not (head in _DIGITS and counter in _native()):
            each, what = (DOZEN, "") if counter == _DOZENS else (1, counter)
            yield Number(each * value, what, start, end, counted.end("counter"), counted.end())
        # 일 is work and 이 is this, unless nothing else is said.
        alone = start == 0 and ending is not None and ending.end() == len(said)
        if ending and head not in _BEFORE and (len(head) > 1 or head.isdecimal() or alone):
            yield Number(value, "", start, end, end, ending.end())


def _value(head: str) -> int | None:
    if set(head) <= _SINO_LETTERS and not _SINO.fullmatch(head):
        return None
    return number(head if head.isdecimal() else re.sub(r"\d", lambda digit: _DIGITS[int(digit[0])], head))


@cache
def _counted() -> re.Pattern[str]:
    ways = {one for group in catalogue("ko", "games")["counters"]["alike"] for one in group} | _native()
    # 여덟 시 반 is another hour than 여덟 시.
    spaced = (way.replace("반", " ?반") for way in sorted(ways, key=len, reverse=True))
    return re.compile(rf" ?(?P<counter>{'|'.join(spaced)}){_AFTER_COUNTER}")


@cache
def _native() -> frozenset[str]:
    return frozenset(catalogue("ko", "games")["counters"]["native"])


# --- English ----------------------------------------------------------------------------------------------------------


def _english(said: str) -> Iterator[tuple[Number, ...]]:
    before: Number | None = None
    for found in _spoken().finditer(said):
        ordinal = found["ordinal"] or found["nth"]
        value = _ordinals()[ordinal] if found["ordinal"] else int(ordinal[:-2]) if ordinal else _sum(found["cardinal"])
        counter = ORDINAL if ordinal else HALF if found["half"] else found["counter"] or ""
        counted = found.end("counter") if found["counter"] else found.end("said")
        way = Number(value, counter, found.start("said"), found.end("said"), counted, counted)
        year = before is not None and said[before.counted : way.start] == " " and not before.counter
        if before is not None and year and 10 <= before.value < 100 and 10 <= value < 100:
            yield way, Number(100 * before.value + value, counter, before.start, way.end, counted, counted)
        else:
            yield (way,)
        before = way


@cache
def _spoken() -> re.Pattern[str]:
    small, ordinals = (_any(ways) for ways in (_cardinals(), _ordinals()))
    hundreds = rf"(?:(?:a|{small}) hundred(?: and)?(?: {small})?|{small})"
    dozens = rf"half a dozen|(?:(?:a|{small}) )?dozen"
    cardinal = rf"{dozens}|\d+|(?:a|{hundreds}) thousand(?: and)?(?: {hundreds})?|{hundreds}"
    counters = _any(one for group in catalogue("en", "games")["counters"]["alike"] for one in group)
    return re.compile(
        rf"\b(?P<half>half past )?"
        rf"(?P<said>(?P<nth>\d+(?:st|nd|rd|th))|(?P<ordinal>{ordinals})|(?P<cardinal>{cardinal}))\b"
        rf"(?: (?P<counter>{counters})\b)?"
    )


def _sum(words: str) -> int:
    if words == "half a dozen":
        return DOZEN // 2
    total = section = 0
    for part in re.findall(rf"\d+|{_any(_cardinals())}|dozen|hundred|thousand", words):
        if part == "thousand":
            total, section = total + (section or 1) * 1000, 0
        elif part in ("hundred", "dozen"):
            section = (section or 1) * (100 if part == "hundred" else DOZEN)
        else:
            section = section + (_cardinals().get(part) or int(part))
    return total + section


@cache
def _cardinals() -> dict[str, int]:
    """one, … twenty six, … ninety nine."""
    return {EnglishNumbers().cardinal(str(value)).replace("-", " "): value for value in range(1, 100)}


@cache
def _ordinals() -> dict[str, int]:
    return {EnglishNumbers().ordinal(str(value)).replace("-", " "): value for value in range(1, 100)}


def _any(ways: Iterable[str]) -> str:
    return rf"(?:{'|'.join(sorted(ways, key=len, reverse=True))})"
