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
LEAST = 6
"""A piece of fewer letters (two, three syllables) is in every sentence: "yes" over a question is an answer to it."""
REST = frozenset("아으에하흐")
"""Bare vowels and breaths over its voice are what is left of it behind the echo canceller; "어" may be an answer."""
SLACK_S = 0.15
"""Sound still comes from the speaker, and back from the walls, so long after its end was told."""
LEARNING_S = 3.0
"""An echo canceller has to hear so much of the robot's voice before it takes it away."""
NEWS_S = 1.0
"""What sounds is told of several times a second: without news for so long it sounds no more."""


@dataclass
class _Utterance:
    text: str
    seconds: float = 0.0
    begun: float = math.inf
    until: float = -math.inf


class OwnWords:
    """Remembers what was said and when it sounded. What never sounded (there is no speaker) cannot be heard."""

    def __init__(self) -> None:
        self._said: OrderedDict[str, _Utterance] = OrderedDict()
        self._heard_s, self._learnt = 0.0, math.inf

    def said(self, id: str, text: str) -> None:
        """The robot begins to say something.

        Args:
            id: of the utterance.
        """
        self._said[id] = _Utterance(text)
        while len(self._said) > KEPT:
            self._said.popitem(last=False)

    def played(self, id: str, seconds: float, now: float, *, done: bool) -> None:
        """So many seconds of it have sounded."""
        utterance = self._said.get(id)
        if utterance is None or not seconds:
            return
        self._heard_s += max(0.0, seconds - utterance.seconds)
        utterance.seconds = max(seconds, utterance.seconds)
        if self._heard_s >= LEARNING_S:
            self._learnt = min(self._learnt, now)
        utterance.begun = min(utterance.begun, now - seconds)
        utterance.until = now if done else now + NEWS_S

    def repeats(self, text: str, begun: float, until: float) -> bool:
        """Whether the words of a turn are the robot's own.

        Args:
            text: the words as recognised.
            begun, until: when the first and the last voice of the turn were heard.
        """
        heard, said = sounds(text, "ko"), self._sounding(begun, until)
        if not heard or not said:
            return False
        if len(heard) > len(said):
            # Words of somebody that hold the robot's are somebody's.
            return fuzz.ratio(heard, said) >= ALIKE
        return (len(heard) >= LEAST or heard == said) and fuzz.partial_ratio(heard, said) >= ALIKE

    def is_rest(self, text: str, begun: float, until: float) -> bool:
        """Whether it is only what the echo canceller leaves of the robot's voice, and no words of anybody.

        Args:
            text, begun, until: as in `repeats`.
        """
        # Before it has learnt, anything may be misheard into what comes back.
        bare = until <= self._learnt or REST.issuperset(letter for letter in text if letter.isalnum())
        return bare and any(until <= one.until + SLACK_S for one in self._over(begun, until))

    def speaks(self, at: float) -> bool:
        """Whether the robot's voice sounded then."""
        return bool(self._over(at, at))

    def holds(self, phrase: str, begun: float, until: float) -> bool:
        """Whether the robot was just saying this very phrase: stricter, for a phrase that must not be missed.

        Args:
            begun, until: as in `repeats`.
        """
        return sounds(phrase, "ko").replace(" ", "") in self._sounding(begun, until).replace(" ", "")

    def _sounding(self, begun: float, until: float) -> str:
        """All that sounded then, as `sounds`: several utterances may be one turn to whoever hears them."""
        # The view of Korean leaves English letters as they are.
        return "".join(sounds(one.text, "ko") for one in self._over(begun, until))

    def _over(self, begun: float, until: float) -> list[_Utterance]:
        return [one for one in self._said.values() if one.begun - SLACK_S <= until and begun <= one.until + SLACK_S]
