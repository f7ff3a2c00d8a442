"""Words from anywhere made fit for a terminal, a page and a voice: only what can be read and said is left of them."""

from __future__ import annotations

import unicodedata

_TURNING = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Signs that turn the direction of writing round, so that something else is read than stands there."""


def plain(text: str) -> str:
    """The words of a text on one line, without control signs, halves of signs and signs that turn the writing round."""
    kept = (" " if unicodedata.category(sign) in ("Cc", "Cs") else "" if sign in _TURNING else sign for sign in text)
    return " ".join("".join(kept).split())


def plain_lines(text: str) -> str:
    """As `plain`, but for each line; lines without words are left out."""
    return "\n".join(line for line in map(plain, text.splitlines()) if line)
