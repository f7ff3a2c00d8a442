"""What is known of a home's activity, on disk: the silence of each subject, the night, and the hours it learns from.

Numbers and times only: no name, no word, no picture. Whoever is forgotten takes their rows with them; hours end by
themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import JSON, ForeignKey, String, delete, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from dolbom.errors import UserError
from dolbom.events import CareEvent
from dolbom.sensors.decisions import Decisions
from dolbom.sensors.rhythm import KEPT_DAYS, Hour
from dolbom.sensors.state import Night, Quiet
from dolbom.store.base import Base, Store
from dolbom.store.people import PersonRow

NIGHT = "night"
"""The name of the row that is no subject's."""


class ActivityRow(Base):
    """How things stand: of a subject ("" is the home), or of the night."""

    __tablename__ = "activity"
    name: Mapped[str] = mapped_column(String(48), primary_key=True)
    person: Mapped[str | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    looked: Mapped[datetime]
    state: Mapped[dict[str, Any]] = mapped_column(JSON)


class HourRow(Base):
    """What one hour of one day was like, as `rhythm.Hour`."""

    __tablename__ = "activity_hour"
    subject: Mapped[str] = mapped_column(String(48), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person: Mapped[str | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    watched_s: Mapped[float]
    silence_s: Mapped[float]
    signs: Mapped[int]
    spoilt: Mapped[bool]


@dataclass(frozen=True)
class Left:
    """What an earlier process left.

    Attributes:
        looked: when it was written last.
        unreadable: names of rows that nobody can read.
    """

    quiet: dict[str, Quiet]
    night: Night | None
    looked: datetime | None
    unreadable: list[str]


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
        self._store, self._append, self._make_room = store, append, make_room

    def write(self, decisions: Decisions, at: datetime) -> None:
        """All that was decided is on disk, fsynced, when this returns.

        Raises:
            UserError: the disk is full even after the reserve was given free, or the file cannot be written; nothing of
                it is on disk then.
        """
        if not decisions.written:
            return
        try:
            self._write(decisions, at)
        except UserError:
            if not self._make_room():
                raise
            self._write(decisions, at)

    def _write(self, decisions: Decisions, at: datetime) -> None:
        with self._store.writing() as session:
            known = set(session.scalars(select(PersonRow.id))) | {""}
            for subject, quiet in decisions.quiet.items():
                # Somebody may have been forgotten since: nothing of theirs is written any more.
                if subject in known:
                    _put(session, subject, subject or None, at, quiet.model_dump(mode="json"))
            if decisions.night is not None:
                night = decisions.night
                if night.person is not None and night.person not in known:
                    night = night.model_copy(update={"person": None})
                _put(session, NIGHT, None, at, night.model_dump(mode="json"))
            for subject, hour in decisions.hours:
                if subject in known:
                    _add(session, subject, hour)
            for subject, since in decisions.spoilt.items():
                _spoil(session, subject, since.astimezone(at.tzinfo))
            if decisions.hours:
                oldest = (at.date() - timedelta(days=KEPT_DAYS)).isoformat()
                session.execute(delete(HourRow).where(HourRow.day < oldest))
            for event in decisions.events:
                self._append(event, session)

    def read(self) -> Left:
        """What a new process goes on with."""
        quiet: dict[str, Quiet] = {}
        night, unreadable, looked = None, [], None
        with self._store.reading() as session:
            rows = session.scalars(select(ActivityRow)).all()
        for row in rows:
            looked = row.looked if looked is None else max(looked, row.looked)
            try:
                if row.name == NIGHT:
                    night = Night.model_validate(row.state)
                else:
                    quiet[row.name] = Quiet.model_validate(row.state)
            except ValidationError:
                unreadable.append(row.name)
        return Left(quiet, night, looked, unreadable)

    def hours(self, subject: str, now: datetime) -> Iterable[Hour]:
        """What was learnt of a subject; nothing while it cannot be read: then the set times hold."""
        oldest = (now.date() - timedelta(days=KEPT_DAYS)).isoformat()
        try:
            with self._store.reading() as session:
                rows = session.scalars(select(HourRow).where(HourRow.subject == subject, HourRow.day >= oldest)).all()
        except UserError:
            return []
        return [
            Hour(date.fromisoformat(row.day), row.hour, row.watched_s, row.silence_s, row.signs, row.spoilt)
            for row in rows
        ]


def _put(session: Session, name: str, person: str | None, looked: datetime, state: dict[str, Any]) -> None:
    now = {"looked": looked, "state": state}
    fresh = insert(ActivityRow).values(name=name, person=person, **now)
    session.execute(fresh.on_conflict_do_update(index_elements=["name"], set_=now))


def _add(session: Session, subject: str, hour: Hour) -> None:
    key = {"subject": subject, "day": hour.day.isoformat(), "hour": hour.hour}
    row = session.get(HourRow, tuple(key.values()))
    if row is None:
        row = HourRow(**key, person=subject or None, watched_s=0.0, silence_s=0.0, signs=0, spoilt=False)
        session.add(row)
    row.watched_s += hour.watched_s
    row.silence_s = max(row.silence_s, hour.silence_s)
    row.signs += hour.signs
    row.spoilt = row.spoilt or hour.spoilt


def _spoil(session: Session, subject: str, since: datetime) -> None:
    day, hour = since.date().isoformat(), since.hour
    later = (HourRow.day > day) | ((HourRow.day == day) & (HourRow.hour >= hour))
    session.execute(update(HourRow).where(HourRow.subject == subject, later).values(spoilt=True))
