"""How near words are to example phrases: edits between jamo strings (rapidfuzz) and n-grams weighed by rarity."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process


class ExampleIndex:
    """Example phrases that can be asked which of them words resemble.

    Args:
        examples: (intent, phrase in the loose view of `dialog.letters`).
        sizes: lengths of the n-grams.
    """

    def __init__(self, examples: Sequence[tuple[str, str]], sizes: Sequence[int] = (2, 3, 4, 5)) -> None:
        self._sizes = tuple(sizes)
        self.intents = [intent for intent, _ in examples]
        self.phrases = [phrase for _, phrase in examples]
        grams = [Counter(self._grams(phrase)) for phrase in self.phrases]
        seen = Counter(gram for counted in grams for gram in counted)
        self._rarity = {gram: math.log((1 + len(grams)) / count) for gram, count in seen.items()}
        self._unseen = math.log(1 + len(grams))
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for at, counted in enumerate(grams):
            length = math.sqrt(sum((n * self._rarity[gram]) ** 2 for gram, n in counted.items())) or 1.0
            for gram, n in counted.items():
                self._postings[gram].append((at, n * self._rarity[gram] / length))

    def nearest(self, phrase: str) -> dict[str, float]:
        """The likeness of each intent's nearest example, 0 to 1."""
        if not phrase or not self.phrases:
            return {}
        edits = process.cdist([phrase], self.phrases, scorer=fuzz.ratio, dtype=np.float32)[0] / 100
        likeness = 0.55 * edits + 0.45 * self._cosines(phrase)
        best: dict[str, float] = {}
        for intent, score in zip(self.intents, likeness.tolist(), strict=True):
            if score > best.get(intent, 0.0):
                best[intent] = score
        return best

    def _cosines(self, phrase: str) -> NDArray[np.float32]:
        counted = Counter(self._grams(phrase))
        weights = {gram: n * self._rarity.get(gram, self._unseen) for gram, n in counted.items()}
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        sums = np.zeros(len(self.phrases), dtype=np.float32)
        for gram, weight in weights.items():
            for at, value in self._postings.get(gram, ()):
                sums[at] += weight * value / length
        return sums

    def _grams(self, phrase: str) -> Iterable[str]:
        framed = f"^{phrase}$"
        return (framed[at : at + n] for n in self._sizes for at in range(len(framed) - n + 1))


def holds_core(words: str, cores: Sequence[str], least: float = 90.0) -> bool:
    """Whether one of the cores is somewhere in the words, give or take a misheard letter.

    Args:
        words, cores: in the coarsest view (`letters.sounds`).
        least: likeness of the best place in the words, 0 to 100.
    """
    return any(len(words) >= len(core) - 1 and fuzz.partial_ratio(core, words) >= least for core in cores)
