"""Takes in what robots send: each event exactly once, each unreadable message where people can see it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from pydantic import ValidationError
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from dolbom.district.models import Event, Quarantined, Robot, RobotState
from dolbom.district.repositories import activity, alarms, campaigns, changes, checkins, doses, downlinks, robots
from dolbom.events import CampaignNeedsHelp, CareEvent, Severity, source
from dolbom.platform.messages import MAX_BYTES, STATUS, Answer, Offline


@dataclass(frozen=True)
class Arrived:
    """A message as the broker handed it over."""

    subject: str
    payload: bytes

    @property
    def robot(self) -> str:
        """Who sent it; the broker lets each robot publish only under its own name."""
        parts = self.subject.split(".")
        return parts[3] if len(parts) == 5 else ""


@dataclass(frozen=True)
class Taken:
    """What became of a message: `event_id` gets a receipt."""

    robot: str
    event_id: UUID | None
    new: bool
    quarantined: str = ""


def take_events(session: Session, batch: list[Arrived], district: str, now: datetime) -> list[Taken]:
    """Takes a batch of events in. When the transaction is committed, each may have its receipt."""
    known = {r.id: r for r in session.scalars(select(Robot).where(Robot.id.in_({a.robot for a in batch})))}
    read = [_read(a, known.get(a.robot), district) for a in batch]
    ids = [e.id for e in read if isinstance(e, CareEvent)]
    present = session.execute(select(Event.id, Event.robot_id).where(Event.id.in_(ids)))
    owners = {row.id: row.robot_id for row in present}
    taken, rows = [], []
    for arrived, event in zip(batch, read, strict=True):
        robot = known.get(arrived.robot)
        if isinstance(event, str) or robot is None:
            taken.append(_quarantine(session, arrived, robot, str(event), now))
        elif (owner := owners.get(event.id)) is None:
            owners[event.id] = robot.id
            rows.append(_row(event, robot, now))
            _consequences(session, event, robot, now)
            taken.append(Taken(robot.id, event.id, True))
        elif owner == robot.id:
            taken.append(Taken(robot.id, event.id, False))
        else:
            taken.append(_quarantine(session, arrived, robot, "another robot's event has this id", now))
    if rows:
        session.execute(insert(Event), rows)
    for id in {t.robot for t in taken} & known.keys():
        if known[id].state == RobotState.ENROLLED:
            robots.heard(session, known[id], now)
    return taken


def _read(arrived: Arrived, robot: Robot | None, district: str) -> CareEvent | str:
    if robot is None or robot.state == RobotState.REVOKED:
        return "this robot is not enrolled"
    if len(arrived.payload) > MAX_BYTES:
        return f"over {MAX_BYTES} bytes"
    try:
        event = CareEvent.from_json(arrived.payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    if event.source != source(district, robot.home_id, robot.id):
        return f"says to come from {event.source}"
    return event


def _row(event: CareEvent, robot: Robot, now: datetime) -> dict[str, Any]:
    return {
        "id": event.id,
        "robot_id": robot.id,
        "home_id": robot.home_id,
        "kind": event.kind,
        "severity": event.severity.value,
        "subject": event.subject,
        "time": event.time,
        "received_at": now,
        "alarm_id": _alarm_of(event),
        "data": event.data,
    }


def _alarm_of(event: CareEvent) -> UUID | None:
    """The alarm that an event adds to."""
    return None if event.severity is Severity.ALARM else _uuid(event.data.get("alarm_id"))


def _consequences(session: Session, event: CareEvent, robot: Robot, now: datetime) -> None:
    if event.severity is Severity.ALARM or event.kind == CampaignNeedsHelp.kind:
        alarms.raise_from(session, event, robot, now)
        campaigns.report(session, event, robot, now)
    elif (alarm_id := _alarm_of(event)) is not None:
        changes.record(session, "updated", now, alarm=alarm_id, home=robot.home_id)
    elif event.kind in checkins.KINDS:
        changes.record(session, "checkin", now, home=robot.home_id)
    elif event.kind in activity.KINDS:
        changes.record(session, "activity", now, home=robot.home_id)
    elif event.kind in doses.KINDS:
        changes.record(session, "dose", now, home=robot.home_id)
    else:
        campaigns.report(session, event, robot, now)


def set_aside(session: Session, arrived: Arrived, reason: str, now: datetime) -> Taken:
    """Quarantines a message whose handling failed in a way that nobody foresaw."""
    return _quarantine(session, arrived, session.get(Robot, arrived.robot), reason, now)


def _quarantine(session: Session, arrived: Arrived, robot: Robot | None, reason: str, now: datetime) -> Taken:
    digest = hashlib.sha256(arrived.subject.encode() + b"\0" + arrived.payload).hexdigest()
    row = session.scalar(select(Quarantined).where(Quarantined.digest == digest))
    claims = _claims(arrived.payload)
    if row is not None:
        row.times += 1
    else:
        session.add(
            Quarantined(
                at=now, subject=arrived.subject[:200], reason=reason[:500], digest=digest,
                payload=arrived.payload[:4096].decode("utf-8", "replace").replace("\0", "�"),
            )
        )  # fmt: skip
        session.flush()
        changes.record(session, "quarantine", now, home=robot.home_id if robot else None)
        if robot is not None and robot.state == RobotState.ENROLLED and claims.get("severity") == Severity.ALARM.value:
            # Somebody may be lying on the floor behind a message that this version cannot read.
            alarms.raise_unreadable(session, uuid5(NAMESPACE_OID, digest), robot, now, reason)
    event_id = _uuid(claims.get("id"))
    # It is committed and people can see it: the robot need not send it for ever.
    return Taken(arrived.robot, event_id if robot is not None else None, False, reason)


def _uuid(said: object) -> UUID | None:
    try:
        return UUID(str(said))
    except ValueError:
        return None


def _claims(payload: bytes) -> dict[str, Any]:
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def take_status(session: Session, arrived: Arrived, now: datetime) -> bool:
    """Takes a status message in. False if it was not understood or not wanted."""
    robot = session.get(Robot, arrived.robot)
    if robot is None or robot.state != RobotState.ENROLLED:
        return False
    try:
        status = STATUS.validate_json(arrived.payload)
    except ValidationError:
        return False
    if isinstance(status, Offline):
        robots.gone(session, robot, now)
    elif isinstance(status, Answer):
        if downlinks.answered(session, robot.id, status, now):
            changes.record(session, "home", now, home=robot.home_id)
            if status.ok:
                campaigns.reached(session, status.to, now)
        robots.heard(session, robot, now)
    else:
        robots.heard(session, robot, now, status.model_dump(mode="json", exclude={"kind"}))
    return True


def events(
    session: Session, *, home: str = "", kind: str = "", before: UUID | None = None, limit: int = 100
) -> list[Event]:
    """Events newest first."""
    query = select(Event).order_by(Event.id.desc()).limit(limit)
    if home:
        query = query.where(Event.home_id == home)
    if kind:
        query = query.where(Event.kind == kind)
    if before is not None:
        query = query.where(Event.id < before)
    return list(session.scalars(query))


def quarantined(session: Session, *, settled: bool = False, limit: int = 200) -> list[Quarantined]:
    """Unreadable messages newest first."""
    query = select(Quarantined).order_by(Quarantined.id.desc()).limit(limit)
    return list(session.scalars(query if settled else query.where(Quarantined.settled_by.is_(None))))
