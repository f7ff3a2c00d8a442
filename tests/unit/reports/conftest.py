"""A home with some weeks behind it: two medicines, check-ins, an alarm. Nobody in it exists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from dolbom.clock import SEOUL
from dolbom.companion.checkin import CheckInState, Told
from dolbom.companion.schedule import write
from dolbom.events import CheckInGrade, CheckInTopic, CheckInUnanswered, Data, DistressRaised, new_event, source
from dolbom.platform.outbox import Outbox
from dolbom.reports.records import Records
from dolbom.routines.decisions import Decisions
from dolbom.routines.due import State
from dolbom.routines.history import Entry
from dolbom.routines.persistence import Ledger
from dolbom.routines.routine import routine_from
from dolbom.store.base import Store, open_store
from dolbom.store.memory import MemoryStore
from dolbom.store.people import Consent, Purpose
from dolbom.store.routines import RoutineStore

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=SEOUL)
GOOD: dict[CheckInTopic, CheckInGrade] = {"sleep": "good", "mood": "good"}


@dataclass
class Kept:
    """The home; each method writes something down."""

    store: Store
    person: str
    records: Records

    def consent(self, purpose: Purpose) -> None:
        consent = Consent(purpose, "herself", NOW - timedelta(days=60))
        RoutineStore(self.store).people.consent(self.person, consent)

    def settled(self, routine: str, local: str, state: State, **fields: Any) -> None:
        at = datetime.fromisoformat(local)
        usual: dict[str, Any] = {
            "at": at.replace(tzinfo=SEOUL) + timedelta(minutes=4), "what": "settled", "by": "person", "version": 1,
            "due": f"{routine}@{local}@{self.person}", "routine": routine, "medicine": routine, "person": self.person,
            "local": at, "state": state,
        }  # fmt: skip
        entry = Entry(**(usual | fields))
        Ledger(self.store, lambda _event, _session: None, lambda: False).write(Decisions(entries=[entry]))

    def check_in(self, day: date, grades: dict[CheckInTopic, CheckInGrade], **fields: Any) -> None:
        topics = {topic: Told(grade=grade, said="무릎이 쑤셔") for topic, grade in grades.items()}
        state = CheckInState(person=self.person, day=day, topics=topics, ended="complete", told=True, **fields)
        write(MemoryStore(self.store), state)

    def alarm(self, at: datetime, person: str | None) -> UUID:
        data = DistressRaised(distress_id=uuid4(), cause="fall", sources=["fall"], since=at, reason="silence")
        return self._raised(data, at, person)

    def warning(self, at: datetime, person: str | None) -> UUID:
        return self._raised(CheckInUnanswered(day=at.date(), tries=[at], days=1), at, person)

    def _raised(self, data: Data, at: datetime, person: str | None) -> UUID:
        event = new_event(data, at=at, source=source("d", "h", "r"), subject=person)
        Outbox(self.store).append(event)
        return event.id


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path))
    store = open_store(tmp_path / "home.db")
    routines = RoutineStore(store)
    person = routines.people.add("김순자 님", Consent(Purpose.CHECK_IN, "herself", NOW - timedelta(days=60)), NOW)
    for id, title, dose, at in (("pressure", "혈압약", "한 알", "08:00"), ("heart", "심장약", "반 알", "09:00")):
        fields = {"id": id, "kind": "medicine", "title": title, "persons": [person], "medicine": {"dose": dose},
                  "schedule": {"start": "2026-11-01", "at": [at]}}  # fmt: skip
        routines.add(routine_from(fields, NOW.date()), NOW, "hana")
    yield Kept(store, person, Records(store, SEOUL))
    store.close()
