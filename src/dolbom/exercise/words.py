"""What somebody says while they exercise: tired, enough, it hurts, yes; by phrases of `locale/<lang>/exercise.yaml`,
which are regular expressions.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from dolbom.dialog.intents import Understood
from dolbom.dialog.letters import words_of
from dolbom.exercise.exercises import routines
from dolbom.i18n import catalogue

Kind = Literal["tired", "enough", "rest", "done", "hurts", "hurts_not", "wants", "back", "easy", "good"]


def says(kind: Kind, text: str, lang: str) -> bool:
    """Whether the words hold a phrase of this kind; of `hurts`, one that is not denied."""
    said = _said(text, lang)
    if kind == "hurts":
        # What was denied leaves a gap over which nothing is found.
        said = _pattern("hurts_not", lang).sub(" / ", said)
    return _pattern(kind, lang).search(said) is not None


def hurts(text: str, understood: Understood, lang: str) -> bool:
    """Whether somebody says that it hurts, or that they are unwell: by a phrase, or as an intent that is not denied."""
    return says("hurts", text, lang) or (understood.intent == "pain" and not says("hurts_not", text, lang))


def called(text: str, lang: str) -> str:
    """The routine that the words name; "" for none."""
    said = _said(text, lang)
    ways = catalogue(lang, "exercise")["called"]
    return next((name for name in routines() if any(way in said for way in ways[name])), "")


def _said(text: str, lang: str) -> str:
    # Korean spacing is everybody's own: phrases are looked for without it.
    return ("" if lang == "ko" else " ").join(words_of(text.lower().replace("’", "'")))


@cache
def _pattern(kind: str, lang: str) -> re.Pattern[str]:
    phrases = [str(one) for one in catalogue(lang, "exercise")["answers"][kind]]
    begin = "" if lang == "ko" else r"\b"
    return re.compile(begin + "(?:" + "|".join(sorted(phrases, key=len, reverse=True)) + ")")
