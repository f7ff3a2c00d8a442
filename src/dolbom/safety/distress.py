"""One person's distress: everything that must be remembered of it, as it is kept on disk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dolbom.events import Asked, Cause
from dolbom.safety.observations import Fall, Moment


class Stage(StrEnum):
    """Where a distress stands."""

    SUSPECTED = "suspected"
    ASKED = "asked"
    ASKED_AGAIN = "asked_again"
    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    STOOD_DOWN = "stood_down"
    CLEARED = "cleared"
    """Taken back by its source before anybody was asked."""


ASKING = (Stage.SUSPECTED, Stage.ASKED, Stage.ASKED_AGAIN)
"""Not decided yet: these end in an alarm or in standing down."""
ALARM = (Stage.RAISED, Stage.ACKNOWLEDGED)
"""Somebody must come."""


class Timer(BaseModel):
    """A wait that a restart does not lengthen, whatever the calendar did in between.

    Attributes:
        limit_s: the whole length of the wait, seconds.
        due_civil: its end by the calendar, for the process after this one.
        due: its end in behaviour time, for this process.
    """

    model_config = ConfigDict(extra="forbid")

    limit_s: float = Field(ge=0)
    due_civil: AwareDatetime
    due: float = Field(default=0.0, exclude=True)

    @classmethod
    def start(cls, at: Moment, limit_s: float) -> Timer:
        """A wait of `limit_s` from now."""
        civil = at.civil.astimezone(UTC) + timedelta(seconds=limit_s)
        return cls(limit_s=limit_s, due_civil=civil, due=at.now + limit_s)

    def resume(self, at: Moment) -> None:
        """Goes on in a new process with what is left by the calendar: never more than the whole."""
        left = (self.due_civil - at.civil).total_seconds()
        self.due = at.now + min(max(left, 0.0), self.limit_s)

    def is_due(self, at: Moment) -> bool:
        """Whether the wait is over."""
        # A behaviour clock that was set back (a simulation begun anew) must not make it longer.
        self.due = min(self.due, at.now + self.limit_s)
        return at.now >= self.due


class Source(BaseModel):
    """One source that points to the distress."""

    model_config = ConfigDict(extra="forbid")

    since: AwareDatetime
    confidence: float = 1.0
    evidence: str = ""
    active: bool = True


Topic = Literal["fall", "welfare", "sos", "lying"]


class Question(BaseModel):
    """The question that is open now.

    Attributes:
        topic: what it is about; decides its words and what a bare yes or no means.
        number: 1 for the first of its round, 2 when asked again.
        of: how many the round has.
        recorded: its words without the person's form of address, as an event may carry them.
    """

    model_config = ConfigDict(extra="forbid")

    id: UUID
    topic: Topic
    number: int
    of: int
    at: AwareDatetime
    recorded: str


class Distress(BaseModel):
    """One person's distress, from the first suspicion to its end.

    Attributes:
        last_sign: when anything last pointed to it.
        person: who, as an opaque id; None while nobody knows.
        bodies: every id under which the tracker has had this person, oldest first.
        cause: the source that began it.
        sources: every source that points to it.
        fall: the fall detector's last word.
        question: the question now open.
        asked: every question that ended, with its answer.
        watching: stood down, but still on the floor: to be asked again.
        timer: the wait whose end brings the next step by itself.
        long_lie: ends when somebody who says to be fine has been on the floor for too long.
        calm_until: acknowledged: reassured now and then until this behaviour-independent time.
        alarm_id: the event that raised the alarm.
        received: the district has the alarm.
        quiet: the person asked the robot to stop talking.
    """

    model_config = ConfigDict(extra="forbid")

    id: UUID
    stage: Stage
    began: AwareDatetime
    changed: AwareDatetime
    last_sign: AwareDatetime
    person: str | None = None
    bodies: list[str] = []
    cause: Cause
    sources: dict[Cause, Source] = {}
    fall: Fall | None = None
    question: Question | None = None
    asked: list[Asked] = []
    watching: bool = False
    timer: Timer | None = None
    long_lie: Timer | None = None
    calm_until: AwareDatetime | None = None
    alarm_id: UUID | None = None
    received: bool = False
    quiet: bool = False

    @property
    def open(self) -> bool:
        """Whether anything can still come of it."""
        return self.stage in ASKING or self.stage in ALARM or self.watching

    @property
    def on_the_floor(self) -> bool:
        """Whether the fall detector still sees the person fallen."""
        return self.fall is not None and self.fall.rank > 0

    @property
    def softened(self) -> bool:
        """Whether nothing points to it any more: up again by the camera, or taken back by its source."""
        return not self.on_the_floor and not any(s.active for c, s in self.sources.items() if c != "fall")

    @property
    def deadline(self) -> datetime | None:
        """When the next stage comes by itself, by the calendar; None if it does not."""
        undecided = self.stage in ASKING or self.watching
        return self.timer.due_civil if self.timer is not None and undecided else None
