"""The tables of the district's database."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from dolbom.staff.models import StaffBase
from dolbom.store.base import Base as HomeBase
from dolbom.store.base import UtcDateTime


class Base(DeclarativeBase):
    """What every table of the district is declared on; apart from the home's tables, with the same conventions."""

    metadata = MetaData(naming_convention=HomeBase.metadata.naming_convention)
    type_annotation_map: ClassVar = {datetime: UtcDateTime, dict[str, Any]: JSON}


class RobotState(StrEnum):
    INVITED = "invited"
    ENROLLED = "enrolled"
    REVOKED = "revoked"


class AlarmState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class Outcome(StrEnum):
    """What an alarm turned out to be."""

    EMERGENCY = "emergency"
    NEEDED_HELP = "needed_help"
    FALSE_ALARM = "false_alarm"
    TEST = "test"
    HEARD_AGAIN = "heard_again"  # only of silent robots, set by the watchdog


class Origin(StrEnum):
    ROBOT = "robot"
    WATCHDOG = "watchdog"
    CAMPAIGN = "campaign"  # a home that did not answer one


class Home(Base):
    """A home in the district. `label` is what the desk shows, and never leaves the district."""

    __tablename__ = "home"

    id: Mapped[str] = mapped_column(String(48), primary_key=True)
    label: Mapped[str] = mapped_column(String(120), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    robots: Mapped[list[Robot]] = relationship(back_populates="home", order_by="Robot.id")


class Robot(Base):
    """A robot, from its invitation to its revocation."""

    __tablename__ = "robot"

    id: Mapped[str] = mapped_column(String(48), primary_key=True)
    home_id: Mapped[str] = mapped_column(ForeignKey("home.id"), index=True)
    state: Mapped[str] = mapped_column(String(12))
    code_hash: Mapped[str | None] = mapped_column(String(64))
    code_expires: Mapped[datetime | None]
    code_used: Mapped[bool] = mapped_column(default=False)
    generation: Mapped[int] = mapped_column(default=0)
    """Counts enrolments. It is part of the certificate's subject, so that a new enrolment ends the older ones."""
    certificate_expires: Mapped[datetime | None]
    heard_at: Mapped[datetime | None]
    online: Mapped[bool] = mapped_column(default=False)
    status: Mapped[dict[str, Any]] = mapped_column(default=dict)
    home: Mapped[Home] = relationship(back_populates="robots")


class Person(Base):
    """The name that belongs to a robot's opaque person id: known only here."""

    __tablename__ = "person"

    home_id: Mapped[str] = mapped_column(ForeignKey("home.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(48), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    remark: Mapped[str] = mapped_column(String(500), default="")


class Event(Base):
    """A care event as it came; the primary key is what makes "exactly once" true."""

    __tablename__ = "event"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    robot_id: Mapped[str] = mapped_column(ForeignKey("robot.id"), index=True)
    home_id: Mapped[str] = mapped_column(ForeignKey("home.id"))
    kind: Mapped[str] = mapped_column(String(64))
    severity: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str | None] = mapped_column(String(48))
    time: Mapped[datetime]
    received_at: Mapped[datetime]
    alarm_id: Mapped[UUID | None] = mapped_column(index=True)
    data: Mapped[dict[str, Any]]

    __table_args__ = (Index("ix_event_home_id_time", "home_id", "time"),)


class Alarm(Base):
    """Something that a person at the desk must answer. Its id is that of the event that raised it."""

    __tablename__ = "alarm"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    home_id: Mapped[str] = mapped_column(ForeignKey("home.id"), index=True)
    robot_id: Mapped[str] = mapped_column(ForeignKey("robot.id"), index=True)
    person_id: Mapped[str | None] = mapped_column(String(48))
    origin: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(64))
    cause: Mapped[str] = mapped_column(String(32))
    raised_at: Mapped[datetime]
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12))
    deadline: Mapped[datetime]
    escalated_at: Mapped[datetime | None]
    owner: Mapped[str | None] = mapped_column(String(48))
    acknowledged_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(48))
    outcome: Mapped[str | None] = mapped_column(String(16))
    data: Mapped[dict[str, Any]]
    home: Mapped[Home] = relationship()
    robot: Mapped[Robot] = relationship()
    notes: Mapped[list[Note]] = relationship(order_by="Note.at")

    __table_args__ = (Index("ix_alarm_state_raised_at", "state", "raised_at"),)


class Note(Base):
    """What somebody at the desk wrote about an alarm, for the next shift."""

    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    alarm_id: Mapped[UUID] = mapped_column(ForeignKey("alarm.id"), index=True)
    at: Mapped[datetime]
    author: Mapped[str] = mapped_column(String(48))
    text: Mapped[str] = mapped_column(String(1000))


class Downlink(Base):
    """A message to a robot that is repeated until the robot answers it."""

    __tablename__ = "downlink"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    robot_id: Mapped[str] = mapped_column(ForeignKey("robot.id"))
    channel: Mapped[str] = mapped_column(String(8))
    json: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    ok: Mapped[bool | None]
    said: Mapped[str] = mapped_column(String(500), default="")

    __table_args__ = (Index("ix_downlink_robot_id_answered_at", "robot_id", "answered_at"),)


class HomeAnswer(StrEnum):
    """How a home stands in a campaign."""

    NOT_REACHED = "not_reached"  # no robot of it has said that it has the campaign
    NO_ANSWER = "no_answer"
    OK = "ok"
    NEEDS_HELP = "needs_help"  # stays so: only a person ends an alarm


class Campaign(Base):
    """A disaster check-in of many homes."""

    __tablename__ = "campaign"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    texts: Mapped[dict[str, Any]]
    area: Mapped[str] = mapped_column(String(80))
    made_by: Mapped[str] = mapped_column(String(100))
    made_at: Mapped[datetime]
    deadline: Mapped[datetime]
    withdrawn_by: Mapped[str | None] = mapped_column(String(100))
    withdrawn_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    """When the homes without an answer became alarms: once, in the transaction that made them."""
    homes: Mapped[list[CampaignHome]] = relationship(back_populates="campaign")

    __table_args__ = (Index("ix_campaign_deadline", "deadline"),)


class CampaignHome(Base):
    """One home of a campaign."""

    __tablename__ = "campaign_home"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    home_id: Mapped[str] = mapped_column(ForeignKey("home.id"), primary_key=True)
    answer: Mapped[str] = mapped_column(String(12))
    changed_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    alarm_id: Mapped[UUID | None]
    campaign: Mapped[Campaign] = relationship(back_populates="homes")
    home: Mapped[Home] = relationship()


class CampaignDownlink(Base):
    """Which message carried a campaign to which robot."""

    __tablename__ = "campaign_downlink"

    downlink_id: Mapped[UUID] = mapped_column(ForeignKey("downlink.id"), primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), index=True)
    robot_id: Mapped[str] = mapped_column(ForeignKey("robot.id"))


class Notice(Base):
    """A notice of the day, for every home. The one made last stands."""

    __tablename__ = "notice"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    texts: Mapped[dict[str, Any]]
    made_by: Mapped[str] = mapped_column(String(100))
    made_at: Mapped[datetime]
    until: Mapped[datetime]
    withdrawn_by: Mapped[str | None] = mapped_column(String(100))
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_notice_made_at", "made_at"),)


class Quarantined(Base):
    """A message that could not be taken as a care event: kept and shown, never in the way of others."""

    __tablename__ = "quarantine"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    subject: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(500))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    payload: Mapped[str] = mapped_column(Text)
    times: Mapped[int] = mapped_column(default=1)
    settled_by: Mapped[str | None] = mapped_column(String(48))


class Change(Base):
    """What changed on the desk, in order: an open page reads on from the last number that it saw."""

    __tablename__ = "change"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(16))
    alarm_id: Mapped[UUID | None]
    home_id: Mapped[str | None] = mapped_column(String(48))

    __table_args__ = ({"sqlite_autoincrement": True},)


METADATA = (Base.metadata, StaffBase.metadata)
"""Every table of the district's database."""
