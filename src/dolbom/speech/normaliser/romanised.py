"""Korean words in Latin letters, so that an English voice can say a Korean name: the Revised Romanization, simply."""

from __future__ import annotations

import re

# The order of Unicode's syllables; a dash is silent.
# ruff: noqa: SIM905 (a table is read more easily so)
_FIRST = "g kk n d tt r m b pp s ss - j jj ch k t p h".split()
_MIDDLE = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split()
_LAST = "- k k k n n n t l k m l l l p l m p p t t ng t t k t p t".split()
_BEFORE_VOWEL = "- g kk ks n nj n d r lg lm lb ls lt lp r m b ps s ss ng j ch k t p -".split()
"""A last consonant before a syllable that begins with a vowel is said with that."""
_VOWEL_FIRST = 11
_WORD = re.compile(r"[가-힣]+")


def romanised(text: str) -> str:
    """The text with each Korean word in Latin letters, a capital first: 돌봄이 → Dolbomi."""
    return _WORD.sub(lambda word: _word(word[0]), text)


def _word(word: str) -> str:
    parts = [(code // 588, code // 28 % 21, code % 28) for code in (ord(letter) - 0xAC00 for letter in word)]
    out = ""
    for number, (first, middle, last) in enumerate(parts):
        after = parts[number + 1][0] if number + 1 < len(parts) else None
        begin = _FIRST[first]
        if begin == "r" and out.endswith(("l", "n")):
            out, begin = f"{out[:-1]}l", "l"
        out += begin + _MIDDLE[middle]
        out += (_BEFORE_VOWEL if after == _VOWEL_FIRST else _LAST)[last]
    return out.replace("-", "").capitalize()
