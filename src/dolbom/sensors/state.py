"""What is kept of a home's silence and of its night, over a restart of the robot."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from dolbom.events import Asked, Blind, LastSign


class Stage(StrEnum):
    """How grave a silence is: 관심, 주의, 위험."""

    NONE = "none"
    ATTENTION = "attention"
    CAUTION = "caution"
    DANGER = "danger"

    @property
    def rank(self) -> int:
        """0 for none … 3 for danger."""
        return list(Stage).index(self)


class Kept(BaseModel):
    """A newer version's words are passed over, so that an older one can go on with what it left."""

    model_config = ConfigDict(extra="ignore")


class Asking(Kept):
    """A question that is under way, and what is told if nobody answers it."""

    prompt: UUID
    at: AwareDatetime
    question: str
    then: Literal["attention", "caution", "unknown"]
    waited_s: float = 0.0


class LeavingHome(Kept):
    """Somebody may be leaving: by what, for how long nothing was noticed since, and how old that is."""

    because: Literal["words", "door"]
    at: AwareDatetime
    quiet_s: float = 0.0
    age_s: float = 0.0


class Away(Kept):
    """Nobody is at home, as far as is known; `told`: that they are not back."""

    since: AwareDatetime
    because: Literal["words", "door"]
    away_s: float = 0.0
    told: bool = False


class Quiet(Kept):
    """How long nothing was noticed of somebody, or of a home.

    Attributes:
        since: when the silence began: the last sign, or when the robot began to watch.
        silent_s: how long somebody who was awake would have been noticed.
        unseen_s: besides, how long the robot could not see, or was off, in waking hours.
        blind: why it could not.
        due_s: `silent_s` when the stage attention was due.
        unknown: it was told (1), told as a warning (2), that the robot does not know.
        alarmed: safety has taken it up.
        has_door: there is a sensor of the way out.
    """

    subject: str = ""
    since: AwareDatetime
    last: LastSign | None = None
    silent_s: float = 0.0
    unseen_s: float = 0.0
    blind: list[Blind] = []
    stage: Stage = Stage.NONE
    due_s: float = 0.0
    limit_s: float = 0.0
    learned: bool = False
    episode: UUID | None = None
    began: AwareDatetime | None = None
    asking: Asking | None = None
    asked: list[Asked] = []
    unknown: int = 0
    alarmed: bool = False
    has_door: bool = False
    leaving: LeavingHome | None = None
    away: Away | None = None


class Night(Kept):
    """What happened in one night.

    Attributes:
        day: of its evening.
        since: when the waking began that goes on, or was the last.
        ways: how often somebody came into view in it.
        up_s: for how long they were seen moving.
        last_up: when they were seen up last.
        wanders: this waking was more than a toilet visit.
        told: the id under which the night was told.
        spoken: how often the robot spoke to them.
        updates: how often it was told again.
        door: the front door, in this waking: opened, gone (nobody seen since), back.
    """

    day: date
    since: AwareDatetime | None = None
    ways: int = 0
    up_s: float = 0.0
    last_up: AwareDatetime | None = None
    wanders: bool = False
    told: UUID | None = None
    spoken: int = 0
    updates: int = 0
    door: Literal["", "opened", "seen", "gone"] = ""
    door_at: AwareDatetime | None = None
    prompt: UUID | None = None
    question: str = ""
    prompted_at: AwareDatetime | None = None
    asked: list[Asked] = []
    person: str | None = None
