"""Words as a recogniser might get them wrong: seeded mistakes between letters that sound alike."""

from __future__ import annotations

import random

import hangul_jamo

from dolbom.dialog.letters import syllable


def _options(text: str) -> dict[str, str]:
    return {one[0]: one[1:] for one in text.split()}


# Each letter, and what it is taken for; nothing: it is lost.
_CONFUSED = {
    "initial": _options("ㄱㅋㄲ ㅋㄱ ㄲㄱ ㄷㅌㄸ ㄸㄷ ㅌㄷ ㅂㅍㅃ ㅍㅂ ㅃㅂ ㅈㅊㅉ ㅉㅈ ㅊㅈ ㅅㅆ ㅆㅅ ㄴㄹ ㄹㄴ ㅎㅇ"),
    "vowel": _options("ㅐㅔ ㅔㅐ ㅓㅗ ㅗㅓ ㅡㅜ ㅜㅡ ㅕㅓ ㅒㅖ ㅖㅔ ㅙㅚ ㅚㅙ ㅢㅣ ㅛㅗ ㅠㅜ"),
    "final": _options("ㅆㅅ ㅅㅆ ㄶㄴ ㅄㅂ ㄹ ㄴㅇ ㅇㄴ ㅁㅂ ㄱ ㅎ ㄼㄹ ㄷㅅ ㅌㅅ ㅍㅂ ㅂㅁ"),
}
_LATIN = {"a": "e", "e": "i", "i": "e", "o": "u", "u": "o", "d": "t", "t": "d", "b": "p", "p": "b", "m": "n", "n": "m",
          "s": "z", "z": "s", "v": "f", "f": "v", "g": "k", "k": "g"}  # fmt: skip


def misheard(text: str, rate: float, seed: str) -> str:
    """The text with mistakes: letters that sound alike, spaces split and joined, a lost last syllable.

    Args:
        text: Korean or English.
        rate: share of the letters that are changed, 0 to 1; spaces change half as often.
        seed: the same seed and text give the same mistakes.
    """
    chance = random.Random(f"{seed} {text}")  # noqa: S311 - not for secrets
    out: list[str] = []
    for letter in text:
        parts = syllable(letter)
        if letter == " ":
            out.append("" if chance.random() < rate / 2 else " ")
        elif parts is not None:
            out.append(_syllable_misheard(parts, rate, chance))
            if chance.random() < rate / 6:
                out.append(" ")
        elif letter.lower() in _LATIN and chance.random() < rate / 2:
            out.append(_LATIN[letter.lower()])
        else:
            out.append(letter)
    noisy = "".join(out)
    return noisy[:-1] if len(noisy) > 6 and chance.random() < rate else noisy


def _syllable_misheard(parts: tuple[str, str, str], rate: float, chance: random.Random) -> str:
    changed = list(parts)
    for at, kind in enumerate(("initial", "vowel", "final")):
        options = _CONFUSED[kind].get(parts[at])
        if options is not None and chance.random() < rate / 2:
            changed[at] = chance.choice(options) if options else ""
    return str(hangul_jamo.compose_jamo_characters(changed[0], changed[1], changed[2] or None))
