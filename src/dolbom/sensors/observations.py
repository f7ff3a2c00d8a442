"""What the watch over a home's activity is told, and when it was: signs of life, blindness, leaving, answers, time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from dolbom.events import Blind, SignKind
from dolbom.safety.observations import Moment, Outcome

__all__ = [
    "Alarmed", "BackHome", "Blinded", "InBed", "Leaving", "LostAtTheDoor", "Moment", "Observation", "Outcome",
    "Prompted", "SeenUp", "SignOfLife", "Tick",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class SignOfLife:
    """Somebody did something that only a living person does.

    Attributes:
        place: where, or the name of the sensor that says so; empty if that is not known.
        person: who, if that is known; a sign of nobody in particular counts for everybody.
    """

    at: Moment
    kind: SignKind
    place: str = ""
    person: str | None = None


@dataclass(frozen=True, slots=True)
class SeenUp:
    """Somebody moves, and not in bed; told about once a second while they do.

    Attributes:
        at_the_door: in the part of the picture through which people leave.
    """

    at: Moment
    person: str | None = None
    at_the_door: bool = False


@dataclass(frozen=True, slots=True)
class InBed:
    """Somebody is seen lying in bed."""

    at: Moment


@dataclass(frozen=True, slots=True)
class LostAtTheDoor:
    """Somebody was last seen where people leave, and is not seen any more."""

    at: Moment
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Blinded:
    """The robot cannot see, and why; "" when it can again."""

    at: Moment
    because: Blind | Literal[""]


@dataclass(frozen=True, slots=True)
class Leaving:
    """Somebody said that they go out."""

    at: Moment
    person: str | None = None


@dataclass(frozen=True, slots=True)
class BackHome:
    """Somebody said that they are back."""

    at: Moment
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Prompted:
    """How a question ended.

    Attributes:
        answer: the meaning, with `ANSWERED`: fine, help, yes, no.
    """

    at: Moment
    prompt: UUID
    outcome: Outcome
    answer: str = ""
    heard: str = ""


@dataclass(frozen=True, slots=True)
class Alarmed:
    """Safety has taken up the suspicion that somebody does not move."""

    at: Moment


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed; about once a second."""

    at: Moment


Observation = SignOfLife | SeenUp | InBed | LostAtTheDoor | Blinded | Leaving | BackHome | Prompted | Alarmed | Tick


def minutes(civil: datetime) -> int:
    """Minutes since midnight by the calendar on the wall."""
    return civil.hour * 60 + civil.minute
