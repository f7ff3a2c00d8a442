"""A home's pages for its care workers, without a robot behind them: for tests and for the pictures of the guide."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

from dolbom.clock import SEOUL, Clock, ManualClock
from dolbom.companion.checkin import TOPICS, CheckInState, Told
from dolbom.companion.schedule import write
from dolbom.events import Asked, CareEvent, CheckInGrade, DistressRaised, new_event, source
from dolbom.exercise.sessions import Exercised, ExerciseSession, Mover, TimedStands
from dolbom.games.catalogue import game as game_of
from dolbom.games.catalogue import items
from dolbom.games.game import Table
from dolbom.games.player import Attempt, Played, Player, Sitting
from dolbom.games.wording import Wording
from dolbom.platform.outbox import Outbox
from dolbom.routines.decisions import Decisions
from dolbom.routines.due import Due, State
from dolbom.routines.history import Entry
from dolbom.routines.persistence import Ledger
from dolbom.routines.routine import routine_from
from dolbom.staff import accounts
from dolbom.store.base import open_store
from dolbom.store.people import Consent, Purpose
from dolbom.web.app import NotNowError
from dolbom.web.care.access import ROBOT, Role
from dolbom.web.care.board import CareBoard, Learning, Part, Present
from dolbom.web.care.home import CareHome, open_database
from dolbom.web.care.server import CareServer, CareWebParameters

PASSWORD = "correct horse battery"
START = datetime(2026, 11, 25, 9, 30, tzinfo=SEOUL)
STAFF = {"sunhee": Role.CARE_WORKER, "hana": Role.NURSE, "minsu": Role.FAMILY, "junho": Role.TECHNICIAN,
         "admin": Role.ADMINISTRATOR}  # fmt: skip


@dataclass
class ScriptedRobot:
    """Does what the pages ask of a robot, and remembers it; `lost` names what does not answer."""

    board: CareBoard
    did: list[tuple[Any, ...]] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)

    def _do(self, what: str, *said: Any) -> None:
        if what in self.lost:
            raise NotNowError(what)
        self.did.append((what, *said))

    def switch_camera(self, on: bool) -> None:
        self._do("camera", on)
        self.board.camera("on" if on else "off")

    def say(self, text: str, lang: str) -> None:
        self._do("voice", text, lang)

    def acknowledge(self, event: UUID, role: str) -> None:
        self._do("guard", event, role)

    def attended(self, event: UUID, state: str, role: str, person: str) -> None:
        self._do("outbox", event, state, role, person)

    def restarts(self, part: str) -> bool:
        return part != "pages"

    def restart(self, part: str) -> None:
        self._do("part", part)

    def note_dose(self, **fields: Any) -> None:
        self._do("routines", fields)

    def learn_face(self, *, name: str, given_by: str, until: str, person: str) -> None:
        self._do("face", name, given_by, until, person)
        self.board.learning(Learning(name))

    def stop_learning(self) -> None:
        self._do("face", "stop")

    def play_message(self, name: str, otherwise: str, lang: str) -> None:
        self._do("voice", "message", name)


def make_home(folder: Path, clock: Clock | None = None, lang: str = "ko") -> CareHome:
    """A home in `folder`, with nothing in it."""
    board = CareBoard()
    database, store = open_database(folder / "web.db"), open_store(folder / "home.db")
    return CareHome(database, store, clock or ManualClock(START), lang, board, ScriptedRobot(board))


def robot_of(home: CareHome) -> ScriptedRobot:
    """What stands for the robot."""
    assert isinstance(home.robot, ScriptedRobot)
    return home.robot


def add_staff(home: CareHome, **roles: Role) -> None:
    """Members of staff, all with `PASSWORD`."""
    for name, role in (roles or STAFF).items():
        with home.database.writing() as session:
            secret = accounts.add(session, name, role, ROBOT, home.now())
            accounts.set_password(session, secret, PASSWORD, "", home.now())


def add_person(home: CareHome, name: str = "김순자 님") -> str:
    """Somebody who lives there."""
    consent = Consent(Purpose.CHECK_IN, "herself", home.now() - timedelta(days=1))
    return home.routines.people.add(name, consent, home.now() - timedelta(days=1))


def add_routine(home: CareHome, by: str = "hana", **fields: Any) -> str:
    """A routine from its fields; a medicine at 08:00 unless they say otherwise."""
    usual: dict[str, Any] = {"id": "pill", "kind": "medicine", "title": "혈압약", "schedule": {"at": ["08:00"]}}
    fields = usual | fields
    fields["schedule"] = {"start": "2026-11-01"} | fields["schedule"]
    if fields["kind"] == "medicine":
        fields.setdefault("medicine", {"dose": "한 알"})
    home.routines.add(routine_from(fields, home.today()), home.now() - timedelta(days=1), by)
    return str(fields["id"])


def settle(home: CareHome, routine: str, local: str, state: State, person: str | None = None) -> Due:
    """Something that was due has become this."""
    at = datetime.fromisoformat(local).replace(tzinfo=home.clock.zone)
    found = home.routines.get(routine).routine
    assert found is not None
    due = Due(
        id=f"{routine}@{local}" + (f"@{person}" if person else ""), routine=routine, version=1, kind=found.kind,
        medicine=found.medicine_key, person=person, local=at.replace(tzinfo=None), at=at,
        until=at + timedelta(hours=1), state=state, settled=at + timedelta(minutes=4),
    )  # fmt: skip
    Ledger(home.store, lambda _event, _session: None, lambda: False).write(Decisions(changed={due.id: due}))
    home.board.changed("dose")
    return due


def raise_alarm(home: CareHome, person: str | None = None) -> UUID:
    """Somebody fell, was asked and did not answer; it stands in the outbox."""
    at = home.now() - timedelta(minutes=2)
    asked = [Asked(at=at, question="괜찮으세요?", understood="silence")]
    data = DistressRaised(
        distress_id=uuid4(), cause="fall", sources=["fall"], since=at, asked=asked, confidence=0.9, reason="silence"
    )
    event: CareEvent = new_event(data, at=at, source=source("d", "h", "r"), subject=person)
    Outbox(home.store).append(event)
    home.board.changed("raised", str(event.id))
    return event.id


def furnish(home: CareHome) -> str:
    """A small household. Nobody in it exists."""
    add_staff(home)
    person = add_person(home)
    add_routine(
        home, id="blood-pressure", title="혈압약", persons=[person], schedule={"at": ["08:00", "20:00"]},
        medicine={"dose": "한 알", "min_gap_h": 8, "supply": {"count": 60, "refill_below": 10}},
    )  # fmt: skip
    add_routine(home, id="heart", title="심장약", persons=[person], schedule={"at": ["09:00"]},
                medicine={"dose": "반 알", "importance": "critical"})  # fmt: skip
    add_routine(home, id="lunch", kind="meal", title="점심", persons=[person], schedule={"at": ["12:30"]})
    add_routine(home, id="clinic", kind="appointment", title="내과", persons=[person],
                schedule={"at": ["14:00"], "rrule": "FREQ=WEEKLY;BYDAY=WE"})  # fmt: skip
    add_routine(home, id="check", kind="check_in", title="안부", persons=[person], schedule={"at": ["10:30"]})
    settle(home, "blood-pressure", "2026-11-25T08:00", State.TAKEN, person)
    settle(home, "heart", "2026-11-25T09:00", State.MISSED, person)
    awaken(home)
    return person


def live(home: CareHome, person: str, weeks: int = 1) -> None:
    """Weeks of doses and check-ins before this day, the same every time."""
    entries, ledger = [], Ledger(home.store, lambda _event, _session: None, lambda: False)
    chance = Random(7)
    for back in range(7 * weeks, 0, -1):
        day = home.today() - timedelta(days=back)
        for routine, hour in (("blood-pressure", 8), ("heart", 9)):
            local = datetime(day.year, day.month, day.day, hour)  # noqa: DTZ001
            state = chance.choices((State.TAKEN, State.REFUSED, State.MISSED, State.UNKNOWN), (9, 1, 1, 1))[0]
            entries.append(
                Entry(at=local.replace(tzinfo=home.clock.zone), what="settled", due=f"{routine}@{local:%Y-%m-%dT%H:%M}",
                      routine=routine, version=1, medicine=routine, person=person, local=local, state=state,
                      by="person" if state is State.TAKEN else "robot")
            )  # fmt: skip
        grades: tuple[CheckInGrade, ...] = ("good", "good", "good", "bad", "unclear")
        topics = {topic: Told(grade=chance.choice(grades)) for topic in TOPICS}
        if back % 5:
            write(home.memory, CheckInState(person=person, day=day, topics=topics, ended="complete", told=True))
    ledger.write(Decisions(entries=entries))


def play(home: CareHome, person: str, weeks: int = 5) -> None:
    """Weeks of proverbs and sums, the last of them found less often than before."""
    home.routines.people.consent(person, Consent(Purpose.GAMES, "본인", home.now() - timedelta(weeks=weeks)))
    chance = Random(7)
    for back in range(7 * weeks, 0, -1):
        begun = home.now() - timedelta(days=back, hours=1)
        game, able = ("proverbs", 0.85 if back > 8 else 0.2) if back % 3 else ("market", 0.85)
        rounds = []
        for item in chance.sample(list(items(game, "ko")), 8):
            found = chance.random() < able
            said = item.answers[0] if found else "모르겠어"
            tries = [Attempt(help=0, share=float(found))]
            round = game_of(game).round(item, Table("ko", Random(1), begun, Wording("ko", Random(1))))
            round.begin()
            rounds.append(Played(item=item.id, at=begun, grade="right" if found else "told", asked=round.asked,
                                 said=[said], tries=tries, difficulty=item.first_difficulty))  # fmt: skip
        sitting = Sitting(id=f"{back}", person=person, game=game, begun=begun, rounds=rounds, ended="complete",
                          enjoyed="good", spent_s=260)  # fmt: skip
        home.games.keep(Player(), person, home.now(), sitting)
    home.games.choose(person, home.now(), [], ["바다"], {"고향이 어디시지요?": "전라도 남원"})


def move(home: CareHome, person: str, weeks: int = 5) -> None:
    """Weeks of exercise, every second day; once a week standing up from a chair against the clock."""
    home.routines.people.consent(person, Consent(Purpose.EXERCISE, "본인", home.now() - timedelta(weeks=weeks)))
    home.exercise.allow_standing(person, True, home.now())
    for back in range(7 * weeks, 0, -2):
        begun, timed = home.now() - timedelta(days=back, hours=1), None
        if back % 7 == 0:
            timed = TimedStands(test="thirty_seconds", count=9, low=9, high=10, seconds=30, error=0, seen=0.97)
        done = [Exercised(exercise="arms_up", seen=8), Exercised(exercise="sit_to_stand", seen=6, voiced=2)]
        session = ExerciseSession(id=f"{back}", person=person, routine="gentle", begun=begun, done=done, timed=timed,
                                  spent_s=420, ended="complete", felt="good")  # fmt: skip
        home.exercise.keep(Mover(), person, home.now(), session)


def awaken(home: CareHome) -> None:
    """Its robot runs, and somebody sits before it."""
    person = home.routines.people.ids()[0]
    home.board.camera("on")
    home.board.guarded(True)
    home.board.present((Present(person, "sitting"),))
    for name in ("safety", "voice", "routines", "camera"):
        home.board.part(name, Part("ok", "", {}))


class CarePages:
    """The pages in a thread of their own, on a free port."""

    def __init__(self, home: CareHome) -> None:
        self.home = home
        self.server = CareServer(CareWebParameters(port=0), home)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self.server.run, args=(self._stopping,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return self.server.url

    def close(self) -> None:
        self._stopping.set()
        self._thread.join(10)
        self.home.database.close()
        self.home.store.close()
