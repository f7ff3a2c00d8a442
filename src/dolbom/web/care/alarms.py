"""Alarms of this home: as they stand in the outbox, and who took them on at these pages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dolbom.platform.outbox import OutboxRow, State
from dolbom.store.base import Store
from dolbom.web.care.models import Answered

SHOWN = timedelta(days=14)
"""An alarm that nobody closed is shown for so long."""


@dataclass(frozen=True)
class Alarm:
    """One alarm.

    Attributes:
        state: how far it is at the district: pending, sent, received, acknowledged, closed.
        by: who took it on there, or closed it.
        taken_by, taken_at: who took it on here.
        done_by: who closed it here.
    """

    id: UUID
    kind: str
    at: datetime
    person: str
    data: dict[str, Any]
    state: State
    by: str = ""
    taken_by: str = ""
    taken_at: datetime | None = None
    done_by: str = ""

    @property
    def open(self) -> bool:
        """Nobody has answered it yet, here or there."""
        return not self.taken_by and self.state not in (State.ACKNOWLEDGED, State.CLOSED)


def standing(store: Store, session: Session, now: datetime) -> list[Alarm]:
    """What nobody has closed, the newest first."""
    with store.reading() as reading:
        # Sorted here: asked to, SQLite would rather read the whole table in its order than use the index.
        rows = sorted(
            reading.scalars(
                select(OutboxRow).where(
                    OutboxRow.alarm, OutboxRow.state != State.CLOSED.value, OutboxRow.at > now - SHOWN
                )
            ),
            key=lambda row: -row.seq,
        )
    wanted = select(Answered).where(Answered.event.in_([row.id for row in rows]))
    answered = {one.event: one for one in session.scalars(wanted)}
    found = [_alarm(row, answered.get(row.id)) for row in rows]
    return [alarm for alarm in found if not alarm.done_by]


def take(session: Session, event: UUID, by: str, at: datetime) -> bool:
    """Somebody takes an alarm on. False if somebody had done so before."""
    if session.get(Answered, event) is not None:
        return False
    session.add(Answered(event=event, by=by[:48], at=at))
    return True


def done(session: Session, event: UUID, by: str, at: datetime) -> bool:
    """Somebody closes an alarm on this page; who had not taken it on has done so now. False if it was closed."""
    answered = session.get(Answered, event)
    if answered is None:
        answered = Answered(event=event, by=by[:48], at=at)
        session.add(answered)
    if answered.done_by:
        return False
    answered.done_by, answered.done_at = by[:48], at
    return True


def person_of(store: Store, event: UUID) -> str | None:
    """Whom an alarm is about, "" if that is not known; None if there is no such alarm."""
    with store.reading() as session:
        found = session.scalar(select(OutboxRow.json).where(OutboxRow.id == event, OutboxRow.alarm))
    return None if found is None else json.loads(found).get("subject") or ""


def _alarm(row: OutboxRow, answered: Answered | None) -> Alarm:
    event = json.loads(row.json)
    alarm = Alarm(
        row.id, row.kind, row.at, event.get("subject") or "", event.get("data", {}), State(row.state), row.by or ""
    )
    if answered is None:
        return alarm
    return Alarm(
        alarm.id, alarm.kind, alarm.at, alarm.person, alarm.data, alarm.state, alarm.by,
        answered.by, answered.at, answered.done_by or "",
    )  # fmt: skip
