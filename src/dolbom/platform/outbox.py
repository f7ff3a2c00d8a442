"""The outbox: every care event, on disk from the moment it is made until the district has said that it has it.

It is a table of the home's own database, so that whoever makes an event can write it in the same transaction as
the state that it follows from. What is in here is the truth; topics only wake the one who sends.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, String, Text, case, delete, func, literal, select, text, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from dolbom.errors import UserError
from dolbom.events import CareEvent, DeviceState, Severity, new_event
from dolbom.platform import standing
from dolbom.platform.messages import Campaign, Notice
from dolbom.store.base import Base, Store, UtcDateTime


class State(StrEnum):
    """How far an event has come, in this order; it never goes back."""

    PENDING = "pending"
    SENT = "sent"
    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


WAITING = (State.PENDING, State.SENT)
"""The states of an event that the district has not confirmed."""


class OutboxRow(Base):
    """One care event. `seq` is the order of commit, by which a reader finds what is new."""

    __tablename__ = "outbox"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(String(64))
    severity: Mapped[str] = mapped_column(String(8))
    alarm: Mapped[bool]
    at: Mapped[datetime]
    json: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12), default=State.PENDING)
    tries: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime | None]
    by: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str | None] = mapped_column(String(500))

    __table_args__ = (
        Index("ix_outbox_state_severity", "state", "severity"),
        Index("ix_outbox_at", "at"),
        Index("ix_outbox_alarm_at", "at", sqlite_where=text("alarm = 1")),  # few among everything else
        {"sqlite_autoincrement": True},  # a pruned number is never given again: readers remember the last one
    )


class HeardRow(Base):
    """A command of the district that was carried out, and the answer, so that its repetition is only answered."""

    __tablename__ = "heard"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    refused: Mapped[str] = mapped_column(String(500))


@dataclass(frozen=True)
class Waiting:
    """What the sender must know of an event before it loads it."""

    seq: int
    id: UUID
    alarm: bool


@dataclass(frozen=True)
class Entry:
    """One line of the outbox, for people."""

    seq: int
    id: UUID
    kind: str
    severity: Severity
    at: datetime
    state: State
    tries: int
    received_at: datetime | None
    by: str | None
    note: str | None


class Outbox:
    """The outbox of one home. Safe to share between threads; every process opens its own on the same file.

    Args:
        store: the open home database.
        limit: how many unconfirmed events are kept. Over it the oldest infos go first, then notices, then
            warnings. Alarms are never thinned out, whatever their number.
        reserve: bytes of disk kept aside beside the database, given back when the disk is full so that alarms
            still find room.
    """

    def __init__(self, store: Store, *, limit: int = 10_000, reserve: int = 2 << 20) -> None:
        self._store = store
        self._limit = limit
        self._reserve = store.path.with_name(store.path.name + ".reserve")
        self._reserve_bytes = reserve
        self._unchecked = 0
        self.thinned = 0
        with contextlib.suppress(OSError):
            self._set_aside()

    # --- for those who make events ---

    def append(self, event: CareEvent, session: Session | None = None) -> None:
        """Puts an event in; it is on disk (fsynced) when this returns. The same event twice is one event.

        Args:
            event: what happened.
            session: the caller's own open transaction of the same store; the event is then on disk when
                that is committed, and a full disk is the caller's to answer with `make_room` and another try.

        Raises:
            UserError: the disk is full or the database cannot be written; the event is then *not* in. An
                alarm is tried again with the reserve given free before this is raised.
        """
        if session is not None:
            self._insert(event, session)
            self._check(event, session)
            return
        try:
            self._append(event)
        except UserError:
            if event.severity is not Severity.ALARM or not self.make_room():
                raise
            self._append(event)

    def _append(self, event: CareEvent) -> None:
        with self._store.writing() as session:
            self._insert(event, session)
            self._check(event, session)

    def _insert(self, event: CareEvent, session: Session) -> None:
        row = {
            "id": event.id,
            "kind": event.kind,
            "severity": event.severity.value,
            "alarm": event.severity is Severity.ALARM,
            "at": event.time,
            "json": event.to_json().decode(),
            "state": State.PENDING.value,
            "tries": 0,
        }
        session.execute(insert(OutboxRow).values(row).on_conflict_do_nothing(index_elements=["id"]))

    def _check(self, event: CareEvent, session: Session) -> None:
        self._unchecked += 1
        # Counting is not free, so it is done in steps; the limit may be passed by as much for a moment.
        if self._unchecked >= max(1, self._limit // 100):
            self._unchecked = 0
            self._thin(session, event)

    def make_room(self) -> bool:
        """Gives the reserved disk space free and removes what the district already has. True if that was possible."""
        freed = self._reserve.exists()
        with contextlib.suppress(OSError):
            self._reserve.unlink()
        with contextlib.suppress(UserError), self._store.writing() as session:
            session.execute(delete(OutboxRow).where(OutboxRow.state.not_in(WAITING)))
            freed = True
        return freed

    def _set_aside(self) -> None:
        if not self._reserve.exists():
            descriptor = os.open(self._reserve, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, self._reserve_bytes)
            except OSError:
                self._reserve.unlink()
                raise
            finally:
                os.close(descriptor)

    def _thin(self, session: Session, newest: CareEvent) -> None:
        waiting = OutboxRow.state.in_(WAITING)
        over = (session.scalar(select(func.count()).select_from(OutboxRow).where(waiting)) or 0) - self._limit
        if over <= 0:
            return
        # A tenth more than needed, so that the next event does not start this again.
        todo, gone = over + self._limit // 10, 0
        for severity in (Severity.INFO, Severity.NOTICE, Severity.WARNING):
            oldest = (
                select(OutboxRow.seq)
                .where(waiting, OutboxRow.severity == severity.value, OutboxRow.id != newest.id)
                .order_by(OutboxRow.seq)
                .limit(todo - gone)
            )
            gone += len(
                session.scalars(delete(OutboxRow).where(OutboxRow.seq.in_(oldest)).returning(OutboxRow.seq)).all()
            )
            if gone >= over:
                break
        if gone:
            self.thinned += gone
            told = DeviceState(
                part="outbox", level="warn", message=f"{gone} old events were dropped: the district is out of reach"
            )
            self._insert(new_event(told, at=newest.time, source=newest.source), session)

    # --- for the one who sends ---

    def waiting(self, after: int = 0) -> list[Waiting]:
        """Unconfirmed events with a `seq` over `after`, alarms first, then in the order of making."""
        with self._store.reading() as session:
            rows = session.execute(
                select(OutboxRow.seq, OutboxRow.id, OutboxRow.alarm)
                .where(OutboxRow.seq > after, OutboxRow.state.in_(WAITING))
                .order_by(OutboxRow.alarm.desc(), OutboxRow.id)
            )
            return [Waiting(*row) for row in rows]

    def load(self, ids: Sequence[UUID]) -> dict[UUID, bytes]:
        """The wire form of those that are still here and unconfirmed."""
        with self._store.reading() as session:
            rows = session.execute(
                select(OutboxRow.id, OutboxRow.json).where(OutboxRow.id.in_(ids), OutboxRow.state.in_(WAITING))
            )
            return {id: json.encode() for id, json in rows}

    def depth(self) -> int:
        """How many events the district has not confirmed."""
        return depth(self._store)

    @contextlib.contextmanager
    def recording(self) -> Iterator[Progress]:
        """One transaction for everything that happened to events since the last one."""
        with self._store.writing() as session:
            yield Progress(session)

    def prune(self, now: datetime, keep: timedelta = timedelta(days=30)) -> int:
        """Removes confirmed events older than `keep`, and sets the disk reserve aside again. Returns how many."""
        with self._store.writing() as session:
            gone = session.scalars(
                delete(OutboxRow)
                .where(OutboxRow.state.not_in(WAITING), OutboxRow.at < now - keep)
                .returning(OutboxRow.seq)
            ).all()
            session.execute(delete(HeardRow).where(HeardRow.at < now - keep))
        with contextlib.suppress(OSError):
            self._set_aside()
        return len(gone)

    # --- for people ---

    def entries(self, after: int = 0, limit: int = 1000) -> list[Entry]:
        """The newest `limit` lines with a `seq` over `after`, oldest first."""
        with self._store.reading() as session:
            rows = session.scalars(
                select(OutboxRow).where(OutboxRow.seq > after).order_by(OutboxRow.seq.desc()).limit(limit)
            ).all()
            return [
                Entry(
                    r.seq, r.id, r.kind, Severity(r.severity), r.at, State(r.state), r.tries,
                    r.received_at, r.by, r.note,
                )
                for r in reversed(rows)
            ]  # fmt: skip


class Progress:
    """What happened to events, written in one open transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def sent(self, ids: Iterable[UUID]) -> None:
        """They were handed to the broker once more."""
        self._session.execute(
            update(OutboxRow)
            .where(OutboxRow.id.in_(list(ids)))
            .values(
                tries=OutboxRow.tries + 1,
                state=case((OutboxRow.state == State.PENDING, State.SENT.value), else_=OutboxRow.state),
            )
        )

    def receipts(self, event_ids: Sequence[UUID], kind: State, at: datetime, by: str, note: str = "") -> None:
        """The district said something about events.

        Args:
            kind: received, acknowledged or closed. Receipts may come twice or out of order: a later state
                implies the earlier ones and is never undone.
        """
        earlier = [s.value for s in State][: list(State).index(kind)]
        values: dict[str, object] = {
            "state": kind.value,
            "received_at": func.coalesce(OutboxRow.received_at, literal(at, UtcDateTime())),
            "by": by,
        }
        if note:
            values["note"] = note
        self._session.execute(
            update(OutboxRow).where(OutboxRow.id.in_(event_ids), OutboxRow.state.in_(earlier)).values(values)
        )

    def knows(self, event_id: UUID) -> bool:
        """Whether such an event is, or still is, in the outbox."""
        return self._session.scalar(select(OutboxRow.seq).where(OutboxRow.id == event_id)) is not None

    def drop(self, event_id: UUID) -> bool:
        """Takes an unconfirmed event out unsent. Never an alarm. True if it was dropped."""
        gone = self._session.scalars(
            delete(OutboxRow)
            .where(OutboxRow.id == event_id, OutboxRow.alarm.is_(False), OutboxRow.state.in_(WAITING))
            .returning(OutboxRow.seq)
        ).all()
        return bool(gone)

    def keep(self, message: Campaign | Notice, now: datetime) -> str:
        """Keeps what stands until it is withdrawn or over. Returns "" or why not."""
        return standing.keep(self._session, message, now)

    def answer(self, command_id: UUID) -> str | None:
        """How a command was answered before: "" for carried out, else why not; None if it is new."""
        return self._session.scalar(select(HeardRow.refused).where(HeardRow.id == command_id))

    def answered(self, command_id: UUID, at: datetime, refused: str) -> None:
        """Notes the answer to a new command."""
        self._session.add(HeardRow(id=command_id, at=at, refused=refused))


def depth(store: Store) -> int:
    """How many events of a home the district has not confirmed."""
    with store.reading() as session:
        return session.scalar(select(func.count()).where(OutboxRow.state.in_(WAITING))) or 0
