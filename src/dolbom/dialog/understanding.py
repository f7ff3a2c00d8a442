"""What a short answer means: fine, help, yes, no, stop, or unclear; Korean and English phrases are data.

Deliberately small: it knows phrases, not language. Where words point both ways, the one that brings help
wins, and what it does not know is unclear. The phrases are in `locale/<lang>/answers.yaml`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Literal

from dolbom.i18n import catalogue

Meaning = Literal["fine", "help", "yes", "no", "stop", "unclear"]
_ORDER: tuple[tuple[str, Meaning], ...] = (
    ("not_fine", "help"),
    ("help", "help"),
    ("unsure", "unclear"),
    ("fine", "fine"),
    ("stop", "stop"),
)


def understand(text: str, lang: str = "ko") -> Meaning:
    """The meaning of what somebody said.

    Args:
        text: the words, as typed or recognised.
        lang: "ko" or "en"; numbers and words of the other language are not understood.

    Raises:
        ValueError: for a language that is not shipped.
    """
    words, said = _normal(text, lang)
    calm = _pattern(lang, "not_help").search(said) is not None
    for phrases, meaning in _ORDER:
        if _pattern(lang, phrases).search(said):
            return meaning
        if phrases == "not_fine":
            said = _pattern(lang, "not_help").sub(" ", said)
    return "fine" if calm else _yes_or_no(words, lang)


def calls_for_help(text: str, lang: str = "ko") -> bool:
    """Whether words that answer no question are a call for help: far fewer than those that mean help as an answer.

    Args:
        text, lang: as `understand`.
    """
    _, said = _normal(text, lang)
    return _pattern(lang, "call").search(_pattern(lang, "not_help").sub(" ", said)) is not None


def _normal(text: str, lang: str) -> tuple[list[str], str]:
    words = re.sub(r"[^\w' ]+", " ", unicodedata.normalize("NFC", text).lower().replace("’", "'")).split()
    # Korean spacing is everybody's own: phrases are looked for without it.
    return words, ("" if lang == "ko" else " ").join(words)


def _yes_or_no(words: list[str], lang: str) -> Meaning:
    kinds = {kind for word in words for kind in ("yes", "no", "filler") if _pattern(lang, kind).fullmatch(word)}
    known = all(any(_pattern(lang, kind).fullmatch(word) for kind in kinds) for word in words)
    if not known or {"yes", "no"} <= kinds:
        return "unclear"
    return "yes" if "yes" in kinds else "no" if "no" in kinds else "unclear"


@cache
def _pattern(lang: str, phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in catalogue(lang, "answers")[phrases]))
