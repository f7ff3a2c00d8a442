"""The people of a home as the robot may know them: names and face templates, sealed, each with the consent for it.

No picture is ever kept. Without a consent that holds, no template is stored or read; whoever is forgotten leaves no
byte in the database file, only a note that somebody was forgotten, when, and who asked for it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import numpy.typing as npt
from sqlalchemy import ForeignKey, LargeBinary, Select, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dolbom.errors import UserError
from dolbom.store.base import Base, Store, explained
from dolbom.store.sealing import KeyRing, default_key_file

Vector = npt.NDArray[np.float32]


class Purpose(StrEnum):
    """What somebody consents to."""

    FACE = "face_recognition"
    MEMORY = "memory"  # what they tell is remembered
    CHECK_IN = "check_in"  # a daily talk, of which a summary in grades leaves the home
    CHECK_IN_WORDS = "check_in_words"  # the summary also carries their words
    GAMES = "games"  # what they play and how, and their own answers to practise; without it games leave nothing behind
    EXERCISE = "exercise"  # how they exercise, and what is measured of standing up; without it nothing of it is kept
    MOOD = "mood_screening"  # two questions on mood every two weeks; who answers "often" is told to a person


class PersonRow(Base):
    """Somebody the robot may know by name."""

    __tablename__ = "person"
    id: Mapped[str] = mapped_column(String(48), primary_key=True)
    name: Mapped[bytes] = mapped_column(LargeBinary)
    added: Mapped[datetime]


class ConsentRow(Base):
    """What somebody agreed to; kept after it ended, as the record of it, until they are forgotten."""

    __tablename__ = "consent"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(32))
    given_by: Mapped[bytes] = mapped_column(LargeBinary)
    given: Mapped[datetime]
    until: Mapped[datetime | None]
    withdrawn: Mapped[datetime | None]


class TemplateRow(Base):
    """One view of a face as numbers."""

    __tablename__ = "face_template"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    model: Mapped[str] = mapped_column(String(48))
    view: Mapped[str] = mapped_column(String(16))
    added: Mapped[datetime]
    template: Mapped[bytes] = mapped_column(LargeBinary)


class ForgettingRow(Base):
    """That somebody was forgotten: nothing in it says who."""

    __tablename__ = "forgetting"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(64))
    people: Mapped[int]
    wiped: Mapped[bool]


@dataclass(frozen=True)
class Consent:
    """One consent.

    Attributes:
        given_by: who gave it: the person, or who may decide for them.
        until: when it ends by itself, or None.
        withdrawn: when it was taken back, or None.
    """

    purpose: Purpose
    given_by: str
    given: datetime
    until: datetime | None = None
    withdrawn: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether it was given, and has neither ended nor been taken back."""
        return self.given <= at and (self.until is None or at < self.until) and self.withdrawn is None


@dataclass(frozen=True)
class Person:
    """One enrolled person."""

    id: str
    name: str
    added: datetime
    views: tuple[str, ...]
    consents: tuple[Consent, ...]


@dataclass(frozen=True, eq=False)
class View:
    """One template to be stored: which side of the face, (128,) numbers, and what made them."""

    side: str
    template: Vector
    model: str


class People:
    """The people in one home's database.

    Args:
        store: the open database.
        key_file: where the key is; made on first enrolment, never while something sealed is waiting for an old one.
    """

    def __init__(self, store: Store, key_file: Path | None = None) -> None:
        self._store = store
        self._key_file = key_file or default_key_file()
        self._named: tuple[tuple[tuple[str, bytes], ...], dict[str, str]] = ((), {})

    @property
    def store(self) -> Store:
        """The database that they are in."""
        return self._store

    def enrol(self, name: str, views: Sequence[View], consent: Consent, at: datetime, person: str | None = None) -> str:
        """Stores somebody's name and face, with the consent for it, all or nothing.

        Args:
            name: how the robot calls them.
            views: at least one.
            consent: for face recognition; must hold now.
            at: now.
            person: an enrolled person whose face is taken anew, instead of a new one.

        Returns:
            The person's opaque id.

        Raises:
            UserError: without a consent that holds, without a name or view, for an unknown person.
        """
        name = name.strip()
        if not name or len(name) > 60:
            raise UserError("a name has 1 to 60 characters", "give another --name")
        if not views:
            raise UserError("no view of the face to store", "enrol from at least three pictures")
        if consent.purpose is not Purpose.FACE or not consent.holds(at):
            raise UserError("no consent to face recognition holds", "record who gave it, with an end in the future")
        with self._store.writing() as session:
            keys = self.keys(session, may_make=True)
            if person is None:
                person = "p" + secrets.token_hex(4)
                session.add(PersonRow(id=person, name=keys.seal(name.encode(), f"{person} name"), added=at))
            else:
                row = self._row(session, person)
                row.name = keys.seal(name.encode(), f"{person} name")
                session.execute(delete(TemplateRow).where(TemplateRow.person == person))
            session.flush()
            session.add(_consent_row(person, consent, keys))
            for view in views:
                template = np.ascontiguousarray(view.template, dtype="<f4").tobytes()
                made = TemplateRow(id=uuid4(), person=person, model=view.model, view=view.side, added=at)
                made.template = keys.seal(template, f"{person} {made.id} {view.model}")
                session.add(made)
        return person

    def add(self, name: str, consent: Consent, at: datetime) -> str:
        """Stores somebody's name without a face, with a consent to something else than face recognition.

        Returns:
            The person's opaque id.

        Raises:
            UserError: without a name, or without a consent that holds.
        """
        name = name.strip()
        if not name or len(name) > 60:
            raise UserError("a name has 1 to 60 characters", "give another name")
        if consent.purpose is Purpose.FACE or not consent.holds(at):
            raise UserError("no consent holds for which a name alone is kept", "see `dolbom consent give --help`")
        with self._store.writing() as session:
            keys = self.keys(session, may_make=True)
            person = "p" + secrets.token_hex(4)
            session.add(PersonRow(id=person, name=keys.seal(name.encode(), f"{person} name"), added=at))
            session.flush()
            session.add(_consent_row(person, consent, keys))
        return person

    def rename(self, person: str, name: str) -> None:
        """How the robot calls somebody from now on.

        Raises:
            UserError: without a name, or for an unknown person.
        """
        name = name.strip()
        if not name or len(name) > 60:
            raise UserError("a name has 1 to 60 characters", "give another name")
        with self._store.writing() as session:
            row = self._row(session, person)
            row.name = self.keys(session).seal(name.encode(), f"{person} name")

    def templates(self, at: datetime, model: str) -> dict[str, list[Vector]]:
        """The templates of everybody whose consent holds now, by person id.

        Args:
            at: now.
            model: what makes the templates they will be compared with; others are of no use.

        Raises:
            UserError: if the key is lost or a template was changed.
        """
        found: dict[str, list[Vector]] = {}
        with self._store.reading() as session:
            allowed = {row.person for row in session.scalars(_face_consents()) if _consent_times(row).holds(at)}
            rows = [row for row in session.scalars(select(TemplateRow)) if row.person in allowed and row.model == model]
            if rows:
                keys = self.keys(session)
                for row in rows:
                    plain = keys.open(row.template, f"{row.person} {row.id} {row.model}")
                    found.setdefault(row.person, []).append(np.frombuffer(plain, dtype="<f4").astype(np.float32))
        return found

    def everybody(self) -> list[Person]:
        """All enrolled people, the first enrolled first.

        Raises:
            UserError: if the key is lost.
        """
        with self._store.reading() as session:
            rows = session.scalars(select(PersonRow).order_by(PersonRow.added, PersonRow.id)).all()
            return [self._person(session, row, self.keys(session)) for row in rows]

    def names(self) -> dict[str, str]:
        """How the robot calls everybody, by id, the first enrolled first.

        Raises:
            UserError: if the key is lost.
        """
        query = select(PersonRow.id, PersonRow.name).order_by(PersonRow.added, PersonRow.id)
        with self._store.reading() as session:
            sealed = tuple((row.id, row.name) for row in session.execute(query))
            if sealed != self._named[0]:
                keys = self.keys(session) if sealed else None
                opened = {id: keys.open(name, f"{id} name").decode() for id, name in sealed if keys is not None}
                self._named = sealed, opened
            return dict(self._named[1])

    def name_of(self, person: str) -> str | None:
        """How the robot calls a person, or None if there is no such person."""
        with self._store.reading() as session:
            row = session.get(PersonRow, person)
            if row is None:
                return None
            return self.keys(session).open(row.name, f"{person} name").decode()

    def find(self, said: str) -> str:
        """The id of a person named by id or by name.

        Raises:
            UserError: if nobody, or more than one, is called so.
        """
        everybody = self.everybody()
        found = [person.id for person in everybody if said in (person.id, person.name)]
        if len(found) == 1:
            return found[0]
        if found:
            raise UserError(f"{len(found)} people are called {said!r}", f"name one by id: {', '.join(found)}")
        raise UserError(f"nobody is enrolled as {said!r}", "see `dolbom consent list`")

    def find_or_only(self, said: str) -> str:
        """As `find`; if nothing is said, the only person of the home.

        Raises:
            UserError: as `find`, and if nobody is named among several.
        """
        everybody = self.ids()
        if said or not everybody:
            return self.find(said)
        if len(everybody) > 1:
            names = ", ".join(person.name for person in self.everybody())
            raise UserError("several people live here", f"name one with --person: {names}")
        return everybody[0]

    def consent(self, person: str, consent: Consent) -> None:
        """Records another consent, such as one that lasts longer.

        Raises:
            UserError: for an unknown person.
        """
        with self._store.writing() as session:
            self._row(session, person)
            keys = self.keys(session)
            session.add(_consent_row(person, consent, keys))

    def withdraw(self, person: str, at: datetime, purpose: Purpose = Purpose.FACE) -> None:
        """Takes all consents to a purpose back and erases what rested on them: for faces the templates.

        What rested on another purpose is erased by `MemoryStore.purge`.

        Raises:
            UserError: for an unknown person, or if another program keeps the file busy; then the traces that are
                left in it go with `finish_wiping`.
        """
        with self._store.writing() as session:
            self._row(session, person)
            given = select(ConsentRow).where(ConsentRow.purpose == purpose.value, ConsentRow.person == person)
            for row in session.scalars(given):
                row.withdrawn = row.withdrawn or at
            if purpose is Purpose.FACE:
                session.execute(delete(TemplateRow).where(TemplateRow.person == person))
            session.add(note_of_erasing(at, "withdrawn consent"))
        self.finish_wiping()

    def erase_expired(self, at: datetime) -> int:
        """Erases templates for which no consent holds any more.

        Returns:
            How many people that concerned.
        """
        with self._store.reading() as session:
            over = self._without_consent(session, at)
        if not over:
            return 0
        with self._store.writing() as session:
            over = self._without_consent(session, at)
            session.execute(delete(TemplateRow).where(TemplateRow.person.in_(over)))
            session.add(note_of_erasing(at, "end of consent"))
        self.finish_wiping()
        return len(over)

    def forget(self, people: Iterable[str], asked_by: str, at: datetime) -> None:
        """Erases people: names, templates, consents. Needs no key: also what nobody can read any more can go.

        Args:
            people: their ids.
            asked_by: who asked for it, for the note that stays: a role or a staff id, not the person's name.
            at: now.

        Raises:
            UserError: for an unknown person (nobody is forgotten then), or if another program keeps the file busy;
                then they are forgotten, and the traces that are left in the file go with `finish_wiping`.
        """
        from dolbom.store import routines  # they stand on this module

        wanted = sorted(set(people))
        with self._store.writing() as session:
            routines.forget(session, wanted)
            for person in wanted:
                session.delete(self._row(session, person))
            session.add(note_of_erasing(at, asked_by, len(wanted)))
        self.finish_wiping()

    def ids(self) -> list[str]:
        """The ids of all enrolled people; needs no key."""
        with self._store.reading() as session:
            return list(session.scalars(select(PersonRow.id).order_by(PersonRow.added, PersonRow.id)))

    def forgettings(self) -> list[tuple[datetime, str, int]]:
        """When how many people were forgotten, and who asked for it (0 people: only templates were erased)."""
        with self._store.reading() as session:
            rows = session.scalars(select(ForgettingRow).order_by(ForgettingRow.at))
            return [(row.at, row.asked_by, row.people) for row in rows]

    def finish_wiping(self) -> None:
        """Takes the last traces of what was erased out of the file: free pages, and the write-ahead log.

        Does nothing if nothing waits for it. To be called again after it failed, and when a program starts.

        Raises:
            UserError: if another program keeps the file busy.
        """
        with self._store.reading() as session:
            waiting = session.scalars(select(ForgettingRow.id).where(ForgettingRow.wiped.is_(False))).all()
        if not waiting:
            return
        raw = self._store.engine.raw_connection()
        try:
            driver = raw.driver_connection
            assert driver is not None
            # VACUUM writes the whole file anew, without what rearranged pages still held; the checkpoint then empties
            # the log, in which the erased rows were once written.
            driver.execute("VACUUM")
            busy = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except Exception as error:
            raise explained(error, self._store.path) from error
        finally:
            raw.close()
        if busy:
            raise UserError(
                f"another program reads {self._store.path}: the traces of what was erased are not all gone yet",
                "they go when it is done; run `dolbom faces wipe` to be sure",
            )
        with self._store.writing() as session:
            for row in session.scalars(select(ForgettingRow).where(ForgettingRow.id.in_(waiting))):
                row.wiped = True

    def new_key(self) -> None:
        """Seals everything anew with a new key and drops the old one.

        Stopped in the middle, both keys stay in the file and everything can still be read.
        """
        # They stand on this module.
        from dolbom.store import memory, routines
        from dolbom.store.exercise import ExerciseStore
        from dolbom.store.games import GameStore

        with self._store.reading() as session:
            keys = self.keys(session)
        keys.add_key()
        with self._store.writing() as session:
            for person in session.scalars(select(PersonRow)):
                about = f"{person.id} name"
                person.name = keys.seal(keys.open(person.name, about), about)
            for consent in session.scalars(select(ConsentRow)):
                about = f"{consent.person} {consent.id}"
                consent.given_by = keys.seal(keys.open(consent.given_by, about), about)
            for row in session.scalars(select(TemplateRow)):
                about = f"{row.person} {row.id} {row.model}"
                row.template = keys.seal(keys.open(row.template, about), about)
            memory.seal_anew(session, keys)
            GameStore.seal_anew(session, keys)
            ExerciseStore.seal_anew(session, keys)
            routines.seal_anew(session, keys)
        keys.drop_old_keys()

    def keys(self, session: Session, may_make: bool = False) -> KeyRing:
        """The home's keys, made if nothing was sealed with any yet and `may_make`."""
        # A new key beside people sealed with a lost one would hide the loss until somebody misses them.
        if may_make and not self._key_file.exists() and not session.scalar(select(func.count(PersonRow.id))):
            return KeyRing.new(self._key_file)
        return KeyRing(self._key_file)

    @staticmethod
    def _row(session: Session, person: str) -> PersonRow:
        row = session.get(PersonRow, person)
        if row is None:
            raise UserError(f"nobody is enrolled with the id {person!r}", "see `dolbom faces list`")
        return row

    @staticmethod
    def _without_consent(session: Session, at: datetime) -> set[str]:
        allowed = {row.person for row in session.scalars(_face_consents()) if _consent_times(row).holds(at)}
        return set(session.scalars(select(TemplateRow.person).distinct())) - allowed

    def _person(self, session: Session, row: PersonRow, keys: KeyRing) -> Person:
        views = session.scalars(
            select(TemplateRow.view).where(TemplateRow.person == row.id).order_by(TemplateRow.added, TemplateRow.view)
        )
        consents = session.scalars(select(ConsentRow).where(ConsentRow.person == row.id).order_by(ConsentRow.given))
        return Person(
            row.id,
            keys.open(row.name, f"{row.id} name").decode(),
            row.added,
            tuple(views),
            tuple(
                Consent(
                    Purpose(consent.purpose),
                    keys.open(consent.given_by, f"{row.id} {consent.id}").decode(),
                    consent.given,
                    consent.until,
                    consent.withdrawn,
                )
                for consent in consents
            ),
        )


def _face_consents() -> Select[ConsentRow]:
    return select(ConsentRow).where(ConsentRow.purpose == Purpose.FACE.value)


def _consent_times(row: ConsentRow) -> Consent:
    return Consent(Purpose(row.purpose), "", row.given, row.until, row.withdrawn)


def consent_holds(row: ConsentRow, at: datetime) -> bool:
    """Whether a consent that is kept holds at a time."""
    return _consent_times(row).holds(at)


def _consent_row(person: str, consent: Consent, keys: KeyRing) -> ConsentRow:
    row = ConsentRow(id=uuid4(), person=person, purpose=consent.purpose.value, given=consent.given)
    row.until, row.withdrawn = consent.until, consent.withdrawn
    row.given_by = keys.seal(consent.given_by.encode(), f"{person} {row.id}")
    return row


def note_of_erasing(at: datetime, asked_by: str, people: int = 0) -> ForgettingRow:
    """The row that stays after an erasure; the file is wiped of its traces by `People.finish_wiping`."""
    return ForgettingRow(id=uuid4(), at=at, asked_by=asked_by[:64] or "unnamed", people=people, wiped=False)
