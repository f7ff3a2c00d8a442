"""Where each distress stands, on disk, so that a restart goes on where the last process stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import JSON, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dolbom.errors import UserError
from dolbom.events import CareEvent
from dolbom.safety.decisions import Decisions
from dolbom.safety.distress import Distress
from dolbom.safety.guard import REMEMBERED_S
from dolbom.store.base import Base, Store


class DistressRow(Base):
    """One distress: the columns are for those who look things up, `state` is the whole of it."""

    __tablename__ = "distress"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    open: Mapped[bool] = mapped_column(index=True)
    person: Mapped[str | None] = mapped_column(String(48))
    began: Mapped[datetime]
    changed: Mapped[datetime]
    alarm_id: Mapped[UUID | None]
    state: Mapped[dict[str, Any]] = mapped_column(JSON)


class Ledger:
    """Writes decisions down, each with its events in one transaction.

    Args:
        store: the open home database.
        append: puts an event into the outbox within the given transaction.
        make_room: frees disk space that was kept aside; True if there is some now.
    """

    def __init__(
        self, store: Store, append: Callable[[CareEvent, Session], None], make_room: Callable[[], bool]
    ) -> None:
        self._store = store
        self._append = append
        self._make_room = make_room

    def write(self, decisions: Decisions) -> None:
        """All that was decided is on disk, fsynced, when this returns.

        Raises:
            UserError: the disk is full even after the reserve was given free, or the file cannot be written;
                nothing of it is on disk then.
        """
        if not decisions.changed and not decisions.events:
            return
        try:
            self._write(decisions)
        except UserError:
            if not self._make_room():
                raise
            self._write(decisions)

    def _write(self, decisions: Decisions) -> None:
        with self._store.writing() as session:
            for d in decisions.changed.values():
                row = DistressRow(
                    id=d.id,
                    open=d.open,
                    person=d.person,
                    began=d.began,
                    changed=d.changed,
                    alarm_id=d.alarm_id,
                    state=d.model_dump(mode="json"),
                )
                session.merge(row)
            for event in decisions.events:
                self._append(event, session)

    def read(self, at: datetime) -> tuple[list[Distress], list[UUID]]:
        """Every open distress and those that ended lately, oldest first; and the ids of those nobody can read."""
        lately = at - timedelta(seconds=REMEMBERED_S)
        with self._store.reading() as session:
            rows = session.scalars(
                select(DistressRow)
                .where(or_(DistressRow.open, DistressRow.changed > lately))
                .order_by(DistressRow.began, DistressRow.id)
            ).all()
        found, unreadable = [], []
        for row in rows:
            try:
                found.append(Distress.model_validate(row.state))
            except ValidationError:
                unreadable.append(row.id)
        return found, unreadable
