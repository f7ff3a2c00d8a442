"""The history: what became of everything that was due, entry after entry. Nothing in it is ever changed.

A correction is a new entry with its author and reason. Adherence and what is left of a medicine are computed from the
entries and stored nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dolbom.routines.due import State

What = Literal[
    "opened",
    "held",
    "reminded",
    "told",
    "said",
    "evidence",
    "snoozed",
    "family",
    "settled",
    "corrected",
    "voided",
    "supplied",
]


class Entry(BaseModel):
    """One line of the history.

    Attributes:
        at: civil time, by the clock that the robot had then.
        due: id of what it is about; "" for a count of a medicine.
        local: the civil time for which that was due.
        state: what it is after this, if this settled or corrected it.
        by: robot, person, or an opaque staff id.
        reason: why, for what was settled, held or corrected.
        words: what was heard or seen; stays in the home.
        step: of the ladder.
        count: of a medicine, counted; or how many were taken.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID = Field(default_factory=uuid4)
    at: AwareDatetime
    what: What
    due: str = ""
    routine: str = ""
    version: int = 0
    medicine: str = ""
    person: str | None = None
    local: datetime | None = None
    state: State | None = None
    by: str = "robot"
    reason: str = ""
    words: str = ""
    step: int | None = None
    count: float | None = None
    scheduled: bool = True


class Adherence(BaseModel):
    """How one person took one medicine in one week.

    Attributes:
        week: ISO week, as 2026-W48.
        due: how many scheduled doses were settled.
        rate: taken of due, 0 to 1; what is unknown is not counted as taken.
    """

    medicine: str
    person: str | None
    week: str
    due: int = 0
    taken: int = 0
    late: int = 0
    refused: int = 0
    missed: int = 0
    unknown: int = 0

    @property
    def rate(self) -> float:
        """Taken of due."""
        return self.taken / self.due if self.due else 0.0


def final(entries: Iterable[Entry]) -> dict[str, Entry]:
    """What every settled thing is, by its id: the entry that said so last. What was voided is left out."""
    found: dict[str, Entry] = {}
    for entry in entries:
        if entry.what in ("settled", "corrected"):
            found[entry.due] = entry
        elif entry.what == "voided":
            found.pop(entry.due, None)
    return found


def adherence(entries: Iterable[Entry]) -> list[Adherence]:
    """Adherence by medicine, person and week of the doses' civil times, from the whole history of those doses."""
    found: dict[tuple[str, str | None, str], Adherence] = {}
    for entry in final(entries).values():
        if not entry.medicine or not entry.scheduled or entry.local is None or entry.state is None:
            continue
        year, week, _ = entry.local.isocalendar()
        key = (entry.medicine, entry.person, f"{year}-W{week:02}")
        one = found.setdefault(key, Adherence(medicine=key[0], person=key[1], week=key[2]))
        one.due += 1
        if entry.state is State.TAKEN:
            one.taken += 1
            one.late += entry.what == "corrected" and entry.reason == "late"
        elif entry.state is State.REFUSED:
            one.refused += 1
        elif entry.state is State.UNKNOWN:
            one.unknown += 1
        else:
            one.missed += 1
    return [found[key] for key in sorted(found, key=lambda key: (key[2], key[0], key[1] or ""))]


def left(entries: Iterable[Entry]) -> dict[str, float]:
    """How many of each medicine that was counted are left: the last count less what was taken since."""
    counts: dict[str, float] = {}
    taken: dict[str, float] = {}  # by due, of what the last count does not hold yet
    medicine_of: dict[str, str] = {}
    for entry in entries:
        if entry.what == "supplied" and entry.count is not None:
            counts[entry.medicine] = entry.count
            taken = {due: count for due, count in taken.items() if medicine_of[due] != entry.medicine}
        elif entry.what in ("settled", "corrected") and entry.count is not None:
            medicine_of[entry.due] = entry.medicine
            if entry.state is State.TAKEN:
                taken[entry.due] = entry.count
            else:
                taken.pop(entry.due, None)
        elif entry.what == "voided":
            taken.pop(entry.due, None)
    for due, count in taken.items():
        if medicine_of[due] in counts:
            counts[medicine_of[due]] -= count
    return counts
