"""How much words sound like danger, whatever way they say it: the weights of what they speak of, added up.

Patterns know what people usually cry; they do not know "I've been lying here since last night". Here every group of
words that speaks of danger (breath, blood, cannot move, suddenly …) has a weight, groups that calm (a film, last year,
"not dizzy") have a negative one, and their sum is a logistic regression's. Words and weights are data in
`locale/<lang>/danger/`; `tools/weigh_danger.py` makes the weights.

Groups do not know words that nobody thought of. So every short run of letters in the words (`letters.runs`) has a small
weight as well: learnt together with the groups from sentences that a grammar of what people in danger say makes by the
ten thousand, misheard ones among them.
"""

from __future__ import annotations

import math
import re
import zlib
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from dolbom.dialog.letters import fold, runs, words_of
from dolbom.i18n import LOCALE

Kind = Literal["decisive", "supporting", "intensifying", "calming", "elsewhere"]
KINDS: tuple[Kind, ...] = ("decisive", "supporting", "intensifying", "calming", "elsewhere")
_NAMED = ("decisive", "supporting")
RUNS = 1 << 18
"""How many weights the runs of letters share."""
RUNS_WEIGH = 3.0
"""How much all runs of a sentence count beside one group; not tuned."""
_AS_SPELT = ("calming", "elsewhere")
"""Danger is heard however it is misspelt, what speaks against it only as it is: -대 is hearsay, -데 is not."""


class DangerWords(BaseModel):
    """The groups of a language: name → regular expressions; and what is only counting or reckoning, as a whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    decisive: dict[str, tuple[str, ...]]
    supporting: dict[str, tuple[str, ...]]
    intensifying: dict[str, tuple[str, ...]]
    calming: dict[str, tuple[str, ...]]
    elsewhere: dict[str, tuple[str, ...]]
    counting: tuple[str, ...] = ()


class DangerWeights(BaseModel):
    """What each group weighs, what all weigh without any, and the step of the weights of runs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bias: float
    run_step: float
    groups: dict[str, float]


@dataclass(frozen=True)
class Group:
    """One group of words, compiled."""

    name: str
    kind: Kind
    regex: re.Pattern[str]


@cache
def groups(lang: str) -> tuple[Group, ...]:
    """The groups of words of a language, in the order of the file.

    Args:
        lang: "ko" or "en".
    """
    words = _words(lang)
    return tuple(
        Group(name, kind, re.compile(joined if kind in _AS_SPELT else fold(joined, lang)))
        for kind in KINDS
        for name, patterns in getattr(words, kind).items()
        for joined in ["|".join(f"(?:{one})" for one in patterns)]
    )


@cache
def _words(lang: str) -> DangerWords:
    return DangerWords.model_validate(_load(lang, "words"))


@cache
def _weights(lang: str) -> DangerWeights:
    return DangerWeights.model_validate(_load(lang, "weights"))


@cache
def _run_weights(lang: str) -> NDArray[np.float64]:
    with np.load(LOCALE / lang / "danger" / "runs.npz") as file:
        return np.asarray(file["weights"], float) * _weights(lang).run_step


def _load(lang: str, name: str) -> object:
    return YAML(typ="safe").load((LOCALE / lang / "danger" / f"{name}.yaml").read_text(encoding="utf-8"))


def spoken_of(text: str, lang: str) -> list[bool]:
    """Which groups the words speak of, in the order of `groups`.

    Args:
        text: as typed or recognised.
        lang: "ko" or "en".
    """
    words = " ".join(words_of(text))
    spelt = words.replace(" ", "") if lang == "ko" else words
    said = fold(spelt, lang)
    there = [group.regex.search(spelt if group.kind in _AS_SPELT else said) is not None for group in groups(lang)]
    # "나 너무 좋아": what only intensifies is nothing alone.
    danger_named = any(one for one, group in zip(there, groups(lang), strict=True) if group.kind in _NAMED)
    return [
        one and (danger_named or group.kind != "intensifying") for one, group in zip(there, groups(lang), strict=True)
    ]


def runs_in(text: str, lang: str) -> tuple[list[int], float]:
    """Which weights of runs the words take, and what each of them is multiplied with.

    Args:
        text, lang: as `spoken_of`.
    """
    # Two runs may share a weight: a hash needs no list of runs, and the same words always take the same.
    taken = sorted({zlib.crc32(run.encode()) % RUNS for run in runs(text, lang)})
    return taken, RUNS_WEIGH / math.sqrt(len(taken) + 1)


@dataclass(frozen=True)
class Peril:
    """What words weigh.

    Attributes:
        share: how much they sound like danger to whoever speaks, or to somebody beside them: 0 to 1.
        elsewhere: something in them says that it is not here and now, as hearsay, a film, last year, a saying.
    """

    share: float
    elsewhere: bool


def weigh(text: str, lang: str) -> Peril:
    """What the words weigh.

    Args:
        text, lang: as `spoken_of`.
    """
    weights = _weights(lang)
    found = [group for group, there in zip(groups(lang), spoken_of(text, lang), strict=True) if there]
    total = weights.bias + sum(weights.groups[group.name] for group in found)
    # Runs know numbers from cries alone ("three times", "two of them"): of a bare sum they know nothing.
    if found or not _only_counts(text, lang):
        taken, each = runs_in(text, lang)
        total += each * float(_run_weights(lang)[taken].sum())
    return Peril(1 / (1 + math.exp(-max(total, -30.0))), any(group.kind == "elsewhere" for group in found))


def _only_counts(text: str, lang: str) -> bool:
    said = " ".join(words_of(text))
    return any(re.fullmatch(one, said) for one in _words(lang).counting)


def danger(text: str, lang: str) -> float:
    """The share of `weigh` alone."""
    return weigh(text, lang).share
