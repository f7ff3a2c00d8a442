"""Letters, digits and signs that look different and are read the same, made one."""

from __future__ import annotations

import re
import unicodedata

_KEPT = "²³…·"
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-")
_TILDES = dict.fromkeys(map(ord, "∼〜～˜"), "~")
_OTHERS = {
    **dict.fromkeys(map(ord, "“”„‟«»「」『』《》〈〉″"), '"'),
    **dict.fromkeys(map(ord, "‘’‚‛′`´"), "'"),
    **dict.fromkeys(map(ord, "˚º"), "°"),
    **dict.fromkeys(map(ord, "ㆍ・‧•∙"), "·"),
    ord("✕"): "×",
    ord("✖"): "×",
    ord("￦"): "₩",
    ord("µ"): "μ",
    ord("㎡"): "m²",
    ord("㎥"): "m³",
    ord("㎠"): "cm²",
    ord("㎢"): "km²",
}
_TABLE = {**_DASHES, **_TILDES, **_OTHERS}
_FRACTIONS = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅛": "1/8"}


def folded(text: str) -> str:
    """The text with one form of each sign: half width, plain digits, one dash, one tilde, no control characters.

    Superscripts of areas (m²) stay, every other digit of any script becomes 0-9.
    """
    for sign, plain in _FRACTIONS.items():
        text = text.replace(sign, f" {plain}" if re.search(rf"\d{sign}", text) else plain)
    out = []
    for letter in unicodedata.normalize("NFC", text.translate(_TABLE)):
        out.append(letter if letter in _KEPT or _is_single_jamo(letter) else _one(letter))
    joined = "".join(out).translate(_TABLE)
    joined = re.sub(r"(?<![A-Za-z])[²³]", lambda match: "2" if match[0] == "²" else "3", joined)
    return re.sub(r"\s+", " ", joined).strip()


def _one(letter: str) -> str:
    out = []
    for plain in unicodedata.normalize("NFKC", letter):
        digit = unicodedata.digit(plain, None)
        if digit is not None:
            out.append(str(digit))
        elif plain in "⁄":
            out.append("/")
        elif plain in "²³":
            out.append(plain)
        else:
            # Control characters, halves of surrogate pairs and private ones are no speech.
            out.append(" " if unicodedata.category(plain)[0] in "CZ" else plain)
    return "".join(out)


def _is_single_jamo(letter: str) -> bool:
    return "ㄱ" <= letter <= "ㆎ"
