"""Values in the words: numbers (native and Sino-Korean, digits, English), times, days, the lists of `slots.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from dolbom.dialog.letters import fold
from dolbom.dialog.phrases import Language

_SINO = {"영": 0, "공": 0, "일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "육": 6, "륙": 6, "칠": 7, "팔": 8, "구": 9}
_UNITS = {"십": 10, "백": 100, "천": 1000, "만": 10_000}
_ONES = {
    "하나": 1, "한": 1, "둘": 2, "두": 2, "셋": 3, "세": 3, "석": 3, "넷": 4, "네": 4, "넉": 4, "다섯": 5, "여섯": 6,
    "일곱": 7, "여덟": 8, "아홉": 9,
}  # fmt: skip
_TENS = {
    "열": 10,
    "스물": 20,
    "스무": 20,
    "서른": 30,
    "마흔": 40,
    "쉰": 50,
    "예순": 60,
    "일흔": 70,
    "여든": 80,
    "아흔": 90,
}
_ENGLISH = {
    "zero": 0, "half": 0, "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40,
    "fifty": 50,
}  # fmt: skip
_NATIVE_RE = (
    "(?:" + "|".join(_TENS) + ")?(?:" + "|".join(sorted(_ONES, key=len, reverse=True)) + ")|(?:" + "|".join(_TENS) + ")"
)
_SINO_RE = "[영공일이삼사오육륙칠팔구십백천만]+"
_NUMBER = rf"(?:\d+|{_NATIVE_RE}|{_SINO_RE})"
_TIME_KO = re.compile(
    rf"(?P<part>새벽|아침|오전|점심|낮|오후|저녁|밤)?(?:에)?(?P<hour>{_NUMBER})시(?!간)"
    rf"(?:(?P<half>반)|(?P<minute>\d+|{_SINO_RE})분)?"
)
_DURATION_KO = re.compile(
    rf"(?P<count>{_NUMBER})(?P<unit>초|분|시간)(?P<half>반)?(?=만|쯤|정도|있|이따|뒤|후|지나|더|기|$)"
)
_DATE_KO = re.compile(rf"(?P<month>\d+|{_SINO_RE})월(?P<day>\d+|{_SINO_RE})일")
_DAYS_KO = (("내일모레", 2), ("그저께", -2), ("그제", -2), ("엊그제", -2), ("어제", -1), ("어저께", -1), ("오늘", 0),
            ("내일", 1), ("낼", 1), ("모레", 2), ("글피", 3))  # fmt: skip
_WEEKDAYS_KO = "월화수목금토일"
_WEEKDAYS_EN = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_COUNT_EN = r"\d+|" + "|".join(sorted(_ENGLISH, key=len, reverse=True))
_TIME_EN = re.compile(
    rf"\b(?:at |by )?(?:(?P<half>half past) )?(?P<hour>{_COUNT_EN})(?:[: ](?P<minute>\d\d))? ?"
    rf"(?P<part>o'clock|am|pm|a m|p m|in the morning|in the afternoon|in the evening|at night)\b"
    rf"|\bhalf past (?P<hour2>{_COUNT_EN})\b"
)
_DURATION_EN = re.compile(rf"\b(?P<count>{_COUNT_EN}) (?:an )?(?P<unit>second|minute|hour)s?\b")


def number(text: str) -> int | None:
    """The number that Korean words or digits write: 스물셋 → 23, 이십삼 → 23, 23 → 23; None if they write none."""
    if text.isdecimal():
        return int(text)
    for tens, ten in _TENS.items():
        if text == tens:
            return ten
        if text.startswith(tens) and text[len(tens) :] in _ONES:
            return ten + _ONES[text[len(tens) :]]
    if text in _ONES:
        return _ONES[text]
    if not text or any(letter not in _SINO and letter not in _UNITS for letter in text):
        return None
    total = section = digits = 0
    for letter in text:
        if letter in _SINO:
            digits = digits * 10 + _SINO[letter]
        elif letter == "만":
            total, section, digits = total + (section + digits or 1) * 10_000, 0, 0
        else:
            section, digits = section + (digits or 1) * _UNITS[letter], 0
    return total + section + digits


def find_slots(names: Iterable[str], words: str, language: Language) -> dict[str, Any]:
    """The values of the named slots that stand in the words.

    Args:
        names: slots to look for; "time" gives `hour`, `minute` and `part` of the day, "duration" `duration_s`,
            "day" `day` (days from today), `weekday` (0: Monday) or `month` and `day_of_month`; the others stand in
            slots.yaml.
        words: cleaned words with single spaces.
        language: of the words.
    """
    korean = language.lang == "ko"
    said = words.replace(" ", "") if korean else words
    found: dict[str, Any] = {}
    for name in names:
        if name == "time":
            found |= _time_ko(said) if korean else _time_en(said)
        elif name == "duration":
            found |= _duration_ko(said) if korean else _duration_en(said)
        elif name == "day":
            found |= _day_ko(said) if korean else _day_en(said)
        else:
            value = _listed(name, said, language)
            if value is not None:
                found[name] = value
    return found


def time_of(words: str, lang: str) -> dict[str, Any]:
    """`hour` and `minute` of the time that cleaned words name, and `part` of the day; missing if unsaid."""
    return _time_ko(words.replace(" ", "")) if lang == "ko" else _time_en(words)


def surface(name: str, words: str, language: Language) -> str:
    """The word itself that gave a listed slot its value, as heard; "" if there is none."""
    said = words.replace(" ", "") if language.lang == "ko" else words
    folded = fold(said, language.lang)
    for pattern in language.slots.get(name, {}).values():
        if match := pattern.search(folded):
            return said[match.start() : match.end()]
    return ""


def _listed(name: str, said: str, language: Language) -> str | None:
    folded = fold(said, language.lang)
    return next((value for value, pattern in language.slots.get(name, {}).items() if pattern.search(folded)), None)


def _time_ko(said: str) -> dict[str, Any]:
    match = _TIME_KO.search(said)
    if match is None:
        part = re.search("새벽|아침|오전|점심|낮|오후|저녁|밤", said)
        return {"part": _PARTS_KO[part[0]]} if part else {}
    hour = number(match["hour"])
    if hour is None or hour > 24:
        return {}
    part_name = _PARTS_KO.get(match["part"] or "", "")
    if part_name in ("afternoon", "evening", "night", "noon") and hour < 12 and not (part_name == "night" and hour < 5):
        hour += 0 if part_name == "noon" and hour > 4 else 12
    minute = 30 if match["half"] else number(match["minute"]) if match["minute"] else 0
    return {"hour": hour, "minute": minute} | ({"part": part_name} if part_name else {})


_PARTS_KO = {"새벽": "dawn", "아침": "morning", "오전": "morning", "점심": "noon", "낮": "noon", "오후": "afternoon",
             "저녁": "evening", "밤": "night"}  # fmt: skip


def _duration_ko(said: str) -> dict[str, Any]:
    match = _DURATION_KO.search(said)
    count = number(match["count"]) if match else None
    if match is None or count is None:
        return {}
    unit = {"초": 1, "분": 60, "시간": 3600}[match["unit"]]
    return {"duration_s": count * unit + (unit // 2 if match["half"] else 0)}


def _day_ko(said: str) -> dict[str, Any]:
    if date := _DATE_KO.search(said):
        month, day = number(date["month"]), number(date["day"])
        if month and day and month <= 12 and day <= 31:
            return {"month": month, "day_of_month": day}
    if match := re.search(f"([{_WEEKDAYS_KO}])요일", said):
        return {"weekday": _WEEKDAYS_KO.index(match[1])} | ({"weeks": 1} if "다음주" in said else {})
    return next(({"day": days} for word, days in _DAYS_KO if word in said), {})


def _time_en(said: str) -> dict[str, Any]:
    match = _TIME_EN.search(said)
    if match is None:
        part = re.search(r"\b(morning|noon|afternoon|evening|night)\b", said)
        return {"part": part[1]} if part else {}
    if match["hour2"]:
        return {"hour": _count_en(match["hour2"]), "minute": 30}
    hour = _count_en(match["hour"])
    if hour > 24:
        return {}
    if hour < 12 and match["part"] in ("pm", "p m", "in the afternoon", "in the evening", "at night"):
        hour += 12
    return {"hour": hour, "minute": 30 if match["half"] else int(match["minute"] or 0)}


def _duration_en(said: str) -> dict[str, Any]:
    match = _DURATION_EN.search(said)
    if match is None:
        return {}
    unit = {"second": 1, "minute": 60, "hour": 3600}[match["unit"]]
    return {"duration_s": unit // 2 if match["count"] == "half" else _count_en(match["count"]) * unit}


def _day_en(said: str) -> dict[str, Any]:
    for at, name in enumerate(_WEEKDAYS_EN):
        if name in said:
            return {"weekday": at}
    days = (("day after tomorrow", 2), ("tomorrow", 1), ("yesterday", -1), ("today", 0), ("tonight", 0))
    return next(({"day": offset} for word, offset in days if word in said), {})


def _count_en(text: str) -> int:
    return int(text) if text.isdecimal() else _ENGLISH[text]
