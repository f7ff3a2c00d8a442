"""What the district wants of the home and still stands: disaster check-ins and the notice of the day, on disk.

The bridge writes it in the same transaction as its answer to the command; whoever acts on it reads it here, also after
a restart of either. Topics only say that there is something new.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import JSON, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dolbom.platform.messages import Campaign, Notice
from dolbom.store.base import Base, Store

M = TypeVar("M", Campaign, Notice)

MOST = 8
"""So many check-ins may stand at once; more than that is a fault of the district."""

KEEP = timedelta(days=30)
"""How long after its deadline a check-in is remembered, so that a late copy of it is not begun again."""


class CampaignRow(Base):
    """A disaster check-in as the district sent it, and how far the talk about it is."""

    __tablename__ = "campaign"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    deadline: Mapped[datetime]
    withdrawn: Mapped[bool]
    message: Mapped[dict[str, Any]] = mapped_column(JSON)
    talk: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """`dolbom.companion.campaign.Progress`; empty: nothing was said of it yet."""


class NoticeRow(Base):
    """A notice as the district sent it."""

    __tablename__ = "notice"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    until: Mapped[datetime]
    withdrawn: Mapped[bool]
    message: Mapped[dict[str, Any]] = mapped_column(JSON)


def keep(session: Session, message: Campaign | Notice, now: datetime) -> str:
    """Takes a message in, in the caller's transaction. Returns "" or why not.

    A withdrawal is kept also when it overtakes what it withdraws. What was withdrawn never comes back.
    """
    if isinstance(message, Notice):
        return _keep_notice(session, message, now)
    session.execute(delete(CampaignRow).where(CampaignRow.deadline < now - KEEP))
    row = session.get(CampaignRow, message.campaign_id)
    if row is not None:
        if message.withdrawn:
            row.withdrawn = True
        return ""
    if not message.withdrawn:
        if message.deadline <= now:
            return "its deadline has passed on this robot's clock"
        standing = select(func.count()).where(CampaignRow.withdrawn.is_(False), CampaignRow.deadline > now)
        if (session.scalar(standing) or 0) >= MOST:
            return f"{MOST} check-ins stand already"
    session.add(
        CampaignRow(
            id=message.campaign_id, made_at=message.made_at, deadline=message.deadline, withdrawn=message.withdrawn,
            message=message.model_dump(mode="json"), talk={},
        )
    )  # fmt: skip
    return ""


def _keep_notice(session: Session, message: Notice, now: datetime) -> str:
    session.execute(delete(NoticeRow).where(NoticeRow.until < now - KEEP))
    row = session.get(NoticeRow, message.notice_id)
    if row is not None:
        row.withdrawn = row.withdrawn or message.withdrawn
        return ""
    session.add(
        NoticeRow(
            id=message.notice_id, made_at=message.made_at, until=message.until, withdrawn=message.withdrawn,
            message=message.model_dump(mode="json"),
        )
    )  # fmt: skip
    return ""


def campaigns(store: Store, now: datetime) -> list[Campaign]:
    """Every check-in that stands, the oldest first."""
    with store.reading() as session:
        rows = session.scalars(
            select(CampaignRow)
            .where(CampaignRow.withdrawn.is_(False), CampaignRow.deadline > now)
            .order_by(CampaignRow.made_at, CampaignRow.id)
        ).all()
        return [read for row in rows if (read := _read(Campaign, row.message)) is not None]


def notice(store: Store, now: datetime) -> Notice | None:
    """The notice that stands: the last one made, if it was not withdrawn and is not over."""
    with store.reading() as session:
        row = session.scalar(select(NoticeRow).order_by(NoticeRow.made_at.desc(), NoticeRow.id.desc()).limit(1))
        if row is None or row.withdrawn or row.until <= now:
            return None
        return _read(Notice, row.message)


def talk(store: Store, campaign: UUID) -> dict[str, Any] | None:
    """How far the talk about a check-in is, as `set_talk` left it; empty at first, None if it was withdrawn."""
    with store.reading() as session:
        row = session.get(CampaignRow, campaign)
        if row is not None and row.withdrawn:
            return None
        return {} if row is None else dict(row.talk)


def set_talk(store: Store, campaign: UUID, talk: dict[str, Any]) -> None:
    """Keeps how far the talk is; of a check-in that is no more nothing is kept."""
    with store.writing() as session:
        row = session.get(CampaignRow, campaign)
        if row is not None:
            row.talk = talk


def _read(model: type[M], message: dict[str, Any]) -> M | None:
    try:
        return model.model_validate(message)
    except ValidationError:
        return None  # written by another version of dolbom: what it meant cannot be told
