"""What the robot itself is saying, so that it does not take its own voice for somebody's."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

from rapidfuzz import fuzz

from dolbom.dialog.letters import sounds

KEPT = 8
"""Utterances that are remembered."""
ALIKE = 80.0
"""Percent of letters in common from which words repeat the robot's."""
SLACK_S = 0.15
"""Sound still comes from the speaker, and back from the walls, so long after its end was told."""


@dataclass
class _Utterance:
    text: str
    lang: str
    begun: float = math.inf
    until: float = -math.inf


class OwnWords:
    """Remembers what was said and when it sounded. What never sounded (there is no speaker) cannot be heard."""

    def __init__(self) -> None:
        self._said: OrderedDict[str, _Utterance] = OrderedDict()

    def said(self, id: str, text: str, lang: str) -> None:
        """The robot begins to say something.

        Args:
            id: of the utterance.
        """
        self._said[id] = _Utterance(text, lang)
        while len(self._said) > KEPT:
            self._said.popitem(last=False)

    def played(self, id: str, seconds: float, now: float, *, done: bool) -> None:
        """So many seconds of it have sounded."""
        utterance = self._said.get(id)
        if utterance is None or not seconds:
            return
        utterance.begun = min(utterance.begun, now - seconds)
        utterance.until = now if done else math.inf

    def repeats(self, text: str, begun: float) -> bool:
        """Whether the words of a turn are the robot's own.

        Args:
            text: the words as recognised.
            begun: when the first voice of the turn was heard.
        """
        return any(_alike(text, one) >= ALIKE for one in self._sounding(begun))

    def holds(self, phrase: str, begun: float) -> bool:
        """Whether the robot was just saying this very phrase: stricter, for a phrase that must not be missed."""
        wanted = sounds(phrase, "ko").replace(" ", "")
        return any(wanted in sounds(one.text, "ko").replace(" ", "") for one in self._sounding(begun))

    def _sounding(self, at: float) -> list[_Utterance]:
        return [one for one in self._said.values() if one.begun - SLACK_S <= at <= one.until + SLACK_S]


def _alike(text: str, utterance: _Utterance) -> float:
    heard, said = sounds(text, utterance.lang), sounds(utterance.text, utterance.lang)
    if not heard or not said:
        return 0.0
    # A piece of the robot's words is found in them; words of somebody that hold the robot's are somebody's.
    return fuzz.partial_ratio(heard, said) if len(heard) <= len(said) else fuzz.ratio(heard, said)
