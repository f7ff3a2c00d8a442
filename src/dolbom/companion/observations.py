"""What the companion is told: every observation that can begin, feed or end a talk, and when it was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dolbom.perception.bodies import Bodies
from dolbom.safety.observations import Moment, Outcome

__all__ = [
    "Answered",
    "BodiesSeen",
    "CampaignCame",
    "CampaignWithdrawn",
    "Chatted",
    "DistressChanged",
    "Heard",
    "Moment",
    "Observation",
    "Outcome",
    "ReminderDue",
    "ReminderWithdrawn",
    "Seen",
    "Spoken",
    "Tick",
    "Unseen",
]


@dataclass(frozen=True, slots=True)
class Heard:
    """Somebody said something.

    Attributes:
        text: the words of the whole segment; empty if only a phrase was spotted in it.
        voice: whose voice on the graph; "typed" for words that were typed, which count as said to the robot.
        person: who it is, if known.
        lang: "ko" or "en".
        stamp: behaviour time at which the segment began, the same for everything heard of it, seconds.
        spotted: the phrase that the closed grammar found in the segment, or empty.
        confidence: of the recognition, 0 to 1.
    """

    at: Moment
    text: str
    voice: str = "typed"
    person: str | None = None
    lang: str = "ko"
    stamp: float = 0.0
    spotted: str = ""
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody who is enrolled is in view; told again and again while they are."""

    at: Moment
    person: str


@dataclass(frozen=True, slots=True)
class Unseen:
    """Somebody who was in view no longer is."""

    at: Moment
    person: str


@dataclass(frozen=True, slots=True)
class BodiesSeen:
    """The bodies of one frame; told only while what has the word watches somebody."""

    at: Moment
    bodies: Bodies


@dataclass(frozen=True, slots=True)
class DistressChanged:
    """Whether safety asks or cares for somebody now: while it does, nobody else speaks."""

    at: Moment
    stands: bool


@dataclass(frozen=True, slots=True)
class ReminderDue:
    """Something is due: told, asked after, and answered. The fields are those of the action `Remind`.

    Attributes:
        goal: names this request to remind, until it is settled or withdrawn.
        id: of what is due.
        kind: medicine, appointment, meal, water, …; medicine goes before the others.
        question: asked after `text`; empty: it is only told.
        answers: the meanings that settle the question; empty: any words.
        urgency: 0 chat, 1 reminder.
        time_limit_s: silence after the question, seconds; 0: the voice's own limit.
        come: go to the person first, if the robot can.
        recording: name of a sound file of the home that sounds in the place of `text`.
        song: one that sounds before it.
    """

    at: Moment
    goal: str
    id: str
    kind: str
    text: str
    question: str = ""
    answers: tuple[str, ...] = ()
    person: str | None = None
    picture: str = ""
    urgency: int = 1
    time_limit_s: float = 0.0
    come: bool = False
    recording: str = ""
    song: str = ""


@dataclass(frozen=True, slots=True)
class ReminderWithdrawn:
    """Whoever wanted the reminder wants it no more."""

    at: Moment
    goal: str


@dataclass(frozen=True, slots=True)
class CampaignCame:
    """The district's disaster check-in stands; told again after a restart."""

    at: Moment
    id: str
    text: str
    instruction: str
    area: str
    deadline: datetime | None


@dataclass(frozen=True, slots=True)
class CampaignWithdrawn:
    """The district took a campaign back."""

    at: Moment
    id: str


@dataclass(frozen=True, slots=True)
class Answered:
    """How one of the companion's questions ended.

    Attributes:
        id: of the `Ask`.
        answer: one of the meanings that it named; "stop" with `INTERRUPTED` if the person wanted quiet.
        value: what its schema asked for: a choice's name, a number, "HH:MM", True or False, words; else None.
        heard: the words, all of them.
    """

    at: Moment
    id: str
    outcome: Outcome
    answer: str = ""
    value: str | int | float | bool | None = None
    heard: str = ""
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Spoken:
    """One of the companion's utterances ended; `finished` if all of it was said."""

    at: Moment
    id: str
    finished: bool = True


@dataclass(frozen=True, slots=True)
class Chatted:
    """What small talk answers to `Chat`."""

    at: Moment
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed; several times a second."""

    at: Moment


Observation = (
    Heard
    | Seen
    | Unseen
    | BodiesSeen
    | DistressChanged
    | ReminderDue
    | ReminderWithdrawn
    | CampaignCame
    | CampaignWithdrawn
    | Answered
    | Spoken
    | Chatted
    | Tick
)
