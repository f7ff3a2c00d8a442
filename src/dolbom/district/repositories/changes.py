"""The numbered list of what changed on the desk, from which open pages are kept live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from dolbom.district.models import Change

KEEP = timedelta(days=2)
_LOCK = 0x63686E67  # of PostgreSQL's advisory locks


@dataclass(frozen=True)
class ChangeSeen:
    """One change: `kind` is raised, updated, acknowledged, noted, closed, escalated, home, quarantine, campaign,
    notice, checkin, dose."""

    id: int
    at: datetime
    kind: str
    alarm_id: UUID | None
    home_id: str | None


def record(session: Session, kind: str, at: datetime, *, alarm: UUID | None = None, home: str | None = None) -> None:
    """Says that something changed."""
    if session.get_bind().dialect.name == "postgresql":
        # Numbers must become visible in their order, or a reader could skip one for ever.
        session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    session.add(Change(at=at, kind=kind, alarm_id=alarm, home_id=home))


def since(session: Session, last: int, limit: int = 500) -> list[ChangeSeen]:
    """The changes after number `last`, oldest first."""
    rows = session.scalars(select(Change).where(Change.id > last).order_by(Change.id).limit(limit))
    return [ChangeSeen(c.id, c.at, c.kind, c.alarm_id, c.home_id) for c in rows]


def newest(session: Session) -> int:
    """The last number given."""
    return session.scalar(select(func.max(Change.id))) or 0


def prune(session: Session, now: datetime) -> None:
    """Forgets changes that no open page still waits for."""
    session.execute(delete(Change).where(Change.at < now - KEEP))
