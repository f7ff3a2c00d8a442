"""What was decided, on disk before anything of it is done, so that a restart goes on where the last process stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from dolbom.errors import UserError
from dolbom.events import CareEvent
from dolbom.routines.decisions import Decisions, Mark
from dolbom.routines.due import Due, State
from dolbom.routines.history import SETTLING, Entry, left
from dolbom.routines.keeper import KEPT
from dolbom.store.base import Store
from dolbom.store.people import PersonRow
from dolbom.store.routines import DueRow, EntryRow, MarkRow, due_seal, entry_seal
from dolbom.store.sealing import KeyRing, default_key_file

PAST = 20_000
"""So many names of what was due are read, so that nothing is done twice: years of a home."""


@dataclass(frozen=True)
class Kept:
    """What a new process goes on with.

    Attributes:
        dues: what is open and what was opened last, in that order.
        past: the names of all that was due.
        mark: how far the day was looked at.
        left: of each medicine that was counted.
        unreadable: names of what nobody can read.
    """

    dues: list[Due]
    past: set[str]
    mark: Mark | None
    left: dict[str, float]
    unreadable: list[str]


class Ledger:
    """Writes decisions down, each with its events in one transaction; reads the history.

    Args:
        store: the open home database.
        append: puts an event into the outbox within the given transaction.
        make_room: frees disk space that was kept aside; True if there is some now.
        key_file: where the key is.
    """

    def __init__(
        self,
        store: Store,
        append: Callable[[CareEvent, Session], None],
        make_room: Callable[[], bool],
        key_file: Path | None = None,
    ) -> None:
        self._store = store
        self._append = append
        self._make_room = make_room
        self._key_file = key_file or default_key_file()

    def write(self, decisions: Decisions) -> None:
        """All that was decided is on disk, fsynced, when this returns.

        Raises:
            UserError: the disk is full even after the reserve was given free, or the file cannot be written; nothing
                of it is on disk then.
        """
        if not (decisions.changed or decisions.entries or decisions.events or decisions.mark):
            return
        try:
            self._write(decisions)
        except UserError:
            if not self._make_room():
                raise
            self._write(decisions)

    def _write(self, decisions: Decisions) -> None:
        sealed = KeyRing(self._key_file) if decisions.changed or decisions.entries else None
        with self._store.writing() as session:
            # Somebody may have been forgotten since it was decided: nothing of theirs is written any more.
            known = set(session.scalars(select(PersonRow.id))) | {None}
            for due in decisions.changed.values():
                if due.state is State.VOID:
                    # It was never due: it may come again under the same name.
                    session.execute(delete(DueRow).where(DueRow.id == due.id))
                elif sealed is not None and due.person in known:
                    state = sealed.seal(due.model_dump_json().encode(), due_seal(due.id))
                    now = {"open": due.open, "at": due.at, "state": state}
                    fresh = insert(DueRow).values(id=due.id, person=due.person, routine=due.routine, **now)
                    session.execute(fresh.on_conflict_do_update(index_elements=["id"], set_=now))
            for entry in decisions.entries:
                if sealed is not None and entry.person in known:
                    session.add(
                        EntryRow(
                            id=entry.id,
                            person=entry.person,
                            what=entry.what,
                            at=entry.at,
                            counts=entry.count is not None,
                            entry=sealed.seal(
                                entry.model_dump_json(exclude_defaults=True).encode(), entry_seal(entry.id)
                            ),
                        )
                    )
            for event in decisions.events:
                self._append(event, session)
            if decisions.mark is not None:
                session.merge(MarkRow(id=1, **asdict(decisions.mark)))

    def read(self) -> Kept:
        """What a new process goes on with."""
        with self._store.reading() as session:
            newest = select(DueRow.seq).order_by(DueRow.seq.desc()).limit(KEPT)
            rows = session.scalars(
                select(DueRow).where(or_(DueRow.open, DueRow.seq.in_(newest))).order_by(DueRow.seq)
            ).all()
            past = set(session.scalars(select(DueRow.id).order_by(DueRow.seq.desc()).limit(PAST)))
            mark = session.get(MarkRow, 1)
        found, unreadable = [], []
        keys = KeyRing(self._key_file) if rows else None
        for row in rows:
            try:
                assert keys is not None
                found.append(Due.model_validate_json(keys.open(row.state, due_seal(row.id))))
            except ValidationError:
                unreadable.append(row.id)
        counted = left(self.entries(counts=True))
        return Kept(
            found, past, Mark(mark.looked, mark.zone, mark.behind) if mark is not None else None, counted, unreadable
        )

    def dues(self, first: datetime, last: datetime) -> list[Due]:
        """What was or is due from `first` until before `last`, as it stands now, in the order of its times."""
        query = select(DueRow.id, DueRow.state).where(DueRow.at >= first, DueRow.at < last)
        with self._store.reading() as session:
            rows = session.execute(query.order_by(DueRow.at, DueRow.seq)).all()
        keys = KeyRing(self._key_file) if rows else None
        return [Due.model_validate_json(keys.open(state, due_seal(id))) for id, state in rows if keys is not None]

    def entries(
        self,
        *,
        person: str | None = None,
        since: datetime | None = None,
        counts: bool = False,
        settled: bool = False,
        after: int = 0,
        until: int | None = None,
    ) -> list[Entry]:
        """The history in the order in which it was written.

        Args:
            person: only theirs, and what is for whoever is at home.
            since: only from then on.
            counts: only what counts a medicine.
            settled: only what says what became of something.
            after, until: only what was written after that number, and not after this (see `reach`).
        """
        query = select(EntryRow.id, EntryRow.entry).where(EntryRow.seq > after, *_chosen(counts, settled))
        if until is not None:
            query = query.where(EntryRow.seq <= until)
        if person is not None:
            query = query.where(or_(EntryRow.person == person, EntryRow.person.is_(None)))
        if since is not None:
            query = query.where(EntryRow.at >= since)
        with self._store.reading() as session:
            rows = session.execute(query.order_by(EntryRow.seq)).all()
        keys = KeyRing(self._key_file) if rows else None
        return [Entry.model_validate_json(keys.open(entry, entry_seal(id))) for id, entry in rows if keys is not None]

    def reach(self, *, counts: bool = False, settled: bool = False) -> tuple[int, int]:
        """How many entries there are, and the number of the newest (0: there is none); needs no key.

        Args:
            counts, settled: as of `entries`.
        """
        query = select(func.count(), func.coalesce(func.max(EntryRow.seq), 0)).where(*_chosen(counts, settled))
        with self._store.reading() as session:
            rows, newest = session.execute(query).one()
            return rows, newest


def _chosen(counts: bool, settled: bool) -> list[ColumnElement[bool]]:
    found = []
    if counts:
        found.append(or_(EntryRow.counts, EntryRow.what == "voided"))
    if settled:
        found.append(EntryRow.what.in_(SETTLING))
    return found
