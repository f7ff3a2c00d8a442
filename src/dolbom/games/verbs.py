"""Korean verbs as they are said: the ways in which the forms of a verb may begin (널-: 널지, 널어야지, 넌다)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from dolbom.dialog.letters import syllable, words_of

_JOINED = {"ㅗ": "ㅘ", "ㅜ": "ㅝ", "ㅣ": "ㅕ", "ㅚ": "ㅙ"}
"""How a last vowel joins with 어/아: 보아 → 봐, 주어 → 줘, 찌어 → 쪄."""
_CERTAIN = 3
"""Openings of so many jamo are also looked for in the middle of a word: old voices and recognisers do not space."""


@dataclass(frozen=True, order=True)
class Place:
    """Where words say something: after how many letters, and how many jamo of it."""

    start: int
    length: int


def places(stem: str, text: str) -> list[Place]:
    """Where words say a verb, in any of its forms."""
    found, before = [], 0
    for word in words_of(text):
        letters = [jamo(letter) for letter in word]
        for opening in openings(stem):
            starts = range(len(letters)) if len(opening) >= _CERTAIN else range(min(1, len(letters)))
            found += [Place(before + at, len(opening)) for at in starts if "".join(letters[at:]).startswith(opening)]
        before += len(word)
    return found


@cache
def openings(stem: str) -> frozenset[str]:
    """The jamo with which the forms of a verb may begin, regular and irregular."""
    head, last = "".join(map(jamo, stem[:-1])), syllable(stem[-1])
    if last is None:
        return frozenset({jamo(stem)})
    initial, vowel, final = last
    open_ = head + initial + vowel
    found = {open_ + final}
    if not final:
        if vowel in _JOINED:
            found.add(head + initial + _JOINED[vowel])
        if vowel == "ㅡ":  # 끄 → 꺼, 담그 → 담가; 고르 → 골라
            found |= {f"{head}{initial}ㅓ", f"{head}{initial}ㅏ"}
        before = syllable(stem[-2]) if len(stem) > 1 else None
        if stem[-1] == "르" and before is not None and not before[2]:
            found |= {f"{head}ㄹㄹㅏ", f"{head}ㄹㄹㅓ"}
        if stem[-1] == "하":
            found.add(f"{head}ㅎㅐ")
            if len(stem) > 2:  # 비누칠하-: the noun says it
                found.add(head)
    elif final == "ㄹ":  # 널 → 넌다, 넙니다, 너세요
        found |= {open_ + next_ for next_ in "ㄴㅂㅅ"}
    elif final == "ㅂ":  # 눕 → 누워
        found |= {f"{open_}ㅇㅜ", f"{open_}ㅇㅝ", f"{open_}ㅇㅘ"}
    elif final in ("ㅅ", "ㅎ"):  # 짓 → 지어; 넣어 is said 너어
        found.add(f"{open_}ㅇ")
    elif final == "ㄷ":  # 싣 → 실어
        found.add(f"{open_}ㄹㅇ")
    return frozenset(found)


def jamo(letters: str) -> str:
    """Korean letters taken apart; others as they are."""
    return "".join("".join(syllable(letter) or (letter,)) for letter in letters)
