"""What people told the robot and how they were, sealed, kept only under a consent and only as long as its topic allows.

Only whose a row is and when it ends can be read without the key. Whoever is forgotten (`People.forget`) takes all of it
with them in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import ForeignKey, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dolbom.events import new_id
from dolbom.store.base import Base, Store
from dolbom.store.people import ConsentRow, People, PersonRow, Purpose, consent_holds, note_of_erasing
from dolbom.store.sealing import KeyRing, default_key_file

CHECK_INS_KEPT_DAYS = 120


class FactRow(Base):
    """One thing that somebody told."""

    __tablename__ = "memory_fact"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    expires: Mapped[datetime]
    fact: Mapped[bytes] = mapped_column(LargeBinary)


class CheckInRow(Base):
    """One day's check-in with one person."""

    __tablename__ = "check_in"
    person: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    open: Mapped[bool]
    expires: Mapped[datetime]
    state: Mapped[bytes] = mapped_column(LargeBinary)


class Fact(BaseModel):
    """One thing that somebody told.

    Attributes:
        kind: what it says, one of `dolbom.dialog.memory.KINDS`.
        key: what it is about; of one key there is one fact, the newest.
        value: the particular: a body part, a name, a food.
        utterance: the words in which it was told.
        day: the day that it speaks of, in the home's zone.
        confidence: how surely it was heard, understood and said by this person, 0 to 1.
        asked: when the robot last asked after it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    topic: str
    key: str
    value: str = ""
    utterance: str
    lang: str
    day: date
    confidence: float
    asked: AwareDatetime | None = None


@dataclass(frozen=True)
class Kept:
    """A fact with what the store knows of it."""

    id: UUID
    person: str
    at: datetime
    expires: datetime
    fact: Fact


class MemoryStore:
    """Facts and check-ins in the home's database.

    Args:
        store: the open database.
        key_file: where the key is.
    """

    def __init__(self, store: Store, key_file: Path | None = None) -> None:
        self._store = store
        self._key_file = key_file or default_key_file()
        self.people = People(store, self._key_file)

    def allowed(self, purpose: Purpose, at: datetime) -> list[str]:
        """Who consents to a purpose now, the first enrolled first."""
        with self._store.reading() as session:
            rows = session.execute(
                select(PersonRow.id, ConsentRow)
                .join(ConsentRow, ConsentRow.person == PersonRow.id)
                .where(ConsentRow.purpose == purpose.value)
                .order_by(PersonRow.added, PersonRow.id)
            )
            return list(dict.fromkeys(person for person, consent in rows if consent_holds(consent, at)))

    def facts(self, person: str, at: datetime) -> list[Kept]:
        """What is remembered of somebody, the oldest first; nothing without a consent that holds.

        Raises:
            UserError: if the key is lost or a fact was changed in the file.
        """
        if person not in self.allowed(Purpose.MEMORY, at):
            return []
        with self._store.reading() as session:
            rows = session.scalars(select(FactRow).where(FactRow.person == person).order_by(FactRow.at, FactRow.id))
            found = [row for row in rows if row.expires > at]
            if not found:
                return []
            keys = KeyRing(self._key_file)
            return [
                Kept(
                    row.id,
                    row.person,
                    row.at,
                    row.expires,
                    Fact.model_validate_json(keys.open(row.fact, _fact_seal(row.person, row.id))),
                )
                for row in found
            ]

    def put(self, person: str, fact: Fact, at: datetime, expires: datetime, instead_of: Sequence[UUID] = ()) -> UUID:
        """Keeps a fact, in the place of others if any are named; all or nothing."""
        keys = KeyRing(self._key_file)
        id = new_id()
        with self._store.writing() as session:
            session.execute(delete(FactRow).where(FactRow.id.in_(list(instead_of))))
            sealed = keys.seal(fact.model_dump_json().encode(), _fact_seal(person, id))
            session.add(FactRow(id=id, person=person, at=at, expires=expires, fact=sealed))
        return id

    def change(self, kept: Kept, fact: Fact) -> None:
        """Writes a fact anew under its id; its time and its end stay."""
        keys = KeyRing(self._key_file)
        with self._store.writing() as session:
            row = session.get(FactRow, kept.id)
            if row is not None:
                row.fact = keys.seal(fact.model_dump_json().encode(), _fact_seal(row.person, row.id))

    def erase(self, ids: Iterable[UUID], at: datetime, asked_by: str, *, wipe: bool = True) -> int:
        """Erases facts to the last byte; needs no key.

        Args:
            wipe: also take the traces out of the file now (writes the whole file anew); else with the next wiping.

        Returns:
            How many there were.
        """
        with self._store.writing() as session:
            gone = session.execute(delete(FactRow).where(FactRow.id.in_(list(ids))).returning(FactRow.id)).all()
            if gone:
                session.add(note_of_erasing(at, asked_by))
        if gone and wipe:
            self.people.finish_wiping()
        return len(gone)

    def purge(self, at: datetime) -> int:
        """Erases what is past its end or rests on no consent any more.

        Returns:
            How many facts and check-ins that were.
        """
        remembered, checked = self.allowed(Purpose.MEMORY, at), self.allowed(Purpose.CHECK_IN, at)
        old_facts = (FactRow.expires <= at) | FactRow.person.not_in(remembered)
        old_check_ins = (CheckInRow.expires <= at) | CheckInRow.person.not_in(checked)
        with self._store.reading() as session:
            if not any(
                session.scalars(select(column).where(old).limit(1)).first()
                for column, old in ((FactRow.person, old_facts), (CheckInRow.person, old_check_ins))
            ):
                return 0
        with self._store.writing() as session:
            gone = len(session.execute(delete(FactRow).where(old_facts).returning(FactRow.id)).all())
            gone += len(session.execute(delete(CheckInRow).where(old_check_ins).returning(CheckInRow.day)).all())
            session.add(note_of_erasing(at, "end of keeping"))
        self.people.finish_wiping()
        return gone

    # --- check-ins ----------------------------------------------------------------------------------------------

    def keep_check_in(self, person: str, day: date, state: bytes, expires: datetime, *, open: bool) -> None:
        """Writes one day's check-in, in the place of what was written of it before."""
        keys = KeyRing(self._key_file)
        with self._store.writing() as session:
            sealed = keys.seal(state, _check_in_seal(person, day.isoformat()))
            session.merge(CheckInRow(person=person, day=day.isoformat(), open=open, expires=expires, state=sealed))

    def check_ins(self, person: str, *, since: date | None = None, only_open: bool = False) -> list[tuple[date, bytes]]:
        """Somebody's check-ins, the oldest first, as they were written."""
        with self._store.reading() as session:
            query = select(CheckInRow).where(CheckInRow.person == person).order_by(CheckInRow.day)
            if since is not None:
                query = query.where(CheckInRow.day >= since.isoformat())
            if only_open:
                query = query.where(CheckInRow.open)
            rows = session.scalars(query).all()
            if not rows:
                return []
            keys = KeyRing(self._key_file)
            return [
                (date.fromisoformat(row.day), keys.open(row.state, _check_in_seal(row.person, row.day))) for row in rows
            ]


def seal_anew(session: Session, keys: KeyRing) -> None:
    """Seals everything here with the newest key, in the transaction of whoever changes the key."""
    for fact in session.scalars(select(FactRow)):
        about = _fact_seal(fact.person, fact.id)
        fact.fact = keys.seal(keys.open(fact.fact, about), about)
    for check_in in session.scalars(select(CheckInRow)):
        about = _check_in_seal(check_in.person, check_in.day)
        check_in.state = keys.seal(keys.open(check_in.state, about), about)


def _fact_seal(person: str, id: UUID) -> str:
    return f"{person} fact {id}"


def _check_in_seal(person: str, day: str) -> str:
    return f"{person} check-in {day}"
