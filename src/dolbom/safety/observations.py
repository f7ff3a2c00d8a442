"""What safety is told: every observation that can begin, feed or end a distress, and when it was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from dolbom.events import Cause


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant on both clocks.

    Attributes:
        now: behaviour time, seconds; orders what happens and measures waits.
        civil: civil time, aware; goes into events, and carries a wait over a restart.
    """

    now: float
    civil: datetime


class Fall(StrEnum):
    """What the fall detector says of a body."""

    CLEARED = "cleared"
    SUSPECTED = "suspected"
    DOWN = "down"
    RECOVERED = "recovered"
    LONG_LIE = "long_lie"

    @property
    def rank(self) -> int:
        """How bad: 0 for over, 1 suspected, 2 down, 3 down for long."""
        return {Fall.SUSPECTED: 1, Fall.DOWN: 2, Fall.LONG_LIE: 3}.get(self, 0)


class Outcome(StrEnum):
    """How a question ended."""

    ANSWERED = "answered"
    SILENCE = "silence"
    UNCLEAR = "unclear"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


class ReceiptKind(StrEnum):
    """What the district says back about an alarm."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class FallSeen:
    """The fall detector's word on one body. `person` is None while nobody knows who it is."""

    at: Moment
    body: str
    state: Fall
    person: str | None = None
    since: datetime | None = None
    confidence: float = 1.0
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Suspected:
    """Any other source's word that somebody may be in distress. `ask=False`: it is certain, raise at once."""

    at: Moment
    cause: Cause
    person: str | None = None
    confidence: float = 1.0
    ask: bool = True
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A source says that its suspicion is over (the gas is gone, the button was pressed again to cancel)."""

    at: Moment
    cause: Cause
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """How one question ended. `answer` is fine, help, yes, no or stop when the outcome is ANSWERED."""

    at: Moment
    question: UUID
    outcome: Outcome
    answer: str = ""
    heard: str = ""
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """Something a person said of their own accord, as understood: fine, help, yes, no, stop or unclear."""

    at: Moment
    meaning: str
    text: str = ""
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """The district's receipt for an event."""

    at: Moment
    event_id: UUID
    kind: ReceiptKind
    note: str = ""


@dataclass(frozen=True, slots=True)
class SeenTogether:
    """The bodies of one frame: two ids that stand in one picture are two people."""

    at: Moment
    bodies: frozenset[str]


@dataclass(frozen=True, slots=True)
class Recognised:
    """Whose body this is, by their face; holds until somebody else's face is seen on it."""

    at: Moment
    body: str
    person: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed."""

    at: Moment


Observation = FallSeen | Suspected | TakenBack | Answered | Heard | Received | SeenTogether | Recognised | Tick
