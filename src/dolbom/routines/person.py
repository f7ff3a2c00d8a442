"""A scripted person who answers reminders: for the preview of a day, the simulation and the tests."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal, Protocol

from dolbom.routines.decisions import Begin, Remind
from dolbom.routines.observations import Outcome

Policy = Literal["silent", "takes", "refuses"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answers to a prompt.

    Attributes:
        after_s: so long after it was begun.
    """

    after_s: float
    outcome: Outcome
    answer: str = ""
    heard: str = ""
    told: bool = False


class Person(Protocol):
    """Answers prompts."""

    def answer(self, act: Remind | Begin) -> Answer:
        """What is answered to this prompt."""
        ...


_TAKES = {"medicine": "medicine_taken", "meal": "meal_eaten"}
_REFUSES = {"medicine": "medicine_refused", "meal": "meal_not_eaten"}


class Scripted:
    """Somebody who always answers the same: nothing, that it is done, or that they do not want to."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def answer(self, act: Remind | Begin) -> Answer:
        """See `Person`."""
        if isinstance(act, Remind) and not act.question:
            return Answer(6.0, Outcome.ANSWERED, told=True)
        if self._policy == "silent":
            return Answer(20.0, Outcome.SILENCE)
        if isinstance(act, Begin):
            # Somebody who does not want to says stop; the activity then ends by itself.
            taken = self._policy == "takes"
            return Answer(60.0, Outcome.ANSWERED, told=True) if taken else Answer(8.0, Outcome.INTERRUPTED, "stop")
        words, usual = (_TAKES, "yes") if self._policy == "takes" else (_REFUSES, "no")
        return Answer(10.0, Outcome.ANSWERED, words.get(act.kind, usual))


class Fickle:
    """Somebody who answers as a person does: mostly yes, at times late, not at all, unclearly, or with a no.

    Args:
        chance: where the answers come from.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._habit = chance.random()

    def answer(self, act: Remind | Begin) -> Answer:
        """See `Person`."""
        chance = self._chance
        after = chance.uniform(3, 45)
        if chance.random() < 0.03:
            return Answer(after, Outcome.FAILED)
        if chance.random() < 0.05:
            return Answer(after, Outcome.INTERRUPTED, chance.choice(["", "stop"]))
        if isinstance(act, Begin) or not act.question:
            return Answer(after, Outcome.ANSWERED, told=True)
        if chance.random() < 0.15 + 0.4 * self._habit:
            return Answer(after, Outcome.SILENCE)
        if chance.random() < 0.06:
            return Answer(after, Outcome.UNCLEAR, heard="글쎄")
        if act.kind == "medicine":
            said = chance.choices(
                [
                    "medicine_taken",
                    "medicine_not_taken",
                    "medicine_will_take",
                    "later",
                    "medicine_refused",
                    "medicine_unsure",
                    "weather",
                ],
                [70, 8, 6, 8, 4, 3, 1],
            )[0]
        else:
            said = chance.choices(["yes", "no", "later"], [75, 15, 10])[0]
        # Some talk on until the next rung of the ladder has come.
        late = chance.uniform(60, 700) if chance.random() < 0.05 else 0.0
        return Answer(after + late, Outcome.ANSWERED, said, "…")
