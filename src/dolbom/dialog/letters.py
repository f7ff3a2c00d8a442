"""How words look to matching: Korean sounds that are confused become one letter, English loses its punctuation.

Two views of the same words: *folded* keeps syllables (patterns are searched in it), *loose* is a string of jamo
without the silent ㅇ, so that 먹었어 and 머거써 are nearly the same (examples are compared in it).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import hangul_jamo


def _pairs(text: str) -> dict[str, str]:
    """`"ㅐㅔ ㅒㅖ"` → {"ㅐ": "ㅔ", "ㅒ": "ㅖ"}; one letter alone maps to nothing."""
    return {pair[0]: pair[1:] for pair in text.split()}


# Vowels and final consonants that old voices and recognisers do not keep apart.
_VOWELS = _pairs("ㅐㅔ ㅒㅖ ㅙㅚ ㅞㅚ")
_FINALS = _pairs("ㅆㅅ ㄷㅅ ㅌㅅ ㅊㅈ ㄲㄱ ㅋㄱ ㄳㄱ ㄺㄱ ㅍㅂ ㅄㅂ ㄵㄴ ㄶㄴ ㄽㄹ ㄾㄹ ㅀㄹ ㄼㄹ ㄻㅁ ㅎ")
# What is only alike: words found this way are always asked about.
_ALIKE_INITIALS = _pairs("ㅋㄱ ㄲㄱ ㅌㄷ ㄸㄷ ㅍㅂ ㅃㅂ ㅊㅈ ㅉㅈ ㅆㅅ")
_ALIKE_VOWELS = _pairs("ㅐㅔ ㅒㅔ ㅖㅔ ㅙㅔ ㅞㅔ ㅚㅔ ㅗㅓ ㅛㅓ ㅕㅓ ㅜㅡ ㅠㅡ ㅢㅣ")
_ALIKE_FINALS = _FINALS | _pairs("ㅈㅅ ㅊㅅ")
_DOUBLES = _pairs("ㅆㅅ ㅉㅈ ㄸㄷ ㅃㅂ")  # not ㄲ: 켜 and 꺼 must stay apart
_CLUSTERS = _pairs("ㅄㅂㅅ ㄺㄹㄱ ㄵㄴㅈ ㄶㄴ ㅀㄹ ㄼㄹㅂ ㄻㄹㅁ ㄳㄱㅅ ㄽㄹㅅ ㄾㄹㅌ")
_LAST = "힣"
"""Ends the range of all syllables in a pattern; it is no word."""


def words_of(text: str) -> list[str]:
    """The words in lower case, without punctuation but '."""
    text = unicodedata.normalize("NFC", text).lower().replace("’", "'")
    return re.sub(r"[^\w' ]+", " ", text).split()


def fold(text: str, lang: str, alike: bool = False) -> str:
    """Letters that are confused made one; length and spaces stay, so it also folds a regular expression.

    Only Korean syllables change.

    Args:
        text: words or a pattern.
        lang: "ko" or "en".
        alike: also letters that are only alike, as ㄱ and ㅋ, ㅓ and ㅗ.
    """
    return text.translate(_folding(alike)) if lang == "ko" else text


def loose(text: str, lang: str) -> str:
    """The words as one string to compare: Korean as jamo without silent ㅇ and spaces, English as it is."""
    return text.translate(_loosening()) if lang == "ko" else text


def sounds(text: str, lang: str) -> str:
    """The loose view with letters that are only alike made one too: the coarsest view."""
    return loose(fold(" ".join(words_of(text)), lang, alike=True), lang)


_RUNS = {"jamo": range(3, 8), "syllables": range(1, 5), "letters": range(3, 6)}
"""How long the runs of each view are."""
_NEAR = 3
"""English words that stand so near to each other are a run, too."""


def runs(text: str, lang: str) -> set[str]:
    """The short runs of letters in the words, each with a sign for its view.

    Korean: of jamo and of syllables, without spaces. English: of letters, words, and pairs of words near each other.

    Args:
        text: as typed or recognised.
        lang: "ko" or "en".
    """
    words = words_of(text)
    if lang == "ko":
        jamo, syllables = f"^{loose(' '.join(words), lang)}$", f"^{fold(''.join(words), lang)}$"
        return _cut("j", jamo, _RUNS["jamo"]) | _cut("s", syllables, _RUNS["syllables"])
    found = _cut("c", f" {' '.join(words)} ", _RUNS["letters"]) | {f"w{word}" for word in words}
    for at, word in enumerate(words):
        found |= {f"p{word}_{other}" for other in words[at + 1 : at + 1 + _NEAR]}
        found |= {f"{'bt'[far - 1]}{'_'.join(words[at : at + far + 1])}" for far in (1, 2) if at + far < len(words)}
    return found


def _cut(sign: str, text: str, lengths: range) -> set[str]:
    return {sign + text[at : at + length] for length in lengths for at in range(len(text) - length + 1)}


def syllable(letter: str) -> tuple[str, str, str] | None:
    """Initial, vowel and final ("" if none) of a Korean syllable; None for any other letter."""
    if not "가" <= letter <= "힣":
        return None
    initial, vowel, final = hangul_jamo.decompose_syllable(letter)
    return initial, vowel, final or ""


@cache
def _folding(alike: bool) -> dict[int, str]:
    vowels, finals = (_ALIKE_VOWELS, _ALIKE_FINALS) if alike else (_VOWELS, _FINALS)
    initials = _ALIKE_INITIALS if alike else {}
    table = {}
    for code in range(ord("가"), ord(_LAST)):
        initial, vowel, final = syllable(chr(code)) or ("", "", "")
        table[code] = hangul_jamo.compose_jamo_characters(
            initials.get(initial, initial), vowels.get(vowel, vowel), finals.get(final, final) or None
        )
    return table


@cache
def _loosening() -> dict[int, str]:
    table = {ord(" "): ""}
    for code in range(ord("가"), ord(_LAST) + 1):
        initial, vowel, final = syllable(chr(code)) or ("", "", "")
        table[code] = (
            ("" if initial == "ㅇ" else _DOUBLES.get(initial, initial))
            + _VOWELS.get(vowel, vowel)
            + _CLUSTERS.get(final, _DOUBLES.get(final, "" if final == "ㅎ" else final))
        )
    return table
