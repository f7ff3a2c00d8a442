"""Whether words say "not", and of which time they speak: Korean by morphemes (kiwi), both languages by letters.

Kiwi is loaded once in a process, when first asked. Without its dictionaries of names it reads the same and takes half
the memory.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from kiwipiepy import Kiwi

Tense = Literal["past", "present", "future", ""]
_NOUN = frozenset({"NNG", "NNP", "XPN", "XSN", "SN"})
_NOT_ADVERBS = {"안", "못", "아니"}
_NOT_VERBS = {"않", "못하", "말", "없", "아니", "싫", "몬하"}


@dataclass(frozen=True)
class Reading:
    """What the morphemes say.

    Attributes:
        negations: where a "not" stands, as (start, end) in the words without spaces.
        tense: of the last verb; "" if there is none.
    """

    negations: tuple[tuple[int, int], ...] = ()
    tense: Tense = ""


class Morphemes(Protocol):
    """Reads words."""

    def read(self, words: str) -> Reading:
        """Reads `words`, separated by single spaces."""
        ...


class KiwiMorphemes:
    """Korean by kiwi: 안, 못, -지 않-, -지 말-, 없-; 었, 겠, -ㄹ게."""

    _kiwi: Kiwi | None = None
    _lock = threading.Lock()

    def read(self, words: str) -> Reading:
        """As `Morphemes.read`."""
        # Kiwi's own analysis is thread-safe.
        tokens = self._loaded().tokenize(words)
        negations: list[tuple[int, int]] = []
        tense: Tense = ""
        for at, token in enumerate(tokens):
            said = (token.form, token.tag[:2])
            adverb = token.form in _NOT_ADVERBS and token.tag == "MAG"
            # "아니" alone is an answer, "말" a noun: only as verbs and auxiliaries do they negate.
            if adverb or (token.form in _NOT_VERBS and token.tag[:2] in ("VX", "VA", "VC")):
                start = token.start - words[: token.start].count(" ")
                negations.append((start, start + token.len))
            if said[1] == "EP" and token.form in ("었", "았", "였"):
                tense = "past"
            elif said[1] == "EP" and token.form == "겠":
                tense = "future"
            elif token.tag == "ETM" and token.form in ("ᆯ", "을") and at + 1 < len(tokens):
                tense = "future" if tokens[at + 1].form in ("거", "것") else tense
            elif token.tag in ("EF", "EC") and token.form.startswith(
                ("ᆯ게", "을게", "ᆯ래", "을래", "ᆯ란", "을란", "려고", "으려고")
            ):
                tense = "future"
            elif token.tag == "EF" and not tense:
                tense = "present"
        return Reading(tuple(negations), tense)

    def noun(self, word: str) -> str:
        """The noun that a word is, without what hangs on it: 이발소네 → 이발소; "" for any other word."""
        tokens = self._loaded().tokenize(word)
        rest = next((at for at, token in enumerate(tokens) if token.tag not in _NOUN), len(tokens))
        # What follows a noun are particles and "to be"; with another verb on it (피곤해) it is none.
        bare = all(token.tag.startswith(("J", "E", "VCP")) for token in tokens[rest:])
        return word[: tokens[rest - 1].start + tokens[rest - 1].len] if rest and bare else ""

    @classmethod
    def _loaded(cls) -> Kiwi:
        with cls._lock:
            if cls._kiwi is None:
                from kiwipiepy import Kiwi

                cls._kiwi = Kiwi(num_workers=1, load_default_dict=False, load_multi_dict=False)
            return cls._kiwi
