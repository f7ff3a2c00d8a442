"""What the watch over a home's activity decides: what to write down and tell the district, then what to say and ask."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from dolbom.events import CareEvent
from dolbom.sensors.rhythm import Hour
from dolbom.sensors.state import Night, Quiet


@dataclass(frozen=True, slots=True)
class Ask:
    """Say something and ask; how it went comes back as `Prompted` with the same id.

    Attributes:
        kind: what it is about, as in the action `Remind`.
        answers: the meanings that settle it.
    """

    prompt: UUID
    kind: Literal["well_being", "night"]
    text: str
    question: str
    answers: tuple[str, ...]
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Withdraw:
    """This question no longer matters: do not begin it, and be quiet if it is under way."""

    prompt: UUID


@dataclass(frozen=True, slots=True)
class Suspect:
    """Safety must ask, and call help if nobody answers; `over`: somebody was noticed again.

    Attributes:
        cause: inactivity, or voice when somebody asked for help in answer.
    """

    cause: Literal["inactivity", "voice"]
    evidence: str = ""
    over: bool = False
    person: str | None = None


Act = Ask | Withdraw | Suspect


@dataclass(slots=True)
class Decisions:
    """All that follows from one observation.

    `quiet`, `night`, `hours`, `spoilt` and `events` belong in one transaction, before anything is asked: whoever dies
    in between must find on disk what was decided.

    Attributes:
        hours: what is added to them, with whose they are: a subject's name ("" for the home).
        spoilt: hours of a subject from then on belong to an emergency.
    """

    quiet: dict[str, Quiet] = field(default_factory=dict)
    night: Night | None = None
    hours: list[tuple[str, Hour]] = field(default_factory=list)
    spoilt: dict[str, datetime] = field(default_factory=dict)
    events: list[CareEvent] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)

    def add(self, later: Decisions) -> None:
        """Takes in what was decided after this; of what was to be asked and is withdrawn by now, nothing is left."""
        self.quiet |= later.quiet
        self.night = later.night or self.night
        self.hours += later.hours
        self.spoilt = later.spoilt | self.spoilt
        self.events += later.events
        withdrawn = {act.prompt for act in later.acts if isinstance(act, Withdraw)}
        kept = [act for act in self.acts if not (isinstance(act, Ask) and act.prompt in withdrawn)]
        self.acts = kept + later.acts

    @property
    def written(self) -> bool:
        """Whether anything of it belongs on disk."""
        return bool(self.quiet or self.night or self.hours or self.spoilt or self.events)
