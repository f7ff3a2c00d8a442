"""One thing that is due: an occurrence of a routine for one person, from when it is opened until it is settled."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from dolbom.events import Name
from dolbom.routines.routine import Kind
from dolbom.safety.distress import Timer


class State(StrEnum):
    """How far it is. From `TAKEN` on it is settled."""

    WAITING = "waiting"  # for what it comes after
    DUE = "due"
    REMINDED = "reminded"
    SNOOZED = "snoozed"
    TAKEN = "taken"
    DONE = "done"  # what is no medicine: heard, answered or begun
    REFUSED = "refused"
    MISSED = "missed"
    UNKNOWN = "unknown"
    VOID = "void"  # opened by a clock that was wrong, or of a routine that is no more


OPEN = frozenset({State.WAITING, State.DUE, State.REMINDED, State.SNOOZED})
"""States in which it is still followed."""
DOSE_STATES = (State.TAKEN, State.REFUSED, State.MISSED, State.UNKNOWN)
"""What a dose can be settled as, and corrected to."""

How = Literal["step", "snooze", "again"]


class Prompt(BaseModel):
    """A reminder that was given to the robot's mouth and has not come back.

    Attributes:
        step: which rung it belongs to.
        how: of a rung; after a snooze; or a rung's once more, after a restart.
    """

    model_config = ConfigDict(extra="forbid")

    id: UUID
    step: int
    how: How
    at: AwareDatetime


class Due(BaseModel):
    """The whole state of one thing that is due.

    Attributes:
        id: see `occurrences.Occurrence.id`; for a dose out of turn with "+" and a number behind it.
        local: its civil time.
        at: since when it is due, an instant.
        until: not begun after this.
        began: when it was first reminded of.
        step: the next rung of the ladder.
        climb: until the next rung.
        rest: until the person wanted to be reminded again.
        prompts: every prompt that was given, the newest last; `prompt` is the one that is not back.
        reminders: how often the person heard of it.
        asks_first: it may have been taken already: ask, and do not say that it is time.
        corrected: what it is after a correction.
        gap: until the next dose of this medicine may be prompted.
        taken_at: when it was taken, or may have been.
        scheduled: False for a dose out of turn.
        counted: it is taken off the supply.
    """

    model_config = ConfigDict(extra="forbid")

    id: str
    routine: Name
    version: int
    kind: Kind
    medicine: str = ""
    person: str | None = None
    local: datetime
    at: AwareDatetime
    until: AwareDatetime
    state: State
    reason: str = ""
    began: AwareDatetime | None = None
    step: int = 0
    climb: Timer | None = None
    rest: Timer | None = None
    snoozes: int = 0
    prompts: list[UUID] = []
    prompt: Prompt | None = None
    reminders: int = 0
    asks_first: bool = False
    evidence: list[str] = []
    settled: AwareDatetime | None = None
    corrected: State | None = None
    gap: Timer | None = None
    taken_at: AwareDatetime | None = None
    scheduled: bool = True
    counted: bool = False

    @property
    def open(self) -> bool:
        """Whether it is still followed."""
        return self.state in OPEN

    @property
    def settled_by_time(self) -> bool:
        """Whether nobody but the clock had anything to do with what it is."""
        return self.open or self.reason in ("not_watched", "quiet_hours", "too_soon")

    @property
    def known(self) -> State:
        """What became of it, as far as is known now."""
        return self.corrected or self.state

    @property
    def may_be_taken(self) -> datetime | None:
        """When it was taken, or may have been; None if it was not."""
        return self.taken_at if self.known in (State.TAKEN, State.UNKNOWN) else None
