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

SETTLING: tuple[What, ...] = ("settled", "corrected", "voided")
"""What says what became of something."""


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


class Supply:
    """How many of each medicine that was counted are left: the last count less what was taken since.

    Fed with the history in the order of writing; it can be read on from where it was read last.
    """

    def __init__(self) -> None:
        self._counts: dict[str, float] = {}
        self._taken: dict[str, tuple[str, float]] = {}  # by due: of which medicine, what its count does not hold yet

    def add(self, entry: Entry) -> None:
        """The next entry of the history."""
        if entry.what == "supplied" and entry.count is not None:
            self._counts[entry.medicine] = entry.count
            self._taken = {due: one for due, one in self._taken.items() if one[0] != entry.medicine}
        elif entry.what in ("settled", "corrected") and entry.count is not None:
            if entry.state is State.TAKEN:
                self._taken[entry.due] = (entry.medicine, entry.count)
            else:
                self._taken.pop(entry.due, None)
        elif entry.what == "voided":
            self._taken.pop(entry.due, None)

    @property
    def left(self) -> dict[str, float]:
        """By medicine."""
        found = dict(self._counts)
        for medicine, count in self._taken.values():
            if medicine in found:
                found[medicine] -= count
        return found


def left(entries: Iterable[Entry]) -> dict[str, float]:
    """How many of each medicine are left by the whole history; see `Supply`."""
    supply = Supply()
    for entry in entries:
        supply.add(entry)
    return supply.left
