"""Routines with their versions, and what was decided, on disk: whatever dies when, nothing is lost or said twice."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.unit.routines.homes import routine

from dolbom.clock import SEOUL
from dolbom.errors import UserError
from dolbom.events import CareEvent
from dolbom.platform.outbox import Outbox
from dolbom.routines.decisions import Decisions, Remind
from dolbom.routines.following import RoutineParameters, Rules
from dolbom.routines.history import left
from dolbom.routines.keeper import Keeper
from dolbom.routines.observations import Moment, Outcome, Reminded, Supplied, Tick
from dolbom.routines.persistence import Ledger
from dolbom.routines.simulate import SOURCE, home
from dolbom.store.base import Store, open_store
from dolbom.store.routines import Conflict, DueRow, EntryRow, RoutineRow, RoutineStore

START = datetime(2026, 11, 25, 7, 0, tzinfo=SEOUL)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return home(tmp_path)[0]


@pytest.fixture
def library(store: Store, tmp_path: Path) -> RoutineStore:
    return RoutineStore(store, tmp_path / "keys" / "home.key")


def at(minutes: float) -> Moment:
    return Moment(minutes * 60, START + timedelta(minutes=minutes))


def ledger(store: Store) -> Ledger:
    outbox = Outbox(store, reserve=4096)
    return Ledger(store, outbox.append, outbox.make_room, store.path.parent / "keys" / "home.key")


def process(store: Store, now: Moment) -> tuple[Keeper, Decisions]:
    """A new process: what it goes on with, written down."""
    book, library = ledger(store), RoutineStore(store, store.path.parent / "keys" / "home.key")
    keeper = Keeper(Rules(RoutineParameters(), SOURCE, "ko", SEOUL, lambda _person: "어르신"))
    keeper.set_routines(library.held())
    kept = book.read()
    decisions = keeper.restore(kept.dues, kept.past, kept.mark, kept.left, now)
    book.write(decisions)
    return keeper, decisions


# --- versions ---


def test_of_two_who_change_the_same_version_the_second_is_told_and_nothing_is_lost(library: RoutineStore) -> None:
    library.add(routine(), START, "nurse-1")
    assert library.change(routine(title="혈압약 새것"), 1, START, "nurse-1") == 2
    with pytest.raises(Conflict, match="changed meanwhile by nurse-1"):
        library.change(routine(title="다른 것"), 1, START, "nurse-2")
    with pytest.raises(Conflict):
        library.remove("pill", START, "nurse-2", version=1)
    now = library.get("pill")
    assert (now.version, now.routine and now.routine.title) == (2, "혈압약 새것")


def test_undo_goes_back_step_by_step_and_every_version_stays(library: RoutineStore) -> None:
    library.add(routine(title="하나"), START, "a")
    library.change(routine(title="둘"), 1, START, "b")
    library.remove("pill", START, "c")
    titles = []
    for _ in range(3):
        now = library.undo("pill", START, "d")
        titles.append(now.routine.title if now.routine else None)
    assert titles == ["둘", "하나", None]
    with pytest.raises(UserError, match="nothing of ‘pill’ is left to undo"):
        library.undo("pill", START, "d")
    assert [one.act for one in library.versions("pill")] == [
        "added",
        "changed",
        "removed",
        "undone",
        "undone",
        "undone",
    ]
    assert library.add(routine(title="셋"), START, "a") == 7


def test_one_of_several_that_cannot_be_added_keeps_all_of_them_out(library: RoutineStore) -> None:
    library.add(routine(id="b"), START, "a")
    with pytest.raises(UserError, match="there is a routine ‘b’ already"):
        library.add_all([routine(id="a"), routine(id="b")], START, "a")
    with pytest.raises(UserError, match="nobody is known here as p9"):
        library.add_all([routine(id="c"), routine(id="d", persons=["p9"])], START, "a")
    assert [one.id for one in library.all()] == ["b"]


def test_other_words_do_not_change_since_when_a_routine_holds_and_other_times_do(library: RoutineStore) -> None:
    library.add(routine(), START, "a")
    later = START + timedelta(days=1)
    library.change(routine(title="새 이름"), 1, later, "a")
    assert [(one.version, one.since, one.before) for one in library.held()] == [(2, START, None)]
    library.change(routine(title="새 이름", schedule={"at": ["09:00"]}), 2, later, "a")
    held = library.held()[0]
    assert (held.since, held.before and held.before.schedule.at) == (later, ("08:00",))


def test_whoever_is_forgotten_takes_their_routines_doses_and_history_with_them(
    store: Store, library: RoutineStore
) -> None:
    library.add(routine(id="mine", title="일급비밀약", persons=["p1"]), START, "a")
    library.add(routine(id="ours", persons=["p1", "p2"]), START, "a")
    keeper, _ = process(store, at(0))
    for minutes in (0, 61):
        ledger(store).write(keeper.observe(Tick(at(minutes))))
    library.people.forget(["p1"], "home", START)
    assert [one.id for one in library.all()] == ["ours"]
    assert [one.routine.persons for one in library.held()] == [("p2",)]
    assert {due.person for due in ledger(store).read().dues} == {"p2"}
    assert {entry.person for entry in ledger(store).entries()} == {"p2"}
    # What the running process still decides of them is not written either.
    ledger(store).write(keeper.observe(Tick(at(66))))
    assert {entry.person for entry in ledger(store).entries()} == {"p2"}


def test_routines_doses_and_history_are_sealed_and_a_new_key_opens_all_of_them(
    store: Store, library: RoutineStore
) -> None:
    library.add(routine(title="Zolpidemtartrat"), START, "a")
    keeper, _ = process(store, at(0))
    ledger(store).write(keeper.observe(Tick(at(61))))
    with store.reading() as session:
        raw = b"".join(
            bytes(sealed)
            for column in (RoutineRow.body, DueRow.state, EntryRow.entry)
            for sealed in session.scalars(select(column))
        )
    assert len(raw) > 1000
    assert b"Zolpidem" not in raw
    assert b"2026-11-25" not in raw
    library.people.new_key()
    assert len(library.all()) == 1
    assert len(ledger(store).read().dues) == 1
    assert len(ledger(store).entries()) >= 2


# --- what was decided ---


def test_what_is_written_is_read_as_it_was(store: Store, library: RoutineStore) -> None:
    library.add(routine(medicine={"supply": {"count": 9}}), START, "a")
    keeper, _ = process(store, at(0))
    book = ledger(store)
    for observation in (Tick(at(0)), Supplied(at(0), "pill", 9, "a"), Tick(at(61))):
        book.write(keeper.observe(observation))
    kept = book.read()
    assert kept.unreadable == []
    assert [due.model_dump() for due in kept.dues] == [due.model_dump() for due in keeper.dues.values()]
    assert kept.past == {"pill@2026-11-25T08:00"}
    assert kept.mark is not None
    assert kept.mark.looked == at(61).civil
    assert kept.left == left(book.entries()) == {"pill": 9.0}


def test_an_event_that_cannot_be_kept_takes_the_dose_with_it(store: Store, library: RoutineStore) -> None:
    library.add(routine(), START, "a")
    keeper, _ = process(store, at(0))
    ledger(store).write(keeper.observe(Tick(at(0))))
    decisions = keeper.observe(Tick(at(61)))
    assert decisions.events

    def refuse(event: CareEvent, session: object) -> None:
        raise UserError("no room", "")

    book = Ledger(store, refuse, lambda: False, store.path.parent / "keys" / "home.key")
    with pytest.raises(UserError):
        book.write(decisions)
    assert ledger(store).read().dues == []
    assert ledger(store).entries() == []


def _live(folder: str, minutes: list[float], said: multiprocessing.connection.Connection) -> None:
    """A robot that reminds; its mouth tells what is said only after that was written."""
    store = open_store(Path(folder) / "home.db")
    book = ledger(store)
    keeper, first = process(store, at(minutes[0]))
    for act in first.acts:
        if isinstance(act, Remind):
            said.send(("said", act.due))
    for minute in minutes:
        decisions = keeper.observe(Tick(at(minute)))
        book.write(decisions)
        for act in decisions.acts:
            if isinstance(act, Remind):
                said.send(("said", act.due))
                if minute >= 70:
                    book.write(keeper.observe(Reminded(at(minute), act.prompt, Outcome.ANSWERED, "medicine_taken")))
                    said.send(("taken", act.due))
    said.send(("end", ""))


def test_killed_at_any_instant_no_dose_is_lost_and_none_is_said_after_taken(tmp_path: Path) -> None:
    chance = random.Random(5)
    context = multiprocessing.get_context("fork")
    for turn in range(8):
        folder = tmp_path / str(turn)
        folder.mkdir()
        store, key_file = home(folder)
        routines = [routine(id=f"pill{n}", title=f"약{n}", persons=["p1"]) for n in range(4)]
        RoutineStore(store, key_file).add_all(routines, START, "a")
        store.close()
        heard: list[tuple[str, str]] = []
        kills = 0
        while ("end", "") not in heard:
            ours, theirs = context.Pipe(duplex=False)
            minutes = [float(m) for m in range(60 + 2 * kills, 100)]
            child = context.Process(target=_live, args=(str(folder), minutes, theirs))
            child.start()
            theirs.close()
            if kills < 5:
                time.sleep(chance.uniform(0.0, 0.15))  # not waiting for anything: the kill may come anywhere
                assert child.pid is not None
                os.kill(child.pid, signal.SIGKILL)
                kills += 1
            child.join()
            while True:
                try:
                    heard.append(ours.recv())
                except EOFError:
                    break
            ours.close()
        store = open_store(folder / "home.db")
        kept = ledger(store).read()
        settled = [entry.due for entry in ledger(store).entries() if entry.what == "settled"]
        assert sorted(settled) == [f"pill{n}@2026-11-25T08:00@p1" for n in range(4)]
        assert all(not due.open for due in kept.dues)
        taken: set[str] = set()
        for what, due in heard:
            assert not (what == "said" and due in taken), f"{due} was said again after it was taken"
            if what == "taken":
                taken.add(due)
        told = {entry.id for entry in Outbox(store, reserve=4096).entries()}
        assert len(told) >= 4
        store.close()


def test_the_history_is_in_the_order_of_writing_whatever_the_clock_did(store: Store, library: RoutineStore) -> None:
    library.add(routine(), START, "a")
    keeper, _ = process(store, at(0))
    book = ledger(store)
    for minutes in (0, 61, 66, 1, 200, 210, 220, 240, 260):
        book.write(keeper.observe(Tick(Moment(minutes * 60.0, at(minutes).civil))))
    whats = [entry.what for entry in book.entries()]
    assert whats[0] == "opened"
    assert whats[-1] == "settled"
    assert book.entries(since=datetime(2027, 1, 1, tzinfo=UTC)) == []
