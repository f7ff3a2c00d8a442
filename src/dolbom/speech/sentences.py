"""A text cut into what can be said in one breath, so that the first words sound while the rest is being made."""

from __future__ import annotations

import re

from dolbom.dialog.engine import syllables

LONGEST = 45.0
"""Syllables; a longer sentence is cut at commas too."""
_END = re.compile(r"(?<=[.?!…。])(?<!\bDr\.)(?<!\bMr\.)(?<!\bMrs\.)(?<!\bMs\.)(?<!\bSt\.)(?<!\d\.)[\"'”’)]*\s+|\n+")


def sentences(text: str) -> list[str]:
    """The sentences of a text, in order, none empty; together they hold all its words."""
    found = []
    for sentence in _END.split(text):
        if syllables(sentence) <= LONGEST:
            found.append(sentence)
            continue
        breath = ""
        for part in re.split(r"(?<=[,;·])\s+", sentence):
            if breath and syllables(breath) + syllables(part) > LONGEST:
                found.append(breath)
                breath = part
            else:
                breath = f"{breath} {part}".strip()
        found.append(breath)
    return [sentence.strip() for sentence in found if any(letter.isalnum() for letter in sentence)]
