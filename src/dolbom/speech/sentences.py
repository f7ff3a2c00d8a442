"""A text cut into what can be said in one breath, so that the first words sound while the rest is being made."""

from __future__ import annotations

import re

from dolbom.dialog.engine import syllables

LONGEST = 45.0
"""Syllables; a longer sentence is cut at commas too, then between words, and a word without an end anywhere."""
_END = re.compile(r"(?<=[.?!…。])(?<!\bDr\.)(?<!\bMr\.)(?<!\bMrs\.)(?<!\bMs\.)(?<!\bSt\.)(?<!\d\.)[\"'”’)]*\s+|\n+")
_CUTS = (re.compile(r"(?<=[,;·])\s+"), re.compile(r"\s+"))


def sentences(text: str) -> list[str]:
    """The sentences of a text, in order, none empty; together they hold all its words."""
    found = (breath for sentence in _END.split(text) for breath in _breaths(sentence, 0))
    return [breath.strip() for breath in found if any(letter.isalnum() for letter in breath)]


def _breaths(text: str, cut: int) -> list[str]:
    if _length(text) <= LONGEST:
        return [text]
    if cut == len(_CUTS):
        return [text[begin : begin + int(LONGEST)] for begin in range(0, len(text), int(LONGEST))]
    found = [""]
    last = 0.0
    for part in _CUTS[cut].split(text):
        for breath in _breaths(part, cut + 1):
            length = _length(breath)
            if found[-1] and last + length > LONGEST:
                found.append(breath)
                last = length
            else:
                found[-1] = f"{found[-1]} {breath}".strip()
                last += length
    return found


def _length(text: str) -> float:
    # Signs are read out as well, if not always.
    return max(syllables(text), len(text) / 4)
