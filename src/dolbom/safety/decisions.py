"""What safety decides: what to write down and tell the district, then what to say and ask, in this order."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from dolbom.events import CareEvent
from dolbom.safety.distress import Distress


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the person; the answer comes back as `Answered` with the same question id."""

    question: UUID
    distress: UUID
    text: str
    person: str | None
    time_limit_s: float


@dataclass(frozen=True, slots=True)
class StopAsking:
    """This question no longer matters: be quiet and do not wait for its answer."""

    question: UUID


@dataclass(frozen=True, slots=True)
class Say:
    """Say something to the person."""

    distress: UUID
    text: str
    person: str | None


Act = Ask | StopAsking | Say


@dataclass(slots=True)
class Decisions:
    """All that follows from one observation.

    `changed` and `events` belong in one transaction, before anything of `acts` is done: whoever dies in
    between must find on disk what was decided.
    """

    changed: dict[UUID, Distress] = field(default_factory=dict)
    events: list[CareEvent] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.changed or self.events or self.acts)
