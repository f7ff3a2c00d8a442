"""Numbers as Korean words: Sino-Korean, native before a counter, and digit by digit."""

from __future__ import annotations

_DIGITS = "영일이삼사오육칠팔구"
_SMALL = ("", "십", "백", "천")
_LARGE = ("", "만", "억", "조", "경")
_ONES = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
LONGEST = 4 * len(_LARGE)
"""A number of more digits is read digit by digit."""


def by_digits(digits: str, zero: str = "영") -> str:
    """Each digit by its name: 공일공."""
    return "".join(zero if digit == "0" else _DIGITS[int(digit)] for digit in digits)


def sino(digits: str) -> str:
    """A whole number: 이천이십육. Leading zeros and endless numbers are read digit by digit."""
    if len(digits) > LONGEST or (len(digits) > 1 and digits[0] == "0"):
        return by_digits(digits, "공" if digits[0] == "0" else "영")
    number = int(digits)
    if number == 0:
        return "영"
    out = ""
    for power in range(len(_LARGE) - 1, -1, -1):
        part = number // 10_000**power % 10_000
        if part == 0:
            continue
        # 만, not 일만; but 일억, 일조.
        out += ("" if part == 1 and power == 1 and not out else _below_10000(part)) + _LARGE[power]
    return out


def _below_10000(number: int) -> str:
    out = ""
    for power in range(3, -1, -1):
        digit = number // 10**power % 10
        if digit:
            out += ("" if digit == 1 and power else _DIGITS[digit]) + _SMALL[power]
    return out


def native(number: int) -> str:
    """1 to 99 as it stands before what is counted: 한, 스무, 스물한."""
    if not 1 <= number <= 99:
        raise ValueError(f"no native number for {number}")
    if number == 20:
        return "스무"
    return _TENS[number // 10] + _ONES[number % 10]


def decimal(whole: str, fraction: str, zero: str = "영") -> str:
    """With a fraction: 삼십육 점 오."""
    return f"{sino(whole)} 점 {by_digits(fraction, zero)}" if fraction else sino(whole)
