"""Where each distress stands, on disk, so that a restart in the middle goes on where the last process stopped."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from dolbom.store.base import Base


class DistressRow(Base):
    """One distress: the columns are for those who look things up, `state` is the whole of it."""

    __tablename__ = "distress"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    open: Mapped[bool] = mapped_column(index=True)
    person: Mapped[str | None] = mapped_column(String(48))
    began: Mapped[datetime]
    changed: Mapped[datetime]
    alarm_id: Mapped[UUID | None]
    state: Mapped[dict[str, Any]] = mapped_column(JSON)
