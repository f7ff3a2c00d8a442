"""What was written down in a home over some days: what became of what was due, how people said they were, alarms.

Everything is read from the records at the moment somebody asks, and stored nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, or_, select

from dolbom.companion.checkin import CheckInState
from dolbom.errors import UserError
from dolbom.events import Severity
from dolbom.exercise.sessions import ExerciseSession
from dolbom.games.player import Sitting
from dolbom.platform.outbox import OutboxRow
from dolbom.platform.outbox import State as Sent
from dolbom.routines.due import State
from dolbom.routines.history import Entry, final
from dolbom.routines.persistence import Ledger
from dolbom.routines.recurrence import instant
from dolbom.routines.routine import Kind, Routine
from dolbom.store.base import Store
from dolbom.store.exercise import ExerciseStore
from dolbom.store.games import GameStore
from dolbom.store.memory import MemoryStore
from dolbom.store.people import Person, Purpose
from dolbom.store.routines import RoutineStore

LONGEST = timedelta(days=371)
"""No more days are read at once."""
EARLY = timedelta(days=1)
"""What is due on a day can have been settled so long before it."""


@dataclass(frozen=True)
class Outcome:
    """What became of one thing that was due.

    Attributes:
        due: its id.
        local: the civil time for which it was due.
        at: when what it is was written down.
        by: who said so: robot, person, or a staff id.
        corrected: staff or the person corrected what it was first.
        count: how many were taken, of a medicine that is counted.
    """

    due: str
    routine: str
    kind: Kind
    medicine: str
    title: str
    dose: str
    person: str | None
    local: datetime
    state: State
    at: datetime
    by: str
    reason: str
    corrected: bool
    scheduled: bool
    count: float | None


@dataclass(frozen=True)
class Raised:
    """One alarm or warning. `closed`: nobody has to do anything about it any more, as far as the district said."""

    id: UUID
    kind: str
    at: datetime
    severity: Severity
    alarm: bool
    person: str
    source: str
    title: str
    data: dict[str, Any]
    closed: bool


class Records:
    """Reads them; who asks again and again keeps one.

    Args:
        store: home.db.
        zone: of the home.
    """

    def __init__(self, store: Store, zone: ZoneInfo) -> None:
        self._store = store
        self.zone = zone
        self._routines = RoutineStore(store)
        self._memory = MemoryStore(store)
        self._ledger = Ledger(store, lambda _event, _session: None, lambda: False)
        # Read again when something was written down or a routine was changed.
        self._outcomes = lru_cache(maxsize=8)(self._read)

    def people(self) -> list[Person]:
        """Everybody who is known here."""
        return self._routines.people.everybody() if self._routines.people.ids() else []

    def names(self) -> dict[str, str]:
        """How everybody is called, by id."""
        return self._routines.people.names()

    def outcomes(self, first: date, last: date) -> list[Outcome]:
        """What became of everything that was due on these days, both included, in the order of its times."""
        check(first, last)
        return list(self._outcomes(self._ledger.reach(settled=True), self._routines.revision(), first, last))

    def _read(
        self, _reach: tuple[int, int], _revision: tuple[object, ...], first: date, last: date
    ) -> tuple[Outcome, ...]:
        entries = self._ledger.entries(since=self.instant(first) - EARLY, settled=True)
        corrected = {entry.due for entry in entries if entry.what == "corrected"}
        found = []
        routines: dict[str, dict[int, Routine]] = {}
        for due, entry in final(entries).items():
            if entry.local is None or entry.state is None or not first <= entry.local.date() <= last:
                continue
            if entry.routine not in routines:
                routines[entry.routine] = self._versions(entry.routine)
            found.append(_outcome(due, entry, routines[entry.routine], due in corrected))
        return tuple(sorted(found, key=lambda one: (one.local, one.due)))

    def _versions(self, id: str) -> dict[int, Routine]:
        try:
            return {one.version: one.routine for one in self._routines.versions(id) if one.routine is not None}
        except UserError:
            return {}  # of a dose out of turn of what is no routine

    def check_ins(self, person: str, first: date, last: date) -> list[CheckInState]:
        """Somebody's check-ins of these days that are kept, the oldest first.

        What rests on a consent that does not hold any more is erased by `MemoryStore.purge`, not hidden here.
        """
        check(first, last)
        rows = self._memory.check_ins(person, since=first)
        return [CheckInState.model_validate_json(state) for day, state in rows if day <= last]

    def exercised(self, person: str, first: date, last: date, now: datetime) -> list[ExerciseSession]:
        """How somebody exercised on these days, the oldest first; nothing without a consent that holds."""
        check(first, last)
        kept = ExerciseStore(self._memory).entries(person, now, first)
        return [one for one in kept if one.begun.astimezone(self.zone).date() <= last]

    def sittings(self, person: str, now: datetime) -> list[Sitting]:
        """All games that somebody played and that are kept, the oldest first; nothing without a consent that holds."""
        return GameStore(self._memory).entries(person, now)

    def screening(self, person: str, at: datetime) -> bool:
        """Whether somebody consents to the two questions on mood now."""
        return person in self._memory.allowed(Purpose.MOOD, at)

    def raised(self, first: date, last: date, severity: Severity = Severity.ALARM) -> list[Raised]:
        """Alarms, and events such as ask at least so much, of these days, the oldest first.

        They are kept for 30 days after the district has them.
        """
        check(first, last)
        wanted = [one.value for one in Severity if one.rank >= severity.rank]
        query = (
            # Columns, not objects that the session would watch over: of a busy week there are many.
            select(
                OutboxRow.id,
                OutboxRow.kind,
                OutboxRow.at,
                OutboxRow.severity,
                OutboxRow.alarm,
                OutboxRow.state,
                OutboxRow.json,
            )
            .where(OutboxRow.at >= self.instant(first), OutboxRow.at < self.instant(last + timedelta(days=1)))
            .where(or_(OutboxRow.alarm, OutboxRow.severity.in_(wanted)))
            .order_by(OutboxRow.at, OutboxRow.seq)
        )
        with self._store.reading() as session:
            rows = session.execute(query).all()
        return [_raised(row) for row in rows]

    def instant(self, day: date) -> datetime:
        """When a day of the home begins."""
        return instant(datetime(day.year, day.month, day.day), self.zone)  # noqa: DTZ001


def check(first: date, last: date) -> None:
    """Refuses days in the wrong order, or too many.

    Raises:
        UserError: then.
    """
    if last < first:
        raise UserError(f"{last} is before {first}", "name the first day first")
    if last - first > LONGEST:
        raise UserError(f"{(last - first).days + 1} days are too many at once", f"name at most {LONGEST.days + 1}")


def doses(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Only those of medicines."""
    return [one for one in outcomes if one.kind == "medicine"]


def _outcome(due: str, entry: Entry, versions: dict[int, Routine], corrected: bool) -> Outcome:
    assert entry.local is not None
    assert entry.state is not None
    routine = versions.get(entry.version) or (versions[max(versions)] if versions else None)
    medicine = routine.medicine if routine is not None else None
    kind: Kind = "medicine" if entry.medicine else routine.kind if routine is not None else "reminder"
    return Outcome(
        due=due, routine=entry.routine, kind=kind, medicine=entry.medicine,
        title=routine.title if routine is not None else entry.medicine or entry.routine,
        dose=medicine.dose if medicine is not None else "", person=entry.person, local=entry.local, state=entry.state,
        at=entry.at, by=entry.by, reason=entry.reason, corrected=corrected, scheduled=entry.scheduled,
        count=entry.count,
    )  # fmt: skip


def _raised(row: Row[*tuple[Any, ...]]) -> Raised:
    event = json.loads(row.json)
    data = event.get("data", {})
    return Raised(
        row.id, row.kind, row.at, Severity(row.severity), row.alarm, event.get("subject") or "",
        event.get("source") or "", str(data.get("title", "") or ""), data, row.state == Sent.CLOSED.value,
    )  # fmt: skip
