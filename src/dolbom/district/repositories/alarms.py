"""Alarms: raised once, answered by a person who owns them, escalated when nobody does, closed with an outcome."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from dolbom.district.access import SYSTEM, Action, Who, may
from dolbom.district.models import Alarm, AlarmState, Event, Home, Note, Origin, Outcome, Person, Robot
from dolbom.district.repositories import changes, downlinks
from dolbom.events import CareEvent, DistressAttended, kinds, new_id
from dolbom.staff import audit

DEADLINE = timedelta(seconds=60)
"""Telecare's norm: answered within a minute."""


class NoSuchAlarm(LookupError):
    """There is no alarm with this id."""


class NotNow(Exception):
    """The alarm's state does not allow this; says why, as a key of the desk's phrases."""


def shown_of(event: CareEvent) -> dict[str, Any]:
    """What the desk shows of an event's data, in the shapes that its pages expect.

    A robot may write a number as text, and a newer robot's kind may mean anything by the same word: neither may take
    the board away from everybody. The event itself is kept as it came.
    """
    if event.kind in kinds():
        return event.typed().model_dump(mode="json", exclude_none=True)
    return {key: value for key in ("reason", "evidence") if isinstance(value := event.data.get(key), str)}


def raise_from(session: Session, event: CareEvent, robot: Robot, now: datetime, deadline: timedelta = DEADLINE) -> None:
    """An event of severity alarm becomes an alarm with the event's id."""
    session.add(
        Alarm(
            id=event.id, home_id=robot.home_id, robot_id=robot.id, person_id=event.subject, origin=Origin.ROBOT,
            kind=event.kind, cause=str(event.data.get("cause") or event.kind.split(".")[0])[:32], raised_at=event.time,
            received_at=now, state=AlarmState.OPEN, deadline=now + deadline, data=shown_of(event),
        )
    )  # fmt: skip
    session.flush()
    changes.record(session, "raised", now, alarm=event.id, home=robot.home_id)


def raise_unreadable(session: Session, id: UUID, robot: Robot, now: datetime, reason: str) -> None:
    """A robot sent an alarm that could not be read: somebody must look all the same."""
    _raise_own(session, id, robot, now, Origin.ROBOT, "unreadable", {"reason": reason[:300]})


def raise_silence(session: Session, robot: Robot, now: datetime) -> bool:
    """A robot is not heard any more. True if that is news: there is one such alarm at a time."""
    if _open_silence(session, robot.id) is not None:
        return False
    heard = robot.heard_at.isoformat() if robot.heard_at else None
    _raise_own(session, new_id(), robot, now, Origin.WATCHDOG, "silence", {"heard_at": heard})
    return True


def raise_unanswered(session: Session, id: UUID, robot: Robot, now: datetime, how: str, campaign: UUID) -> None:
    """A home has not answered a campaign by its deadline."""
    data: dict[str, object] = {"reason": how, "campaign_id": str(campaign)}
    _raise_own(session, id, robot, now, Origin.CAMPAIGN, "campaign", data, kind=f"campaign.{how}")


def _raise_own(
    session: Session,
    id: UUID,
    robot: Robot,
    now: datetime,
    origin: Origin,
    cause: str,
    data: dict[str, object],
    kind: str = "",
) -> None:
    session.add(
        Alarm(
            id=id, home_id=robot.home_id, robot_id=robot.id, origin=origin, kind=kind or f"device.{cause}", cause=cause,
            raised_at=now, received_at=now, state=AlarmState.OPEN, deadline=now + DEADLINE, data=data,
        )
    )  # fmt: skip
    session.flush()
    changes.record(session, "raised", now, alarm=id, home=robot.home_id)


def end_silence(session: Session, robot: Robot, now: datetime) -> None:
    """A silent robot is heard again: its alarm closes itself, and the record says so."""
    alarm = _open_silence(session, robot.id)
    if alarm is None:
        return
    alarm.state, alarm.outcome = AlarmState.CLOSED, Outcome.HEARD_AGAIN
    alarm.closed_at, alarm.closed_by = now, SYSTEM.name
    audit.record(session, SYSTEM, "close_alarm", now, str(alarm.id), Outcome.HEARD_AGAIN)
    changes.record(session, "closed", now, alarm=alarm.id, home=alarm.home_id)


def _open_silence(session: Session, robot_id: str) -> Alarm | None:
    return session.scalar(
        select(Alarm).where(
            Alarm.robot_id == robot_id, Alarm.origin == Origin.WATCHDOG, Alarm.state != AlarmState.CLOSED
        )
    )


def get(session: Session, id: UUID) -> Alarm:
    """One alarm with its home, robot and notes.

    Raises:
        NoSuchAlarm
    """
    alarm = session.scalar(
        select(Alarm)
        .where(Alarm.id == id)
        .options(joinedload(Alarm.home), joinedload(Alarm.robot), selectinload(Alarm.notes))
    )
    if alarm is None:
        raise NoSuchAlarm(str(id))
    return alarm


def acknowledge(session: Session, id: UUID, who: Who, now: datetime, note: str = "") -> Alarm:
    """`who` takes the alarm on. Twice by the same person is once.

    Args:
        note: spoken to the person in the home, if not empty.

    Raises:
        NoSuchAlarm
        NotNow: if it is closed, or somebody else's and `who` may not take it over.
    """
    alarm = get(session, id)
    if alarm.state == AlarmState.CLOSED:
        raise NotNow("closed")
    if alarm.state == AlarmState.ACKNOWLEDGED:
        if alarm.owner == who.name:
            return alarm
        if not may(who.role, Action.REASSIGN_ALARM):
            raise NotNow("owned")
    alarm.state, alarm.owner = AlarmState.ACKNOWLEDGED, who.name
    alarm.acknowledged_at = alarm.acknowledged_at or now
    if alarm.origin == Origin.ROBOT:
        downlinks.receipt(session, alarm.robot_id, id, "acknowledged", now, by=who.role, note=note)
    _done(session, alarm, who, "acknowledge_alarm", "acknowledged", now)
    return alarm


def add_note(session: Session, id: UUID, who: Who, now: datetime, text: str) -> Alarm:
    """Writes something down for whoever reads the alarm next; also after it is closed.

    Raises:
        NoSuchAlarm
    """
    alarm = get(session, id)
    alarm.notes.append(Note(alarm_id=id, at=now, author=who.name, text=text))
    _done(session, alarm, who, "note_alarm", "noted", now)
    return alarm


def close(session: Session, id: UUID, who: Who, now: datetime, outcome: Outcome, text: str = "") -> Alarm:
    """Ends the alarm with what it turned out to be.

    Raises:
        NoSuchAlarm
        NotNow: if it is closed, or nobody has taken it on.
    """
    alarm = get(session, id)
    if alarm.state == AlarmState.CLOSED:
        raise NotNow("closed")
    if alarm.state == AlarmState.OPEN:
        raise NotNow("unowned")
    alarm.state, alarm.outcome = AlarmState.CLOSED, outcome
    alarm.closed_at, alarm.closed_by = now, who.name
    if text:
        alarm.notes.append(Note(alarm_id=id, at=now, author=who.name, text=text))
    if alarm.origin == Origin.ROBOT:
        downlinks.receipt(session, alarm.robot_id, id, "closed", now, by=who.role)
    _done(session, alarm, who, "close_alarm", "closed", now, outcome)
    return alarm


def _done(session: Session, alarm: Alarm, who: Who, action: str, change: str, now: datetime, detail: str = "") -> None:
    audit.record(session, who, action, now, str(alarm.id), detail)
    changes.record(session, change, now, alarm=alarm.id, home=alarm.home_id)


def escalate(session: Session, now: datetime) -> list[UUID]:
    """Marks those that nobody took on before their deadline."""
    late = session.scalars(
        select(Alarm).where(Alarm.state == AlarmState.OPEN, Alarm.escalated_at.is_(None), Alarm.deadline <= now)
    ).all()
    for alarm in late:
        alarm.escalated_at = now
        audit.record(session, SYSTEM, "escalate_alarm", now, str(alarm.id))
        changes.record(session, "escalated", now, alarm=alarm.id, home=alarm.home_id)
    return [alarm.id for alarm in late]


def listed(
    session: Session,
    *,
    state: str = "standing",
    home: str = "",
    cause: str = "",
    words: str = "",
    before: datetime | None = None,
    limit: int = 100,
) -> list[Alarm]:
    """Alarms for the desk: unanswered first, then the oldest; those that are closed newest first.

    Args:
        state: standing (open or acknowledged), one of AlarmState, or all.
        words: part of a home's label or id, or of a person's name.
        before: of closed ones, those raised before this.
    """
    conditions: list[ColumnElement[bool]] = []
    if state == "standing":
        conditions.append(Alarm.state != AlarmState.CLOSED)
    elif state != "all":
        conditions.append(Alarm.state == state)
    if home:
        conditions.append(Alarm.home_id == home)
    if cause:
        conditions.append(Alarm.cause == cause)
    if before is not None:
        conditions.append(Alarm.raised_at < before)
    query = select(Alarm).join(Alarm.home)
    if words:
        like = f"%{words.replace('%', '').replace('_', '')}%"
        named = select(Person.id).where(
            Person.home_id == Alarm.home_id, Person.id == Alarm.person_id, Person.name.ilike(like)
        )
        conditions.append(or_(Home.label.ilike(like), Home.id.ilike(like), named.exists()))
    newest_first = state in (AlarmState.CLOSED, "all")
    order = (
        [Alarm.raised_at.desc()] if newest_first else [Alarm.state.desc(), Alarm.raised_at]
    )  # "open" sorts after "acknowledged"
    query = (
        query.where(*conditions)
        .order_by(*order)
        .limit(limit)
        .options(joinedload(Alarm.home), joinedload(Alarm.robot), selectinload(Alarm.notes))
    )
    return list(session.scalars(query))


def counts(session: Session) -> dict[str, int]:
    """How many alarms stand in each state."""
    rows = session.execute(select(Alarm.state, func.count().label("n")).group_by(Alarm.state))
    return {row.state: row.n for row in rows}


def story(session: Session, alarm: Alarm) -> list[Event]:
    """The events that belong to an alarm, beside the one that raised it, oldest first."""
    return list(session.scalars(select(Event).where(Event.alarm_id == alarm.id).order_by(Event.time)))


def attended(session: Session, alarms: list[Alarm]) -> dict[UUID, Event]:
    """What was last said at a home's own pages of these alarms, by alarm: that somebody comes, or that it is over."""
    told = select(Event).where(Event.alarm_id.in_([a.id for a in alarms]), Event.kind == DistressAttended.kind)
    return {e.alarm_id: e for e in session.scalars(told.order_by(Event.time)) if e.alarm_id is not None}


def people(session: Session, alarms: list[Alarm]) -> dict[tuple[str, str], Person]:
    """The names known for the people of these alarms, by home and person id."""
    homes = {a.home_id for a in alarms}
    rows = session.scalars(select(Person).where(Person.home_id.in_(homes)))
    return {(p.home_id, p.id): p for p in rows}
