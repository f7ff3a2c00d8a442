"""What the routines are told, and when it was: time, answers, words said unasked, what happened, what staff did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from dolbom.routines.due import State
from dolbom.safety.observations import Moment, Outcome

__all__ = [
    "Corrected",
    "Happened",
    "Moment",
    "Noticed",
    "Observation",
    "Outcome",
    "Reminded",
    "Said",
    "Supplied",
    "Taken",
    "Tick",
]

Said_ = Literal["taken", "not_taken", "refused", "unsure"]


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed."""

    at: Moment


@dataclass(frozen=True, slots=True)
class Reminded:
    """How a `Remind` or `Begin` ended.

    Attributes:
        prompt: its id.
        outcome: as in the action `Remind`.
        answer: a meaning or the name of an intent, if it was answered.
        heard: the words.
        told: it was only to be said, and was.
    """

    at: Moment
    prompt: UUID
    outcome: Outcome
    answer: str = ""
    heard: str = ""
    told: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody said something of their medicine unasked.

    Attributes:
        person: who, if known.
        medicine: the words that name one, or empty.
    """

    at: Moment
    what: Said_
    person: str | None = None
    medicine: str = ""
    heard: str = ""


@dataclass(frozen=True, slots=True)
class Happened:
    """Something happened for which a routine may wait, as `meal.breakfast`."""

    at: Moment
    event: str
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something was seen, as a hand that went to the mouth: evidence, and never a proof."""

    at: Moment
    what: str
    person: str | None = None
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Corrected:
    """Staff know better what became of something that was due.

    Attributes:
        due: its id.
        by: who, an opaque staff id.
        reason: why; it stays in the history.
    """

    at: Moment
    due: str
    state: State
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Taken:
    """Staff or family gave a medicine out of turn, or one that is taken as needed."""

    at: Moment
    routine: str
    by: str
    person: str | None = None
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Supplied:
    """Somebody counted a medicine, after a refill or by the way."""

    at: Moment
    medicine: str
    count: float
    by: str


Observation = Tick | Reminded | Said | Happened | Noticed | Corrected | Taken | Supplied
