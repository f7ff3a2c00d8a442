"""How somebody is, out of their answer: graded by the data of `locale/<lang>/grading.yaml`, and never guessed.

What the data know is found and taken out in their order, so that "안 좋아" is not also "좋아"; words that say good and
bad at once, or neither, have no grade.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Literal

from dolbom.dialog.letters import words_of
from dolbom.i18n import catalogue

Grade = Literal["good", "bad", "none", "unknown"]


def grade_of(topic: str, text: str, lang: str, *, yes_is: Grade | None = "good") -> Grade | None:
    """The grade that an answer gives, or None.

    Args:
        topic: what was asked about, as "sleep".
        text: the answer.
        lang: of the answer.
        yes_is: what a plain "yes" means to the question; None: nothing.
    """
    said = _joined(text, lang)
    if not said or _found(said, "unknown", lang):
        return "unknown" if said else None
    grades = catalogue(lang, "grading")["grades"]
    found: set[Grade] = set()
    # What is particular to the topic first: "못 잤어, 기분은 좋아" is about sleep here.
    for rule in (*grades["any"][:1], *grades[topic], *grades["any"][1:]):
        for grade, patterns in rule.items():
            left = _pattern(tuple(patterns)).sub("#", said)
            if left != said:
                found.add(grade)
                said = left
    if len(found) == 1:
        return found.pop()
    if not found and yes_is is not None:
        if _is(text, "yes", lang):
            return yes_is
        if _is(text, "no", lang):
            return "none" if topic in ("exercise", "outings") else "bad"
    return None


def refuses(text: str, lang: str) -> bool:
    """Whether somebody does not want to talk now."""
    return _found(_joined(text, lang), "refuses", lang) or _is(text, "no", lang)


def how_often(text: str, lang: str) -> int | None:
    """On how many days of two weeks: 0 none, 1 several, 2 more than half, 3 nearly every; None if unclear."""
    said = _joined(text, lang)
    if _found(said, "unknown", lang):
        return None
    hits = [
        number
        for number, ways in enumerate(catalogue(lang, "grading")["how_often"])
        if _pattern(tuple(ways)).search(said)
    ]
    return hits[0] if len(hits) == 1 else None


def _joined(text: str, lang: str) -> str:
    return ("" if lang == "ko" else " ").join(words_of(text))


def _found(said: str, key: str, lang: str) -> bool:
    return _pattern(tuple(catalogue(lang, "grading")[key])).search(said) is not None


def _is(text: str, key: str, lang: str) -> bool:
    """Whether the answer is one of the words and nothing else; repeated and with the polite ending too."""
    words = words_of(text)
    ways: Sequence[str] = catalogue(lang, "grading")[key]
    if " ".join(words) in ways:
        return True
    bare = [re.sub("(?<=.)(요|에요|예요|오)$", "", word) if lang == "ko" else word for word in words]
    return bool(bare) and all(word in ways for word in bare)


@cache
def _pattern(ways: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{way})" for way in ways))
