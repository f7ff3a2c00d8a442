"""What is kept of something that people do again and again, sealed, under a consent, and only for so long.

Of each person a state (how they do it) and entries (each time that they did). Only whose a row is, what, and when can
be read without the key. Whoever is forgotten takes it all with them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from pydantic import BaseModel
from sqlalchemy import ForeignKey, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dolbom.store.memory import MemoryStore
from dolbom.store.people import Purpose, note_of_erasing
from dolbom.store.sealing import KeyRing

KEPT = timedelta(days=400)
"""A year, and the weeks before."""


class StateRow:
    """The columns of a table of states."""

    person: Mapped[str] = mapped_column(String(48), ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[bytes] = mapped_column(LargeBinary)


class EntryRow:
    """The columns of a table of entries."""

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    person: Mapped[str] = mapped_column(String(48), ForeignKey("person.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[bytes] = mapped_column(LargeBinary)


class Entered(Protocol):
    """An entry."""

    @property
    def id(self) -> str: ...
    @property
    def begun(self) -> datetime: ...
    def model_dump_json(self) -> str: ...


S = TypeVar("S", bound=BaseModel)
E = TypeVar("E", bound=Entered)


class Diary(ABC, Generic[S, E]):
    """One such thing in the home's database; nothing is kept or read of somebody without a consent that holds.

    Args:
        memory: whose database, key and consents.
    """

    PURPOSE: ClassVar[Purpose]
    STATE: ClassVar[type[Any]]
    ENTRY: ClassVar[type[Any]]
    STATES: ClassVar[type[Any]]
    """Mapped, with the columns of `StateRow`."""
    ENTRIES: ClassVar[type[Any]]
    """Mapped, with those of `EntryRow`."""
    SEALS: ClassVar[tuple[str, str]]
    """What a state and an entry are sealed as; never changed once there is data."""
    CHOSEN: ClassVar[frozenset[str]] = frozenset()
    """Fields of the state that people choose: who writes how it goes does not write over them."""

    def __init__(self, memory: MemoryStore) -> None:
        self._memory = memory
        self._store = memory.people.store

    def people(self, at: datetime) -> list[str]:
        """Everybody who consents, the first enrolled first."""
        return self._memory.allowed(self.PURPOSE, at)

    def allows(self, person: str | None, at: datetime) -> bool:
        """Whether somebody consents."""
        return person is not None and person in self.people(at)

    def state(self, person: str | None, at: datetime) -> S:
        """How somebody does it; a new one, if nothing is kept or they do not consent.

        Raises:
            UserError: if the key is lost or the row was changed in the file.
        """
        if person is None or not self.allows(person, at):
            return self._new()
        with self._store.reading() as session:
            return self._kept(session, self._memory.people.keys(session), person)

    def keep(self, state: S, person: str, at: datetime, entry: E | None = None) -> bool:
        """Writes how somebody does it, with an entry if one is given; all or nothing. What was chosen stays as it is.

        Returns:
            False if they do not consent: nothing was written.
        """
        if not self.allows(person, at):
            return False
        with self._store.writing() as session:
            keys = self._memory.people.keys(session)
            kept = self._kept(session, keys, person)
            chosen = {name: getattr(kept, name) for name in self.CHOSEN}
            self._write(session, keys, person, state.model_copy(update=chosen))
            if entry is not None:
                sealed = keys.seal(entry.model_dump_json().encode(), self._entry_seal(person, entry.id))
                columns = self._columns(entry)
                session.merge(self.ENTRIES(id=entry.id, person=person, at=entry.begun, state=sealed, **columns))
        return True

    def entries(self, person: str, at: datetime, since: date | None = None) -> list[E]:
        """Each time that somebody did, the oldest first; none without a consent that holds."""
        if not self.allows(person, at):
            return []
        row = self.ENTRIES
        with self._store.reading() as session:
            query = select(row).where(row.person == person)
            if since is not None:
                begin = datetime(since.year, since.month, since.day, tzinfo=at.tzinfo)
                query = query.where(row.at >= begin)
            rows = session.scalars(query.order_by(row.at, row.id)).all()
            if not rows:
                return []
            keys = self._memory.people.keys(session)
            return [
                self.ENTRY.model_validate_json(keys.open(one.state, self._entry_seal(one.person, one.id)))
                for one in rows
            ]

    def purge(self, at: datetime) -> int:
        """Erases what is past its time or rests on no consent any more.

        Returns:
            How many rows that were.
        """
        people, entries, states = self.people(at), self.ENTRIES, self.STATES
        old = (entries.at <= at - KEPT) | entries.person.not_in(people)
        alone = states.person.not_in(people)
        with self._store.reading() as session:
            if (
                not session.scalars(select(entries.id).where(old).limit(1)).first()
                and not session.scalars(select(states.person).where(alone).limit(1)).first()
            ):
                return 0
        with self._store.writing() as session:
            gone = len(session.execute(delete(entries).where(old).returning(entries.id)).all())
            gone += len(session.execute(delete(states).where(alone).returning(states.person)).all())
            session.add(note_of_erasing(at, "end of keeping"))
        self._memory.people.finish_wiping()
        return gone

    @classmethod
    def seal_anew(cls, session: Session, keys: KeyRing) -> None:
        """Seals everything here with the newest key, in the transaction of whoever changes the key."""
        for one in session.scalars(select(cls.STATES)):
            about = cls._state_seal(one.person)
            one.state = keys.seal(keys.open(one.state, about), about)
        for one in session.scalars(select(cls.ENTRIES)):
            about = cls._entry_seal(one.person, one.id)
            one.state = keys.seal(keys.open(one.state, about), about)

    def _choose(self, person: str, at: datetime, chosen: Mapping[str, object]) -> bool:
        """Writes fields of somebody's state; False if they do not consent."""
        if not self.allows(person, at):
            return False
        with self._store.writing() as session:
            keys = self._memory.people.keys(session)
            kept = self._kept(session, keys, person)
            self._write(session, keys, person, self._with(kept, chosen))
        return True

    def _with(self, kept: S, chosen: Mapping[str, object]) -> S:
        return kept.model_copy(update=dict(chosen))

    @abstractmethod
    def _columns(self, entry: E) -> dict[str, object]:
        """What of an entry can be read without the key, besides whose it is and when."""

    @classmethod
    def _new(cls) -> S:
        state: S = cls.STATE()
        return state

    @classmethod
    def _kept(cls, session: Session, keys: KeyRing, person: str) -> S:
        row = session.get(cls.STATES, person)
        if row is None:
            return cls._new()
        state: S = cls.STATE.model_validate_json(keys.open(row.state, cls._state_seal(person)))
        return state

    @classmethod
    def _write(cls, session: Session, keys: KeyRing, person: str, state: S) -> None:
        sealed = keys.seal(state.model_dump_json().encode(), cls._state_seal(person))
        session.merge(cls.STATES(person=person, state=sealed))

    @classmethod
    def _state_seal(cls, person: str) -> str:
        return f"{person} {cls.SEALS[0]}"

    @classmethod
    def _entry_seal(cls, person: str, id: str) -> str:
        return f"{person} {cls.SEALS[1]} {id}"
