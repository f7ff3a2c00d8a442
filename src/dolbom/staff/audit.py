"""The trail of who saw or changed what."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dolbom.staff.access import Who
from dolbom.staff.models import Audit


def record(session: Session, who: Who, action: str, at: datetime, object: str = "", detail: str = "") -> None:
    """Adds one line; it is in the same transaction as what it tells of."""
    session.add(
        Audit(
            at=at, who=who.name, role=who.role, action=action, object=object[:200], detail=detail[:500],
            address=who.address,
        )
    )  # fmt: skip


def lines(
    session: Session, *, before: int | None = None, who: str = "", object: str = "", limit: int = 100
) -> list[Audit]:
    """Newest first."""
    query = select(Audit).order_by(Audit.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Audit.id < before)
    if who:
        query = query.where(Audit.who == who)
    if object:
        query = query.where(Audit.object == object)
    return list(session.scalars(query))
