"""How much words sound like danger, whatever way they say it: the weights of what they speak of, added up.

Patterns know what people usually cry; they do not know "I've been lying here since last night". Here every group of
words that speaks of danger (breath, blood, cannot move, suddenly …) has a weight, groups that calm (a film, last year,
"not dizzy") have a negative one, and their sum is a logistic regression's. Words and weights are data in
`locale/<lang>/danger/`; `tools/weigh_danger.py` makes the weights.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from dolbom.dialog.letters import fold, words_of
from dolbom.i18n import LOCALE

Kind = Literal["decisive", "supporting", "intensifying", "calming", "elsewhere"]
KINDS: tuple[Kind, ...] = ("decisive", "supporting", "intensifying", "calming", "elsewhere")
_NAMED = ("decisive", "supporting")
_AS_SPELT = ("calming", "elsewhere")
"""Danger is heard however it is misspelt, what speaks against it only as it is: -대 is hearsay, -데 is not."""


class DangerWords(BaseModel):
    """The groups of a language: name → regular expressions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    decisive: dict[str, tuple[str, ...]]
    supporting: dict[str, tuple[str, ...]]
    intensifying: dict[str, tuple[str, ...]]
    calming: dict[str, tuple[str, ...]]
    elsewhere: dict[str, tuple[str, ...]]


class DangerWeights(BaseModel):
    """What each group weighs, and what all weigh without any."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bias: float
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
    words = DangerWords.model_validate(_load(lang, "words"))
    return tuple(
        Group(name, kind, re.compile(joined if kind in _AS_SPELT else fold(joined, lang)))
        for kind in KINDS
        for name, patterns in getattr(words, kind).items()
        for joined in ["|".join(f"(?:{one})" for one in patterns)]
    )


@cache
def _weights(lang: str) -> DangerWeights:
    return DangerWeights.model_validate(_load(lang, "weights"))


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
    return Peril(1 / (1 + math.exp(-total)), any(group.kind == "elsewhere" for group in found))


def danger(text: str, lang: str) -> float:
    """The share of `weigh` alone."""
    return weigh(text, lang).share
