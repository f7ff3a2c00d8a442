"""The notice of the day: a short text for every home, until it is over, withdrawn, or followed by another one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dolbom.district.access import Who
from dolbom.district.models import Notice, Robot, RobotState
from dolbom.district.repositories import changes, downlinks
from dolbom.errors import UserError
from dolbom.events import new_id
from dolbom.platform.messages import Lang
from dolbom.platform.messages import Notice as Message
from dolbom.staff import audit

LONGEST = timedelta(days=7)


class NoSuchNotice(LookupError):
    """There is no notice with this id."""


def give(
    session: Session,
    who: Who,
    now: datetime,
    *,
    texts: Mapping[Lang, str],
    until: datetime,
    id: UUID | None = None,
) -> Notice:
    """Sends a notice to every robot.

    Raises:
        UserError: if it would be over already, or last for more than a week.
    """
    if not timedelta(0) < until - now <= LONGEST:
        raise UserError("a notice is good until some time in the next 7 days", "give another end")
    notice = Notice(id=id or new_id(), texts=dict(texts), made_by=who.name, made_at=now, until=until)
    session.add(notice)
    session.flush()
    _send(session, notice, now)
    audit.record(session, who, "give_notice", now, str(notice.id))
    changes.record(session, "notice", now)
    return notice


def withdraw(session: Session, id: UUID, who: Who, now: datetime) -> Notice:
    """Takes a notice back. Twice is once.

    Raises:
        NoSuchNotice
    """
    notice = session.get(Notice, id)
    if notice is None:
        raise NoSuchNotice(str(id))
    if notice.withdrawn_at is None:
        notice.withdrawn_at, notice.withdrawn_by = now, who.name
        _send(session, notice, now)
        audit.record(session, who, "withdraw_notice", now, str(id))
        changes.record(session, "notice", now)
    return notice


def _send(session: Session, notice: Notice, now: datetime) -> None:
    for robot in session.scalars(select(Robot.id).where(Robot.state == RobotState.ENROLLED).order_by(Robot.id)):
        message = Message.model_validate(
            {
                "id": new_id(), "kind": "notice", "notice_id": notice.id, "withdrawn": notice.withdrawn_at is not None,
                "texts": notice.texts, "made_at": notice.made_at, "until": notice.until,
            }
        )  # fmt: skip
        downlinks.command(session, robot, message, now)


def listed(session: Session, limit: int = 20) -> list[Notice]:
    """Newest first."""
    return list(session.scalars(select(Notice).order_by(Notice.made_at.desc()).limit(limit)))


def state(notice: Notice, now: datetime) -> str:
    """stands, over or withdrawn."""
    if notice.withdrawn_at is not None:
        return "withdrawn"
    return "over" if notice.until <= now else "stands"
