"""What was decided is on disk with its event or not at all, whenever the process dies."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from dolbom.errors import UserError
from dolbom.events import CareEvent
from dolbom.platform.outbox import Outbox
from dolbom.safety.decisions import Decisions
from dolbom.safety.distress import Stage
from dolbom.safety.guard import Guard
from dolbom.safety.ladder import Ladder, LadderParameters
from dolbom.safety.observations import Fall, FallSeen, Moment, Suspected
from dolbom.safety.persistence import Ledger
from dolbom.store.base import Store, open_store

START = datetime(2026, 11, 22, tzinfo=UTC)


def at(now: float) -> Moment:
    return Moment(now, START + timedelta(seconds=now))


def guard() -> Guard:
    return Guard(Ladder(LadderParameters(), "/district/d/home/h/robot/r"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "home.db")


def ledger(store: Store, append: Callable[[CareEvent, Session], None] | None = None) -> Ledger:
    outbox = Outbox(store, reserve=4096)
    return Ledger(store, append or outbox.append, outbox.make_room)


def test_what_is_written_is_read_as_it_was(store: Store) -> None:
    home = guard()
    decisions = home.observe(FallSeen(at(0), "b1", Fall.DOWN, "p1", evidence="dropped"))
    ledger(store).write(decisions)
    kept, unreadable = ledger(store).read(at(1).civil)
    assert unreadable == []
    assert [d.model_dump() for d in kept] == [d.model_dump() for d in home.distresses]
    assert kept[0].deadline == at(22).civil


def test_what_has_ended_is_remembered_for_an_hour_and_what_is_open_for_ever(store: Store) -> None:
    home, book = guard(), ledger(store)
    book.write(home.observe(Suspected(at(0), "button", "p1")))
    book.write(home.observe(FallSeen(at(0), "b1", Fall.SUSPECTED, "p2")))
    book.write(home.observe(FallSeen(at(1), "b1", Fall.CLEARED, "p2")))
    assert {d.stage for d in book.read(at(60).civil)[0]} == {Stage.ASKED, Stage.CLEARED}
    assert {d.stage for d in book.read(at(4000).civil)[0]} == {Stage.ASKED}
    assert {d.stage for d in book.read(at(9e6).civil)[0]} == {Stage.ASKED}


def test_an_event_that_cannot_be_kept_takes_the_transition_with_it(store: Store) -> None:
    def refuse(event: CareEvent, session: Session) -> None:
        session.execute(text("INSERT INTO nowhere VALUES (1)"))

    decisions = guard().observe(Suspected(at(0), "hazard", ask=False))
    assert decisions.events
    with pytest.raises(UserError):
        ledger(store, refuse).write(decisions)
    assert ledger(store).read(at(1).civil) == ([], [])
    ledger(store).write(Decisions())  # nothing to write is nothing to do


def test_a_full_disk_is_given_the_reserve_and_the_alarm_is_written(store: Store) -> None:
    tries: list[int] = []

    def full_once(event: CareEvent, session: Session) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise UserError("no space left on the disk", "free some")
        Outbox(store, reserve=0).append(event, session)

    made_room: list[bool] = []
    book = Ledger(store, full_once, lambda: made_room.append(True) or True)  # type: ignore[func-returns-value]
    book.write(guard().observe(Suspected(at(0), "hazard", ask=False)))
    assert made_room == [True]
    assert [entry.kind for entry in Outbox(store, reserve=0).entries()] == ["distress.raised"]
    tries.clear()
    without_reserve, decisions = (
        Ledger(store, full_once, lambda: False),
        guard().observe(Suspected(at(1), "vital", ask=False)),
    )
    with pytest.raises(UserError, match="no space"):
        without_reserve.write(decisions)


def _raise_alarms(path: Path) -> None:
    store = open_store(path)
    home, book = guard(), ledger(store)
    for number in range(10_000):
        book.write(home.observe(Suspected(at(number), "hazard", f"p{number}", ask=False)))


def _written(store: Store) -> int:
    with store.reading() as session:
        return session.execute(text("SELECT count(*) FROM outbox")).scalar_one()


def test_a_process_killed_at_any_instant_leaves_no_alarm_without_its_event_and_no_event_twice(tmp_path: Path) -> None:
    path = tmp_path / "home.db"
    store, dice = open_store(path), random.Random(1)
    for _ in range(5):
        child = multiprocessing.get_context("fork").Process(target=_raise_alarms, args=(path,))
        child.start()
        enough, end = _written(store) + dice.randint(2, 6), time.monotonic() + 20
        while _written(store) < enough and time.monotonic() < end:
            time.sleep(dice.uniform(0, 0.003))
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        child.join(10)
    with store.reading() as session:
        raised = session.execute(text("SELECT alarm_id FROM distress ORDER BY 1")).scalars().all()
        sent = session.execute(text("SELECT id FROM outbox ORDER BY 1")).scalars().all()
    assert len(raised) >= 10
    assert raised == sent
