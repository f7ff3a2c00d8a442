"""The tables of those who may log in. They stand in the database of each application, beside its own tables."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from dolbom.store.base import Base as HomeBase
from dolbom.store.base import UtcDateTime


class StaffBase(DeclarativeBase):
    """What these tables are declared on; apart from the home's tables, with the same conventions."""

    metadata = MetaData(naming_convention=HomeBase.metadata.naming_convention)
    type_annotation_map: ClassVar = {datetime: UtcDateTime}


class User(StaffBase):
    """A member of staff."""

    __tablename__ = "user"

    name: Mapped[str] = mapped_column(String(48), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    password: Mapped[str | None] = mapped_column(String(200))  # argon2id; None until they set one by their link
    active: Mapped[bool] = mapped_column(default=True)
    lang: Mapped[str] = mapped_column(String(2), default="ko")
    link_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    link_expires: Mapped[datetime | None]


class Login(StaffBase):
    """One browser that is logged in. Only a hash of its cookie is kept."""

    __tablename__ = "login"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_name: Mapped[str] = mapped_column(ForeignKey("user.name"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    used_at: Mapped[datetime]
    expires: Mapped[datetime]
    user: Mapped[User] = relationship()


class Attempt(StaffBase):
    """Failed logins of one name or one address, for the growing pause between tries."""

    __tablename__ = "attempt"

    whom: Mapped[str] = mapped_column(String(80), primary_key=True)
    fails: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime]


class Token(StaffBase):
    """A program's key to the API."""

    __tablename__ = "token"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(16))
    made_by: Mapped[str] = mapped_column(String(48))
    made_at: Mapped[datetime]
    expires: Mapped[datetime]
    revoked: Mapped[bool] = mapped_column(default=False)


class Audit(StaffBase):
    """Who saw or changed what."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(48))
    object: Mapped[str] = mapped_column(String(200), default="")
    detail: Mapped[str] = mapped_column(String(500), default="")
    address: Mapped[str] = mapped_column(String(64), default="")

    __table_args__ = (Index("ix_audit_at", "at"),)
