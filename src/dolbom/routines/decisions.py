"""What the routines decide: what to write down and tell the district, then what to say, begin and take back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from dolbom.events import CareEvent
from dolbom.routines.due import Due
from dolbom.routines.history import Entry
from dolbom.routines.routine import Kind


@dataclass(frozen=True, slots=True)
class Remind:
    """Remind the person; how it went comes back as `Reminded` with the same prompt. The fields are those of the action
    `Remind`, with three more.

    Attributes:
        due: id of what is due; the same for every reminder of it.
        come: go to the person first, if the robot can.
        recording: play this recording of a familiar voice in the place of `text`, if it is there.
        song: play this first.
    """

    prompt: UUID
    due: str
    kind: Kind
    text: str
    question: str = ""
    answers: tuple[str, ...] = ()
    person: str | None = None
    picture: str = ""
    urgency: int = 1
    come: bool = False
    recording: str = ""
    song: str = ""


@dataclass(frozen=True, slots=True)
class Begin:
    """Begin a check-in, an exercise or a game; how it went comes back as `Reminded`."""

    prompt: UUID
    due: str
    kind: Kind
    text: str
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Withdraw:
    """This prompt no longer matters: do not begin it, and be quiet if it is under way."""

    prompt: UUID


Act = Remind | Begin | Withdraw


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the day was looked at: everything before is opened.

    Attributes:
        looked: the instant.
        zone: of the home, then.
        behind: up to where it was looked before the calendar went on by more than is accounted for, if it did: should
            that have been an error, the time from there on has not been looked at.
    """

    looked: datetime
    zone: str
    behind: datetime | None = None


@dataclass(slots=True)
class Decisions:
    """All that follows from one observation.

    `changed`, `entries`, `events` and `mark` belong in one transaction, before anything of `acts` is done: whoever dies
    in between must find on disk what was decided.
    """

    changed: dict[str, Due] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    events: list[CareEvent] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    mark: Mark | None = None

    def add(self, later: Decisions) -> None:
        """Takes in what was decided after this; of what was to be said and is withdrawn by now, nothing is left."""
        self.changed |= later.changed
        self.entries += later.entries
        self.events += later.events
        withdrawn = {act.prompt for act in later.acts if isinstance(act, Withdraw)}
        self.acts = [act for act in self.acts if act.prompt not in withdrawn] + later.acts
        self.mark = later.mark or self.mark

    def __bool__(self) -> bool:
        return bool(self.changed or self.entries or self.events or self.acts or self.mark)
