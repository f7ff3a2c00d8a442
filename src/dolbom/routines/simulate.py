"""Virtual days: the core with its database, a person who answers by chance, a clock that jumps, a process that dies.

The same seed makes the same days. What the robot did is judged by `checking.Checker`, which shares nothing with the
rules that decide.
"""

from __future__ import annotations

import hashlib
import heapq
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import event

from dolbom.clock import SEOUL
from dolbom.routines.checking import Checker
from dolbom.routines.decisions import Begin, Decisions, Remind
from dolbom.routines.following import RoutineParameters, Rules
from dolbom.routines.history import adherence, final
from dolbom.routines.keeper import Keeper
from dolbom.routines.observations import Happened, Moment, Noticed, Observation, Reminded, Said, Said_, Tick
from dolbom.routines.occurrences import occurrences
from dolbom.routines.persistence import Ledger
from dolbom.routines.person import Answer, Fickle, Person
from dolbom.routines.routine import Routine, routine_from
from dolbom.store.base import Store, open_store
from dolbom.store.people import PersonRow
from dolbom.store.routines import RoutineStore
from dolbom.store.sealing import KeyRing

START = date(2026, 3, 1)
SOURCE = "/district/d/home/h/robot/r"

HOME: tuple[dict[str, Any], ...] = (
    {"id": "pressure", "kind": "medicine", "title": "혈압약", "persons": ["p1"], "recording": "daughter.wav",
     "schedule": {"at": ["08:00", "20:00"]},
     "medicine": {"dose": "한 알", "importance": "critical", "min_gap_h": 8,
                  "supply": {"count": 60, "refill_below": 10}}},
    {"id": "sugar", "kind": "medicine", "title": "당뇨약", "persons": ["p1"],
     "schedule": {"at": ["08:00", "12:30", "18:30"], "weekend_at": ["09:00", "13:30", "19:00"]},
     "medicine": {"dose": "한 알", "min_gap_h": 4}},
    {"id": "after-breakfast", "kind": "medicine", "title": "위장약", "persons": ["p1"],
     "schedule": {"at": ["06:30"]},
     "after": {"event": "meal.breakfast", "delay_min": 30, "at_the_latest": "10:00"},
     "medicine": {"dose": "반 알"}},
    {"id": "bones", "kind": "medicine", "title": "뼈약", "persons": ["p1"],
     "schedule": {"at": ["07:00"], "rrule": "FREQ=WEEKLY;BYDAY=MO"}, "window_min": 240,
     "medicine": {"min_gap_h": 120, "importance": "optional"}},
    {"id": "pain", "kind": "medicine", "title": "진통제", "persons": ["p1"],
     "medicine": {"dose": "한 알", "as_needed": True, "min_gap_h": 6}},
    {"id": "drops", "kind": "medicine", "title": "안약", "persons": ["p2"],
     "schedule": {"at": ["05:30", "09:30", "13:30", "17:30", "21:50"]}, "window_min": 45,
     "medicine": {"dose": "한 방울", "min_gap_h": 4}},
    {"id": "night", "kind": "medicine", "title": "수면약", "persons": ["p2"],
     "schedule": {"at": ["21:45"]}, "medicine": {"min_gap_h": 18}},
    {"id": "vitamin", "kind": "medicine", "title": "비타민", "persons": ["p1", "p2"],
     "schedule": {"at": ["08:00"]}, "medicine": {"importance": "optional", "min_gap_h": 12}},
    {"id": "breakfast", "kind": "meal", "title": "아침", "schedule": {"at": ["07:30"]}},
    {"id": "water", "kind": "water", "title": "물",
     "schedule": {"at": ["09:00"], "rrule": "FREQ=HOURLY;INTERVAL=3;BYHOUR=9,12,15,18"}},
    {"id": "dentist", "kind": "appointment", "title": "치과",
     "schedule": {"at": ["13:00"], "rrule": "FREQ=MONTHLY;BYDAY=2TU"}},
    {"id": "bins", "kind": "bin_day", "title": "재활용",
     "schedule": {"at": ["17:00"], "rrule": "FREQ=WEEKLY;BYDAY=TU,FR"}},
    {"id": "talk", "kind": "check_in", "title": "안부", "persons": ["p1"], "schedule": {"at": ["10:00"]}},
    {"id": "stretching", "kind": "exercise", "title": "체조", "schedule": {"at": ["15:00"]}},
    {"id": "birthday", "kind": "birthday", "title": "손녀", "schedule": {"start": "2020-02-29", "at": ["09:30"]}},
)  # fmt: skip


@dataclass(frozen=True)
class Trouble:
    """How much goes wrong, as chances.

    Attributes:
        kill: that the process dies at an observation.
        jump: that the calendar is set, an hour.
        unasked: that the person speaks of medicine unasked, an hour.
    """

    kill: float = 0.02
    jump: float = 0.01
    unasked: float = 0.08


class World:
    """One home: its database, the core, the person, and time.

    Attributes:
        true_s: seconds since the beginning; no clock in the home shows it.

    Args:
        routines: of the home.
        store: its database; people p1 and p2 are known in it.
        person: who answers.
        chance: everything else that happens by chance.
        trouble: how much of it.
    """

    def __init__(
        self,
        routines: Iterable[Routine],
        store: Store,
        key_file: Path,
        *,
        person: Person,
        chance: random.Random,
        trouble: Trouble,
        start: datetime,
        zone: ZoneInfo = SEOUL,
        lang: str = "ko",
    ) -> None:
        self.zone, self._lang, self._start = zone, lang, start
        self.parameters = RoutineParameters()
        self.ledger = Ledger(store, lambda _event, _session: None, lambda: False, key_file)
        self.library = RoutineStore(store, key_file)
        for routine in routines:
            self.library.add(routine, start, "simulation")
        known = {one.id: one.routine for one in self.library.all() if one.routine is not None}
        self.checker = Checker(known, zone, self.parameters.quiet)
        self._person, self._chance, self._trouble = person, chance, trouble
        self.true_s = 0.0
        self._booted, self._offset = 0.0, timedelta(0)
        self._queue: list[tuple[float, int, Callable[[Moment], Observation]]] = []
        self._number = 0
        self.counts = {"kills": 0, "jumps": 0, "prompts": 0, "events": 0, "observations": 0}
        self.keeper = self._booted_keeper()

    # --- time ---

    def civil(self) -> datetime:
        """What the calendar of the home shows."""
        return (self._start + timedelta(seconds=self.true_s) + self._offset).astimezone(self.zone)

    def moment(self) -> Moment:
        """Now, as the robot's process sees it: its behaviour time begins anew with each process."""
        return Moment(self.true_s - self._booted, self.civil())

    def _true(self) -> Moment:
        return Moment(self.true_s, self.civil())

    def run(self, until_s: float, on_day: Callable[[], None] = lambda: None) -> None:
        """Lets time pass."""
        next_hour = self.true_s
        while self.true_s < until_s:
            wake = self._booted + self.keeper.next_at(self.moment())
            due = self._queue[0][0] if self._queue else until_s
            self.true_s = max(self.true_s + 1e-3, min(wake, due, next_hour, until_s))
            if self.true_s >= next_hour:
                if next_hour % 86400 == 0:
                    on_day()
                next_hour += 3600
                self._an_hour()
            if self._queue and self._queue[0][0] <= self.true_s:
                made = heapq.heappop(self._queue)[2]
                self.observe(made(self.moment()))
            else:
                self.observe(Tick(self.moment()))

    def observe(self, observation: Observation) -> None:
        """One observation, its decisions written and carried out; the process may die at any point of it."""
        self.counts["observations"] += 1
        dies = self._chance.random() < self._trouble.kill
        where = self._chance.random() if dies else 1.0
        decisions = self.keeper.observe(observation)
        if where < 0.3:
            self.die()  # nothing of it was written
            return
        self._write(decisions)
        if where < 0.6:
            self.die()  # written, and nothing of it done
            return
        self._carry_out(decisions)
        if dies:
            self.die()

    def die(self) -> None:
        """The process is killed; what was being said ends with it, and a new one starts later."""
        self.counts["kills"] += 1
        self._queue = [one for one in self._queue if one[1] < 0]
        heapq.heapify(self._queue)
        long = self._chance.random() < 0.1
        self.true_s += self._chance.uniform(600, 30_000) if long else self._chance.uniform(1, 120)
        self._booted = self.true_s
        self.keeper = self._booted_keeper()

    def set_calendar(self, offset: timedelta) -> None:
        """The calendar of the home is set so far off the truth."""
        self.counts["jumps"] += 1
        self._offset = offset
        self.observe(Tick(self.moment()))

    def lost(self) -> list[str]:
        """What should have been due by now, by a calendar that is right again, and never was."""
        first, now = self._start, self.civil()
        seen = self.checker.settled()
        expected = occurrences(self.checker.routines.values(), first, now - timedelta(minutes=2), self.zone)
        return [one.id for one in expected if one.id not in seen and one.id not in self.keeper.dues]

    def _booted_keeper(self) -> Keeper:
        rules = Rules(self.parameters, SOURCE, self._lang, self.zone, lambda _person: "어르신")
        keeper, kept = Keeper(rules), self.ledger.read()
        keeper.set_routines(self.library.held())
        decisions = keeper.restore(kept.dues, kept.past, kept.mark, kept.left, self.moment())
        self._write(decisions)
        self._carry_out(decisions)
        return keeper

    def _write(self, decisions: Decisions) -> None:
        self.ledger.write(decisions)
        self.counts["events"] += len(decisions.events)
        self.checker.written(decisions, self._true())

    def _carry_out(self, decisions: Decisions) -> None:
        for act in decisions.acts:
            self.checker.done(act, self._true())
            if isinstance(act, Remind | Begin):
                self.counts["prompts"] += 1
                self._answer(act, self._person.answer(act))

    def _answer(self, act: Remind | Begin, said: Answer) -> None:
        def made(at: Moment) -> Observation:
            return Reminded(at, act.prompt, said.outcome, said.answer, said.heard, said.told)

        self._later(said.after_s, made)

    def _later(self, after_s: float, made: Callable[[Moment], Observation]) -> None:
        self._number += 1
        heapq.heappush(self._queue, (self.true_s + after_s, self._number, made))

    def _an_hour(self) -> None:
        """What else happens within the next hour."""
        chance, trouble = self._chance, self._trouble
        hour = self.civil().hour
        if hour == 7 and chance.random() < 0.8:
            self._later(chance.uniform(0, 3600), lambda at: Happened(at, "meal.breakfast"))
        if chance.random() < 0.1:
            self._later(chance.uniform(0, 3600), lambda at: Noticed(at, "hand_to_mouth", "p1", 0.7))
        if chance.random() < trouble.unasked:
            says: tuple[Said_, ...] = ("taken", "taken", "taken", "not_taken", "refused", "unsure")
            what = chance.choice(says)
            names = ("", "", "혈압약", "당뇨약", "진통제", "비타민", "안약")
            medicine, person = chance.choice(names), chance.choice([None, "p1", "p1", "p2"])
            self._later(chance.uniform(0, 3600), lambda at: Said(at, what, person, medicine, "…"))
        if self._offset:
            if chance.random() < 0.5:
                self.set_calendar(timedelta(0))
        elif chance.random() < trouble.jump:
            wrong = chance.choice([-7200, -1800, -90, 90, 1200, 5400, 10_800, 86_400 * 2, 86_400 * 400, -86_400 * 3])
            self.set_calendar(timedelta(seconds=wrong + chance.uniform(-30, 30)))

    def put_right(self) -> None:
        """The calendar shows the truth again."""
        if self._offset:
            self.set_calendar(timedelta(0))


def quick(store: Store) -> Store:
    """The same store without waiting for the disk: a simulated death does not pull the plug."""

    @event.listens_for(store.engine, "connect")
    def _quick(driver: Any, _record: Any) -> None:
        driver.execute("PRAGMA synchronous=OFF")

    store.engine.dispose()
    return store


def home(folder: Path, people: Iterable[str] = ("p1", "p2")) -> tuple[Store, Path]:
    """An empty home in a folder, in which some people are known by their ids."""
    key_file = folder / "keys" / "home.key"
    keys = KeyRing.new(key_file)
    store = quick(open_store(folder / "home.db"))
    with store.writing() as session:
        for person in people:
            name = keys.seal(person.encode(), f"{person} name")
            session.add(PersonRow(id=person, name=name, added=datetime(2026, 1, 1, tzinfo=UTC)))
    return store, key_file


def simulate(
    days: int, seed: int, folder: Path, on_day: Callable[[], None] = lambda: None, trouble: Trouble | None = None
) -> dict[str, Any]:
    """So many virtual days.

    Returns:
        What happened: counts, how the doses ended, adherence, every broken rule, and a digest of the whole history.
    """
    store, key_file = home(folder)
    chance = random.Random(seed)  # noqa: S311 — the same days for the same seed
    routines = [routine_from(dict(one), START) for one in HOME]
    start = datetime(START.year, START.month, START.day, tzinfo=SEOUL)
    world = World(
        routines,
        store,
        key_file,
        person=Fickle(random.Random(seed + 1)),  # noqa: S311
        chance=chance,
        trouble=trouble or Trouble(),
        start=start,
    )
    world.run(days * 86_400.0, on_day)
    world.put_right()
    world.observe(Tick(world.moment()))
    world.checker.open_left({id: due for id, due in world.keeper.dues.items() if due.open})
    violations = world.checker.violations + [f"{id}: fell due and was never followed" for id in world.lost()]
    entries = world.ledger.entries()
    digest = hashlib.sha256()
    for entry in entries:
        digest.update(entry.model_dump_json(exclude={"id"}).encode() + b"\n")
    ended: dict[str, int] = {}
    for last in final(entries).values():
        if last.medicine and last.state is not None:
            ended[last.state.value] = ended.get(last.state.value, 0) + 1
    weeks = adherence(entries)
    by_medicine = {
        medicine: round(sum(one.taken for one in weeks if one.medicine == medicine) / due, 3)
        for medicine in sorted({one.medicine for one in weeks})
        if (due := sum(one.due for one in weeks if one.medicine == medicine))
    }
    store.close()
    return {
        "days": days,
        "seed": seed,
        "doses": dict(sorted(ended.items())),
        "adherence": by_medicine,
        **world.counts,
        "entries": len(entries),
        "violations": len(violations),
        "broken": violations[:50],
        "digest": digest.hexdigest(),
    }
