"""What is kept of exercise, sealed, under a consent, and only for so long: how somebody exercises, and each session.

Only whose a row is, which routine, and when can be read without the key. Whoever is forgotten takes it all with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ForeignKey, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dolbom.exercise.sessions import ExerciseSession, Mover
from dolbom.store.base import Base
from dolbom.store.memory import MemoryStore
from dolbom.store.people import Purpose, note_of_erasing
from dolbom.store.sealing import KeyRing

KEPT = timedelta(days=400)
"""A year, and the weeks before."""


class ExerciseMoverRow(Base):
    """How one person exercises."""

    __tablename__ = "exercise_mover"
    person: Mapped[str] = mapped_column(String(48), ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[bytes] = mapped_column(LargeBinary)


class ExerciseSessionRow(Base):
    """One session."""

    __tablename__ = "exercise_session"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    person: Mapped[str] = mapped_column(String(48), ForeignKey("person.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    routine: Mapped[str] = mapped_column(String(32))
    state: Mapped[bytes] = mapped_column(LargeBinary)


class ExerciseStore:
    """Exercise in the home's database; nothing is kept or read of somebody without a consent that holds.

    Args:
        memory: whose database, key and consents.
    """

    def __init__(self, memory: MemoryStore) -> None:
        self._memory = memory
        self._store = memory.people.store

    def movers(self, at: datetime) -> list[str]:
        """Everybody who consents, the first enrolled first."""
        return self._memory.allowed(Purpose.EXERCISE, at)

    def mover(self, person: str | None, at: datetime) -> Mover:
        """How somebody exercises; somebody new, if nothing is kept or they do not consent.

        Raises:
            UserError: if the key is lost or the row was changed in the file.
        """
        if person is None or person not in self.movers(at):
            return Mover()
        with self._store.reading() as session:
            row = session.get(ExerciseMoverRow, person)
            if row is None:
                return Mover()
            keys = self._memory.people.keys(session)
            return Mover.model_validate_json(keys.open(row.state, _mover_seal(person)))

    def keep(self, mover: Mover, person: str, at: datetime, done: ExerciseSession | None = None) -> bool:
        """Writes how somebody exercises, with a session if one is given; all or nothing.

        Whether they may stand is what a person said (`allow_standing`): it stays as it is kept.

        Returns:
            False if they do not consent: nothing was written.
        """
        if person not in self.movers(at):
            return False
        with self._store.writing() as session:
            keys = self._memory.people.keys(session)
            before = session.get(ExerciseMoverRow, person)
            stands = False
            if before is not None:
                stands = Mover.model_validate_json(keys.open(before.state, _mover_seal(person))).stands
            self._write(session, keys, person, mover.model_copy(update={"stands": stands}))
            if done is not None:
                state = keys.seal(done.model_dump_json().encode(), _session_seal(person, done.id))
                session.merge(
                    ExerciseSessionRow(id=done.id, person=person, at=done.begun, routine=done.routine, state=state)
                )
        return True

    def allow_standing(self, person: str, stands: bool, at: datetime) -> bool:
        """A person of their care said whether somebody may exercise standing.

        Returns:
            False if they do not consent to anything being kept: nothing was written.
        """
        if person not in self.movers(at):
            return False
        mover = self.mover(person, at)
        with self._store.writing() as session:
            keys = self._memory.people.keys(session)
            self._write(session, keys, person, mover.model_copy(update={"stands": stands}))
        return True

    def sessions(self, person: str, at: datetime, since: date | None = None) -> list[ExerciseSession]:
        """Somebody's sessions, the oldest first; none without a consent that holds."""
        if person not in self.movers(at):
            return []
        with self._store.reading() as session:
            query = select(ExerciseSessionRow).where(ExerciseSessionRow.person == person)
            if since is not None:
                begin = datetime(since.year, since.month, since.day, tzinfo=at.tzinfo)
                query = query.where(ExerciseSessionRow.at >= begin)
            rows = session.scalars(query.order_by(ExerciseSessionRow.at, ExerciseSessionRow.id)).all()
            if not rows:
                return []
            keys = self._memory.people.keys(session)
            return [
                ExerciseSession.model_validate_json(keys.open(row.state, _session_seal(row.person, row.id)))
                for row in rows
            ]

    def purge(self, at: datetime) -> int:
        """Erases what is past its time or rests on no consent any more.

        Returns:
            How many rows that were.
        """
        movers = self.movers(at)
        old = (ExerciseSessionRow.at <= at - KEPT) | ExerciseSessionRow.person.not_in(movers)
        alone = ExerciseMoverRow.person.not_in(movers)
        with self._store.reading() as session:
            if (
                not session.scalars(select(ExerciseSessionRow.id).where(old).limit(1)).first()
                and not session.scalars(select(ExerciseMoverRow.person).where(alone).limit(1)).first()
            ):
                return 0
        with self._store.writing() as session:
            gone = len(session.execute(delete(ExerciseSessionRow).where(old).returning(ExerciseSessionRow.id)).all())
            gone += len(session.execute(delete(ExerciseMoverRow).where(alone).returning(ExerciseMoverRow.person)).all())
            session.add(note_of_erasing(at, "end of keeping"))
        self._memory.people.finish_wiping()
        return gone

    @staticmethod
    def _write(session: Session, keys: KeyRing, person: str, mover: Mover) -> None:
        sealed = keys.seal(mover.model_dump_json().encode(), _mover_seal(person))
        session.merge(ExerciseMoverRow(person=person, state=sealed))


def seal_anew(session: Session, keys: KeyRing) -> None:
    """Seals everything here with the newest key, in the transaction of whoever changes the key."""
    movers: Sequence[ExerciseMoverRow] = session.scalars(select(ExerciseMoverRow)).all()
    for mover in movers:
        about = _mover_seal(mover.person)
        mover.state = keys.seal(keys.open(mover.state, about), about)
    for done in session.scalars(select(ExerciseSessionRow)):
        about = _session_seal(done.person, done.id)
        done.state = keys.seal(keys.open(done.state, about), about)


def _mover_seal(person: str) -> str:
    return f"{person} mover"


def _session_seal(person: str, id: str) -> str:
    return f"{person} exercise {id}"
