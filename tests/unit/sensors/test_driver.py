"""What is known of a home's activity is on disk before anybody is asked: killed, full disk, forgotten people."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from dolbom.clock import SEOUL, ManualClock
from dolbom.errors import UserError
from dolbom.platform.outbox import Outbox
from dolbom.routines.simulate import quick
from dolbom.sensors.decisions import Ask, Decisions, Suspect
from dolbom.sensors.driver import Done, Driver
from dolbom.sensors.making import rules
from dolbom.sensors.observations import Moment, SeenUp, SignOfLife, Tick
from dolbom.sensors.parameters import ActivityParameters
from dolbom.sensors.persistence import ActivityRow, HourRow, Ledger
from dolbom.sensors.rhythm import Hour
from dolbom.sensors.watch import Watch
from dolbom.store.base import Store, open_store
from dolbom.store.people import Consent, People, Purpose

EIGHT = datetime(2026, 3, 2, 8, 0, tzinfo=SEOUL)
SOURCE = "/district/d/home/h/robot/r"


class Robot:
    """One process' watch over a home on disk."""

    def __init__(self, store: Store, clock: ManualClock, parameters: ActivityParameters | None = None) -> None:
        self.store, self.clock = store, clock
        self.outbox = Outbox(store, reserve=4096)
        self.ledger = Ledger(store, self.outbox.append, self.outbox.make_room)
        quiet, night = rules(parameters or ActivityParameters(), SOURCE, "ko", lambda _: "어르신", lambda: None)
        self.driver = Driver(Watch(quiet, night, self.ledger.hours), self.ledger)
        self.done: list[Done] = [self.driver.start(self.at)]

    @property
    def at(self) -> Moment:
        return Moment(self.clock.now(), self.clock.civil())

    def wait(self, hours: float, step_s: float = 60.0) -> None:
        left = hours * 3600
        while left > 0:
            self.clock.advance(min(step_s, left))
            left -= step_s
            self.done.append(self.driver.observe(Tick(self.at)))

    def asked(self) -> int:
        return sum(isinstance(act, Ask) for done in self.done for act in done.acts)

    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.outbox.entries(limit=10_000)]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return quick(open_store(tmp_path / "home.db"))


def test_silence_and_signs_survive_a_process_that_is_gone_at_any_moment(store: Store) -> None:
    clock = ManualClock(EIGHT)
    robot = Robot(store, clock)
    robot.driver.observe(SignOfLife(robot.at, "moved"))
    for _ in range(11):
        robot.wait(1.0)
        clock.advance(30)
        robot = Robot(store, clock)
    kinds = robot.kinds()
    assert [kind for kind in kinds if kind.startswith("inactivity.")] == [
        "inactivity.attention", "inactivity.caution", "inactivity.danger",
    ]  # fmt: skip


def test_a_killed_process_leaves_what_it_had_decided(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from dolbom.clock import ManualClock
        from dolbom.store.base import open_store
        from tests.unit.sensors.test_driver import EIGHT, Robot
        robot = Robot(open_store(Path(sys.argv[1])), ManualClock(EIGHT))
        while "inactivity.attention" not in robot.kinds():
            robot.wait(0.02)
        print("told", flush=True)
        while True:
            robot.wait(0.001)
    """)
    path = tmp_path / "home.db"
    child = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "told\n"
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait(10)
        child.stdout.close()
    again = Robot(open_store(path), ManualClock(EIGHT + timedelta(hours=3, minutes=7)))
    assert again.driver.watch.quiet[""].stage.value == "attention"
    again.wait(1.0)
    assert again.kinds().count("inactivity.attention") == 1


def test_while_the_disk_takes_nothing_nobody_is_asked_or_told_but_safety_is(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    robot = Robot(store, ManualClock(EIGHT))
    robot.wait(7.4)
    assert robot.kinds().count("inactivity.caution") == 1
    asked, real = robot.asked(), robot.ledger.write

    def full(*_: object) -> None:
        raise UserError("no space left on the disk", "free some space")

    monkeypatch.setattr(robot.ledger, "write", full)
    robot.done.clear()
    robot.wait(0.5)
    assert robot.driver.trouble
    assert any(isinstance(act, Suspect) for done in robot.done for act in done.acts)
    assert "inactivity.danger" not in robot.kinds()
    monkeypatch.setattr(robot.ledger, "write", real)
    robot.wait(0.05)
    assert robot.driver.trouble == ""
    assert robot.kinds().count("inactivity.danger") == 1
    assert asked == 2


def test_hours_are_kept_for_learning_added_up_over_restarts_and_end_by_themselves(store: Store) -> None:
    clock = ManualClock(EIGHT)
    robot = Robot(store, clock)
    for _ in range(6):
        robot.wait(1 / 6)
        robot.driver.observe(SignOfLife(robot.at, "moved"))
        robot = Robot(store, clock)
    robot.wait(0.1)
    eight = next(hour for hour in robot.ledger.hours("", clock.civil()) if hour.hour == 8)
    assert eight.watched_s == pytest.approx(3600, abs=130)
    assert eight.signs == 5, "the last came at nine"
    assert eight.silence_s == pytest.approx(600, abs=61)
    clock.advance(61 * 86400)
    robot.wait(2.0)
    assert all(hour.day > EIGHT.date() for hour in robot.ledger.hours("", clock.civil()))
    with store.reading() as session:
        assert not session.scalars(select(HourRow).where(HourRow.day == EIGHT.date().isoformat())).all()


def test_a_home_that_naps_after_lunch_is_asked_later_then_once_it_is_learnt(store: Store) -> None:
    usual = [
        ("", Hour(EIGHT.date() - timedelta(days=day), hour, 3600.0, 3600.0 * (3 if hour in (14, 15) else 0.5), 1))
        for day in range(1, 16)
        for hour in range(24)
    ]
    clock = ManualClock(EIGHT.replace(hour=13))
    Robot(store, clock).ledger.write(Decisions(hours=usual), clock.civil())
    robot = Robot(store, clock)
    robot.wait(3.2)
    assert robot.asked() == 0, "three hours are usual after lunch here"
    robot.wait(0.7)
    assert robot.asked() == 1
    morning = Robot(store, ManualClock(EIGHT.replace(day=3)))
    morning.driver.observe(SignOfLife(morning.at, "moved"))
    morning.wait(2.1)
    assert morning.asked() == 1, "and not two hours in the morning"


def test_hours_of_an_emergency_are_marked_back_to_its_beginning(store: Store) -> None:
    robot = Robot(store, ManualClock(EIGHT))
    robot.driver.observe(SignOfLife(robot.at, "moved"))
    robot.wait(5.0)
    hours = {hour.hour: hour.spoilt for hour in robot.ledger.hours("", robot.clock.civil())}
    assert all(hours[hour] for hour in range(8, 13)), hours


def test_whoever_is_forgotten_takes_their_silence_and_their_hours_with_them(store: Store, tmp_path: Path) -> None:
    people = People(store, tmp_path / "key")
    consent = Consent(Purpose.MEMORY, "daughter", EIGHT)
    person = people.add("김순자", consent, EIGHT)
    robot = Robot(store, ManualClock(EIGHT), ActivityParameters(persons=[person]))
    robot.wait(2.1)
    with store.reading() as session:
        assert session.scalars(select(ActivityRow.name)).all() == [person]
        assert session.scalars(select(HourRow)).all()
    people.forget([person], "daughter", EIGHT)
    with store.reading() as session:
        assert not session.scalars(select(ActivityRow)).all()
        assert not session.scalars(select(HourRow)).all()
    robot.wait(0.5)
    with store.reading() as session:
        assert not session.scalars(select(ActivityRow)).all(), "nothing of theirs is written any more"


def test_a_row_that_nobody_can_read_is_named_and_the_watch_begins_anew(store: Store) -> None:
    robot = Robot(store, ManualClock(EIGHT))
    robot.wait(1.0)
    with store.writing() as session:
        session.scalars(select(ActivityRow)).one().state = {"since": "never"}
    again = Robot(store, robot.clock)
    assert again.driver.unreadable == [""]
    assert again.driver.watch.quiet[""].silent_s == 0.0


def test_the_night_is_kept_over_a_restart(store: Store) -> None:
    clock = ManualClock(EIGHT.replace(hour=3))
    robot = Robot(store, clock)
    for _ in range(4):
        for _ in range(5):
            clock.advance(1.0)
            robot.driver.observe(SeenUp(robot.at))
        robot.wait(0.03)
        robot = Robot(store, clock)
    assert robot.kinds().count("activity.wandering") == 1
