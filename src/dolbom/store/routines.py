"""The home's routines with every version of them, and what became of what was due, sealed as all that concerns health.

A change names the version that it was made from: of two who change the same version the second is told so, and nothing
is lost. Whoever is forgotten (`People.forget`) takes their routines, doses and history with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dolbom.errors import UserError
from dolbom.routines.keeper import Held
from dolbom.routines.routine import Kind, Routine
from dolbom.store.base import Base, Store
from dolbom.store.people import People, PersonRow
from dolbom.store.sealing import KeyRing, default_key_file

Act = Literal["added", "changed", "removed", "undone"]


class RoutineRow(Base):
    """One version of a routine. None is ever changed or, but for forgetting, erased.

    `content` is the version whose content it has: its own, after an undo that of an older one, 0 for a removed routine.
    `timed`: its times are others than those of the version before.
    """

    __tablename__ = "routine"
    id: Mapped[str] = mapped_column(String(48), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(64))
    act: Mapped[str] = mapped_column(String(8))
    content: Mapped[int]
    timed: Mapped[bool]
    persons: Mapped[str] = mapped_column(String(600))
    body: Mapped[bytes] = mapped_column(LargeBinary)


class DueRow(Base):
    """One thing that is or was due: the columns are for those who look things up, `state` is the whole of it.

    `seq` is the order of opening, which no clock can turn round.
    """

    __tablename__ = "routine_due"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(160), unique=True)
    person: Mapped[str | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    routine: Mapped[str] = mapped_column(String(48))
    open: Mapped[bool] = mapped_column(index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[bytes] = mapped_column(LargeBinary)


class EntryRow(Base):
    """One entry of the history, in the order of writing; only ever added. `counts`: of a medicine that is counted."""

    __tablename__ = "routine_entry"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    person: Mapped[str | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    what: Mapped[str] = mapped_column(String(12), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    counts: Mapped[bool] = mapped_column(index=True)
    entry: Mapped[bytes] = mapped_column(LargeBinary)


class MarkRow(Base):
    """How far the day was looked at; one row."""

    __tablename__ = "routine_mark"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    looked: Mapped[datetime]
    zone: Mapped[str] = mapped_column(String(64))
    behind: Mapped[datetime | None]


class Conflict(UserError):
    """Somebody else changed it meanwhile."""


@dataclass(frozen=True)
class Version:
    """One version of a routine; `routine` is None where it was removed."""

    id: str
    version: int
    at: datetime
    by: str
    act: Act
    routine: Routine | None


class RoutineStore:
    """The routines in one home's database.

    Args:
        store: the open database.
        key_file: where the key is.
    """

    def __init__(self, store: Store, key_file: Path | None = None) -> None:
        self._store = store
        self._key_file = key_file or default_key_file()
        self.people = People(store, self._key_file)

    def add(self, routine: Routine, at: datetime, by: str) -> int:
        """Puts a new routine in; see `add_all`.

        Returns:
            Its version.
        """
        return self.add_all([routine], at, by)[0]

    def add_all(self, routines: Iterable[Routine], at: datetime, by: str) -> list[int]:
        """Puts new routines in, all or none.

        Returns:
            Their versions.

        Raises:
            UserError: if there is one of an id already, or one is for somebody who is not known here.
        """
        versions = []
        with self._store.writing() as session:
            for routine in routines:
                newest = _newest(session, routine.id)
                if newest is not None and newest.content:
                    raise UserError(
                        f"there is a routine ‘{routine.id}’ already", "give this one another id, or change that one"
                    )
                versions.append(self._put(session, routine.id, newest, routine, at, by, "added"))
                session.flush()
        return versions

    def change(self, routine: Routine, version: int, at: datetime, by: str) -> int:
        """Puts a changed routine in the place of a version.

        Returns:
            The new version.

        Raises:
            Conflict: if it is not the newest any more.
            UserError: if there is no such routine, or it is for somebody who is not known here.
        """
        with self._store.writing() as session:
            newest = self._the(session, routine.id)
            self._same(newest, version)
            return self._put(session, routine.id, newest, routine, at, by, "changed")

    def remove(self, id: str, at: datetime, by: str, version: int | None = None) -> int:
        """Takes a routine out; its history stays, and it can be undone.

        Raises:
            Conflict: if `version` is given and not the newest any more.
            UserError: if there is no such routine.
        """
        with self._store.writing() as session:
            newest = self._the(session, id)
            if version is not None:
                self._same(newest, version)
            return self._put(session, id, newest, None, at, by, "removed")

    def undo(self, id: str, at: datetime, by: str, version: int | None = None) -> Version:
        """Takes the last change back, by a new version; once more, the one before.

        Raises:
            Conflict: if `version` is given and not the newest any more.
            UserError: if there is no such routine, or nothing to undo.
        """
        with self._store.writing() as session:
            newest = _newest(session, id)
            if newest is None:
                raise UserError(f"there is no routine ‘{id}’", "see `dolbom routines list --all`")
            if version is not None:
                self._same(newest, version)
            keys = self._keys(session)
            # A removal has no content of its own: what it took away stands in the version before it.
            before = session.get(RoutineRow, (id, (newest.content or newest.version) - 1))
            if newest.act == "undone" and not newest.content:
                raise UserError(f"nothing of ‘{id}’ is left to undo", "add it again with `dolbom routines add`")
            content = before.content if before is not None else 0
            old = session.get(RoutineRow, (id, content)) if content else None
            routine = _open(old, keys) if old is not None else None
            made = self._put(session, id, newest, routine, at, by, "undone", content)
            return Version(id, made, at, by, "undone", routine)

    def get(self, id: str) -> Version:
        """A routine as it is now.

        Raises:
            UserError: if there is none.
        """
        with self._store.reading() as session:
            return _version(self._the(session, id), self._keys(session))

    def all(self, *, removed: bool = False) -> list[Version]:
        """Every routine as it is now, by id.

        Args:
            removed: those that were taken out as well.
        """
        with self._store.reading() as session:
            newest = _all_newest(session)
            if not newest:
                return []
            keys = self._keys(session)
            return [_version(row, keys) for row in newest if row.content or removed]

    def versions(self, id: str) -> list[Version]:
        """Every version of a routine, the oldest first.

        Raises:
            UserError: if there never was such a routine.
        """
        with self._store.reading() as session:
            rows = session.scalars(select(RoutineRow).where(RoutineRow.id == id).order_by(RoutineRow.version)).all()
            if not rows:
                raise UserError(f"there is no routine ‘{id}’", "see `dolbom routines list --all`")
            keys = self._keys(session)
            return [_version(row, keys) for row in rows]

    def revision(self) -> tuple[object, ...]:
        """What differs when a routine was changed, or somebody became known or was forgotten; needs no key."""
        with self._store.reading() as session:
            routines = session.execute(select(func.count(), func.max(RoutineRow.at)).select_from(RoutineRow)).one()
            return (*routines, session.scalar(select(func.count()).select_from(PersonRow)))

    def held(self) -> list[Held]:
        """The routines as the keeper follows them, each with since when its times hold and what held before."""
        with self._store.reading() as session:
            newest = [row for row in _all_newest(session) if row.content]
            if not newest:
                return []
            keys, known, found = self._keys(session), set(session.scalars(select(PersonRow.id))), []
            for row in newest:
                timed = session.scalars(
                    select(RoutineRow)
                    .where(RoutineRow.id == row.id, RoutineRow.timed)
                    .order_by(RoutineRow.version.desc())
                    .limit(1)
                ).one()
                old = session.get(RoutineRow, (row.id, timed.version - 1))
                routine = _open(row, keys)
                persons = tuple(person for person in routine.persons if person in known)
                if routine.persons and not persons:
                    continue
                before = _open(old, keys) if old is not None and old.content else None
                held = routine.model_copy(update={"persons": persons})
                found.append(Held(held, row.version, timed.at, before))
            return found

    def _put(
        self,
        session: Session,
        id: str,
        newest: RoutineRow | None,
        routine: Routine | None,
        at: datetime,
        by: str,
        act: Act,
        content: int | None = None,
    ) -> int:
        version = 1 if newest is None else newest.version + 1
        keys = self._keys(session, may_make=newest is None)
        unknown = set(routine.persons if routine else ()) - set(session.scalars(select(PersonRow.id)))
        if unknown:
            raise UserError(
                f"persons: nobody is known here as {', '.join(sorted(unknown))}", "see `dolbom consent list`"
            )
        if content is None:
            content = version if routine is not None else 0
        old = _open(newest, keys) if newest is not None and newest.content else None
        kept = routine or old
        assert kept is not None or newest is not None
        body = kept.model_dump_json().encode() if kept is not None else b""
        session.add(
            RoutineRow(
                id=id, version=version, at=at, by=by[:64], act=act, content=content,
                timed=_times(routine) != _times(old),
                persons=" ".join(kept.persons) if kept is not None else "", body=keys.seal(body, _seal(id, version)),
            )
        )  # fmt: skip
        return version

    def _keys(self, session: Session, *, may_make: bool = False) -> KeyRing:
        # As with people: a new key beside what a lost one sealed would hide the loss.
        first = may_make and session.scalars(select(RoutineRow.id).limit(1)).first() is None
        return self.people.keys(session, may_make=first)

    @staticmethod
    def _the(session: Session, id: str) -> RoutineRow:
        row = _newest(session, id)
        if row is None or not row.content:
            raise UserError(f"there is no routine ‘{id}’", "see `dolbom routines list`")
        return row

    @staticmethod
    def _same(newest: RoutineRow, version: int) -> None:
        if newest.version != version:
            raise Conflict(
                f"‘{newest.id}’ was changed meanwhile by {newest.by}: it is at {newest.version}, not at {version}",
                f"look at it with `dolbom routines show {newest.id}` and make your change again; nothing was lost",
            )


class Book:
    """The routines as they are now, for a program that goes on: read again when somebody has changed them.

    Attributes:
        held: as `RoutineStore.held` gives them.
    """

    def __init__(self, store: RoutineStore) -> None:
        self._store = store
        self._revision: tuple[object, ...] | None = None
        self.held: list[Held] = []

    def look(self) -> bool:
        """Whether they are others than at the last look.

        Raises:
            UserError: if they cannot be read; `held` is as it was.
        """
        revision = self._store.revision()
        if revision == self._revision:
            return False
        self.held, self._revision = self._store.held(), revision
        return True

    def has(self, kind: Kind, person: str) -> bool:
        """Whether there is a routine of a kind for somebody now.

        Raises:
            UserError: if they cannot be read.
        """
        self.look()
        routines = (one.routine for one in self.held)
        return any(one.enabled and one.kind == kind and person in (one.persons or (person,)) for one in routines)


def _times(routine: Routine | None) -> object:
    """All that decides when something is due."""
    if routine is None:
        return None
    return routine.schedule, routine.persons, routine.off, routine.enabled, routine.after, routine.kind


def _newest(session: Session, id: str) -> RoutineRow | None:
    query = select(RoutineRow).where(RoutineRow.id == id).order_by(RoutineRow.version.desc()).limit(1)
    return session.scalars(query).first()


def _all_newest(session: Session) -> list[RoutineRow]:
    rows = session.scalars(select(RoutineRow).order_by(RoutineRow.id, RoutineRow.version))
    return list({row.id: row for row in rows}.values())


def _version(row: RoutineRow, keys: KeyRing) -> Version:
    acts: dict[str, Act] = {"added": "added", "changed": "changed", "removed": "removed", "undone": "undone"}
    return Version(row.id, row.version, row.at, row.by, acts[row.act], _open(row, keys) if row.content else None)


def _open(row: RoutineRow, keys: KeyRing) -> Routine:
    return _read(keys.open(row.body, _seal(row.id, row.version)))


@lru_cache(maxsize=1024)
def _read(body: bytes) -> Routine:
    # Versions never change and are asked for again and again; a routine is frozen.
    return Routine.model_validate_json(body)


def _seal(id: str, version: int) -> str:
    return f"routine {id} {version}"


def due_seal(id: str) -> str:
    """What the state of something due is sealed for."""
    return f"due {id}"


def entry_seal(id: UUID) -> str:
    """What an entry of the history is sealed for."""
    return f"entry {id}"


def seal_anew(session: Session, keys: KeyRing) -> None:
    """Seals everything here with the newest key, in the transaction of whoever changes the key."""
    for row in session.scalars(select(RoutineRow)):
        about = _seal(row.id, row.version)
        row.body = keys.seal(keys.open(row.body, about), about)
    for due in session.scalars(select(DueRow)):
        due.state = keys.seal(keys.open(due.state, due_seal(due.id)), due_seal(due.id))
    for entry in session.scalars(select(EntryRow)):
        entry.entry = keys.seal(keys.open(entry.entry, entry_seal(entry.id)), entry_seal(entry.id))


def forget(session: Session, people: Iterable[str]) -> None:
    """Erases the routines that are for nobody but these; needs no key. Their doses and history go with the person."""
    gone = set(people)
    rows = session.execute(select(RoutineRow.id, RoutineRow.persons))
    of: dict[str, set[str]] = {}
    for id, persons in rows:
        of.setdefault(id, set()).update(persons.split())
    theirs = [id for id, persons in of.items() if persons and persons <= gone]
    session.execute(delete(RoutineRow).where(RoutineRow.id.in_(theirs)))
