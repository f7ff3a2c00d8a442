"""The tables of web.db beside those of the staff."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from dolbom.staff.models import StaffBase
from dolbom.store.base import Base as HomeBase
from dolbom.store.base import UtcDateTime


class Base(DeclarativeBase):
    """What they are declared on."""

    metadata = MetaData(naming_convention=HomeBase.metadata.naming_convention)
    type_annotation_map: ClassVar = {datetime: UtcDateTime}


class Answered(Base):
    """An alarm that somebody at these pages took on, and perhaps closed here. The district has its own record."""

    __tablename__ = "answered"

    event: Mapped[UUID] = mapped_column(primary_key=True)
    by: Mapped[str] = mapped_column(String(48))
    at: Mapped[datetime]
    done_by: Mapped[str | None] = mapped_column(String(48))
    done_at: Mapped[datetime | None]


METADATA = (Base.metadata, StaffBase.metadata)
"""Every table of web.db."""
