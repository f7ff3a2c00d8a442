"""A home as it is after a year: people, routines with their history, every dose, the events, the trail of the staff.

Made by a seed: the same seed gives the same home (ids and keys aside), ending today. Nobody in it exists.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import insert

from dolbom.clock import Clock
from dolbom.companion.checkin import CheckInState, Told
from dolbom.companion.schedule import write as write_check_in
from dolbom.events import (
    Asked,
    CameraSwitched,
    CareEvent,
    Data,
    DeviceState,
    DistressRaised,
    DoseMissed,
    DoseReminded,
    DoseTaken,
    FallSuspected,
    VisitorUnknown,
    new_event,
    source,
)
from dolbom.platform.outbox import OutboxRow, State
from dolbom.routines.decisions import Decisions
from dolbom.routines.due import Due
from dolbom.routines.due import State as DueState
from dolbom.routines.history import Entry
from dolbom.routines.occurrences import Occurrence, occurrences
from dolbom.routines.persistence import Ledger
from dolbom.routines.routine import routine_from
from dolbom.staff import accounts
from dolbom.staff.models import Audit
from dolbom.store.base import open_store
from dolbom.store.memory import Fact, MemoryStore
from dolbom.store.people import Consent, Purpose
from dolbom.store.routines import RoutineStore
from dolbom.web.care.access import ROBOT, Role
from dolbom.web.care.home import open_database

NAMES = ("김순자 님", "박영수 님", "이정희 님")
MEDICINES = (
    ("blood-pressure", "혈압약", 0, ["08:00", "20:00"], "normal"),
    ("heart", "심장약", 0, ["09:00"], "critical"),
    ("sugar", "당뇨약", 0, ["07:30", "18:30"], "critical"),
    ("vitamin", "비타민", 1, ["09:30"], "optional"),
    ("stomach", "위장약", 1, ["07:40", "12:10", "18:10"], "normal"),
    ("eyes", "안약", 2, ["10:00", "16:00"], "normal"),
    ("bones", "칼슘", 2, ["20:30"], "normal"),
    ("sleep", "수면제", 2, ["21:30"], "normal"),
)
OTHERS = (
    ("breakfast", "meal", "아침", ["08:10"]),
    ("lunch", "meal", "점심", ["12:30"]),
    ("supper", "meal", "저녁", ["18:20"]),
    ("water", "water", "물", ["11:00", "15:00"]),
    ("check", "check_in", "안부", ["10:30"]),
    ("bins", "reminder", "쓰레기", ["19:00"]),
    ("stretch", "exercise", "체조", ["14:00"]),
    ("game", "game", "놀이", ["16:30"]),
)
OCCURRENCES = sum(len(at) for *_, at, _ in MEDICINES) + len(NAMES) * sum(len(at) for *_, at in OTHERS)
"""Of a day."""
VERSIONS = 6
CHECK_INS = 119
FACTS = 40
TRAIL = 0.5
"""Lines of the trail to one event."""
CHUNK = 5_000
PASSWORD = "correct horse battery"  # noqa: S105 - of nobody


@dataclass(frozen=True)
class Year:
    """What was made: counts, and what a browser needs to ask for every page."""

    people: tuple[str, ...]
    events: int
    doses: int
    routine: str
    user: str
    token: str


def furnish(folder: Path, clock: Clock, days: int, events: int, seed: int, made: Callable[[int], None]) -> Year:
    """Makes the home in an empty folder.

    Args:
        days: how long the robot has been there.
        events: how many care events of that time are in the outbox.
        made: is told how many rows were made since the last call.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    key, now = folder / "keys" / "faces.key", clock.civil()
    store, database = open_store(folder / "home.db"), open_database(folder / "web.db")
    began = now - timedelta(days=days)
    routines, memory = RoutineStore(store, key), MemoryStore(store, key)
    people = tuple(routines.people.add(name, Consent(Purpose.CHECK_IN, "herself", began), began) for name in NAMES)
    for person in people:
        routines.people.consent(person, Consent(Purpose.MEMORY, "herself", began))
    _routines(routines, people, began, now, chance)
    found = [one.routine for one in routines.all() if one.routine is not None]
    ledger = Ledger(store, lambda _event, _session: None, lambda: False, key)
    doses, day = 0, began
    while day < now:
        settled = occurrences(found, day, min(now, day + timedelta(days=7)) - timedelta(seconds=1), clock.zone)
        ledger.write(_settled(settled, chance))
        doses += sum(one.routine.kind == "medicine" for one in settled)
        made(len(settled))
        day += timedelta(days=7)
    for person in people:
        _talk(memory, person, now, chance)
        made(FACTS + CHECK_INS)
    happened = _Events(people, began, now, events, chance)
    for begin in range(0, events, CHUNK):
        rows = [happened.row(number) for number in range(begin, min(events, begin + CHUNK))]
        with store.writing() as session:
            session.execute(insert(OutboxRow), rows)
        made(len(rows))
    lines = round(events * TRAIL)
    for begin in range(0, lines, CHUNK):
        some = [_line(number, began + (now - began) * (number / lines)) for number in range(begin, begin + CHUNK)]
        with database.writing() as session:
            session.execute(insert(Audit), some[: lines - begin])
        made(len(some))
    with database.writing() as session:
        secret = accounts.add(session, "admin", Role.ADMINISTRATOR, ROBOT, now)
        accounts.set_password(session, secret, PASSWORD, "", now)
        for name in ("sunhee", "hana", "minsu", "junho"):
            accounts.add(session, name, Role.CARE_WORKER, ROBOT, now)
        _, token = accounts.add_token(session, "bench", Role.ADMINISTRATOR, 1, ROBOT, now)
    store.close()
    database.close()
    return Year(people, events, doses, MEDICINES[0][0], "admin", token)


def _routines(
    routines: RoutineStore, people: tuple[str, ...], began: datetime, now: datetime, chance: random.Random
) -> None:
    start = (began - timedelta(days=1)).date()
    wanted: list[dict[str, Any]] = [
        {"id": id, "kind": "medicine", "title": title, "persons": [people[whose]],
         "schedule": {"start": start.isoformat(), "at": at},
         "medicine": {"dose": "한 알", "importance": importance, "supply": {"count": 5000, "refill_below": 10}}}
        for id, title, whose, at, importance in MEDICINES
    ]  # fmt: skip
    wanted += [
        {"id": f"{id}-{number}", "kind": kind, "title": title, "persons": [person],
         "schedule": {"start": start.isoformat(), "at": at}}
        for number, person in enumerate(people) for id, kind, title, at in OTHERS
    ]  # fmt: skip
    for fields in wanted:
        at = began
        routine = routine_from(fields, now.date())
        version = routines.add(routine, at, "hana")
        for _ in range(VERSIONS - 1):
            at += (now - began) / VERSIONS * chance.random()
            words = routine.model_dump() | {"say": f"{fields['title']} 드실 시간이에요. {chance.randint(1, 99)}"}
            version = routines.change(routine_from(words, now.date()), version, at, "hana")


def _settled(found: list[Occurrence], chance: random.Random) -> Decisions:
    decisions = Decisions()
    for one in found:
        medicine = one.routine.kind == "medicine"
        states = (DueState.TAKEN, DueState.REFUSED, DueState.MISSED, DueState.UNKNOWN)
        state = chance.choices(states, (90, 2, 5, 3))[0] if medicine else DueState.DONE
        at = one.at + timedelta(minutes=chance.randint(1, 20))
        decisions.changed[one.id] = Due(
            id=one.id, routine=one.routine.id, version=VERSIONS, kind=one.routine.kind,
            medicine=one.routine.medicine_key, person=one.person, local=one.local, at=one.at, until=one.until,
            state=state, began=one.at, reminders=1, settled=at, counted=medicine,
        )  # fmt: skip
        common: dict[str, Any] = {
            "due": one.id, "routine": one.routine.id, "version": VERSIONS, "medicine": one.routine.medicine_key,
            "person": one.person, "local": one.local,
        }  # fmt: skip
        decisions.entries += [
            Entry(at=one.at, what="opened", **common),
            Entry(at=one.at, what="reminded", step=0, **common),
            Entry(at=at, what="settled", state=state, by="person", count=1.0 if medicine else None, **common),
        ]
    return decisions


def _talk(memory: MemoryStore, person: str, now: datetime, chance: random.Random) -> None:
    for number in range(FACTS):
        at = now - timedelta(days=chance.uniform(0, 60))
        fact = Fact(kind="pain", topic="health", key=f"health:{number}", utterance=f"무릎이 쑤셔 {number}", lang="ko",
                    day=at.date(), confidence=0.9)  # fmt: skip
        memory.put(person, fact, at, now + timedelta(days=90))
    for ago in range(CHECK_INS):
        topics = {topic: Told(grade=chance.choice(("good", "good", "bad"))) for topic in ("health", "meals", "sleep")}
        state = CheckInState(person=person, day=now.date() - timedelta(days=ago), topics=topics,
                             ended="complete", told=True)  # fmt: skip
        write_check_in(memory, state)


class _Events:
    """The year's events, evenly over its time; every four hundredth is an alarm, and the last two still stand."""

    def __init__(
        self, people: tuple[str, ...], began: datetime, now: datetime, count: int, chance: random.Random
    ) -> None:
        self._people, self._began, self._now, self._count, self._chance = people, began, now, count, chance
        self._source = source("bench", "h1", "r1")

    def row(self, number: int) -> dict[str, Any]:
        at = self._began + (self._now - self._began) * (number / self._count)
        alarm = number % 400 == 399
        stands = alarm and number >= self._count - 800
        event: CareEvent = new_event(
            self._alarm(at) if alarm else self._usual(at), at=at, source=self._source,
            subject=self._chance.choice(self._people),
        )  # fmt: skip
        state = State.RECEIVED if stands or not alarm else State.CLOSED
        return {
            "id": event.id, "kind": event.kind, "severity": event.severity.value, "alarm": alarm, "at": at,
            "json": event.to_json().decode(), "state": state.value, "tries": 1, "received_at": at, "by": "district",
            "note": None,
        }  # fmt: skip

    def _usual(self, at: datetime) -> Data:
        id, title, _, times, importance = self._chance.choice(MEDICINES)
        local = at.replace(tzinfo=None, second=0, microsecond=0)
        dose: dict[str, Any] = {
            "dose_id": f"{id}@{local:%Y-%m-%dT%H:%M}", "routine": id, "medicine": id, "title": title, "dose": "한 알",
            "importance": importance, "local": local, "due": at,
        }  # fmt: skip
        kind = self._chance.choices(range(7), (34, 30, 4, 12, 8, 8, 4))[0]
        if kind == 0:
            return DoseReminded(**dose, step=0, how=["voice"])
        if kind == 1:
            return DoseTaken(**dose, taken_at=at)
        if kind == 2:
            return DoseMissed(**dose, reason="no_answer", reminders=len(times))
        if kind == 3:
            return DeviceState(part="camera", level=self._chance.choice(("ok", "warn")), message="few frames")
        if kind == 4:
            return CameraSwitched(enabled=self._chance.random() < 0.5, by="care_worker")
        if kind == 5:
            return FallSuspected(since=at, confidence=0.4)
        return VisitorUnknown(since=at, confidence=0.6)

    @staticmethod
    def _alarm(at: datetime) -> Data:
        asked = [Asked(at=at, question=q, understood="silence") for q in ("괜찮으세요?", "제 말 들리세요? 괜찮으세요?")]
        return DistressRaised(
            distress_id=uuid4(), cause="fall", sources=["fall"], since=at, reason="silence", asked=asked, confidence=0.9
        )


def _line(number: int, at: datetime) -> dict[str, Any]:
    return {
        "at": at, "who": ("sunhee", "hana")[number % 2], "role": "nurse", "action": "view",
        "object": ("today", "routines", "events")[number % 3], "detail": "", "address": "127.0.0.1",
    }  # fmt: skip
