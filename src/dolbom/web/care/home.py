"""What the parts of the care worker's pages share: the two databases, the clock, the robot, what is so now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from fastapi import Request
from pydantic import ValidationError

from dolbom.clock import Clock
from dolbom.i18n import phrase
from dolbom.places import data_folder
from dolbom.reports.records import Records
from dolbom.routines.day import Happening, day
from dolbom.routines.following import RoutineParameters
from dolbom.routines.history import Adherence, adherence
from dolbom.routines.keeper import Held
from dolbom.routines.occurrences import Occurrence, occurrences
from dolbom.routines.persistence import Ledger
from dolbom.routines.person import Policy
from dolbom.routines.recurrence import instant
from dolbom.routines.routine import Routine
from dolbom.routines.supplies import Supplies
from dolbom.sensors.persistence import Ledger as ActivityLedger
from dolbom.speech import own_sounds
from dolbom.staff.database import Database
from dolbom.store.base import Store
from dolbom.store.exercise import ExerciseStore
from dolbom.store.games import GameStore
from dolbom.store.memory import MemoryStore
from dolbom.store.people import Person
from dolbom.store.routines import RoutineStore, Version
from dolbom.store.sight import SightStore, Text
from dolbom.store.speech import SpeechSettings, SpeechStore
from dolbom.web import pictures
from dolbom.web.care import recordings, removed
from dolbom.web.care.board import CareBoard
from dolbom.web.care.graph_recording import Recordings
from dolbom.web.care.robot import Robot
from dolbom.web.care.shared import Shared

MIGRATIONS = Path(__file__).parent / "migrations"


def open_database(path: Path | None = None) -> Database:
    """The staff's database: web.db in the home's folder, apart from home.db, which the robot itself lives on.

    Raises:
        UserError: if it cannot be opened.
    """
    return Database(path or data_folder() / "web.db", MIGRATIONS)


@dataclass
class CareHome:
    """A home as the care worker's pages see it.

    Args:
        database: of the staff.
        store: home.db.
        lang: the language that the robot speaks.
        robot: what it works on.
        secure: whether the pages are served over TLS.
    """

    database: Database
    store: Store
    clock: Clock
    lang: str
    board: CareBoard
    robot: Robot
    secure: bool = False

    def __post_init__(self) -> None:
        self.routines = RoutineStore(self.store)
        self.memory = MemoryStore(self.store)
        self.games = GameStore(self.memory)
        self.exercise = ExerciseStore(self.memory)
        self.speech = SpeechStore(self.store)
        self.sight = SightStore(self.store)
        self.described: dict[str, tuple[str, SpeechSettings, Text]] = {}  # how they were called and spoken to before
        self.ledger = Ledger(self.store, lambda _event, _session: None, lambda: False)
        self.supplies = Supplies(self.ledger)
        self.activity = ActivityLedger(self.store, lambda _event, _session: None, lambda: False)
        self.records = Records(self.store, self.clock.zone)
        self.graph = Recordings(self.store.path.parent / "recordings")
        self.fragments = Shared[str](lambda: self.board.number)
        self._planned = lru_cache(maxsize=64)(self._plan)
        self._listed = lru_cache(maxsize=2)(self._all)
        self._falling = lru_cache(maxsize=16)(self._occurrences)
        self._taken = lru_cache(maxsize=16)(self._adherence)

    def parameters(self) -> RoutineParameters:
        """The times that all routines share, as the node that follows them says; the usual ones before it has."""
        part = self.board.parts.get("routines")
        try:
            return RoutineParameters.model_validate_json(part.values["times"] if part is not None else "{}")
        except (KeyError, ValidationError):
            return RoutineParameters()

    def tidy(self) -> None:
        """Erases what was kept aside for its time: to be called now and then."""
        now = self.now()
        for folder in (pictures.own_folder(), own_sounds.own_folder()):
            removed.forget_old(folder, now)
        recordings.forget_old_messages(now)

    def now(self) -> datetime:
        """Civil time, in the home's zone."""
        return self.clock.civil().astimezone(self.clock.zone)

    def today(self) -> date:
        """The date in the home."""
        return self.now().date()

    def people(self) -> list[Person]:
        """Everybody who is known here."""
        return self.routines.people.everybody() if self.routines.people.ids() else []

    def names(self) -> dict[str, str]:
        """How the robot calls everybody, by id."""
        return self.routines.people.names()

    def listed(self, *, removed: bool = False) -> list[Version]:
        """Every routine as it is now, by id, as it was last read; `removed`: also those that were taken out."""
        found = self._listed(self.routines.revision())
        return [one for one in found if removed or one.routine is not None]

    def occurrences(self, first: date, last: date) -> list[Occurrence]:
        """Everything that falls on these days, both included."""
        return self._falling(self.routines.revision(), first, last)

    def _all(self, _revision: tuple[object, ...]) -> list[Version]:
        return self.routines.all(removed=True)

    def _occurrences(self, _revision: tuple[object, ...], first: date, last: date) -> list[Occurrence]:
        routines = [one.routine for one in self.listed() if one.routine is not None]
        begin, end = self.bounds(first)[0], self.bounds(last)[1] - timedelta(seconds=1)
        return occurrences(routines, begin, end, self.clock.zone)

    def plan(self, on: date, policy: Policy = "takes", instead: Routine | None = None) -> list[Happening]:
        """All that happens on a day; see `dolbom.routines.day.day`.

        Args:
            instead: a routine as somebody is writing it, in the place of the one of its id or beside the others.
        """
        if instead is None or any(one.routine == instead for one in self.listed()):
            what = (*self.routines.revision(), *self.names().items(), self.parameters())
            return self._planned(what, on, policy)
        return self._day([*(one for one in self._held() if one.routine.id != instead.id), Held(instead)], on, policy)

    def _plan(self, _revision: tuple[object, ...], on: date, policy: Policy) -> list[Happening]:
        return self._day(self._held(), on, policy)

    def adherence(self, weeks: int) -> list[Adherence]:
        """How the medicines were taken in the last weeks."""
        return self._taken(self.ledger.reach(settled=True), self.today() - timedelta(weeks=weeks))

    def _adherence(self, _reach: tuple[int, int], since: date) -> list[Adherence]:
        return adherence(self.ledger.entries(since=self.bounds(since)[0], settled=True))

    def _held(self) -> list[Held]:
        return self.routines.held()

    def _day(self, held: list[Held], on: date, policy: Policy) -> list[Happening]:
        names, usual = self.names(), phrase(self.lang, "distress.address")

        def address(person: str | None) -> str:
            return names.get(person, usual) if person else usual

        return day(held, on, self.clock.zone, self.lang, address, policy=policy, parameters=self.parameters())

    def bounds(self, on: date) -> tuple[datetime, datetime]:
        """The instants at which a day of the home begins and ends."""
        first, last = (
            instant(datetime(one.year, one.month, one.day), self.clock.zone)  # noqa: DTZ001
            for one in (on, on + timedelta(days=1))
        )
        return first, last


def home_of(request: Request) -> CareHome:
    """The home whose pages are asked."""
    home: CareHome = request.app.state.home
    return home
