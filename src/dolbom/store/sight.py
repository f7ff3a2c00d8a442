"""How well people of the home see: how large the robot's own page writes what it says."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, mapped_column

from dolbom.errors import UserError
from dolbom.store.base import Base, Store
from dolbom.store.people import PersonRow

Text = Literal["normal", "large", "largest"]
TEXTS: tuple[Text, ...] = ("normal", "large", "largest")


class SightRow(Base):
    """The setting of one person who needs larger text than usual."""

    __tablename__ = "sight_settings"
    person: Mapped[str] = mapped_column(String(48), ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    text: Mapped[str] = mapped_column(String(8))


class SightStore:
    """The settings in one home's database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, person: str) -> Text:
        """How large somebody needs it."""
        with self._store.reading() as session:
            row = session.get(SightRow, person)
            return _text(row.text) if row is not None else "normal"

    def largest(self) -> Text:
        """How large the page writes: as whoever sees worst needs it, for it stands there for all of them."""
        with self._store.reading() as session:
            wanted = {_text(text) for text in session.scalars(select(SightRow.text))}
        return max(wanted, key=TEXTS.index, default="normal")

    def set(self, person: str, text: Text) -> None:
        """Keeps it.

        Raises:
            UserError: for an unknown person.
        """
        with self._store.writing() as session:
            if session.get(PersonRow, person) is None:
                raise UserError(f"nobody is enrolled as {person!r}", "see `dolbom consent list`")
            row = session.get(SightRow, person)
            if text == "normal":
                if row is not None:
                    session.delete(row)
            elif row is None:
                session.add(SightRow(person=person, text=text))
            else:
                row.text = text


def _text(kept: str) -> Text:
    return next((text for text in TEXTS if text == kept), "largest")  # of a newer version: rather too large
