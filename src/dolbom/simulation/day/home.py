"""The home's own database in the virtual day: the cast as people whom the robot knows, their consents and routines."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from dolbom.platform.outbox import Outbox
from dolbom.routines.routine import routine_from
from dolbom.routines.simulate import quick
from dolbom.simulation.scenario.language import Member, Scenario
from dolbom.store.base import open_store
from dolbom.store.memory import MemoryStore
from dolbom.store.people import Consent, People, PersonRow, Purpose
from dolbom.store.routines import Book, RoutineStore
from dolbom.store.sealing import KeyRing


@lru_cache(maxsize=1)
def _empty() -> bytes:
    """A database with its tables and nothing in them: its migrations are run once in a process."""
    with tempfile.TemporaryDirectory(prefix="dolbom-day-") as folder:
        path = Path(folder) / "home.db"
        open_store(path).close()
        return path.read_bytes()


class HomeStore:
    """A home's database. Its people have the ids that the scenario gives them.

    Args:
        scenario: whose cast and routines.
        at: civil time at the beginning.
        folder: of the home, for the robot's processes; without it one that is gone afterwards.
    """

    def __init__(self, scenario: Scenario, at: datetime, folder: Path | None = None) -> None:
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="dolbom-day-")
        folder = folder or Path(str(self._temporary and self._temporary.name))
        self.key_file = folder / "keys" / "faces.key"
        if self._temporary:
            (folder / "home.db").write_bytes(_empty())
        opened = open_store(folder / "home.db")
        self.store = quick(opened) if self._temporary else opened
        self._add_people(scenario.cast, at)
        self.people = People(self.store, self.key_file)
        self.names = {who: member.name for who, member in scenario.cast.items() if member.known}
        routines = RoutineStore(self.store, self.key_file)
        if scenario.routines:
            made = [routine_from(one, at.date()) for one in scenario.routines]
            routines.add_all(made, at - timedelta(days=1), "scenario")
        self.book = Book(routines)
        self.memory = MemoryStore(self.store, self.key_file)
        self.outbox = Outbox(self.store, reserve=4096)

    def address(self, person: str | None) -> str | None:
        """How the robot calls somebody whom it knows."""
        return self.names.get(person or "")

    def close(self) -> None:
        """Takes the home away."""
        self.store.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def _add_people(self, cast: Mapping[str, Member], at: datetime) -> None:
        keys = KeyRing.new(self.key_file)
        known = {who: member for who, member in cast.items() if member.known}
        with self.store.writing() as session:
            for who, member in known.items():
                name = keys.seal(member.name.encode(), f"{who} name")
                session.add(PersonRow(id=who, name=name, added=at - timedelta(days=30)))
        people = People(self.store, self.key_file)
        for who, member in known.items():
            for purpose in dict.fromkeys((Purpose.FACE, *member.consents)):
                people.consent(who, Consent(purpose, "home", at - timedelta(days=30)))
