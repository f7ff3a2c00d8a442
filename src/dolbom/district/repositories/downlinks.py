"""Messages on their way down to robots, repeated until answered."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from dolbom.district.models import Downlink, Robot, RobotState
from dolbom.events import new_id
from dolbom.platform.messages import Answer, Campaign, Cancel, Notice, Ping, Receipt, Say

Command = Ping | Say | Cancel | Campaign | Notice

REPEAT = timedelta(seconds=5)
GIVE_UP = timedelta(days=7)


def receipt(session: Session, robot: str, event_id: UUID, kind: str, now: datetime, *, by: str, note: str = "") -> UUID:
    """Tells the robot what a person at the desk did about its event."""
    message = Receipt.model_validate(
        {"id": new_id(), "event_id": event_id, "kind": kind, "at": now, "by": by, "note": note}
    )
    return _add(session, robot, "receipt", message, now)


def command(session: Session, robot: str, message: Command, now: datetime) -> UUID:
    """Asks the robot for something."""
    return _add(session, robot, "command", message, now)


def _add(session: Session, robot: str, channel: str, message: Receipt | Command, now: datetime) -> UUID:
    session.add(Downlink(id=message.id, robot_id=robot, channel=channel, json=message.to_json().decode(), made_at=now))
    return message.id


def _waiting(now: datetime) -> Select[Any]:
    return (
        select(Downlink)
        .join(Robot, Robot.id == Downlink.robot_id)
        .where(
            Downlink.answered_at.is_(None),
            Downlink.made_at > now - GIVE_UP,
            or_(Downlink.sent_at.is_(None), Downlink.sent_at < now - REPEAT),
            Robot.online.is_(True),
            Robot.state == RobotState.ENROLLED,
        )
        .order_by(Downlink.made_at)
        .limit(500)
    )


def any_to_send(session: Session, now: datetime) -> bool:
    """Whether `to_send` would return something, without writing."""
    return session.scalar(_waiting(now).limit(1)) is not None


def to_send(session: Session, now: datetime) -> list[Downlink]:
    """Those for robots that are online, never sent or not answered for a while; they count as sent from now on."""
    rows = list(session.scalars(_waiting(now)))
    for row in rows:
        row.sent_at = now
    return rows


def spoken(session: Session, robots: list[str], first: datetime, last: datetime) -> list[tuple[Downlink, str]]:
    """What robots were asked to say from `first` until before `last`, the newest first, with the words."""
    query = select(Downlink).where(
        Downlink.robot_id.in_(robots), Downlink.channel == "command", Downlink.made_at >= first, Downlink.made_at < last
    )
    found = [(one, json.loads(one.json)) for one in session.scalars(query.order_by(Downlink.made_at.desc()))]
    return [(one, str(asked["text"])) for one, asked in found if asked.get("kind") == "say"]


def answered(session: Session, robot: str, answer: Answer, now: datetime) -> bool:
    """The robot answered. True if that was waited for; a robot can answer only for itself."""
    changed = session.execute(
        update(Downlink)
        .where(Downlink.id == answer.to, Downlink.robot_id == robot, Downlink.answered_at.is_(None))
        .values(answered_at=now, ok=answer.ok, said=answer.said)
        .returning(Downlink.id)
    ).all()
    return bool(changed)
