"""Text as it is to be spoken: no digit, no unit and no sign is left for an engine to guess at."""

from __future__ import annotations

from functools import cache

from dolbom.speech.normaliser.english import EnglishReader
from dolbom.speech.normaliser.korean import KoreanReader


@cache
def _reader(lang: str) -> KoreanReader | EnglishReader:
    return KoreanReader() if lang == "ko" else EnglishReader()


def spoken(text: str, lang: str) -> str:
    """The words for what is written: "2시 30분에 1알" → "두 시 삼십 분에 한 알".

    Args:
        text: anything; nothing in it raises.
        lang: "ko", or else English.

    Returns:
        Words, spaces and the signs that are pauses (. , ? !); no digit. Empty if nothing in it can be said.
    """
    return _reader(lang).read(text)
